// The inbox: queue on the left, card on the right; on a phone one after the other.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeft, CheckCheck, Mail, MousePointerClick } from 'lucide-react';
import { useEffect } from 'react';
import { queries } from '@/api/queries';
import type { Approval } from '@/api/types';
import { useLetterKeys } from '@/app/keys';
import { cx } from '@/parts/cx';
import { Page } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { ApprovalMark, isHighRisk, RiskChips } from '@/parts/Status';
import { Ago, Remaining } from '@/parts/Time';
import { usePick, useT } from '@/words';
import { mayBeSealed } from '../run/order';
import { ApprovalCard } from './ApprovalCard';

export function ApprovalsPage() {
  const t = useT();
  const navigate = useNavigate();
  const { id } = useParams({ strict: false });
  const { view } = useSearch({ strict: false });
  const pending = useQuery(queries.approvals('pending'));
  const all = useQuery({ ...queries.approvals(), enabled: view === 'done' });
  const query = view === 'done' ? all : pending;
  const items = (query.data ?? []).filter((each) => (view === 'done' ? each.status !== 'pending' : true)).sort(view === 'done' ? byDecision : byUrgency);

  // On a wide screen the first card is open from the start; a decided one stays until one moves on.
  const first = items[0]?.id;
  useEffect(() => {
    if (!id && first && matchMedia('(min-width: 1024px)').matches) {
      void navigate({ to: '/approvals/$id', params: { id: first }, search: { view }, replace: true });
    }
  }, [id, first, view, navigate]);

  useLetterKeys((key, event) => {
    if (key !== 'j' && key !== 'k') return;
    const at = items.findIndex((each) => each.id === id);
    const next = items[Math.min(items.length - 1, Math.max(0, at + (key === 'j' ? 1 : -1)))];
    if (next) { event.preventDefault(); void navigate({ to: '/approvals/$id', params: { id: next.id }, search: { view }, replace: true }); }
  });

  const tab = 'h-8 rounded-full border border-transparent px-3 text-sm leading-7.5 text-soft hover:bg-hover aria-[current=page]:border-edge aria-[current=page]:bg-card aria-[current=page]:font-semibold aria-[current=page]:text-ink';
  return (
    <Page title={t('nav.approvals')} lead={t('approvals.lead')} wide quiet={!!id}>
      <nav aria-label={t('approvals.views')} className={cx('mb-3 flex gap-1', id && 'max-lg:hidden')}>
        <Link to="/approvals" search={{ view: undefined }} activeOptions={sameView} className={tab} activeProps={{}}>{t('approvals.pending')}{pending.data?.length ? ` ${pending.data.length}` : ''}</Link>
        <Link to="/approvals" search={{ view: 'done' }} activeOptions={sameView} className={tab} activeProps={{}}>{t('approvals.done')}</Link>
      </nav>
      <div className="grid items-start gap-5 lg:grid-cols-[360px_minmax(0,1fr)]">
        <div className={cx('overflow-hidden rounded-lg border border-line bg-card shadow-card', id && 'max-lg:hidden')}>
          {query.isPending ? <Skeleton rows={5} /> : query.isError ? <ProblemNote error={query.error} onRetry={() => void query.refetch()} className="m-4" /> : items.length === 0 ? (
            <Empty icon={CheckCheck} title={view === 'done' ? t('approvals.none_done') : t('approvals.none')}>{view === 'done' ? null : t('approvals.none.lead')}</Empty>
          ) : (
            <ul>{items.map((each) => <QueueRow key={each.id} approval={each} current={each.id === id} view={view} />)}</ul>
          )}
        </div>
        <div className={cx(!id && 'max-lg:hidden')}>
          {id ? (
            <>
              <Link to="/approvals" search={{ view }} className="mb-3 inline-flex items-center gap-1 text-sm text-link max-lg:-mt-1 lg:hidden"><ArrowLeft size={15} aria-hidden />{t('approvals.back')}</Link>
              <OneApproval id={id} listed={items.find((each) => each.id === id)} />
            </>
          ) : items.length > 0 ? <div className="rounded-lg border border-dashed border-edge"><Empty icon={MousePointerClick} title={t('approvals.choose')} /></div> : null}
        </div>
      </div>
    </Page>
  );
}

function OneApproval({ id, listed }: { id: string; listed: Approval | undefined }) {
  const query = useQuery({ ...queries.approval(id), placeholderData: listed });
  if (query.isPending) return <div className="rounded-xl border border-line bg-card"><Skeleton rows={6} /></div>;
  if (query.isError) return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <ApprovalCard key={`${query.data.id}-${query.data.digest}`} approval={query.data} keys />
      {query.data.status === 'pending' && query.data.tool ? <OfPlan run={query.data.run} /> : null}
    </>
  );
}

/** The way to one approval for all that is left of the run's plan. */
function OfPlan({ run }: { run: string }) {
  const t = useT();
  const query = useQuery(queries.run(run));
  if (!query.data || !mayBeSealed(query.data)) return null;
  return <Link to="/runs/$id" params={{ id: run }} className="mt-3 inline-flex items-center gap-1.5 text-sm text-link hover:underline"><Mail size={15} aria-hidden />{t('envelope.title')}</Link>;
}

function QueueRow({ approval, current, view }: { approval: Approval; current: boolean; view: 'pending' | 'done' | undefined }) {
  const t = useT();
  const pick = usePick();
  return (
    <li className="border-b border-line last:border-0">
      <Link to="/approvals/$id" params={{ id: approval.id }} search={{ view }} aria-current={current ? 'page' : undefined} activeProps={{}} className="flex flex-col gap-1 border-l-3 border-transparent px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2 aria-[current=page]:border-accent aria-[current=page]:bg-accent-wash/60">
        <span className="line-clamp-2 font-medium">{pick(approval.title)}</span>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-mute">
          {approval.status === 'pending' ? <RiskChips risk={approval.risk} /> : <ApprovalMark status={approval.status} />}
          <span className="flex-1" />
          {approval.status === 'pending'
            ? <span title={t('approval.expires')}><Remaining until={approval.expires_at} /></span>
            : approval.decided ? <Ago at={approval.decided.at} /> : null}
        </span>
      </Link>
    </li>
  );
}

const sameView = { includeSearch: true, explicitUndefined: true };

const byUrgency = (a: Approval, b: Approval): number => Number(isHighRisk(b.risk)) - Number(isHighRisk(a.risk)) || a.expires_at.localeCompare(b.expires_at);
const byDecision = (a: Approval, b: Approval): number => (b.decided?.at ?? b.created_at).localeCompare(a.decided?.at ?? a.created_at);
