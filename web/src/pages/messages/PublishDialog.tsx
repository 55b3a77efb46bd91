// Publishing a message: its name, what tells it apart, what it says, how long it is kept.
import { useMutation } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useState } from 'react';
import { ApiError, call } from '@/api/client';
import type { Json } from '@/api/types';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { DurationField, msOf, type Typed } from '@/parts/DurationField';
import { Field, inputClass } from '@/parts/Field';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';

export function PublishDialog({ name: first, correlation: told, onClose, onPublished }: { name: string; correlation: string; onClose: () => void; onPublished: (id: string) => void }) {
  const t = useT();
  const [name, setName] = useState(first);
  const [correlation, setCorrelation] = useState(told);
  const [payload, setPayload] = useState('{}');
  const [kept, setKept] = useState<Typed>({ n: '', unit: 'hour' });
  const [tried, setTried] = useState(false);
  const publish = useMutation({ mutationFn: (body: Record<string, Json>) => call<{ id: string; known: boolean }>('/v1/messages', { method: 'POST', body }), onSuccess: ({ id }) => onPublished(id) });

  const parsed = read(payload);
  const ttl = msOf(kept);
  const refused = (pointer: string) => (publish.error instanceof ApiError ? publish.error.problem.errors?.find((each) => each.pointer === pointer)?.message : undefined);
  const faults = {
    name: name.trim() === '' ? t('form.required') : undefined,
    payload: 'fault' in parsed ? t('approval.edit.unreadable', { why: parsed.fault }) : undefined,
    ttl: ttl === null ? t('form.unreadable') : undefined,
  };
  const submit = () => {
    setTried(true);
    if (Object.values(faults).some(Boolean) || !('value' in parsed) || publish.isPending) return;
    publish.mutate({ name: name.trim(), payload: parsed.value, ...(correlation.trim() ? { correlation: correlation.trim() } : {}), ...(ttl ? { ttl_ms: ttl } : {}) });
  };
  return (
    <Dialog open title={t('messages.publish')} onClose={onClose} onGo={submit} footer={<><span className="flex-1 self-center text-xs text-mute max-sm:hidden">Ctrl+Enter</span><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={Send} busy={publish.isPending} onClick={submit}>{t('messages.publish')}</Button></>}>
      <form className="flex flex-col gap-4" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Field label={t('messages.name')} hint={t('messages.name.hint')} error={tried ? faults.name ?? refused('/name') : undefined} required>
          {(wiring) => <input {...wiring} className={`${inputClass} font-mono`} autoCapitalize="none" spellCheck={false} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('messages.correlation')} hint={t('messages.correlation.hint')} error={refused('/correlation')}>
          {(wiring) => <input {...wiring} className={`${inputClass} font-mono`} autoCapitalize="none" spellCheck={false} value={correlation} onChange={(event) => setCorrelation(event.target.value)} />}
        </Field>
        <Field label={t('messages.payload.label')} error={faults.payload ?? refused('/payload')} required>
          {(wiring) => <textarea {...wiring} className={`${inputClass} font-mono text-sm`} rows={6} spellCheck={false} value={payload} onChange={(event) => setPayload(event.target.value)} />}
        </Field>
        <DurationField label={t('messages.ttl')} hint={t('messages.ttl.hint')} typed={kept} onTyped={setKept} error={tried ? faults.ttl ?? refused('/ttl_ms') : undefined} />
        {publish.isError ? <ProblemNote error={publish.error} /> : null}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function read(text: string): { value: Json } | { fault: string } {
  if (text.trim() === '') return { value: null };
  try { return { value: JSON.parse(text) as Json }; } catch (fault) { return { fault: fault instanceof Error ? fault.message : '' }; }
}
