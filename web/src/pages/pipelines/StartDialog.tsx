// Starting a pipeline: a form from its input schema. Ctrl+Enter starts.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { queries } from '@/api/queries';
import type { JsonObject, Pipeline, Run, Text } from '@/api/types';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { DurationField, msOf, type Typed } from '@/parts/DurationField';
import { Field, inputClass } from '@/parts/Field';
import { SchemaField } from '@/parts/SchemaField';
import { ProblemNote } from '@/parts/States';
import { useForm, type FormField } from '@/parts/form';
import { usePick, useT } from '@/words';

export function StartDialog({ pipeline, onClose, onStarted }: { pipeline: Pipeline; onClose: () => void; onStarted: (run: string) => void }) {
  const t = useT();
  const pick = usePick();
  const client = useQueryClient();
  const required = new Set(pipeline.input_schema?.required ?? []);
  const fields: FormField[] = Object.entries(pipeline.input_schema?.properties ?? {}).map(([name, schema]) => ({ name, schema, required: required.has(name) })).sort((a, b) => Number(b.required) - Number(a.required));
  const form = useForm(fields);
  const [advanced, setAdvanced] = useState(false);
  const [priority, setPriority] = useState('');
  const [deadline, setDeadline] = useState<Typed>({ n: '', unit: 'hour' });
  const rank = Number(priority);
  const rankFault = priority.trim() !== '' && !(Number.isInteger(rank) && rank >= -100 && rank <= 100) ? t('pipelines.priority.fault') : undefined;
  const within = msOf(deadline);
  const start = useMutation({
    mutationFn: (input: JsonObject) => call<Run>('/v1/runs', { method: 'POST', body: { workflow: pipeline.name, input, ...(priority.trim() && rank !== 0 ? { priority: rank } : {}), ...(within ? { deadline_ms: within } : {}) } }),
    onSuccess: (run) => {
      client.setQueryData(queries.run(run.id).queryKey, run);
      void client.invalidateQueries({ queryKey: ['runs'] });
      onStarted(run.id);
    },
    onError: form.refuse,
  });
  const submit = () => { const input = form.read(); if (input && !rankFault && within !== null && !start.isPending) start.mutate(input); };
  return (
    <Dialog
      open
      title={pick(pipeline.title) || pipeline.name}
      onClose={onClose}
      onGo={submit}
      footer={<><span className="flex-1 self-center text-xs text-mute max-sm:hidden">Ctrl+Enter</span><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={Play} busy={start.isPending} onClick={submit}>{t('pipelines.run')}</Button></>}
    >
      <form onSubmit={(event) => { event.preventDefault(); submit(); }} className="flex flex-col gap-4">
        {pick(pipeline.description) ? <p className="text-soft">{pick(pipeline.description)}</p> : null}
        {fields.length === 0 ? <p className="text-mute">{t('pipelines.no_input')}</p> : fields.map((field) => (
          <SchemaField key={field.name} label={pick(field.schema?.['x-ask'] as Text | undefined) || field.schema?.title || field.name} schema={field.schema} required={field.required} typed={form.textOf(field)} onTyped={(text) => form.setText(field.name, text)} error={form.errors[field.name]} />
        ))}
        <details className="rounded-lg border border-line px-4 py-2.5" open={advanced || !!rankFault || within === null} onToggle={(event) => setAdvanced(event.currentTarget.open)}>
          <summary className="text-sm font-medium text-soft">{t('pipelines.advanced')}</summary>
          <div className="mt-3 flex flex-col gap-4 pb-1.5">
            <Field label={t('run.priority')} hint={t('pipelines.priority.hint')} error={rankFault}>{(wiring) => <input {...wiring} className={`${inputClass} max-w-32`} type="text" inputMode="numeric" placeholder="0" value={priority} onChange={(event) => setPriority(event.target.value)} />}</Field>
            <DurationField label={t('pipelines.deadline')} hint={t('pipelines.deadline.hint')} typed={deadline} onTyped={setDeadline} error={within === null ? t('form.unreadable') : undefined} />
          </div>
        </details>
        {start.isError ? <ProblemNote error={start.error} /> : null}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
