// The workspace's policy: its own rules over the risk table, who counts as inside, how long an
// approval stays open. Read by everybody, changed by those who keep it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Plus, Save, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { ApiError, call } from '@/api/client';
import { queries } from '@/api/queries';
import type { Json, Policy } from '@/api/types';
import { Button } from '@/parts/Button';
import { DurationField, msOf } from '@/parts/DurationField';
import { Field, inputClass } from '@/parts/Field';
import { JsonView } from '@/parts/JsonView';
import { Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { useT } from '@/words';
import { draftOf, emptyRule, placeOf, policyOf, type Draft, type RuleDraft } from './policy';
import { governs } from './roles';
import { RuleCard } from './RuleCard';

export function PolicyPart() {
  const policy = useQuery(queries.policy());
  const me = useQuery(queries.me());
  if (policy.isPending) return <Panel><Skeleton rows={4} /></Panel>;
  if (policy.isError) return <ProblemNote error={policy.error} onRetry={() => void policy.refetch()} />;
  return <Editor policy={policy.data} may={governs(me.data?.role)} />;
}

function Editor({ policy, may }: { policy: Policy; may: boolean }) {
  const t = useT();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => draftOf(policy));
  const save = useMutation({
    mutationFn: (body: Policy) => call<Policy>('/v1/policy', { method: 'PUT', body }),
    onSuccess: (next) => { client.setQueryData(queries.policy().queryKey, next); setDraft(draftOf(next)); },
  });
  const made = policyOf(draft);
  const changed = JSON.stringify(made) !== JSON.stringify(policyOf(draftOf(policy)));
  const edit = (change: Partial<Draft>) => { save.reset(); setDraft((now) => ({ ...now, ...change })); };
  const editRule = (index: number, change: Partial<RuleDraft>) => edit({ rules: draft.rules.map((rule, i) => (i === index ? { ...rule, ...change } : rule)) });
  const move = (index: number, by: number) => {
    const rules = [...draft.rules];
    const [rule] = rules.splice(index, 1);
    if (rule) rules.splice(index + by, 0, rule);
    edit({ rules });
  };
  const faults = (save.error instanceof ApiError ? save.error.problem.errors ?? [] : []).map((each) => ({ ...placeOf(each.pointer), message: each.message }));
  const faultAt = (field: string) => faults.find((fault) => fault.rule === null && fault.field === field)?.message;
  const late = msOf(draft.expires) === null ? t('form.unreadable') : faultAt('approval_expires_ms');

  return (
    <form className="flex flex-col gap-5" onSubmit={(event) => { event.preventDefault(); if (may && changed && !late && !save.isPending) save.mutate(made); }}>
      {may ? null : <p className="rounded-lg border border-line bg-sunk px-4 py-3 text-soft">{t('policy.read_only')}</p>}
      <fieldset disabled={!may} className="contents">
        <Panel title={t('policy.rules')} aside={may ? <Button small icon={Plus} onClick={() => edit({ rules: [...draft.rules, emptyRule(draft.rules.map((rule) => rule.id))] })}>{t('policy.add')}</Button> : null}>
          {draft.rules.length === 0 ? <Empty title={t('policy.none')}>{t('policy.none.lead')}</Empty> : (
            <ol>{draft.rules.map((rule, index) => <RuleCard key={rule.key} rule={rule} number={index + 1} last={index === draft.rules.length - 1} may={may} faults={faults.filter((fault) => fault.rule === index)} onEdit={(change) => editRule(index, change)} onMove={(by) => move(index, by)} onRemove={() => edit({ rules: draft.rules.filter((_, i) => i !== index) })} />)}</ol>
          )}
        </Panel>
        <Panel title={t('policy.inside')}>
          <div className="grid gap-4 p-5 md:grid-cols-2">
            <Field label={t('policy.domains')} hint={t('policy.domains.hint')} error={faultAt('domains')}>{(wiring) => <textarea {...wiring} rows={3} className={inputClass} spellCheck={false} value={draft.domains} onChange={(event) => edit({ domains: event.target.value })} />}</Field>
            <Field label={t('policy.channels')} hint={t('policy.channels.hint')} error={faultAt('shared_channels')}>{(wiring) => <textarea {...wiring} rows={3} className={inputClass} spellCheck={false} value={draft.channels} onChange={(event) => edit({ channels: event.target.value })} />}</Field>
            <DurationField label={t('policy.expires')} hint={t('policy.expires.hint')} typed={draft.expires} onTyped={(expires) => edit({ expires })} error={late} />
          </div>
        </Panel>
      </fieldset>
      <p className="text-sm text-mute">{t('policy.always')}</p>
      <details className="text-sm"><summary className="font-medium text-soft">{t('policy.json')}</summary><div className="mt-2"><JsonView value={made as unknown as Json} label={t('policy.json')} /></div></details>
      {save.isError ? <ProblemNote error={save.error} /> : null}
      {may ? (
        <div className="sticky bottom-0 -mx-1 flex flex-wrap items-center gap-3 rounded-lg border border-line bg-card px-4 py-2.5 shadow-lift">
          <p role="status" className="min-w-0 flex-1 text-sm text-mute max-sm:basis-full">{save.isSuccess && !changed ? <span className="inline-flex items-center gap-1.5 text-ok"><CircleCheck size={15} aria-hidden />{t('policy.saved')}</span> : changed ? t('policy.changed') : t('policy.same')}</p>
          <Button look="quiet" icon={Undo2} disabled={!changed || save.isPending} onClick={() => { save.reset(); setDraft(draftOf(policy)); }}>{t('policy.undo')}</Button>
          <Button look="primary" type="submit" icon={Save} busy={save.isPending} disabled={!changed || !!late}>{t('policy.save')}</Button>
        </div>
      ) : null}
    </form>
  );
}
