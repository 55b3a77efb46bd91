// Moves runs that are under way to another version of their pipeline. What would happen is looked at first;
// nothing moves before a person has seen it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX, Shuffle } from 'lucide-react';
import { call } from '@/api/client';
import { enc } from '@/api/queries';
import type { Migration } from '@/api/travel';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { useT } from '@/words';

export function MigrateDialog({ name, title, onClose }: { name: string; title: string; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const path = `/v1/workflows/${enc(name)}/migrate`;
  const dry = useQuery({ queryKey: ['migration', name], queryFn: () => call<Migration>(path, { method: 'POST', body: { dry_run: true } }), staleTime: 0, gcTime: 0 });
  const move = useMutation({
    mutationFn: (skip: boolean) => call<Migration>(path, { method: 'POST', body: skip ? { skip_blocked: true } : {} }),
    onSuccess: () => { void client.invalidateQueries({ queryKey: ['run'] }); void client.invalidateQueries({ queryKey: ['runs'] }); },
  });
  const runs = dry.data?.runs ?? [];
  const free = runs.filter((each) => each.blockers.length === 0).length;
  const blocked = runs.length - free;
  const footer = move.isSuccess ? <Button look="primary" onClick={onClose}>{t('action.close')}</Button> : (
    <>
      <Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button>
      {free > 0 ? <Button look="primary" icon={Shuffle} busy={move.isPending} onClick={() => move.mutate(blocked > 0)}>{blocked > 0 ? t('migrate.go_free', { n: free }) : t('migrate.go', { n: free })}</Button> : null}
    </>
  );
  return (
    <Dialog open title={t('migrate.title')} onClose={onClose} footer={footer}>
      <p className="mb-1 font-semibold">{title}</p>
      <p className="mb-4 text-soft">{t('migrate.lead')}</p>
      {move.isSuccess ? <p role="status" className="flex items-center gap-2 font-semibold text-ok"><CircleCheck size={18} aria-hidden />{t('migrate.done', { n: move.data.moved })}</p> : dry.isPending ? <Skeleton rows={3} /> : dry.isError ? <ProblemNote error={dry.error} onRetry={() => void dry.refetch()} /> : runs.length === 0 ? <Empty title={t('migrate.none', { version: dry.data.version })} /> : (
        <>
          <p className="mb-2 text-sm text-mute">{t('migrate.count', { version: dry.data.version, free, blocked })}</p>
          <ul className="divide-y divide-line rounded-lg border border-line">
            {runs.map((each) => (
              <li key={each.run} className="px-3.5 py-2">
                <p className="flex items-center gap-2">
                  {each.blockers.length === 0 ? <CircleCheck size={15} className="text-ok" aria-hidden /> : <CircleX size={15} className="text-bad" aria-hidden />}
                  <Link to="/runs/$id" params={{ id: each.run }} className="font-mono text-sm text-link hover:underline">{each.run.slice(-6)}</Link>
                  <span className="text-sm text-mute">{each.blockers.length === 0 ? t('migrate.can') : t('migrate.cannot')}</span>
                </p>
                {each.blockers.length > 0 ? <ul className="mt-1 ml-6 text-sm text-soft">{each.blockers.map((blocker) => <li key={blocker.step + blocker.message}><code className="text-xs">{blocker.step || '/'}</code> {blocker.message}</li>)}</ul> : null}
              </li>
            ))}
          </ul>
        </>
      )}
      {move.isError ? <ProblemNote error={move.error} className="mt-4" /> : null}
    </Dialog>
  );
}
