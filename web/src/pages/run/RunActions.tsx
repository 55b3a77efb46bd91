// What can be done with a run in the state it is in: pause, stop, retry, replay.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX, Copy, FileDown, GitFork, History, OctagonX, Pause, RotateCw, Shuffle, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { call } from '@/api/client';
import { isFinal } from '@/api/fold';
import { enc, queries } from '@/api/queries';
import type { Replay, Run } from '@/api/types';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { Menu } from '@/parts/Menu';
import { ProblemNote, Skeleton } from '@/parts/States';
import { useT } from '@/words';
import { count, duration } from '@/words/format';
import { useLang } from '@/words/lang';

const ForkDialog = lazy(() => import('./ForkDialog').then((module) => ({ default: module.ForkDialog })));
const MigrateDialog = lazy(() => import('./MigrateDialog').then((module) => ({ default: module.MigrateDialog })));

/** A person said no: doing it again is possible, but not what is suggested. */
const REJECTED = 'METEL-2204';

export function RunActions({ run }: { run: Run }) {
  const t = useT();
  const client = useQueryClient();
  const [cancelling, setCancelling] = useState(false);
  const [pausing, setPausing] = useState(false);
  const [reason, setReason] = useState('');
  const [replaying, setReplaying] = useState(false);
  const [forking, setForking] = useState(false);
  const [moving, setMoving] = useState(false);
  const pipelines = useQuery({ ...queries.pipelines(), enabled: run.request === null && !isFinal(run.status), staleTime: 300_000 });
  const newer = isFinal(run.status) || run.request !== null ? undefined : pipelines.data?.find((each) => each.name === run.name && run.workflow !== null && each.digest !== run.workflow);
  const take = (next: Run) => {
    client.setQueryData(queries.run(run.id).queryKey, next);
    void client.invalidateQueries({ queryKey: queries.run(run.id).queryKey });
    void client.invalidateQueries({ queryKey: ['runs'] });
  };
  const post = <T,>(path: string, body: unknown) => call<T>(`/v1/runs/${enc(run.id)}/${path}`, { method: 'POST', body });
  const cancel = useMutation({
    mutationFn: () => post<Run>('cancel', reason.trim() ? { reason: reason.trim() } : {}),
    onSuccess: (next) => { take(next); setCancelling(false); },
  });
  const pause = useMutation({
    mutationFn: () => post<Run>('pause', reason.trim() ? { reason: reason.trim() } : {}),
    onSuccess: (next) => { take(next); setPausing(false); },
  });
  const retry = useMutation({ mutationFn: () => post<Run>('retry', {}), onSuccess: take });
  const capsule = useMutation({ mutationFn: async () => (await import('@/api/travel')).download(`/v1/runs/${enc(run.id)}/capsule`, `${run.id}.capsule`) });
  const replay = useMutation({ mutationFn: () => post<Replay>('replay', {}) });

  return (
    <div className="flex flex-col items-end gap-2 max-md:items-start">
      <div className="flex flex-wrap gap-2">
        {run.status === 'failed' ? <Button look={run.error?.code === REJECTED ? 'plain' : 'primary'} icon={RotateCw} busy={retry.isPending} onClick={() => retry.mutate()}>{t('run.retry')}</Button> : null}
        <Button icon={History} onClick={() => { setReplaying(true); replay.mutate(); }}>{t('run.replay')}</Button>
        {isFinal(run.status) || run.paused ? null : <Button icon={Pause} onClick={() => { pause.reset(); setReason(''); setPausing(true); }}>{t('run.pause')}</Button>}
        {isFinal(run.status) ? null : <Button look="danger" icon={OctagonX} onClick={() => { cancel.reset(); setReason(''); setCancelling(true); }}>{t('run.cancel')}</Button>}
        <Menu label={t('run.more')} items={[
          { word: t('fork.menu'), icon: GitFork, onGo: () => setForking(true) },
          ...(newer ? [{ word: t('migrate.menu', { version: newer.version }), icon: Shuffle, onGo: () => setMoving(true) }] : []),
          { word: t('capsule.menu'), icon: FileDown, onGo: () => capsule.mutate(), off: capsule.isPending },
          { word: t('run.copy_cli'), icon: Copy, onGo: () => void navigator.clipboard?.writeText(`metel run show ${run.short || run.id}`) },
        ]} />
      </div>
      {capsule.isError ? <ProblemNote error={capsule.error} /> : null}
      <Suspense fallback={null}>
        {forking ? <ForkDialog run={run} onClose={() => setForking(false)} /> : null}
        {moving && newer ? <MigrateDialog name={newer.name} title={newer.name} onClose={() => setMoving(false)} /> : null}
      </Suspense>
      {retry.isError ? <ProblemNote error={retry.error} /> : null}
      <Dialog
        open={cancelling}
        title={t('run.cancel.title')}
        onClose={() => setCancelling(false)}
        footer={<><Button look="quiet" onClick={() => setCancelling(false)}>{t('run.cancel.keep')}</Button><Button look="danger" icon={OctagonX} busy={cancel.isPending} onClick={() => cancel.mutate()}>{t('run.cancel')}</Button></>}
      >
        <p className="mb-4 text-soft">{t('run.cancel.lead')}</p>
        <Field label={t('run.cancel.reason')}>{(wiring) => <input {...wiring} className={inputClass} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />}</Field>
        {cancel.isError ? <ProblemNote error={cancel.error} className="mt-4" /> : null}
      </Dialog>
      <Dialog
        open={pausing}
        title={t('run.pause.title')}
        onClose={() => setPausing(false)}
        footer={<><Button look="quiet" onClick={() => setPausing(false)}>{t('run.cancel.keep')}</Button><Button look="primary" icon={Pause} busy={pause.isPending} onClick={() => pause.mutate()}>{t('run.pause')}</Button></>}
      >
        <p className="mb-4 text-soft">{t('run.pause.lead')}</p>
        <Field label={t('run.cancel.reason')}>{(wiring) => <input {...wiring} className={inputClass} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />}</Field>
        {pause.isError ? <ProblemNote error={pause.error} className="mt-4" /> : null}
      </Dialog>
      <Dialog open={replaying} title={t('replay.title')} onClose={() => setReplaying(false)}>
        <p className="mb-4 text-soft">{t('replay.lead')}</p>
        {replay.isPending ? <Skeleton rows={2} /> : replay.isError ? <ProblemNote error={replay.error} onRetry={() => replay.mutate()} /> : replay.data ? <ReplayReport replay={replay.data} /> : null}
      </Dialog>
    </div>
  );
}

