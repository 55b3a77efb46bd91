// Begins a run with this one's past, up to an event: nothing of that past is done again.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { GitFork } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import type { Json, Run } from '@/api/types';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';

export function ForkDialog({ run, at, onClose }: { run: Run; /** The event after which it begins; the newest when absent. */ at?: number | undefined; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const first = JSON.stringify(run.input ?? {}, null, 2);
  const [number, setNumber] = useState(String(at ?? run.seq));
  const [input, setInput] = useState(first);
  const [newest, setNewest] = useState(false);
  const pipelines = useQuery({ ...queries.pipelines(), enabled: run.request === null });
  const pipeline = pipelines.data?.find((each) => each.name === run.name);
  const newer = run.request === null && pipeline !== undefined && pipeline.digest !== run.workflow ? pipeline : undefined;
  const n = Number(number);
  const numberFault = Number.isInteger(n) && n >= 1 && n <= run.seq ? undefined : t('fork.at.fault', { last: run.seq });
  let parsed: { value: Json } | null = null;
  try { parsed = { value: JSON.parse(input) as Json }; } catch { parsed = null; }
  const fork = useMutation({
    mutationFn: () => call<Run>(`/v1/runs/${enc(run.id)}/fork`, {
      method: 'POST', body: { at: n, ...(input !== first && parsed ? { input: parsed.value } : {}), ...(newest && newer ? { workflow: newer.name } : {}) },
    }),
    onSuccess: (made) => { onClose(); void navigate({ to: '/runs/$id', params: { id: made.id } }); },
  });
  const go = () => { if (!numberFault && parsed && !fork.isPending) fork.mutate(); };
  return (
    <Dialog open title={t('fork.title')} onClose={onClose} onGo={go} footer={<><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={GitFork} busy={fork.isPending} disabled={!!numberFault || !parsed} onClick={go}>{t('fork.go')}</Button></>}>
      <p className="mb-4 text-soft">{t('fork.lead')}</p>
      <div className="flex flex-col gap-4">
        <Field label={t('fork.at')} hint={t('fork.at.hint')} error={numberFault} required>{(wiring) => <input {...wiring} className={`${inputClass} max-w-36`} inputMode="numeric" value={number} onChange={(event) => setNumber(event.target.value)} />}</Field>
        <Field label={t('fork.input')} hint={t('fork.input.hint')} error={parsed ? undefined : t('form.unreadable')}>{(wiring) => <textarea {...wiring} spellCheck={false} rows={Math.min(10, input.split('\n').length + 1)} className={`${inputClass} font-mono text-sm`} value={input} onChange={(event) => setInput(event.target.value)} />}</Field>
        {newer ? <label className="flex items-start gap-2 text-sm"><input type="checkbox" className="mt-0.5 size-4 accent-accent" checked={newest} onChange={(event) => setNewest(event.target.checked)} />{t('fork.newest', { version: newer.version })}</label> : null}
        {fork.isError ? <ProblemNote error={fork.error} /> : null}
      </div>
    </Dialog>
  );
}
