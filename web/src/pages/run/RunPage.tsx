// One run, live: what it came to, what it waits for, every step, every event, every value.
import { useParams, useSearch, Link } from '@tanstack/react-router';
import { useQueryClient, useMutation } from '@tanstack/react-query';
import { CornerLeftUp, FlaskConical, Undo2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { call } from '@/api/client';
import { isFinal } from '@/api/fold';
import { useLiveRun } from '@/api/live';
import { enc, queries } from '@/api/queries';
import type { JsonObject, Run } from '@/api/types';
import { Chip } from '@/parts/Chip';
import { cx } from '@/parts/cx';
import { FaultNote, ProblemNote, Skeleton } from '@/parts/States';
import { RunMark } from '@/parts/Status';
import { Ago, Elapsed, Remaining } from '@/parts/Time';
import { useRunTitle } from '@/parts/runTitle';
import { useWho } from '@/parts/who';
import { useT } from '@/words';
import { count, money } from '@/words/format';
import { useLang } from '@/words/lang';
import { ApprovalCard } from '../approvals/ApprovalCard';
import { tasksOf } from '../work/TaskForm';
import { DataTab } from './DataTab';
import { EventsTab } from './EventsTab';
import { HoldNote } from './HoldNote';
import { InputCard } from './InputCard';
import { Outcome } from './Outcome';
import { mayBeSealed, retries, takenBack } from './order';
import { RunActions } from './RunActions';
import { TaskCard } from './TaskCard';
import { TimelineTab } from './TimelineTab';

const sameTab = { includeSearch: true, explicitUndefined: true };
const tabs = ['timeline', 'graph', 'waterfall', 'plan', 'cost', 'events', 'data', 'replay'] as const;
const GraphTab = lazy(() => import('./GraphTab').then((module) => ({ default: module.GraphTab })));
const WaterfallTab = lazy(() => import('./WaterfallTab').then((module) => ({ default: module.WaterfallTab })));
const PlanTab = lazy(() => import('./PlanTab').then((module) => ({ default: module.PlanTab })));
const CostTab = lazy(() => import('./CostTab').then((module) => ({ default: module.CostTab })));
const ReplayTab = lazy(() => import('./ReplayTab').then((module) => ({ default: module.ReplayTab })));
const EnvelopeCard = lazy(() => import('./EnvelopeCard').then((module) => ({ default: module.EnvelopeCard })));
const drawnTabs = { graph: GraphTab, waterfall: WaterfallTab, plan: PlanTab, cost: CostTab, replay: ReplayTab };

export function RunPage() {
  const { id } = useParams({ from: '/shell/runs/$id' });
  const live = useLiveRun(id);
  if (live.isPending) return <div className="mx-auto max-w-[1080px] p-6"><Skeleton rows={6} /></div>;
  if (!live.run) return <div className="mx-auto max-w-[1080px] p-6"><ProblemNote error={live.error} onRetry={() => void live.refetch()} /></div>;
  return <OneRun key={live.run.id} run={live.run} streams={live.streams} />;
}

function OneRun({ run, streams }: { run: Run; streams: Record<string, string> }) {
  const t = useT();
  const lang = useLang();
  const client = useQueryClient();
  const { tab = 'timeline' } = useSearch({ from: '/shell/runs/$id' });
  const Drawn = tab === 'timeline' || tab === 'events' || tab === 'data' ? GraphTab : drawnTabs[tab];
  const title = useRunTitle()(run);
  const who = useWho();
  useEffect(() => { document.title = `${title} · metel`; }, [title]);

  const give = useMutation({
    mutationFn: (values: JsonObject) => call<Run>(`/v1/runs/${enc(run.id)}/input`, { method: 'POST', body: { values } }),
    onSuccess: (next) => { client.setQueryData(queries.run(run.id).queryKey, next); void client.invalidateQueries({ queryKey: queries.run(run.id).queryKey }); },
  });

  const resume = useMutation({
    mutationFn: () => call<Run>(`/v1/runs/${enc(run.id)}/resume`, { method: 'POST', body: {} }),
    onSuccess: (next) => { client.setQueryData(queries.run(run.id).queryKey, next); void client.invalidateQueries({ queryKey: ['run'] }); },
  });

  const ended = isFinal(run.status) ? run.updated_at : null;
  // A card that was open here stays after the decision and says who decided, and when.
  const [shown] = useState(() => new Set<string>());
  const asks = run.approvals.filter((approval) => approval.status === 'pending' || shown.has(approval.id));
  asks.forEach((approval) => shown.add(approval.id));
  return (
    <div className="mx-auto w-full max-w-[1080px] px-4 pt-6 pb-10 md:px-8">
      <header>
        {run.parent ? (
          <Link to="/runs/$id" params={{ id: run.parent.run }} className="mb-1 inline-flex items-center gap-1 text-sm text-link hover:underline"><CornerLeftUp size={14} aria-hidden />{t('run.parent')}</Link>
        ) : null}
        <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
          <div className="min-w-0 flex-1 basis-80">
            <h1 className="text-xl font-bold tracking-tight">{title}</h1>
            {run.request && run.request !== title ? <p className="mt-0.5 whitespace-pre-wrap text-soft"><bdi>{run.request}</bdi></p> : null}
          </div>
          <RunActions run={run} />
        </div>
        <div className="mt-3 flex flex-wrap items-center gap-x-5 gap-y-1.5 text-sm text-mute">
          <span aria-live="polite" className="flex"><RunMark status={run.status} waiting={run.waiting} retries={run.steps.some(retries)} /></span>
          <Fact name={t('run.elapsed')}><Elapsed from={run.created_at} to={ended} /></Fact>
          <Fact name={t('run.steps_word')}>{run.steps_done}/{run.steps_total}</Fact>
          <Fact name={t('run.cost')}>{money(run.cost, lang)}</Fact>
          {run.tokens > 0 ? <Fact name={t('run.tokens')}>{count(run.tokens, lang)}</Fact> : null}
          <Fact name={t('run.started')}><Ago at={run.created_at} /></Fact>
          <Fact name={t('run.by')}>{who(run.by)}</Fact>
          <code className="text-xs" title={run.id}>{run.short || run.id.slice(-6)}</code>
          {run.priority ? <Fact name={t('run.priority')}>{run.priority > 0 ? `+${run.priority}` : run.priority}</Fact> : null}
          {run.deadline && !ended ? <Fact name={t('run.deadline')}><Remaining until={run.deadline} /></Fact> : null}
          {ended && takenBack(run.steps) ? <Chip tone="teal" icon={Undo2}>{t('run.taken_back')}</Chip> : null}
          {run.simulated ? <Chip tone="teal" icon={FlaskConical} title={t('run.sandbox')}>{t('mode.sandbox')}</Chip> : null}
        </div>
      </header>

      {run.error && run.status === 'failed' ? <FaultNote fault={run.error} className="mt-5" /> : null}
      <HoldNote run={run} busy={resume.isPending} onResume={() => resume.mutate()} />
      {resume.isError ? <ProblemNote error={resume.error} className="mt-3" /> : null}
      <Outcome run={run} />
      {asks.map((approval) => <div key={`${approval.id}-${approval.digest}`} className="mt-5"><ApprovalCard approval={approval} inRun /></div>)}
      {mayBeSealed(run) ? <Suspense fallback={null}><EnvelopeCard run={run} /></Suspense> : null}
      {run.missing.length > 0 && !isFinal(run.status) ? <InputCard key={run.missing.map((field) => field.key).join()} fields={run.missing} busy={give.isPending} error={give.error} onGive={(values) => give.mutate(values)} /> : null}

      {isFinal(run.status) ? null : tasksOf(run).map((step) => <TaskCard key={step.id} run={run.id} step={step} />)}

      <nav aria-label={t('run.tabs')} className="mt-6 flex gap-5 overflow-x-auto border-b border-line">
        {tabs.filter((each) => each !== 'plan' || run.plan !== null).map((each) => (
          <Link key={each} from="/runs/$id" to="/runs/$id" params={{ id: run.id }} search={(old) => ({ ...old, tab: each === 'timeline' ? undefined : each })} replace resetScroll={false} activeOptions={sameTab} activeProps={{}} className={cx('shrink-0 border-b-2 border-transparent pb-2 text-base text-mute hover:text-ink', 'aria-[current=page]:border-accent aria-[current=page]:font-semibold aria-[current=page]:text-ink')}>
            {t(`run.tab.${each}`)}
          </Link>
        ))}
      </nav>
      <div className="mt-4">
        {tab === 'events' ? <EventsTab run={run} /> : tab === 'data' ? <DataTab run={run} /> : tab === 'timeline' ? <TimelineTab run={run} streams={streams} /> : (
          <Suspense fallback={<Skeleton rows={6} />}><Drawn run={run} /></Suspense>
        )}
      </div>
    </div>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => <span>{name} <span className="font-medium text-ink">{children}</span></span>;