function ReplayReport({ replay }: { replay: Replay }) {
  const t = useT();
  const lang = useLang();
  const same = replay.differences === 0 && replay.outside_calls === 0;
  const Icon = same ? CircleCheck : replay.outside_calls > 0 ? TriangleAlert : CircleX;
  return (
    <div role="status">
      <p className={`flex items-center gap-2 text-md font-semibold ${same ? 'text-ok' : 'text-bad'}`}><Icon size={19} aria-hidden />{same ? t('replay.same') : t('replay.differs')}</p>
      <dl className="mt-3 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line md:grid-cols-4">
        {([[t('replay.events'), count(replay.events, lang)], [t('replay.differences'), count(replay.differences, lang)], [t('replay.outside'), count(replay.outside_calls, lang)], [t('replay.took'), duration(replay.ms, lang)]] as const).map(([name, value]) => (
          <div key={name} className="bg-card px-3 py-2"><dt className="text-xs text-mute">{name}</dt><dd className="text-md font-semibold">{value}</dd></div>
        ))}
      </dl>
      {replay.first_difference ? <p className="mt-3 text-bad">{t('replay.first', { seq: replay.first_difference.seq })} {replay.first_difference.what}</p> : null}
      <p className="mt-3 text-xs break-all text-mute">{t('replay.state')} <code>{replay.state_hash}</code></p>
    </div>
  );
}
