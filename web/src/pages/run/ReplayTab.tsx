// The run as it stood after any of its events: a slider over the log, the graph and the values of that moment,
// what the event changed, and the way to begin another run from there.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowRight, ChevronFirst, ChevronLast, ChevronLeft, ChevronRight, GitFork, Pause, Play } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { Json, Run, RunEvent, Step } from '@/api/types';
import { Button, IconButton } from '@/parts/Button';
import { JsonView } from '@/parts/JsonView';
import { Panel } from '@/parts/Page';
import { Empty, Skeleton } from '@/parts/States';
import { RunMark, StepMark } from '@/parts/Status';
import { isMark, useStepName } from '@/parts/stepName';
import { useWho } from '@/parts/who';
import { usePick, useT } from '@/words';
import { clock, count } from '@/words/format';
import { useLang } from '@/words/lang';
import { ForkDialog } from './ForkDialog';
import { graph, shapeOf } from './graph';
import { Canvas } from './GraphTab';
import { moved, runAt } from './past';
import { StepPanel, useChosenStep, useKnownEvents } from './StepPanel';

const PLAY_MS = 450;
const JUMP = 10;
/** Above this the graph would be in the way of a quick slider. */
const DRAWN_MAX = 300;

export function ReplayTab({ run }: { run: Run }) {
  const t = useT();
  const events = useKnownEvents(run.id, true);
  if (events.length === 0) return <Skeleton rows={6} />;
  return <Scrubber run={run} events={events} label={t('scrub.label')} />;
}

function Scrubber({ run, events, label }: { run: Run; events: RunEvent[]; label: string }) {
  const t = useT();
  const lang = useLang();
  const pick = usePick();
  const who = useWho();
  const navigate = useNavigate();
  const { at: wanted } = useSearch({ from: '/shell/runs/$id' });
  const last = events.at(-1)?.seq ?? 1;
  const [at, setAt] = useState(() => Math.min(Math.max(1, wanted ?? last), last));
  const [playing, setPlaying] = useState(false);
  const [forking, setForking] = useState(false);
  const [open, choose] = useChosenStep(run.id);

  // The place is part of the address, so that it can be passed on; not with every tick of the slider.
  useEffect(() => {
    const timer = setTimeout(() => void navigate({ to: '/runs/$id', params: { id: run.id }, search: (old: Record<string, unknown>) => ({ ...old, at: at === last ? undefined : at }), replace: true, resetScroll: false }), 350);
    return () => clearTimeout(timer);
  }, [at, last, navigate, run.id]);
  useEffect(() => {
    if (!playing) return;
    if (at >= last) { setPlaying(false); return; }
    const timer = setTimeout(() => setAt((now) => Math.min(last, now + 1)), PLAY_MS);
    return () => clearTimeout(timer);
  }, [playing, at, last]);

  const then = useMemo(() => runAt(run, events, at), [run, events, at]);
  const before = useMemo(() => runAt(run, events, at - 1), [run, events, at]);
  const event = events.find((each) => each.seq === at);
  const shape = shapeOf(run.steps);
  const drawn = useMemo(() => graph(run.steps), [shape]);
  const go = (to: number) => { setPlaying(false); setAt(Math.min(last, Math.max(1, to))); };
  const keys = (press: KeyboardEvent) => {
    if (!press.shiftKey || (press.key !== 'ArrowLeft' && press.key !== 'ArrowRight')) return;
    press.preventDefault();
    go(at + (press.key === 'ArrowRight' ? JUMP : -JUMP));
  };
  const chosen = open && run.steps.some((step) => step.id === open) ? open : null;

  return (
    <div className="flex flex-col gap-4">
      <section aria-label={label} className="rounded-lg border border-line bg-card shadow-card">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 pt-2.5">
          <span className="flex">
            <IconButton icon={ChevronFirst} label={t('scrub.first')} disabled={at <= 1} onClick={() => go(1)} />
            <IconButton icon={ChevronLeft} label={t('scrub.back')} disabled={at <= 1} onClick={() => go(at - 1)} />
            <IconButton icon={playing ? Pause : Play} label={playing ? t('scrub.stop') : t('scrub.play')} onClick={() => { if (at >= last) setAt(1); setPlaying(!playing); }} />
            <IconButton icon={ChevronRight} label={t('scrub.on')} disabled={at >= last} onClick={() => go(at + 1)} />
            <IconButton icon={ChevronLast} label={t('scrub.last')} disabled={at >= last} onClick={() => go(last)} />
          </span>
          <input
            type="range" min={1} max={last} step={1} value={at} aria-label={label} aria-valuetext={`${at} / ${last} · ${pick(event?.summary) || event?.type || ''}`}
            onChange={(change) => go(Number(change.target.value))} onKeyDown={keys} className="h-8 min-w-40 flex-1 accent-accent max-md:order-last max-md:basis-full"
          />
          <span className="text-sm whitespace-nowrap text-mute"><b className="font-semibold text-ink">{count(at, lang)}</b> / {count(last, lang)}</span>
          <Button small icon={GitFork} onClick={() => setForking(true)}>{t('fork.here')}</Button>
        </div>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2.5 max-md:mt-2 md:mt-1.5" aria-live="polite">
          <RunMark status={then.status} waiting={then.waiting} />
          {event ? (
            <p className="min-w-0 flex-1 basis-64">
              <span className="font-medium">{pick(event.summary) || event.type}</span>
              <span className="ml-2 text-xs text-mute"><code>{event.type}</code> · <time dateTime={event.at}>{clock(event.at)}</time> · {who(event.actor)}</span>
            </p>
          ) : null}
        </div>
      </section>

      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_340px]">
        {drawn.nodes.length > 0 && drawn.nodes.length <= DRAWN_MAX ? <Canvas run={then} drawn={drawn} chosen={chosen} onChoose={choose} /> : <StepList steps={then.steps} onChoose={choose} />}
        <div className="flex flex-col gap-4">
          {chosen ? <StepPanel run={then} id={chosen} events={events.filter((each) => each.seq <= at)} onClose={() => choose(chosen)} /> : null}
          <Panel title={t('scrub.changed')}><Changed ids={moved(before, then)} before={before} after={then} /></Panel>
          {event ? <Panel title={t('scrub.event')}><div className="p-3"><JsonView value={event.data as Json} label={event.type} /></div></Panel> : null}
        </div>
      </div>
      {forking ? <ForkDialog run={run} at={at} onClose={() => setForking(false)} /> : null}
    </div>
  );
}

