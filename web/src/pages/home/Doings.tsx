// What needs me, what is running, what came out lately.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CheckCheck, ChevronRight, Sparkles } from 'lucide-react';
import { queries } from '@/api/queries';
import type { Approval } from '@/api/types';
import { Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { ApprovalMark, RiskChips } from '@/parts/Status';
import { Remaining } from '@/parts/Time';
import { usePick, useT } from '@/words';
import { useReasons } from '../approvals/reasons';
import { RunRow } from '../runs/RunRow';

const NEEDS_MAX = 5;

export function Doings() {
  const t = useT();
  const approvals = useQuery(queries.approvals('pending'));
  const waiting = useInfiniteQuery(queries.runs({ status: 'waiting' }, 20));
  const running = useInfiniteQuery(queries.runs({ status: 'running' }, 5));
  const recent = useInfiniteQuery(queries.runs({}, 12));

  const asks = approvals.data ?? [];
  const forInput = (waiting.data?.pages[0]?.items ?? []).filter((run) => run.waiting === 'input' || run.waiting === 'doubt');
  const live = running.data?.pages[0]?.items ?? [];
  const done = (recent.data?.pages[0]?.items ?? []).filter((run) => run.status !== 'running' && run.status !== 'waiting' && run.status !== 'queued').slice(0, 6);
  const needs = asks.length + forInput.length;

  return (
    <div className="mt-10 flex flex-col gap-5">
      <Panel title={<>{t('home.needs')}{needs ? <span className="ml-2 rounded-full bg-warn-wash px-2 py-0.5 text-xs font-semibold text-warn">{needs}</span> : null}</>} aside={asks.length > NEEDS_MAX ? <Link to="/approvals" className="text-sm text-link hover:underline">{t('home.all', { n: asks.length })}</Link> : null}>
        {approvals.isPending ? <Skeleton rows={2} /> : approvals.isError ? <ProblemNote error={approvals.error} onRetry={() => void approvals.refetch()} className="m-4" /> : needs === 0 ? (
          <Empty icon={CheckCheck} title={t('home.needs.none')} />
        ) : (
          <ul>
            {asks.slice(0, NEEDS_MAX).map((approval) => <AskRow key={approval.id} approval={approval} />)}
            {forInput.slice(0, NEEDS_MAX).map((run) => <RunRow key={run.id} run={run} compact />)}
          </ul>
        )}
      </Panel>
      {live.length > 0 ? <Panel title={t('home.running')}><ul>{live.map((run) => <RunRow key={run.id} run={run} />)}</ul></Panel> : null}
      <Panel title={t('home.recent')} aside={<Link to="/runs" className="text-sm text-link hover:underline">{t('home.all_runs')}</Link>}>
        {recent.isPending ? <Skeleton rows={4} /> : recent.isError ? <ProblemNote error={recent.error} onRetry={() => void recent.refetch()} className="m-4" /> : done.length === 0 ? (
          <Empty icon={Sparkles} title={t('home.recent.none')}>{t('home.recent.none.lead')}</Empty>
        ) : <ul>{done.map((run) => <RunRow key={run.id} run={run} />)}</ul>}
      </Panel>
    </div>
  );
}

function AskRow({ approval }: { approval: Approval }) {
  const t = useT();
  const pick = usePick();
  const reasons = useReasons();
  return (
    <li className="border-b border-line last:border-0">
      <Link to="/approvals/$id" params={{ id: approval.id }} className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:grid-cols-[9.5rem_minmax(0,1fr)_auto]">
        <span className="flex max-md:col-span-2"><ApprovalMark status="pending" /></span>
        <span className="min-w-0 max-md:col-span-2">
          <span className="block truncate font-medium">{pick(approval.title)}</span>
          <span className="block truncate text-sm text-mute first-letter:uppercase">{reasons(approval)[0] || approval.verdict.rule}</span>
        </span>
        <span className="flex items-center gap-3 text-sm text-mute max-md:col-span-2">
          <RiskChips risk={approval.risk} />
          <span className="text-xs" title={t('approval.expires')}><Remaining until={approval.expires_at} /></span>
          <ChevronRight size={16} className="max-md:hidden" aria-hidden />
        </span>
      </Link>
    </li>
  );
}
