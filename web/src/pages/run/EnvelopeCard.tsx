// One approval for the rest of a plan: its bounds in plain words, what would still ask, and a button that is
// held. The digest of what was shown goes with the answer, so nothing wider can be approved by it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Mail, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { ApiError, call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import { travel } from '@/api/travel';
import type { Run } from '@/api/types';
import { Button } from '@/parts/Button';
import { HoldButton } from '@/parts/HoldButton';
import { ProblemNote, Skeleton } from '@/parts/States';
import { useStepName } from '@/parts/stepName';
import { Remaining } from '@/parts/Time';
import { VisibleText } from '@/parts/VisibleText';
import { useT } from '@/words';
import { count } from '@/words/format';
import { useLang } from '@/words/lang';

export function EnvelopeCard({ run }: { run: Run }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <section aria-label={t('envelope.title')} className="mt-5 overflow-hidden rounded-lg border border-line bg-card shadow-card">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3">
        <Mail size={18} className="shrink-0 text-mute" aria-hidden />
        <div className="min-w-0 flex-1 basis-60">
          <h2 className="font-semibold">{t('envelope.title')}</h2>
          <p className="text-sm text-mute">{t('envelope.lead')}</p>
        </div>
        <Button small aria-expanded={open} onClick={() => setOpen(!open)}>{open ? t('action.close') : t('envelope.look')}</Button>
      </header>
      {open ? <Bounds run={run} /> : null}
    </section>
  );
}

function Bounds({ run }: { run: Run }) {
  const t = useT();
  const lang = useLang();
  const client = useQueryClient();
  const name = useStepName();
  const query = useQuery(travel.envelope(run.id));
  const seal = useMutation({
    mutationFn: () => call<Run>(`/v1/runs/${enc(run.id)}/envelope`, { method: 'POST', body: { envelope: query.data?.envelope, digest: query.data?.digest } }),
    onSuccess: (next) => {
      client.setQueryData(queries.run(run.id).queryKey, next);
      ['run', 'approvals', 'status'].forEach((key) => void client.invalidateQueries({ queryKey: [key] }));
    },
    // The plan moved on under the reader: what it would cover is shown anew.
    onError: (error) => { if (error instanceof ApiError && error.problem.status === 409) void query.refetch(); },
  });
  if (query.isPending) return <div className="border-t border-line"><Skeleton rows={3} /></div>;
  if (query.isError) {
    const none = query.error instanceof ApiError && query.error.problem.status === 404;
    return <div className="border-t border-line p-4">{none ? <p className="text-mute">{t('envelope.none')}</p> : <ProblemNote error={query.error} onRetry={() => void query.refetch()} />}</div>;
  }
  if (seal.isSuccess) return <p role="status" className="flex items-center gap-2 border-t border-line bg-ok-wash px-5 py-3 font-medium text-ok"><ShieldCheck size={17} aria-hidden />{t('envelope.sealed')}</p>;
  const { envelope, open, digest } = query.data;
  const label = (id: string) => { const step = run.steps.find((each) => each.id === id); return step ? name(step) : id; };
  const rows: [string, string[] | string][] = [
    [t('envelope.tools'), envelope.tools],
    [t('envelope.recipients'), envelope.recipients.length > 0 ? envelope.recipients : t('envelope.recipients.none')],
    [t('envelope.calls'), t('envelope.calls.n', { n: envelope.calls })],
    [t('envelope.amount'), typeof envelope.amount_micros === 'number' ? count(envelope.amount_micros / 1_000_000, lang) : t('envelope.amount.none')],
    [t('envelope.exact'), t('envelope.exact.n', { n: envelope.exact.length })],
  ];
  return (
    <div className="border-t border-line px-5 py-4">
      <dl className="divide-y divide-line rounded-lg border border-line">
        {rows.map(([word, value]) => (
          <div key={word} className="grid grid-cols-[minmax(88px,150px)_minmax(0,1fr)] gap-4 px-3.5 py-2 max-sm:grid-cols-1 max-sm:gap-0.5">
            <dt className="text-sm text-mute">{word}</dt>
            <dd className="min-w-0">{typeof value === 'string' ? value : <ul className="flex flex-wrap gap-x-3 gap-y-0.5">{value.map((each) => <li key={each}><code className="text-sm"><VisibleText text={each} /></code></li>)}</ul>}</dd>
          </div>
        ))}
        <div className="grid grid-cols-[minmax(88px,150px)_minmax(0,1fr)] gap-4 px-3.5 py-2 max-sm:grid-cols-1 max-sm:gap-0.5">
          <dt className="text-sm text-mute">{t('envelope.until')}</dt>
          <dd><Remaining until={new Date(envelope.until / 1000).toISOString()} within={(time) => t('envelope.until.left', { time })} /></dd>
        </div>
      </dl>
      {open.length > 0 ? <div className="mt-3 rounded-lg bg-warn-wash px-3.5 py-2.5"><p className="text-sm font-medium text-warn">{t('envelope.open')}</p><ul className="mt-0.5 text-sm">{open.map((each) => <li key={each}>{label(each)}</li>)}</ul></div> : null}
      <p className="mt-3 text-sm text-mute">{t('envelope.never')}</p>
      {seal.isError ? <ProblemNote error={seal.error} className="mt-3" /> : null}
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <HoldButton icon={ShieldCheck} label={t('envelope.seal')} disabled={seal.isPending || envelope.calls === 0} onConfirm={() => seal.mutate()} />
        <code className="text-xs text-mute" title={digest}>{digest.replace(/^sha256[:-]?/, 'sha256 ').slice(0, 19)}…</code>
      </div>
    </div>
  );
}
