// Which services metel may use, whether they answer, and connecting one more.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck, CircleX, FlaskConical, PlugZap, Plus, Radar, Unplug } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import type { Connection, ConnectionTest } from '@/api/types';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { Dialog } from '@/parts/Dialog';
import { Page, Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { Ago } from '@/parts/Time';
import { usePick, useT, type PlainKey } from '@/words';
import { duration } from '@/words/format';
import { useLang } from '@/words/lang';
import { ConnectDialog } from './ConnectDialog';

export function ConnectionsPage() {
  const t = useT();
  const navigate = useNavigate();
  const { connect } = useSearch({ from: '/shell/connections' });
  const connections = useQuery(queries.connections());
  const open = (service: string | undefined) => void navigate({ to: '/connections', search: { connect: service }, replace: true });
  return (
    <Page title={t('nav.connections')} lead={t('connections.lead')} actions={<Button look="primary" icon={Plus} onClick={() => open('new')}>{t('connections.new')}</Button>}>
      <Panel>
        {connections.isPending ? <Skeleton rows={4} /> : connections.isError ? <ProblemNote error={connections.error} onRetry={() => void connections.refetch()} className="m-4" /> : connections.data.length === 0 ? (
          <Empty icon={PlugZap} title={t('connections.none')}>{t('connections.none.lead')}</Empty>
        ) : <ul>{connections.data.map((each) => <ConnectionRow key={each.id} connection={each} />)}</ul>}
      </Panel>
      {connect ? <ConnectDialog service={connect === 'new' ? '' : connect} onClose={() => open(undefined)} /> : null}
    </Page>
  );
}

function ConnectionRow({ connection }: { connection: Connection }) {
  const t = useT();
  const pick = usePick();
  const lang = useLang();
  const client = useQueryClient();
  const [revoking, setRevoking] = useState(false);
  const test = useMutation({ mutationFn: () => call<ConnectionTest>(`/v1/connections/${enc(connection.id)}/test`, { method: 'POST', body: {} }) });
  const revoke = useMutation({
    mutationFn: () => call<unknown>(`/v1/connections/${enc(connection.id)}`, { method: 'DELETE' }),
    onSuccess: () => { void client.invalidateQueries({ queryKey: ['connections'] }); void client.invalidateQueries({ queryKey: ['tools'] }); setRevoking(false); },
  });
  const good = connection.state === 'ready';
  const state: PlainKey | undefined = { ready: 'connections.good', expired: 'connections.expired', revoked: 'connections.revoked' }[connection.state] as PlainKey | undefined;
  const name = pick(connection.title) || connection.service;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-0">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-semibold">{name}</span>
          {connection.sandbox ? <Chip tone="teal" icon={FlaskConical}>{t('connections.sandbox')}</Chip> : null}
          <Chip tone={good ? 'ok' : 'warn'}>{state ? t(state) : connection.state}</Chip>
        </p>
        <p className="mt-0.5 truncate text-sm text-mute">{connection.service}{connection.scopes.length ? ` · ${connection.scopes.join(', ')}` : ''} · <Ago at={connection.created_at} /></p>
      </div>
      <p role="status" className="text-sm">
        {test.data ? test.data.ok
          ? <span className="inline-flex items-center gap-1.5 text-ok"><CircleCheck size={15} aria-hidden />{t('connections.answers')} {duration(test.data.ms, lang)}</span>
          : <span className="inline-flex items-center gap-1.5 text-bad"><CircleX size={15} aria-hidden />{pick(test.data.fault?.title) || t('connections.silent')} {test.data.status ?? ''}</span> : null}
      </p>
      <div className="flex gap-2">
        <Button small icon={Radar} busy={test.isPending} onClick={() => test.mutate()} aria-label={t('connections.test_named', { name })}>{t('connections.test')}</Button>
        <Button small look="quiet" icon={Unplug} onClick={() => setRevoking(true)} aria-label={t('connections.revoke_named', { name })}>{t('connections.revoke')}</Button>
      </div>
      {connection.trouble ? <p className="w-full text-sm text-bad">{pick(connection.trouble)} <code className="font-mono">metel connect {connection.service} --renew</code></p> : null}
      {test.isError ? <ProblemNote error={test.error} className="w-full" /> : null}
      <Dialog open={revoking} title={t('connections.revoke.title')} onClose={() => setRevoking(false)} footer={<><Button look="quiet" onClick={() => setRevoking(false)}>{t('action.cancel')}</Button><Button look="danger" icon={Unplug} busy={revoke.isPending} onClick={() => revoke.mutate()}>{t('connections.revoke')}</Button></>}>
        <p><b className="font-semibold">{name}</b></p>
        <p className="mt-1 text-soft">{t('connections.revoke.lead')}</p>
        {revoke.isError ? <ProblemNote error={revoke.error} className="mt-3" /> : null}
      </Dialog>
    </li>
  );
}
