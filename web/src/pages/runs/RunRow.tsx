// One run in a list: status, what it is about, progress, time, cost.
import { Link } from '@tanstack/react-router';
import type { RunSummary } from '@/api/types';
import { isFinal } from '@/api/fold';
import { RunMark } from '@/parts/Status';
import { Ago, Elapsed } from '@/parts/Time';
import { useRunTitle } from '@/parts/runTitle';
import { useT } from '@/words';
import { money } from '@/words/format';
import { useLang } from '@/words/lang';

export function RunRow({ run, compact = false, selected = false }: { run: RunSummary; compact?: boolean; selected?: boolean }) {
  const t = useT();
  const lang = useLang();
  const title = useRunTitle()(run);
  const ended = isFinal(run.status) ? run.updated_at : null;
  return (
    <li className="lazy-row border-b border-line last:border-0">
      <Link to="/runs/$id" params={{ id: run.id }} data-row aria-current={selected || undefined} className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2 aria-[current=true]:bg-hover md:grid-cols-[9.5rem_minmax(0,1fr)_auto]">
        <span className="flex max-md:col-span-2"><RunMark status={run.status} waiting={run.waiting} /></span>
        <span className="min-w-0 max-md:col-span-2">
          <span className="block truncate font-medium text-ink">{title}</span>
          {run.request && run.request !== title ? <span className="block truncate text-sm text-mute">{run.request}</span> : null}
        </span>
        <span className="flex items-center gap-4 text-sm text-mute max-md:col-span-2 max-md:gap-3 max-md:text-xs">
          <Progress done={run.steps_done} total={run.steps_total} failed={run.status === 'failed'} />
          {compact ? null : <span className="text-right empty:max-md:hidden md:w-16">{run.status === 'waiting' || run.status === 'queued' ? null : <Elapsed from={run.created_at} to={ended} />}</span>}
          {compact ? null : <span className="text-right md:w-12" title={t('run.cost')}>{money(run.cost, lang)}</span>}
          <Ago at={run.created_at} className="text-right md:w-20" />
        </span>
      </Link>
    </li>
  );
}

function Progress({ done, total, failed }: { done: number; total: number; failed: boolean }) {
  const t = useT();
  return (
    <span className="inline-flex items-center gap-2" title={t('run.steps', { done, total })}>
      <span aria-hidden className="h-1 w-12 overflow-hidden rounded-full bg-sunk max-md:hidden">
        <span className={`block h-full rounded-full ${failed ? 'bg-bad' : 'bg-bar'}`} style={{ width: `${total > 0 ? (100 * done) / total : 0}%` }} />
      </span>
      <span className="md:w-8"><span className="sr-only">{t('run.steps', { done, total })}</span><span aria-hidden>{done}/{total}</span></span>
    </span>
  );
}
