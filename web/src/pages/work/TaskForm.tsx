// A form that a step waits for, made from its JSON Schema: what it is about, who should do it, until
// when, its fields, and what the server finds wrong with them.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CalendarClock, Send, UserRound } from 'lucide-react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import type { Instant, Json, JsonObject, Run, Schema, Step, Task } from '@/api/types';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { useForm } from '@/parts/form';
import { blobOf, JsonView } from '@/parts/JsonView';
import { useNow } from '@/parts/now';
import { PayloadTable } from '@/parts/PayloadTable';
import { SchemaField } from '@/parts/SchemaField';
import { ProblemNote, Skeleton } from '@/parts/States';
import { usePick, useT } from '@/words';
import { absolute, countdown } from '@/words/format';
import { useLang } from '@/words/lang';
import { fieldsOf, WHOLE } from './fields';

export type Waiting = Step & { task: Task };

/** The steps of a run that wait for a form. */
export const tasksOf = (run: Run): Waiting[] => run.steps.filter((step): step is Waiting => step.status === 'waiting' && !!step.task);

/** The form and whatever the person is shown beside it. */
export function TaskForm({ run, step, onDone }: { run: string; step: Waiting; onDone?: () => void }) {
  const blob = blobOf(step.task.form);
  const far = useQuery({ queryKey: ['blob', blob?.digest ?? ''], queryFn: ({ signal }) => call<Json>(`/v1/blobs/${enc(blob?.digest ?? '')}`, { signal }), enabled: blob !== null, staleTime: Infinity });
  if (blob && far.isError) return <ProblemNote error={far.error} onRetry={() => void far.refetch()} className="m-5" />;
  if (blob && far.isPending) return <Skeleton rows={3} />;
  const form = blob ? far.data : step.task.form;
  return <Fields run={run} step={step} schema={form !== null && typeof form === 'object' && !Array.isArray(form) ? (form as Schema) : {}} onDone={onDone} />;
}

function Fields({ run, step, schema, onDone }: { run: string; step: Waiting; schema: Schema; onDone: (() => void) | undefined }) {
  const t = useT();
  const pick = usePick();
  const client = useQueryClient();
  const fields = fieldsOf(schema);
  const form = useForm(fields);
  const submit = useMutation({
    mutationFn: (values: JsonObject) => call<Run>(`/v1/runs/${enc(run)}/steps/${enc(step.id)}/submit`, { method: 'POST', body: { values } }),
    onSuccess: (next) => {
      onDone?.();
      client.getQueryCache().findAll({ queryKey: ['run'] }).forEach((query) => { if ((query.state.data as Run | undefined)?.id === next.id) client.setQueryData(query.queryKey, next); });
      void client.invalidateQueries({ queryKey: ['runs'] });
      void client.invalidateQueries({ queryKey: queries.run(run).queryKey });
    },
    onError: form.refuse,
  });
  const send = () => {
    const values = form.read();
    if (!values || submit.isPending) return;
    const whole = values[WHOLE];
    submit.mutate(whole !== null && typeof whole === 'object' && !Array.isArray(whole) ? whole : values);
  };
  return (
    <form className="px-5 py-4" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Shown value={step.payload} label={t('work.shown')} />
      {schema.description ? <p className="mb-3 text-soft">{schema.description}</p> : null}
      <div className="grid gap-4 md:grid-cols-2">
        {fields.map((field) => (
          <div key={field.name} className={field.wide ? 'md:col-span-2' : ''}>
            <SchemaField label={field.name === WHOLE ? t('work.values') : pick(field.ask) || field.schema?.title || field.name} schema={field.schema} required={field.required} typed={form.textOf(field)} onTyped={(text) => form.setText(field.name, text)} error={form.errors[field.name]} />
          </div>
        ))}
      </div>
      {submit.isError ? <ProblemNote error={submit.error} className="mt-4" /> : null}
      <div className="mt-4"><Button look="primary" type="submit" icon={Send} busy={submit.isPending}>{t('work.submit')}</Button></div>
    </form>
  );
}

function Shown({ value, label }: { value: Json; label: string }) {
  if (value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)) return null;
  return (
    <section aria-label={label} className="mb-4 overflow-hidden rounded-lg border border-line">
      {blobOf(value) ? <div className="p-2"><JsonView value={value} label={label} /></div> : <PayloadTable payload={value} />}
    </section>
  );
}

/** Who should do it, and until when. */
export function TaskMarks({ step }: { step: Waiting }) {
  const t = useT();
  return (
    <>
      {step.task.assignee ? <Chip icon={UserRound}>{step.task.assignee}</Chip> : null}
      {step.task.due ? <Due at={step.task.due} /> : null}
      {step.wake_at ? <span className="text-xs text-mute">{t('work.expires')} <Left at={step.wake_at} /></span> : null}
    </>
  );
}

function Due({ at }: { at: Instant }) {
  const t = useT();
  const lang = useLang();
  const late = useNow() > Date.parse(at);
  return <Chip tone={late ? 'bad' : 'mute'} icon={CalendarClock} title={absolute(at, lang)}>{late ? t('work.late') : <>{t('work.due')} <Left at={at} /></>}</Chip>;
}

function Left({ at }: { at: Instant }) {
  const lang = useLang();
  const now = useNow();
  return <time dateTime={at} title={absolute(at, lang)}>{countdown(Date.parse(at) - now, lang)}</time>;
}
