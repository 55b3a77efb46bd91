// The chosen step beside a drawing of the run, and how a step is chosen: by its place in the address.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Globe, X } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { queries } from '@/api/queries';
import type { Run, RunEvent } from '@/api/types';
import { IconButton } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { RiskChips, StepMark } from '@/parts/Status';
import { useStepKind, useStepName } from '@/parts/stepName';
import { useT } from '@/words';
import { retries } from './order';
import { StepDetail } from './StepDetail';

/** The step in the address, and the call that chooses another; the same one again lets go of it. */
export function useChosenStep(run: string): [string | undefined, (id: string) => void] {
  const navigate = useNavigate();
  const { step } = useSearch({ from: '/shell/runs/$id' });
  const choose = useCallback((id: string) => void navigate({ to: '/runs/$id', params: { id: run }, search: (old: Record<string, unknown>) => ({ ...old, step: old.step === id ? undefined : id }), replace: true, resetScroll: false }), [navigate, run]);
  return [step, choose];
}

const nothing: RunEvent[] = [];

/** Most pages of the log that are read for a drawing. */
const PAGES_MAX = 25;

/** The events that have been read so far; `all` reads on to the end of the log. */
export function useKnownEvents(run: string, all = false): RunEvent[] {
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = useInfiniteQuery(queries.events(run));
  const more = all && hasNextPage && !isFetchingNextPage && !isFetchNextPageError && (data?.pages.length ?? 0) < PAGES_MAX;
  useEffect(() => { if (more) void fetchNextPage(); }, [more, fetchNextPage]);
  return data?.pages.flatMap((page) => page.items) ?? nothing;
}

export function StepPanel({ run, id, events, onClose }: { run: Run; id: string; events: RunEvent[]; onClose: () => void }) {
  const t = useT();
  const name = useStepName();
  const kind = useStepKind();
  const step = run.steps.find((each) => each.id === id);
  if (!step) return null;
  return (
    <section aria-label={t('step.chosen')} className="overflow-hidden rounded-lg border border-line bg-card shadow-card">
      <header className="flex items-start gap-2 border-b border-line py-2 pr-2 pl-4">
        <div className="min-w-0 flex-1 py-1">
          <h2 className="font-semibold">{name(step)}</h2>
          <p className="truncate text-xs text-mute">{step.tool ? <code>{step.tool}</code> : kind(step)}</p>
        </div>
        <IconButton icon={X} label={t('action.close')} onClick={onClose} />
      </header>
      <div className="p-4">
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <StepMark status={step.status} waiting={step.waiting} retries={retries(step)} /><RiskChips risk={step.risk} />
          {step.untrusted ? <Chip tone="bad" icon={Globe}>{t('payload.untrusted')}</Chip> : null}
        </div>
        <StepDetail step={step} run={run} events={events} narrow />
      </div>
    </section>
  );
}
