// Whether metel works, in one sentence; then what it is doing: tasks that wait and are held, runs by state, work
// that was given up, and every figure that the server tells.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX, RotateCw, TriangleAlert } from 'lucide-react';
import { queries } from '@/api/queries';
import { upkeep, type Figure } from '@/api/upkeep';
import { runStatus, type RunStatus } from '@/generated/words';
import { Button } from '@/parts/Button';
import { Figures, Table } from '@/parts/Figures';
import { Page, Panel } from '@/parts/Page';
import { Empty, HelpLink, ProblemNote, Skeleton } from '@/parts/States';
import { RunMark } from '@/parts/Status';
import { useT } from '@/words';
import { count, duration } from '@/words/format';
import { useLang } from '@/words/lang';

/** Waiting longer than this is said first. */
const LATE_MS = 30_000;

const value = (figures: Figure[] | undefined, name: string): number | null => figures?.find((each) => each.name === name)?.lines[0]?.value ?? null;

export function OperationsPage() {
  const t = useT();
  const lang = useLang();
  const health = useQuery(upkeep.health());
  const status = useQuery(queries.status());
  const figures = useQuery(upkeep.figures());
  const again = () => { void health.refetch(); void status.refetch(); void figures.refetch(); };
  const oldest = value(figures.data, 'metel_tasks_oldest_due_milliseconds') ?? 0;
  const due = value(figures.data, 'metel_tasks_due') ?? 0;
  const held = value(figures.data, 'metel_tasks_held') ?? 0;
  const bytes = value(figures.data, 'metel_store_bytes') ?? 0;
  const late = oldest > LATE_MS;
  const [Icon, look, word] = health.isError ? [CircleX, 'border-bad/40 bg-bad-wash text-bad', t('ops.down')] as const
    : late ? [TriangleAlert, 'border-warn/45 bg-warn-wash text-warn', t('ops.late', { n: due, time: duration(oldest, lang) })] as const
      : [CircleCheck, 'border-ok/30 bg-ok-wash text-ok', due > 0 ? t('ops.good_waiting', { n: due, time: duration(oldest, lang) }) : t('ops.good')] as const;
  return (
    <Page title={t('nav.operations')} lead={t('ops.lead')} actions={<Button icon={RotateCw} busy={status.isFetching || figures.isFetching} onClick={again}>{t('action.refresh')}</Button>}>
      <div className="flex flex-col gap-5">
        {health.isPending ? <Skeleton rows={1} /> : <p role="status" className={`flex items-center gap-2.5 rounded-lg border px-4 py-3 font-semibold ${look}`}><Icon size={18} className="shrink-0" aria-hidden />{word}</p>}
        {status.isPending || figures.isPending ? <Skeleton rows={2} tall /> : status.isError ? <ProblemNote error={status.error} onRetry={again} /> : (
          <>
            <Figures items={[
              { name: t('ops.due'), value: count(due, lang), ...(late ? { tone: 'warn' as const, note: t('ops.oldest', { time: duration(oldest, lang) }) } : {}) },
              { name: t('ops.held'), value: count(held, lang) },
              { name: t('ops.effects'), value: count(value(figures.data, 'metel_effects_in_flight') ?? 0, lang) },
              { name: t('ops.store'), value: status.data.store === 'sqlite' ? 'SQLite' : 'PostgreSQL', note: bytes > 0 ? size(bytes, lang) : undefined },
              { name: t('ops.uptime'), value: duration(status.data.uptime_s * 1000, lang), note: status.data.version },
            ]} />
            <div className="grid items-start gap-5 lg:grid-cols-2">
              <Panel title={t('ops.runs')}>
                <ul className="divide-y divide-line">
                  {(Object.keys(runStatus) as RunStatus[]).map((each) => (
                    <li key={each}><Link to="/runs" search={{ status: each }} className="flex items-center gap-3 px-4 py-2 hover:bg-hover focus-visible:-outline-offset-2"><RunMark status={each} waiting={null} /><span className="flex-1" /><span className="font-semibold">{count(status.data.runs[each] ?? 0, lang)}</span></Link></li>
                  ))}
                </ul>
              </Panel>
              <Dead />
            </div>
          </>
        )}
        {figures.isError ? <ProblemNote error={figures.error} onRetry={() => void figures.refetch()} /> : figures.data ? <All figures={figures.data} /> : null}
      </div>
    </Page>
  );
}

function size(bytes: number, lang: 'ko' | 'en'): string {
  const mib = bytes / 1_048_576;
  return mib >= 1024 ? `${(mib / 1024).toLocaleString(lang, { maximumFractionDigits: 1 })} GiB` : `${mib.toLocaleString(lang, { maximumFractionDigits: 1 })} MiB`;
}

function Dead() {
  const t = useT();
  const lang = useLang();
  const counts = useQuery(queries.deadCounts());
  return (
    <Panel title={t('ops.dead')} aside={counts.data?.length ? <Link to="/dead" className="text-sm text-link hover:underline">{t('ops.dead.open')}</Link> : null}>
      {counts.isPending ? <Skeleton rows={2} /> : counts.isError ? <ProblemNote error={counts.error} onRetry={() => void counts.refetch()} className="m-4" /> : counts.data.length === 0 ? <Empty icon={CircleCheck} title={t('dead.none')} /> : (
        <ul className="divide-y divide-line">{counts.data.map((each) => <li key={each.code} className="flex items-center gap-3 px-4 py-2"><HelpLink code={each.code} /><span className="flex-1" /><span className="font-semibold">{count(each.steps, lang)}</span></li>)}</ul>
      )}
    </Panel>
  );
}

function All({ figures }: { figures: Figure[] }) {
  const t = useT();
  const lang = useLang();
  const rows = figures.flatMap((figure) => figure.lines.map((line) => ({ ...line, name: figure.name, help: figure.help })));
  return (
    <details className="rounded-lg border border-line bg-card shadow-card">
      <summary className="px-4 py-3 font-semibold">{t('ops.figures')} <span className="font-normal text-mute">{t('ops.figures.lead')}</span></summary>
      <Table
        label={t('ops.figures')} rows={rows} keyOf={(row) => row.name + row.labels}
        columns={[
          { name: t('ops.figure'), cell: (row) => <><code className="text-xs break-all">{row.name}{row.labels}</code><span className="block text-xs font-normal text-mute">{row.help}</span></> },
          { name: t('ops.value'), always: true, cell: (row) => count(row.value, lang) },
        ]}
      />
    </details>
  );
}
