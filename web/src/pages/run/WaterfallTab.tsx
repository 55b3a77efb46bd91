// Every step on one axis of time: when it began, when it ended, and what it waited for in between.
import { memo, useMemo, useState } from 'react';
import { isFinal } from '@/api/fold';
import type { Run } from '@/api/types';
import { cx } from '@/parts/cx';
import { useNow } from '@/parts/now';
import { Empty } from '@/parts/States';
import { StepMark } from '@/parts/Status';
import { useStepName } from '@/parts/stepName';
import { ZoomButtons } from '@/parts/Zoom';
import { useT } from '@/words';
import { duration } from '@/words/format';
import { useLang, type Lang } from '@/words/lang';
import { retries, rows } from './order';
import { StepPanel, useChosenStep, useKnownEvents } from './StepPanel';
import { falls, ticks, type Fall, type Stretch } from './waterfall';

const LARGEST = 64;
const looks: Record<Stretch, string> = { work: 'bg-bar', person: 'hatched bg-bar-wait', pause: 'h-0.5! bg-bar-wait', other: 'h-0.5! bg-field' };

export function WaterfallTab({ run }: { run: Run }) {
  const t = useT();
  const lang = useLang();
  const [open, choose] = useChosenStep(run.id);
  const [zoom, setZoom] = useState(1);
  const events = useKnownEvents(run.id, true);
  const moving = !isFinal(run.status);
  const clock = useNow(moving);
  const now = moving ? clock : Date.parse(run.updated_at);
  const list = useMemo(() => rows(run.steps), [run.steps]);
  const all = useMemo(() => new Map(falls(list.map(({ step }) => step), events, now).map((fall) => [fall.step.id, fall])), [list, events, now]);
  const timed = list.filter(({ step }) => all.has(step.id));
  const later = list.length - timed.length;
  if (timed.length === 0) return <Empty title={moving ? t('run.planning') : t('run.no_steps')} />;

  const start = Math.min(Date.parse(run.created_at), ...timed.map(({ step }) => all.get(step.id)!.from));
  const end = Math.max(start + 1, ...timed.map(({ step }) => all.get(step.id)!.to));
  const marks = ticks(end - start, 6 * zoom);
  const chosen = open && run.steps.some((step) => step.id === open) ? open : null;
  return (
    <div className={cx('grid items-start gap-4', chosen && 'lg:grid-cols-[minmax(0,1fr)_380px]')}>
      <section aria-label={t('run.tab.waterfall')} className="overflow-hidden rounded-lg border border-line bg-card shadow-card">
        <header className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-2 py-1">
          <ul className="flex flex-1 flex-wrap gap-x-4 gap-y-0.5 pl-2 text-xs text-mute">
            {(['work', 'person', 'pause', 'other'] as const).map((kind) => (
              <li key={kind} className="flex items-center gap-1.5"><span aria-hidden className="flex h-2 w-5 items-center"><span className={cx('h-2 w-5 rounded-full', looks[kind])} /></span>{t(`waterfall.${kind}`)}</li>
            ))}
          </ul>
          <ZoomButtons onIn={() => setZoom(Math.min(LARGEST, zoom * 2))} onOut={() => setZoom(Math.max(1, zoom / 2))} onWhole={() => setZoom(1)} least={zoom <= 1} most={zoom >= LARGEST} />
        </header>
        <div className="max-h-[68dvh] overflow-auto" tabIndex={0} role="group" aria-label={t('waterfall.steps')}>
          <div className="relative min-w-full" style={{ width: `${zoom * 100}%` }}>
            <div aria-hidden className="sticky top-0 z-20 flex border-b border-line bg-card text-xs text-mute">
              <span className="sticky left-0 z-10 w-56 shrink-0 bg-card max-md:w-28" />
              <span className="relative mr-20 h-7 flex-1 max-md:mr-16">{marks.map((at) => <span key={at} className="absolute top-1.5 -translate-x-1/2 whitespace-nowrap first:translate-x-0" style={{ left: `${(100 * at) / (end - start)}%` }}>{onAxis(at, lang)}</span>)}</span>
            </div>
            <div aria-hidden className="pointer-events-none absolute top-7 bottom-0 right-20 left-56 max-md:right-16 max-md:left-28">{marks.map((at) => <span key={at} className="absolute inset-y-0 w-px bg-line" style={{ left: `${(100 * at) / (end - start)}%` }} />)}</div>
            <ol>{timed.map(({ step, depth }) => <Bar key={step.id} fall={all.get(step.id)!} depth={depth} start={start} end={end} chosen={chosen === step.id} onChoose={choose} />)}</ol>
          </div>
        </div>
        {later > 0 ? <p className="border-t border-line px-4 py-2 text-sm text-mute">{t('waterfall.later', { n: later })}</p> : null}
      </section>
      {chosen ? <StepPanel run={run} id={chosen} events={events} onClose={() => choose(chosen)} /> : null}
    </div>
  );
}

/** Round times without their zeros. */
const onAxis = (ms: number, lang: Lang): string => (ms === 0 ? '0' : duration(ms, lang).replace(/\.0(?=초| s)| 0(초| s|분| m)$/, ''));

interface BarProps { fall: Fall; depth: number; start: number; end: number; chosen: boolean; onChoose: (id: string) => void }

const Bar = memo(function Bar({ fall, depth, start, end, chosen, onChoose }: BarProps) {
  const lang = useLang();
  const name = useStepName();
  const { step } = fall;
  const share = (at: number) => (100 * (at - start)) / (end - start);
  const right = share(fall.to);
  return (
    <li className="lazy-row">
      <button type="button" aria-pressed={chosen} onClick={() => onChoose(step.id)} className="group flex w-full items-center text-left focus-visible:-outline-offset-2">
        <span className="sticky left-0 z-10 flex h-8 w-56 shrink-0 items-center gap-2 bg-card pr-2 pl-3 group-hover:bg-hover group-aria-pressed:bg-accent-wash max-md:w-28" style={{ paddingLeft: 12 + Math.min(depth, 4) * 14 }}>
          <StepMark status={step.status} waiting={step.waiting} retries={retries(step)} bare />
          <span className="min-w-0 truncate text-sm">{name(step)}</span>
        </span>
        <span className="relative mr-20 h-8 flex-1 max-md:mr-16">
          {fall.parts.map((part) => (
            <span
              key={part.from}
              className={cx('absolute top-1/2 h-2.5 min-w-0.5 -translate-y-1/2 rounded-sm', part.kind === 'work' && step.status === 'failed' ? 'bg-bad' : looks[part.kind], step.status === 'running' && part.to === fall.to && 'animate-pulse')}
              style={{ left: `${share(part.from)}%`, width: `${share(part.to) - share(part.from)}%` }}
            />
          ))}
          <span className="absolute top-1/2 -translate-y-1/2 pl-1.5 text-xs whitespace-nowrap text-mute" style={{ left: `${right}%` }}>{duration(fall.to - fall.from, lang)}</span>
        </span>
      </button>
    </li>
  );
});