function Changed({ ids, before, after }: { ids: string[]; before: Run; after: Run }) {
  const t = useT();
  const name = useStepName();
  if (ids.length === 0) return <p className="px-4 py-3 text-sm text-mute">{t('scrub.nothing')}</p>;
  return (
    <ul className="divide-y divide-line">
      {ids.map((id) => {
        const [old, now] = [before.steps.find((step) => step.id === id), after.steps.find((step) => step.id === id)];
        if (!old || !now) return null;
        return (
          <li key={id} className="px-4 py-2">
            <p className="text-sm font-medium">{name(now)}</p>
            <p className="flex flex-wrap items-center gap-2"><StepMark status={old.status} waiting={old.waiting} /><ArrowRight size={13} className="text-mute" aria-hidden /><StepMark status={now.status} waiting={now.waiting} /></p>
          </li>
        );
      })}
    </ul>
  );
}

const LISTED_MAX = 200;

function StepList({ steps, onChoose }: { steps: Step[]; onChoose: (id: string) => void }) {
  const t = useT();
  const name = useStepName();
  const box = useRef<HTMLOListElement>(null);
  const shown = steps.filter((step) => !isMark(step) && step.status !== 'pending');
  if (shown.length === 0) return <Panel><Empty title={t('scrub.nothing_yet')} /></Panel>;
  return (
    <ol ref={box} className="max-h-[68dvh] overflow-y-auto rounded-lg border border-line bg-card shadow-card">
      {shown.slice(-LISTED_MAX).map((step) => (
        <li key={step.id} className="lazy-row border-b border-line last:border-0">
          <button type="button" onClick={() => onChoose(step.id)} className="flex w-full items-center gap-2.5 px-4 py-2 text-left hover:bg-hover focus-visible:-outline-offset-2"><StepMark status={step.status} waiting={step.waiting} bare /><span className="min-w-0 truncate">{name(step)}</span></button>
        </li>
      ))}
    </ol>
  );
}
