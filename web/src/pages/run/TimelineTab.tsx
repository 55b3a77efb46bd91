// Every step with its state, its place in time, and everything about it one press away.
import { ChevronRight, Globe, RotateCw } from 'lucide-react';
import { memo, useEffect, useMemo } from 'react';
import { isFinal } from '@/api/fold';
import type { Run, RunEvent, Step } from '@/api/types';
import { Chip } from '@/parts/Chip';
import { cx } from '@/parts/cx';
import { useNow } from '@/parts/now';
import { Empty } from '@/parts/States';
import { StepMark, RiskChips } from '@/parts/Status';
import { Remaining } from '@/parts/Time';
import { useStepKind, useStepName } from '@/parts/stepName';
import { useWindow, WHOLE_MAX } from '@/parts/window';
import { useT } from '@/words';
import { duration } from '@/words/format';
import { useLang } from '@/words/lang';
import { bar, retries, roundsOf, rows } from './order';
import { StepDetail } from './StepDetail';
import { useChosenStep, useKnownEvents } from './StepPanel';

export function TimelineTab({ run, streams }: { run: Run; streams: Record<string, string> }) {
  const t = useT();
  const [open, choose] = useChosenStep(run.id);
  const known = useKnownEvents(run.id);
  const moving = !isFinal(run.status);
  const now = useNow(moving);
  const list = useMemo(() => rows(run.steps), [run.steps]);
  const [start, lastEnd] = useMemo(() => spanOf(run), [run]);
  const end = moving ? Math.max(now, lastEnd) : lastEnd;
  const at = open ? list.findIndex(({ step }) => step.id === open) : -1;
  const { list: box, shown } = useWindow(list.length, ROW_HEIGHT, at, at >= 0 ? open : undefined);

  useEffect(() => {
    const row = open ? document.getElementById(`step-${open}`) : null;
    if (row) row.scrollIntoView({ block: 'nearest' });
    // A row that is not drawn is brought near first; it is drawn then.
    else if (at >= 0 && box.current) document.getElementById('main')?.scrollTo({ top: box.current.offsetTop + at * ROW_HEIGHT - 200 });
  }, [open]);
  if (list.length === 0) return <Empty title={moving ? t('run.planning') : t('run.no_steps')} />;
  const long = list.length > WHOLE_MAX;
  return (
    <ol ref={box} className="overflow-hidden rounded-lg border border-line bg-card shadow-card">
      {shown.above > 0 ? <li aria-hidden style={{ height: shown.above }} /> : null}
      {list.slice(shown.from, shown.to).map(({ step, depth }, index) => (
        <StepRow key={step.id} step={step} depth={depth} rounds={step.type === 'loop' ? roundsOf(step, run.steps) : 0} run={open === step.id ? run : null} open={open === step.id} onOpen={choose} start={start} end={end} now={step.status === 'running' || step.status === 'waiting' ? now : 0} events={open === step.id ? known : nothing} stream={streams[step.id]} place={long ? shown.from + index + 1 : 0} of={long ? list.length : 0} />
      ))}
      {shown.below > 0 ? <li aria-hidden style={{ height: shown.below }} /> : null}
    </ol>
  );
}

/** How high a closed row of a long list is. */
const ROW_HEIGHT = 58;

/** When the run began, and when the last of its steps ended. */
function spanOf(run: Run): [number, number] {
  let start = Date.parse(run.created_at) || Infinity;
  let end = -Infinity;
  for (const step of run.steps) {
    if (step.started_at) start = Math.min(start, Date.parse(step.started_at));
    if (step.ended_at) end = Math.max(end, Date.parse(step.ended_at));
  }
  return [start, Math.max(end, start + 1)];
}

const nothing: RunEvent[] = [];

