// Connecting a service. The secret goes in and is never shown again.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ExternalLink, PlugZap } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import type { Connection } from '@/api/types';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';

export function ConnectDialog({ service: first, onClose }: { service: string; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const tools = useQuery(queries.tools(''));
  const status = useQuery(queries.status());
  const [service, setService] = useState(first);
  const [secret, setSecret] = useState('');
  const [address, setAddress] = useState('');
  const [sandbox, setSandbox] = useState(false);
  const known = [...new Set((tools.data ?? []).map((tool) => tool.service))].sort();
  const connect = useMutation({
    mutationFn: () => call<Connection>('/v1/connections', { method: 'POST', body: {
      service: service.trim(),
      ...(secret && !sandbox ? { secret } : {}),
      ...(address.trim() && !sandbox ? { base_url: address.trim() } : {}),
      ...(sandbox ? { sandbox: true } : {}),
    } }),
    onSuccess: () => {
      setSecret('');
      void client.invalidateQueries({ queryKey: ['connections'] });
      void client.invalidateQueries({ queryKey: ['tools'] });
      onClose();
    },
  });
  const grant = useMutation({
    mutationFn: () => call<{ url: string }>(`/v1/connections/${enc(service.trim())}/authorize`, { method: 'POST', body: { sandbox } }),
    // The opened page must not reach back into this one.
    onSuccess: (begun) => { window.open(begun.url, '_blank', 'noopener,noreferrer'); },
  });
  const submit = () => { if (service.trim() && !connect.isPending) connect.mutate(); };
  return (
    <Dialog open title={t('connections.new')} onClose={onClose} footer={<><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button icon={ExternalLink} busy={grant.isPending} disabled={!service.trim()} onClick={() => grant.mutate()}>{t('connections.grant')}</Button><Button look="primary" icon={PlugZap} busy={connect.isPending} disabled={!service.trim()} onClick={submit}>{t('connections.connect')}</Button></>}>
      <form className="flex flex-col gap-4" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Field label={t('connections.service')} required>
          {(wiring) => <><input {...wiring} list="services" className={inputClass} autoCapitalize="none" spellCheck={false} value={service} onChange={(event) => setService(event.target.value)} /><datalist id="services">{known.map((each) => <option key={each} value={each} />)}</datalist></>}
        </Field>
        {status.data?.sandbox ? (
          <label className="flex items-center gap-2"><input type="checkbox" className="size-4 accent-accent" checked={sandbox} onChange={(event) => setSandbox(event.target.checked)} />{t('connections.use_sandbox')}</label>
        ) : null}
        {sandbox ? null : (
          <>
            <Field label={t('connections.secret')} hint={t('connections.secret.hint')}>
              {(wiring) => <input {...wiring} type="password" autoComplete="new-password" spellCheck={false} className={`${inputClass} font-mono`} value={secret} onChange={(event) => setSecret(event.target.value)} />}
            </Field>
            <Field label={t('connections.address')} hint={t('connections.address.hint')}>
              {(wiring) => <input {...wiring} type="url" inputMode="url" placeholder="https://" className={inputClass} value={address} onChange={(event) => setAddress(event.target.value)} />}
            </Field>
          </>
        )}
        {grant.isSuccess ? <p role="status" className="text-sm text-soft">{t('connections.grant.opened')} <a className="underline" href={grant.data.url} target="_blank" rel="noopener noreferrer">{t('connections.grant')}</a></p> : null}
        {grant.isError ? <ProblemNote error={grant.error} /> : null}
        {connect.isError ? <ProblemNote error={connect.error} /> : null}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
