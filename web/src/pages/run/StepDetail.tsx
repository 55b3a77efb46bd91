// Everything about one step: error, attempts, what was sent, what came back; and the question of a
// step whose outcome is unknown.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, CornerDownRight, Mail, X } from 'lucide-react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import type { Json, Run, RunEvent, Step } from '@/api/types';
import { Button, buttonClass } from '@/parts/Button';
import { cx } from '@/parts/cx';
import { JsonView } from '@/parts/JsonView';
import { FaultNote, ProblemNote } from '@/parts/States';
import { usePick, useT } from '@/words';
import { clock } from '@/words/format';
import { OriginList } from './OriginList';
import { failedAttempts } from './order';

export function StepDetail({ step, run, events, narrow = false }: { step: Step; run: Run; events: RunEvent[]; /** Set in a column of its own. */ narrow?: boolean }) {
  const t = useT();
  const pick = usePick();
  const tried = failedAttempts(events, step.id);
  return (
    <div className="flex flex-col gap-4">
      {step.status === 'in_doubt' ? <Doubt step={step} run={run} /> : null}
      {step.error && step.status !== 'succeeded' ? <FaultNote fault={step.error} /> : null}
      {step.message && step.status === 'waiting' ? <Awaited name={step.message.name} correlation={step.message.correlation} /> : null}
      {step.child ? <Link to="/runs/$id" params={{ id: step.child }} className="inline-flex items-center gap-1 text-sm text-link hover:underline"><CornerDownRight size={14} aria-hidden />{t('step.child')}</Link> : null}
      {tried.length > 0 ? (
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t('step.attempts')}</h3>
          <ul className="flex flex-col gap-0.5 text-sm">
            {tried.map((attempt) => (
              <li key={attempt.at} className="flex flex-wrap gap-x-2.5">
                <span className="font-medium">#{attempt.number}</span>
                <span className="text-bad">{pick(attempt.error?.title) || pick(attempt.summary) || attempt.error?.code}</span>
                <time dateTime={attempt.at} className="text-mute">{clock(attempt.at)}</time>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <div className={cx('grid gap-4', !narrow && 'lg:grid-cols-2')}>
        <Value title={step.type === 'human_task' ? t('work.shown') : t('step.payload')} value={step.payload} />
        <Value title={t('step.output')} value={step.output} />
      </div>
      {step.tool ? <OriginList run={run} step={step} /> : null}
      {Object.keys(step.products ?? {}).length > 0 ? (
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t('step.products')}</h3>
          <Products products={step.products} />
        </section>
      ) : null}
    </div>
  );
}

export function Products({ products }: { products: Record<string, Json> }) {
  return (
    <dl className="divide-y divide-line rounded-md border border-line bg-card">
      {Object.entries(products).map(([name, value]) => (
        <div key={name} className="grid grid-cols-[minmax(88px,160px)_minmax(0,1fr)] gap-4 px-3 py-1.5 text-sm">
          <dt className="font-mono text-xs leading-5 text-mute">{name}</dt>
          <dd className="min-w-0">{typeof value === 'string' && /^https?:\/\//i.test(value)
            ? <a href={value} target="_blank" rel="noreferrer noopener" className="break-all text-link hover:underline">{value}</a>
            : typeof value === 'string' ? <span className="break-words whitespace-pre-wrap">{value}</span> : <JsonView value={value} label={name} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ title, value }: { title: string; value: Json }) {
  if (value === null || value === undefined) return null;
  return <section className="min-w-0"><h3 className="mb-1 text-sm font-semibold">{title}</h3><JsonView value={value} label={title} /></section>;
}

/** Which message it waits for, and the way to publish it. */
function Awaited({ name, correlation }: { name: string; correlation: string }) {
  const t = useT();
  return (
    <section className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line bg-card px-4 py-3">
      <Mail size={17} className="shrink-0 text-mute" aria-hidden />
      <div className="min-w-0 flex-1 basis-48">
        <p>{t('step.awaits')} <code className="text-sm font-semibold">{name}</code></p>
        {correlation ? <p className="text-sm text-mute">{t('messages.correlation')} <code>{correlation}</code></p> : null}
      </div>
      <Link to="/messages" search={{ publish: name, correlation: correlation || undefined }} className={buttonClass('plain', true)}>{t('messages.publish_this')}</Link>
    </section>
  );
}

function Doubt({ step, run }: { step: Step; run: Run }) {
  const t = useT();
  const client = useQueryClient();
  const resolve = useMutation({
    mutationFn: (happened: boolean) => call<Run>(`/v1/runs/${enc(run.id)}/steps/${enc(step.id)}/resolve`, { method: 'POST', body: { happened, intent: step.intent } }),
    onSuccess: (next) => { client.setQueryData(queries.run(run.id).queryKey, next); },
  });
  return (
    <section className="rounded-lg border border-warn/45 bg-warn-wash px-4 py-3">
      <h3 className="font-semibold text-warn">{t('doubt.title')}</h3>
      <p className="mt-0.5 text-ink">{t('doubt.lead')}</p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button small icon={Check} busy={resolve.isPending && resolve.variables === true} disabled={resolve.isPending} onClick={() => resolve.mutate(true)}>{t('doubt.happened')}</Button>
        <Button small icon={X} busy={resolve.isPending && resolve.variables === false} disabled={resolve.isPending} onClick={() => resolve.mutate(false)}>{t('doubt.not')}</Button>
      </div>
      {resolve.isError ? <ProblemNote error={resolve.error} className="mt-3" /> : null}
    </section>
  );
}