/** `run` and `events` are given to the open row only, so that the others need not be drawn again. */
interface RowProps { step: Step; depth: number; rounds: number; run: Run | null; open: boolean; onOpen: (id: string) => void; start: number; end: number; now: number; events: RunEvent[]; stream: string | undefined; /** Its place in a list that is not drawn whole, from 1; else 0. */ place: number; of: number }

const StepRow = memo(function StepRow({ step, depth, rounds, run, open, onOpen, start, end, now, events, stream, place: nth, of }: RowProps) {
  const t = useT();
  const name = useStepName();
  const kind = useStepKind();
  const lang = useLang();
  const place = bar(step, start, end, now);
  const waits = step.status === 'waiting';
  const took = step.ms ?? (step.started_at && step.status === 'running' ? Math.max(0, now - Date.parse(step.started_at)) : null);
  return (
    <li id={`step-${step.id}`} aria-posinset={nth || undefined} aria-setsize={of || undefined} className={cx('border-b border-line last:border-0', nth > 0 ? 'row-58' : 'lazy-row')}>
      <button type="button" aria-expanded={open} onClick={() => onOpen(step.id)} className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-left transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)_5rem]">
        <span className="flex min-w-0 items-center gap-2.5" style={{ paddingLeft: `${depth * 20}px` }}>
          <ChevronRight size={14} className={cx('shrink-0 text-mute transition-transform', open && 'rotate-90')} aria-hidden />
          <StepMark status={step.status} waiting={step.waiting} retries={retries(step)} bare />
          <span className="min-w-0">
            <span className="block truncate font-medium text-ink">{name(step)}</span>
            <span className="flex min-w-0 flex-wrap items-center gap-x-2 text-xs text-mute">
              {step.tool || (step.agent && step.agent !== name(step)) ? <code className="truncate">{step.tool ?? step.agent}</code> : <span>{kind(step)}</span>}
              {step.attempt > 1 ? <span className="inline-flex items-center gap-1 text-warn"><RotateCw size={11} aria-hidden />{t('step.attempt', { n: step.attempt })}</span> : null}
              {rounds > 0 ? <span>{t('step.rounds', { n: rounds })}</span> : null}
              {step.message && waits ? <code className="truncate">{step.message.name}</code> : null}
              {waits ? <span className="text-warn"><StepMark status={step.status} waiting={step.waiting} retries={retries(step)} className="[&>span]:text-xs [&>svg]:hidden" />{step.wake_at ? <> · <Remaining until={step.wake_at} /></> : null}</span> : null}
            </span>
          </span>
        </span>
        <span aria-hidden className="relative h-5 max-md:order-3 max-md:col-span-2 max-md:h-1.5">
          <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
          {place ? (
            <span
              className={cx('absolute top-1/2 h-2 -translate-y-1/2 rounded-full max-md:h-1.5', step.status === 'failed' || step.status === 'in_doubt' ? 'bg-bad' : waits ? 'hatched bg-bar-wait' : 'bg-bar', step.status === 'running' && 'animate-pulse')}
              style={{ left: `${place.left}%`, width: `${place.width}%` }}
            />
          ) : null}
        </span>
        <span className="text-right text-sm text-mute">{took === null ? '' : duration(took, lang)}</span>
      </button>
      {stream && step.status === 'running' ? <p className="mx-4 mb-3 ml-12 max-h-40 overflow-y-auto rounded-md bg-sunk px-3 py-2 text-sm whitespace-pre-wrap text-soft">{stream}</p> : null}
      {open && run ? (
        <div className="border-t border-line bg-paper px-4 py-4 md:pl-12">
          <div className="mb-3 flex flex-wrap items-center gap-2">
            <StepMark status={step.status} waiting={step.waiting} retries={retries(step)} /><RiskChips risk={step.risk} />
            {step.untrusted ? <Chip tone="bad" icon={Globe}>{t('payload.untrusted')}</Chip> : null}
          </div>
          <StepDetail step={step} run={run} events={events} />
        </div>
      ) : null}
    </li>
  );
});
