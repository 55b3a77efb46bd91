// Steps that failed for good, together by what went wrong, and starting their runs again: one, some,
// or all of one kind.
import { useMutation, useQuery, useQueryClient, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CheckCheck, CircleCheck, CircleX, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { queries } from '@/api/queries';
import type { Dead, DeadCount, DeadRetry } from '@/api/types';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { Page, Panel } from '@/parts/Page';
import { Empty, HelpLink, ProblemNote, Skeleton } from '@/parts/States';
import { Ago } from '@/parts/Time';
import { usePick, useT } from '@/words';

export function DeadPage() {
  const t = useT();
  const counts = useQuery(queries.deadCounts());
  return (
    <Page title={t('nav.dead')} lead={t('dead.lead')}>
      {counts.isPending ? <Panel><Skeleton rows={4} /></Panel> : counts.isError ? <ProblemNote error={counts.error} onRetry={() => void counts.refetch()} /> : (
        <Groups counts={counts.data} />
      )}
    </Page>
  );
}

function Groups({ counts }: { counts: DeadCount[] }) {
  const t = useT();
  // A kind that was just started again stays with what came of it, although nothing is left of it.
  const [told, setTold] = useState<Record<string, DeadRetry>>({});
  const here = new Set(counts.map((each) => each.code));
  const gone = Object.keys(told).filter((code) => !here.has(code));
  const tell = (code: string, result: DeadRetry) => setTold((now) => ({ ...now, [code]: result }));
  return (
    <>
      {gone.map((code) => <Told key={code} result={told[code]!} />)}
      {counts.length === 0 ? <Panel><Empty icon={CheckCheck} title={t('dead.none')}>{t('dead.none.lead')}</Empty></Panel> : (
        <div className="flex flex-col gap-5">{[...counts].sort((a, b) => b.steps - a.steps).map((each) => <Group key={each.code} count={each} told={told[each.code]} onTold={(result) => tell(each.code, result)} />)}</div>
      )}
    </>
  );
}

function Group({ count, told, onTold }: { count: DeadCount; told: DeadRetry | undefined; onTold: (result: DeadRetry) => void }) {
  const t = useT();
  const pick = usePick();
  const client = useQueryClient();
  const dead = useInfiniteQuery(queries.dead(count.code));
  const items = dead.data?.pages.flatMap((page) => page.items) ?? [];
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const retry = useMutation({
    mutationFn: (body: { runs: string[] } | { code: string }) => call<DeadRetry>('/v1/dead/retry', { method: 'POST', body }),
    onSuccess: (result) => {
      onTold(result);
      setAsking(false);
      setChosen(new Set());
      ['dead', 'runs', 'status'].forEach((name) => void client.invalidateQueries({ queryKey: [name] }));
    },
  });
  const first = items[0]?.error;
  const title = pick(first?.title) || count.code;
  const here = items.filter((item) => chosen.has(item.run));
  const toggle = (run: string) => setChosen((now) => { const next = new Set(now); if (!next.delete(run)) next.add(run); return next; });
  return (
    <Panel
      title={<span className="flex flex-wrap items-baseline gap-x-2.5"><span className="text-bad">{title}</span><span className="text-sm font-normal text-mute">{t('dead.steps', { n: count.steps })}</span><span className="text-xs font-normal text-mute"><HelpLink code={count.code} /></span></span>}
      aside={<Button small icon={RotateCw} disabled={retry.isPending} onClick={() => setAsking(true)} aria-label={t('dead.retry_all_named', { title })}>{t('dead.retry_all')}</Button>}
    >
      {pick(first?.hint) ? <p className="border-b border-line bg-sunk/60 px-4 py-2 text-sm text-soft">{pick(first?.hint)}</p> : null}
      {told ? <div className="border-b border-line px-4 py-2"><Told result={told} /></div> : null}
      {dead.isPending ? <Skeleton rows={2} /> : dead.isError && items.length === 0 ? <ProblemNote error={dead.error} onRetry={() => void dead.refetch()} className="m-4" /> : (
        <ul>{items.map((item) => <Row key={`${item.run} ${item.step}`} item={item} chosen={chosen.has(item.run)} busy={retry.isPending} onToggle={() => toggle(item.run)} onRetry={() => retry.mutate({ runs: [item.run] })} />)}</ul>
      )}
      {dead.hasNextPage ? <div className="border-t border-line p-2 text-center"><Button small look="quiet" busy={dead.isFetchingNextPage} onClick={() => void dead.fetchNextPage()}>{t('action.more')}</Button></div> : null}
      {here.length > 0 ? (
        <div className="sticky bottom-0 flex flex-wrap items-center gap-3 border-t border-line bg-card px-4 py-2.5">
          <span className="flex-1 text-sm max-sm:basis-full" role="status">{t('dead.chosen', { n: new Set(here.map((item) => item.run)).size })}</span>
          <Button small look="quiet" onClick={() => setChosen(new Set())}>{t('dead.let_go')}</Button>
          <Button small look="primary" icon={RotateCw} busy={retry.isPending} onClick={() => retry.mutate({ runs: [...new Set(here.map((item) => item.run))].slice(0, 200) })}>{t('dead.retry_chosen')}</Button>
        </div>
      ) : null}
      {retry.isError && !asking ? <ProblemNote error={retry.error} className="m-4" /> : null}
      <Dialog
        open={asking}
        title={t('dead.ask')}
        onClose={() => setAsking(false)}
        footer={<><Button look="quiet" onClick={() => setAsking(false)}>{t('action.cancel')}</Button><Button look="primary" icon={RotateCw} busy={retry.isPending} onClick={() => retry.mutate({ code: count.code })}>{t('dead.retry_all')}</Button></>}
      >
        <p><b className="font-semibold">{title}</b> <code className="text-sm text-mute">{count.code}</code></p>
        <p className="mt-1 text-soft">{t('dead.ask.lead', { n: count.steps })}</p>
        {retry.isError ? <ProblemNote error={retry.error} className="mt-3" /> : null}
      </Dialog>
    </Panel>
  );
}

function Row({ item, chosen, busy, onToggle, onRetry }: { item: Dead; chosen: boolean; busy: boolean; onToggle: () => void; onRetry: () => void }) {
  const t = useT();
  const short = item.run.slice(-6);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 last:border-0">
      <input type="checkbox" className="size-4 shrink-0 accent-accent" aria-label={t('dead.choose', { run: short, step: item.step })} checked={chosen} onChange={onToggle} />
      <span className="min-w-0 flex-1 basis-40">
        <Link to="/runs/$id" params={{ id: item.run }} search={{ step: item.step }} className="font-medium text-link hover:underline">{t('approval.run', { short })}</Link>
        <span className="ml-2 text-sm text-mute">{item.step === '@plan' ? t('step.plan') : <code>{item.step}</code>}</span>
      </span>
      <span className="flex items-center gap-3 text-sm text-mute">{item.attempts > 1 ? <span>{t('dead.attempts', { n: item.attempts })}</span> : null}<Ago at={item.at} /></span>
      <Button small look="quiet" icon={RotateCw} className="ml-auto" disabled={busy} onClick={onRetry} aria-label={t('dead.retry_named', { run: short })}>{t('action.try_again')}</Button>
    </li>
  );
}

/** What came of starting runs again. */
function Told({ result }: { result: DeadRetry }) {
  const t = useT();
  return (
    <div role="status" className="py-1 text-sm">
      {result.retried.length > 0 ? <p className="flex items-center gap-1.5 text-ok"><CircleCheck size={15} aria-hidden />{t('dead.retried', { n: result.retried.length })}</p> : null}
      {result.refused.map(({ run, problem }) => (
        <p key={run} className="flex items-center gap-1.5 text-bad"><CircleX size={15} className="shrink-0" aria-hidden /><Link to="/runs/$id" params={{ id: run }} className="underline">{t('approval.run', { short: run.slice(-6) })}</Link> {problem.title}</p>
      ))}
      {result.more ? <p className="text-mute">{t('dead.more')}</p> : null}
    </div>
  );
}
