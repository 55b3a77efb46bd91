// What models cost: what is left, caps and what counts against them, use by model, and the ledger line by line.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Coins, Plus, Wallet } from 'lucide-react';
import { useMemo, useState } from 'react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import { microOf, upkeep, uuid, type Budget, type CreditEntry, type ModelUse } from '@/api/upkeep';
import { Button } from '@/parts/Button';
import { cx } from '@/parts/cx';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { Figures, Table } from '@/parts/Figures';
import { Page, Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { useT } from '@/words';
import { absolute, count, money } from '@/words/format';
import { useLang } from '@/words/lang';
import { governs } from '../settings/roles';

export const spans = ['day', 'week', 'month', 'all'] as const;
export type Span = (typeof spans)[number];
const days: Record<Span, number | null> = { day: 1, week: 7, month: 30, all: null };

/** The beginning of a span in whole UTC days, as budgets count them; undefined from the beginning. */
export function sinceOf(span: Span, now: number): string | undefined {
  const n = days[span];
  if (n === null) return undefined;
  const today = Math.floor(now / 86_400_000) * 86_400_000;
  return new Date(today - (n - 1) * 86_400_000).toISOString();
}

export function CostsPage() {
  const t = useT();
  const lang = useLang();
  const me = useQuery(queries.me());
  const credits = useQuery(upkeep.credits());
  const [granting, setGranting] = useState(false);
  const may = governs(me.data?.role);
  const limited = (credits.data?.granted ?? 0) > 0;
  return (
    <Page title={t('nav.costs')} lead={t('costs.lead')} actions={may ? <Button icon={Plus} onClick={() => setGranting(true)}>{t('costs.grant')}</Button> : null}>
      <div className="flex flex-col gap-5">
        {credits.isPending ? <Skeleton rows={1} tall /> : credits.isError ? <ProblemNote error={credits.error} onRetry={() => void credits.refetch()} /> : (
          <Figures items={[
            { name: t('costs.available'), value: limited ? money(credits.data.available, lang) : t('costs.unlimited'), note: limited ? undefined : t('costs.unlimited.lead'), ...(limited && credits.data.available <= 0 ? { tone: 'bad' as const } : {}) },
            { name: t('costs.spent'), value: money(credits.data.spent, lang) },
            { name: t('costs.held'), value: money(credits.data.held, lang), note: t('costs.held.lead') },
            { name: t('costs.granted'), value: money(credits.data.granted, lang) },
          ]} />
        )}
        <Budgets may={may} />
        <Use />
        <Ledger />
      </div>
      {granting ? <GrantDialog onClose={() => setGranting(false)} /> : null}
    </Page>
  );
}

function useScopeWord(): (scope: string) => string {
  const t = useT();
  return (scope) => {
    const [kind = '', rest = ''] = scope.split(/:(.*)/s);
    if (scope === 'credits') return t('costs.scope.credits');
    if (scope === 'day') return t('costs.scope.day');
    if (scope === 'call') return t('costs.scope.call');
    if (kind === 'day') return t('costs.scope.one_day', { day: rest });
    if (kind === 'agent') return t('costs.scope.agent', { name: rest });
    if (kind === 'run') return t('costs.scope.run', { id: rest.slice(-6) });
    if (kind === 'key') return t('costs.scope.key', { id: rest.slice(-6) });
    return scope;
  };
}

function Budgets({ may }: { may: boolean }) {
  const t = useT();
  const budgets = useQuery(upkeep.budgets());
  const [editing, setEditing] = useState<Budget | 'new' | null>(null);
  return (
    <Panel title={t('costs.budgets')} aside={may ? <Button small icon={Plus} onClick={() => setEditing('new')}>{t('costs.budget.set')}</Button> : null}>
      {budgets.isPending ? <Skeleton rows={2} /> : budgets.isError ? <ProblemNote error={budgets.error} onRetry={() => void budgets.refetch()} className="m-4" /> : budgets.data.length === 0 ? (
        <Empty icon={Wallet} title={t('costs.budgets.none')}>{t('costs.budgets.none.lead')}</Empty>
      ) : <ul>{budgets.data.map((budget) => <BudgetRow key={budget.scope} budget={budget} onEdit={may ? () => setEditing(budget) : null} />)}</ul>}
      {editing ? <BudgetDialog budget={editing === 'new' ? null : editing} onClose={() => setEditing(null)} /> : null}
    </Panel>
  );
}

/** From here on a budget is nearly used up. */
const NEAR = 0.8;

function BudgetRow({ budget, onEdit }: { budget: Budget; onEdit: (() => void) | null }) {
  const t = useT();
  const lang = useLang();
  const word = useScopeWord()(budget.scope);
  const used = budget.spent + budget.held;
  const share = budget.cap ? Math.min(1, used / budget.cap) : budget.cap === 0 ? 1 : 0;
  const tone = share >= 1 ? 'bg-bad' : share >= NEAR ? 'bg-bar-wait' : 'bg-bar';
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1.5 border-b border-line px-4 py-3 last:border-0 md:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_10rem_auto]">
      <span className="font-medium">{word}</span>
      <span role="meter" aria-label={word} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)} className="h-2 overflow-hidden rounded-full bg-sunk ring-1 ring-line ring-inset max-md:order-3 max-md:col-span-2">
        <span className={cx('block h-full rounded-full', tone)} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="text-right text-sm text-soft">{money(used, lang)} / {budget.cap === null ? t('costs.no_cap') : money(budget.cap, lang)}</span>
      {onEdit ? <Button small look="quiet" className="max-md:order-4 max-md:col-span-2 max-md:justify-self-end" aria-label={t('costs.budget.change_named', { name: word })} onClick={onEdit}>{t('costs.budget.change')}</Button> : <span />}
    </li>
  );
}

