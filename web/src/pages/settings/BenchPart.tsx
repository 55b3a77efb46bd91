// The policy's bench: rules as text, what they would have done to past calls, one call judged as it would be now,
// and every version that was in force. Only "Put in force" changes anything.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, FlaskConical, History, Save, Scale } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { queries } from '@/api/queries';
import type { Effect, Json, Policy, Risk, Text } from '@/api/types';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { changes } from '@/parts/flatten';
import { Field, inputClass } from '@/parts/Field';
import { Figures, Table } from '@/parts/Figures';
import { Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { RiskChips } from '@/parts/Status';
import { Ago } from '@/parts/Time';
import { useWho } from '@/parts/who';
import { usePick, useT } from '@/words';
import { count } from '@/words/format';
import { useLang } from '@/words/lang';
import { governs } from './roles';

interface Version { version: number; digest: string; by: string; created_at: string; policy: Policy }
interface Change { run: string; step: string; tool: string; before: Effect; after: Effect; rule: string; reasons: Text[] }
interface Simulated { runs: number; calls: number; denied: Change[]; asked: Change[]; freed: Change[] }
interface Judged {
  decision: Effect; rule: string; reasons: Text[]; risk: Risk[]; asked_for: boolean; tainted: boolean; acts: string[]; outside: boolean;
  fields: { pointer: string; role: string; origin: string; vouched: boolean; highlight: boolean }[]; signs: { why: string; excerpt: string }[]; pii: { pointer: string; kind: string; masked: string }[];
}

const effectTone = { allow: 'ok', approval: 'warn', deny: 'bad' } as const;
const shown = (policy: Policy) => JSON.stringify(policy, null, 2);
const isObject = (value: unknown): value is object => value !== null && typeof value === 'object' && !Array.isArray(value);

function readObject(text: string): object | null {
  try { const value: unknown = JSON.parse(text); return isObject(value) ? value : null; } catch { return null; }
}

export function BenchPart() {
  const policy = useQuery(queries.policy());
  const me = useQuery(queries.me());
  if (policy.isPending) return <Panel><Skeleton rows={6} /></Panel>;
  if (policy.isError) return <ProblemNote error={policy.error} onRetry={() => void policy.refetch()} />;
  return <Bench policy={policy.data} may={governs(me.data?.role)} />;
}

function Bench({ policy, may }: { policy: Policy; may: boolean }) {
  const t = useT();
  const client = useQueryClient();
  const [typed, setTyped] = useState(() => shown(policy));
  const [runs, setRuns] = useState(50);
  const read = readObject(typed) as Policy | null;
  const changed = read !== null && JSON.stringify(read) !== JSON.stringify(policy);
  const simulate = useMutation({ mutationFn: () => call<Simulated>('/v1/policy/simulate', { method: 'POST', body: { policy: read, runs } }) });
  const save = useMutation({
    mutationFn: () => call<Policy>('/v1/policy', { method: 'PUT', body: read }),
    onSuccess: (next) => { client.setQueryData(queries.policy().queryKey, next); setTyped(shown(next)); void client.invalidateQueries({ queryKey: ['policy-versions'] }); },
  });
  return (
    <div className="flex flex-col gap-5">
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Panel title={t('bench.rules')}>
          <div className="flex flex-col gap-3 p-4">
            <Field label={t('bench.text')} hint={t('bench.text.hint')} error={read ? undefined : t('form.unreadable')} required>
              {(wiring) => <textarea {...wiring} spellCheck={false} rows={20} className={`${inputClass} font-mono text-xs leading-5 max-md:text-xs`} value={typed} onChange={(event) => { setTyped(event.target.value); save.reset(); }} />}
            </Field>
            <div className="flex flex-wrap items-center gap-2">
              <Button icon={FlaskConical} busy={simulate.isPending} disabled={!read} onClick={() => simulate.mutate()}>{t('bench.simulate')}</Button>
              <select aria-label={t('bench.runs')} className={`${inputClass} h-9 w-auto!`} value={runs} onChange={(event) => setRuns(Number(event.target.value))}>{[10, 50, 200].map((n) => <option key={n} value={n}>{t('bench.runs.n', { n })}</option>)}</select>
              <span className="flex-1" />
              {may ? <Button look="primary" icon={Save} busy={save.isPending} disabled={!changed} onClick={() => save.mutate()}>{t('policy.save')}</Button> : null}
            </div>
            {save.isSuccess && !changed ? <p role="status" className="inline-flex items-center gap-1.5 text-sm text-ok"><CircleCheck size={15} aria-hidden />{t('policy.saved')}</p> : null}
            {save.isError ? <ProblemNote error={save.error} /> : null}
          </div>
        </Panel>
        <div className="flex flex-col gap-5">
          <Panel title={t('bench.history')}>
            {simulate.isPending ? <Skeleton rows={3} /> : simulate.isError ? <ProblemNote error={simulate.error} className="m-4" /> : simulate.data ? <Outcome done={simulate.data} /> : <Empty icon={History} title={t('bench.history.none')}>{t('bench.history.lead')}</Empty>}
          </Panel>
          <OneCall />
        </div>
      </div>
      <Versions now={policy} onTake={(version) => setTyped(shown(version))} />
    </div>
  );
}

function Outcome({ done }: { done: Simulated }) {
  const t = useT();
  const lang = useLang();
  const pick = usePick();
  const rows = [...done.denied, ...done.asked, ...done.freed];
  const word = (effect: Effect) => <Chip tone={effectTone[effect]}>{t(`effect.${effect}`)}</Chip>;
  return (
    <div className="flex flex-col gap-3 p-4">
      <Figures items={[
        { name: t('bench.calls'), value: count(done.calls, lang), note: t('bench.runs.n', { n: done.runs }) },
        { name: t('bench.denied'), value: count(done.denied.length, lang), ...(done.denied.length > 0 ? { tone: 'bad' as const } : {}) },
        { name: t('bench.asked'), value: count(done.asked.length, lang), ...(done.asked.length > 0 ? { tone: 'warn' as const } : {}) },
        { name: t('bench.freed'), value: count(done.freed.length, lang), ...(done.freed.length > 0 ? { tone: 'ok' as const } : {}) },
      ]} />
      {rows.length === 0 ? <p role="status" className="text-sm text-mute">{t('bench.same')}</p> : (
        <div className="max-h-96 overflow-y-auto rounded-lg border border-line" tabIndex={0} role="group" aria-label={t('bench.history')}>
          <Table
            label={t('bench.history')} rows={rows} keyOf={(row) => `${row.run} ${row.step}`}
            columns={[
              { name: t('bench.call'), cell: (row) => <><Link to="/runs/$id" params={{ id: row.run }} search={{ step: row.step }} className="text-link hover:underline">{row.tool}</Link><span className="block text-xs font-normal text-mute"><code>{row.rule}</code>{row.reasons[0] ? ` · ${pick(row.reasons[0])}` : ''}</span></> },
              { name: t('bench.before'), cell: (row) => word(row.before) },
              { name: t('bench.after'), always: true, cell: (row) => word(row.after) },
            ]}
          />
        </div>
      )}
    </div>
  );
}

const example = { channel: '#general', text: 'Lunch is at noon' };

function OneCall() {
  const t = useT();
  const pick = usePick();
  const tools = useQuery({ ...queries.tools(''), staleTime: 60_000 });
  const [tool, setTool] = useState('slack.post_message');
  const [payload, setPayload] = useState(JSON.stringify(example, null, 2));
  const [request, setRequest] = useState('');
  const [content, setContent] = useState('');
  const read = readObject(payload);
  const judge = useMutation({
    mutationFn: () => call<Judged>('/v1/policy/evaluate', {
      method: 'POST', body: { tool: tool.trim(), payload: read, ...(request.trim() ? { request: request.trim() } : {}), ...(content.trim() ? { messages: [{ role: 'tool', tool: 'web.read', payload: {}, content: content.trim() }] } : {}) },
    }),
  });
  const told = judge.data;
  return (
    <Panel title={t('bench.one')}>
      <form className="flex flex-col gap-3 p-4" onSubmit={(event) => { event.preventDefault(); if (read && tool.trim() && !judge.isPending) judge.mutate(); }}>
        <p className="text-sm text-mute">{t('bench.one.lead')}</p>
        <Field label={t('bench.tool')} required>{(wiring) => <input {...wiring} list="bench-tools" spellCheck={false} className={inputClass} value={tool} onChange={(event) => setTool(event.target.value)} />}</Field>
        <datalist id="bench-tools">{tools.data?.map((each) => <option key={each.id} value={each.id} />)}</datalist>
        <Field label={t('bench.payload')} error={read ? undefined : t('form.unreadable')} required>{(wiring) => <textarea {...wiring} rows={4} spellCheck={false} className={`${inputClass} font-mono text-xs max-md:text-sm`} value={payload} onChange={(event) => setPayload(event.target.value)} />}</Field>
        <Field label={t('bench.request')}>{(wiring) => <input {...wiring} className={inputClass} value={request} onChange={(event) => setRequest(event.target.value)} />}</Field>
        <Field label={t('bench.content')} hint={t('bench.content.hint')}>{(wiring) => <textarea {...wiring} rows={2} className={inputClass} value={content} onChange={(event) => setContent(event.target.value)} />}</Field>
        <Button type="submit" icon={Scale} className="self-start" busy={judge.isPending} disabled={!read || !tool.trim()}>{t('bench.judge')}</Button>
        {judge.isError ? <ProblemNote error={judge.error} /> : null}
        {told ? (
          <div role="status" className="rounded-lg border border-line bg-sunk px-3.5 py-3">
            <p className="flex flex-wrap items-center gap-2"><Chip tone={effectTone[told.decision]}>{t(`effect.${told.decision}`)}</Chip><code className="text-xs text-soft">{told.rule}</code><RiskChips risk={told.risk} /></p>
            {told.reasons.map((reason) => <p key={pick(reason)} className="mt-1.5">{pick(reason)}</p>)}
            <p className="mt-1.5 flex flex-wrap gap-1.5">
              {told.tainted ? <Chip tone="warn">{t('bench.tainted')}</Chip> : null}
              {told.asked_for ? <Chip tone="ok">{t('bench.asked_for')}</Chip> : null}
              {told.outside ? <Chip tone="warn">{t('approval.outside')}</Chip> : null}
            </p>
            {told.fields.filter((field) => field.highlight).map((field) => <p key={field.pointer} className="mt-1 text-sm text-bad"><code>{field.pointer}</code> · {field.origin}</p>)}
            {told.signs.map((sign) => <p key={sign.why + sign.excerpt} className="mt-1 text-sm text-soft"><code className="text-xs">{sign.why}</code> “{sign.excerpt}”</p>)}
          </div>
        ) : null}
      </form>
    </Panel>
  );
}

function Versions({ now, onTake }: { now: Policy; onTake: (policy: Policy) => void }) {
  const t = useT();
  const who = useWho();
  const versions = useQuery({ queryKey: ['policy-versions'], queryFn: async ({ signal }) => (await call<{ items: Version[] }>('/v1/policy/versions', { signal })).items });
  return (
    <Panel title={t('bench.versions')}>
      {versions.isPending ? <Skeleton rows={2} /> : versions.isError ? <ProblemNote error={versions.error} onRetry={() => void versions.refetch()} className="m-4" /> : versions.data.length === 0 ? <Empty title={t('bench.versions.none')} /> : (
        <ul>
          {versions.data.map((each) => {
            const found = changes(each.policy as unknown as Json, now as unknown as Json);
            return (
              <li key={each.version} className="border-b border-line px-4 py-2.5 last:border-0">
                <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <span className="font-medium">{t('versions.number', { n: each.version })}</span>
                  <span className="text-sm text-mute">{who(each.by)} · <Ago at={each.created_at} /></span>
                  {found.length === 0 ? <Chip tone="ok">{t('bench.versions.now')}</Chip> : <span className="text-sm text-mute">{t('bench.versions.differs', { n: found.length })}</span>}
                  <span className="flex-1" />
                  <Button small look="quiet" aria-label={t('bench.versions.take_named', { n: each.version })} onClick={() => onTake(each.policy)}>{t('bench.versions.take')}</Button>
                </div>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}