function BudgetDialog({ budget, onClose }: { budget: Budget | null; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const word = useScopeWord();
  const agents = useQuery(upkeep.agents());
  const [scope, setScope] = useState(budget?.scope ?? 'day');
  const [cap, setCap] = useState(budget?.cap ? String(budget.cap / 1_000_000) : '');
  const micro = cap.trim() === '' ? undefined : microOf(cap);
  const [asked, setAsked] = useState(false);
  const save = useMutation({
    mutationFn: (value: number | null) => call<{ items: Budget[] }>(`/v1/budgets/${enc(scope)}`, { method: 'PUT', body: { cap: value } }),
    onSuccess: ({ items }) => { client.setQueryData(upkeep.budgets().queryKey, items); onClose(); },
  });
  const scopes = budget ? [budget.scope] : ['day', 'call', 'credits', ...(agents.data ?? []).map((agent) => `agent:${agent.name}`)];
  const fault = micro === null ? t('costs.amount.fault') : asked && micro === undefined ? t('form.required') : undefined;
  const go = () => { setAsked(true); if (typeof micro === 'number' && !save.isPending) save.mutate(micro); };
  return (
    <Dialog open title={t('costs.budget.set')} onClose={onClose} onGo={go} footer={<>{budget && budget.cap !== null ? <Button look="danger" className="mr-auto" disabled={save.isPending} onClick={() => save.mutate(null)}>{t('costs.budget.lift')}</Button> : null}<Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" busy={save.isPending} onClick={go}>{t('costs.budget.save')}</Button></>}>
      <p className="mb-4 text-soft">{t('costs.budget.lead')}</p>
      <div className="flex flex-col gap-4">
        <Field label={t('costs.budget.scope')} required>{(wiring) => <select {...wiring} disabled={budget !== null} className={`${inputClass} h-9`} value={scope} onChange={(event) => setScope(event.target.value)}>{scopes.map((each) => <option key={each} value={each}>{word(each)}</option>)}</select>}</Field>
        <Field label={t('costs.budget.cap')} hint={t('costs.amount.hint')} error={fault} required>{(wiring) => <input {...wiring} className={`${inputClass} max-w-40`} inputMode="decimal" placeholder="5.00" value={cap} onChange={(event) => setCap(event.target.value)} />}</Field>
        {save.isError ? <ProblemNote error={save.error} /> : null}
      </div>
    </Dialog>
  );
}

function GrantDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [amount, setAmount] = useState('');
  const [note, setNote] = useState('');
  const [id] = useState(uuid);
  const [asked, setAsked] = useState(false);
  const micro = microOf(amount);
  const grant = useMutation({
    mutationFn: () => call<unknown>('/v1/credits/grants', { method: 'POST', body: { id, amount: micro, note: note.trim() } }),
    onSuccess: () => { ['credits', 'ledger', 'budgets'].forEach((key) => void client.invalidateQueries({ queryKey: [key] })); onClose(); },
  });
  const fault = amount.trim() === '' ? (asked ? t('form.required') : undefined) : micro === null || micro < 1 ? t('costs.amount.fault') : undefined;
  const go = () => { setAsked(true); if (micro && !grant.isPending) grant.mutate(); };
  return (
    <Dialog open title={t('costs.grant')} onClose={onClose} onGo={go} footer={<><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={Plus} busy={grant.isPending} onClick={go}>{t('costs.grant')}</Button></>}>
      <p className="mb-4 text-soft">{t('costs.grant.lead')}</p>
      <div className="flex flex-col gap-4">
        <Field label={t('costs.grant.amount')} hint={t('costs.amount.hint')} error={fault} required>{(wiring) => <input {...wiring} className={`${inputClass} max-w-40`} inputMode="decimal" placeholder="50" value={amount} onChange={(event) => setAmount(event.target.value)} />}</Field>
        <Field label={t('costs.note')}>{(wiring) => <input {...wiring} className={inputClass} maxLength={150} value={note} onChange={(event) => setNote(event.target.value)} />}</Field>
        {grant.isError ? <ProblemNote error={grant.error} /> : null}
      </div>
    </Dialog>
  );
}

function Use() {
  const t = useT();
  const lang = useLang();
  const navigate = useNavigate();
  const { span = 'month' } = useSearch({ from: '/shell/costs' });
  const since = useMemo(() => sinceOf(span, Date.now()), [span]);
  const use = useQuery(upkeep.use(since));
  const rows = [...(use.data ?? [])].sort((a, b) => b.cost - a.cost || b.calls - a.calls);
  const total = (of: (row: ModelUse) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  const price = (cost: number, unknown: number, calls: number) => (unknown > 0 && unknown === calls ? t('spend.unknown') : `${money(cost, lang)}${unknown > 0 ? ` + ${t('spend.unknown_n', { n: unknown })}` : ''}`);
  return (
    <Panel
      title={t('costs.use')}
      aside={(
        <select aria-label={t('costs.span')} className={`${inputClass} h-8 w-auto! text-sm max-md:text-sm`} value={span} onChange={(event) => void navigate({ to: '/costs', search: { span: event.target.value === 'month' ? undefined : event.target.value as Span }, replace: true, resetScroll: false })}>
          {spans.map((each) => <option key={each} value={each}>{t(`costs.span.${each}`)}</option>)}
        </select>
      )}
    >
      {use.isPending ? <Skeleton rows={3} /> : use.isError ? <ProblemNote error={use.error} onRetry={() => void use.refetch()} className="m-4" /> : rows.length === 0 ? (
        <Empty icon={Coins} title={t('costs.use.none')}>{t('costs.use.none.lead')}</Empty>
      ) : (
        <Table
          label={t('costs.use')} rows={rows} keyOf={(row) => `${row.model} ${row.purpose}`}
          columns={[
            { name: t('spend.model'), cell: (row) => <>{row.model}<span className="block text-xs font-normal text-mute">{row.purpose}</span></> },
            { name: t('spend.calls'), cell: (row) => count(row.calls, lang) },
            { name: t('spend.input'), cell: (row) => count(row.input_tokens, lang) },
            { name: t('spend.cached'), cell: (row) => count(row.cached_tokens, lang) },
            { name: t('spend.output'), cell: (row) => count(row.output_tokens, lang) },
            { name: t('run.cost'), always: true, cell: (row) => price(row.cost, row.calls_without_cost, row.calls) },
          ]}
          foot={[t('costs.total'), count(total((row) => row.calls), lang), count(total((row) => row.input_tokens), lang), count(total((row) => row.cached_tokens), lang), count(total((row) => row.output_tokens), lang), price(total((row) => row.cost), total((row) => row.calls_without_cost), total((row) => row.calls))]}
        />
      )}
    </Panel>
  );
}

function Ledger() {
  const t = useT();
  const lang = useLang();
  const ledger = useInfiniteQuery(upkeep.ledger());
  const lines = ledger.data?.pages.flat() ?? [];
  return (
    <Panel title={t('costs.ledger')}>
      {ledger.isPending ? <Skeleton rows={3} /> : ledger.isError ? <ProblemNote error={ledger.error} onRetry={() => void ledger.refetch()} className="m-4" /> : lines.length === 0 ? <Empty title={t('costs.ledger.none')}>{t('costs.ledger.lead')}</Empty> : (
        <>
          <Table
            label={t('costs.ledger')} rows={lines} keyOf={(line: CreditEntry) => String(line.number)}
            columns={[
              { name: '#', cell: (line) => <span className="font-mono text-xs text-mute">{line.number}</span> },
              { name: t('costs.ledger.at'), left: true, cell: (line) => <time dateTime={line.at} className="text-mute">{absolute(line.at, lang)}</time> },
              { name: t('costs.ledger.kind'), left: true, always: true, cell: (line) => <><code className="text-xs">{line.kind}</code>{line.note ? <span className="block text-xs text-mute">{line.note}</span> : null}</> },
              { name: t('costs.ledger.account'), left: true, cell: (line) => <code className="text-xs">{line.account}</code> },
              { name: t('costs.ledger.amount'), always: true, cell: (line) => <span className={line.amount < 0 ? 'text-soft' : ''}>{line.amount > 0 ? '+' : ''}{money(line.amount, lang)}</span> },
            ]}
          />
          {ledger.hasNextPage ? <div className="border-t border-line p-2 text-center"><Button small look="quiet" busy={ledger.isFetchingNextPage} onClick={() => void ledger.fetchNextPage()}>{t('action.more')}</Button></div> : null}
        </>
      )}
    </Panel>
  );
}
