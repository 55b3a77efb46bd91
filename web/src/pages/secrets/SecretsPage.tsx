// Secrets by name and the vault's keys. A value goes in and never comes back out; a rotation can be tried with
// the service before it counts.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, KeyRound, Plus, RefreshCw, ShieldCheck, Trash2, Vault as VaultIcon } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { enc } from '@/api/queries';
import type { ConnectionTest } from '@/api/types';
import { upkeep, type Secret, type VaultRotation } from '@/api/upkeep';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { Page, Panel } from '@/parts/Page';
import { Empty, FaultNote, ProblemNote, Skeleton } from '@/parts/States';
import { Ago } from '@/parts/Time';
import { useT } from '@/words';
import { duration } from '@/words/format';
import { useLang } from '@/words/lang';

export function SecretsPage() {
  const t = useT();
  const secrets = useQuery(upkeep.secrets());
  const [making, setMaking] = useState(false);
  return (
    <Page title={t('nav.secrets')} lead={t('secrets.lead')} actions={secrets.isSuccess ? <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>{t('secrets.set')}</Button> : null}>
      <div className="flex flex-col gap-5">
        <Panel title={t('secrets.list')}>
          {secrets.isPending ? <Skeleton rows={3} /> : secrets.isError ? <ProblemNote error={secrets.error} onRetry={() => void secrets.refetch()} className="m-4" /> : secrets.data.length === 0 ? (
            <Empty icon={KeyRound} title={t('secrets.none')}>{t('secrets.none.lead')}</Empty>
          ) : <ul>{secrets.data.map((secret) => <Row key={secret.name} secret={secret} />)}</ul>}
        </Panel>
        {secrets.isSuccess ? <VaultPanel /> : null}
      </div>
      {making ? <ValueDialog onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}

function Row({ secret }: { secret: Secret }) {
  const t = useT();
  const lang = useLang();
  const client = useQueryClient();
  const [rotating, setRotating] = useState(false);
  const [removing, setRemoving] = useState(false);
  const test = useMutation({ mutationFn: () => call<ConnectionTest>(`/v1/secrets/${enc(secret.name)}/test`, { method: 'POST', body: {} }) });
  const remove = useMutation({
    mutationFn: () => call<unknown>(`/v1/secrets/${enc(secret.name)}`, { method: 'DELETE' }),
    onSuccess: () => { setRemoving(false); void client.invalidateQueries({ queryKey: ['secrets'] }); },
  });
  return (
    <li className="border-b border-line px-4 py-3 last:border-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <p className="flex flex-wrap items-center gap-2"><code className="font-semibold break-all">{secret.name}</code>{secret.last4 ? <span className="font-mono text-sm text-mute" title={t('secrets.last4')}>••••{secret.last4}</span> : null}</p>
          <p className="mt-0.5 flex flex-wrap gap-x-3 text-sm text-mute"><span>{t('secrets.version', { n: secret.version })}</span><span>{t('secrets.changed')} <Ago at={secret.updated_at} /></span></p>
        </div>
        <span className="ml-auto flex flex-wrap gap-1">
          <Button small busy={test.isPending} aria-label={t('secrets.test_named', { name: secret.name })} onClick={() => test.mutate()}>{t('secrets.test')}</Button>
          <Button small icon={RefreshCw} aria-label={t('secrets.rotate_named', { name: secret.name })} onClick={() => setRotating(true)}>{t('secrets.rotate')}</Button>
          <Button small look="quiet" icon={Trash2} aria-label={t('secrets.remove_named', { name: secret.name })} onClick={() => setRemoving(true)}>{t('secrets.remove')}</Button>
        </span>
      </div>
      {test.isSuccess && test.data.ok ? <p role="status" className="mt-2 flex items-center gap-1.5 text-sm text-ok"><CircleCheck size={15} aria-hidden />{test.data.status === null ? t('secrets.opens') : t('secrets.taken', { time: duration(test.data.ms, lang) })}</p> : null}
      {test.isSuccess && !test.data.ok && test.data.fault ? <FaultNote fault={test.data.fault} className="mt-2" /> : null}
      {test.isError ? <ProblemNote error={test.error} className="mt-2" /> : null}
      {rotating ? <ValueDialog secret={secret} onClose={() => setRotating(false)} /> : null}
      <Dialog open={removing} title={t('secrets.remove.title')} onClose={() => setRemoving(false)} footer={<><Button look="quiet" onClick={() => setRemoving(false)}>{t('action.cancel')}</Button><Button look="danger" icon={Trash2} busy={remove.isPending} onClick={() => remove.mutate()}>{t('secrets.remove')}</Button></>}>
        <p><code className="font-semibold break-all">{secret.name}</code></p>
        <p className="mt-1 text-soft">{t('secrets.remove.lead')}</p>
        {remove.isError ? <ProblemNote error={remove.error} className="mt-3" /> : null}
      </Dialog>
    </li>
  );
}

/** A new secret, or another value for one that is there. */
function ValueDialog({ secret, onClose }: { secret?: Secret; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState(secret?.name ?? '');
  const [value, setValue] = useState('');
  const [tried, setTried] = useState(true);
  const [asked, setAsked] = useState(false);
  const save = useMutation({
    mutationFn: () => (secret
      ? call<Secret>(`/v1/secrets/${enc(secret.name)}/rotate`, { method: 'POST', body: { value, test: tried } })
      : call<Secret>(`/v1/secrets/${enc(name.trim())}`, { method: 'PUT', body: { value } })),
    onSuccess: () => { setValue(''); void client.invalidateQueries({ queryKey: ['secrets'] }); onClose(); },
  });
  const go = () => { setAsked(true); if (name.trim() && value && !save.isPending) save.mutate(); };
  const word = secret ? t('secrets.rotate') : t('secrets.set');
  return (
    <Dialog open title={word} onClose={onClose} onGo={go} footer={<><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={KeyRound} busy={save.isPending} onClick={go}>{word}</Button></>}>
      <form className="flex flex-col gap-4" onSubmit={(event) => { event.preventDefault(); go(); }}>
        {secret ? <p><code className="font-semibold break-all">{secret.name}</code> <span className="text-soft">{t('secrets.rotate.lead')}</span></p> : (
          <Field label={t('secrets.name')} hint={t('secrets.name.hint')} error={asked && !name.trim() ? t('form.required') : undefined} required>{(wiring) => <input {...wiring} className={inputClass} autoComplete="off" spellCheck={false} value={name} onChange={(event) => setName(event.target.value)} />}</Field>
        )}
        <Field label={t('secrets.value')} hint={t('connections.secret.hint')} error={asked && !value ? t('form.required') : undefined} required>{(wiring) => <input {...wiring} type="password" className={inputClass} autoComplete="new-password" value={value} onChange={(event) => setValue(event.target.value)} />}</Field>
        {secret ? <label className="flex items-start gap-2 text-sm"><input type="checkbox" className="mt-0.5 size-4 accent-accent" checked={tried} onChange={(event) => setTried(event.target.checked)} />{t('secrets.rotate.test')}</label> : null}
        {save.isError ? <ProblemNote error={save.error} /> : null}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function VaultPanel() {
  const t = useT();
  const client = useQueryClient();
  const vault = useQuery(upkeep.vault());
  const [turning, setTurning] = useState(false);
  const [dataKeys, setDataKeys] = useState(false);
  const turn = useMutation({
    mutationFn: () => call<VaultRotation>('/v1/vault/rotate', { method: 'POST', body: { data_keys: dataKeys } }),
    onSuccess: (next) => { client.setQueryData(upkeep.vault().queryKey, next); },
  });
  // The vault serves the whole installation: other workspaces are refused, and see nothing of it.
  if (vault.isError) return null;
  return (
    <Panel title={t('vault.title')} aside={vault.isSuccess ? <Button small icon={RefreshCw} onClick={() => { turn.reset(); setTurning(true); }}>{t('vault.rotate')}</Button> : null}>
      {vault.isPending ? <Skeleton rows={2} /> : (
        <dl className="divide-y divide-line">
          {([
            [t('vault.master'), <code key="m" className="text-sm break-all">{vault.data.master}</code>],
            [t('vault.kept'), t(`vault.kept.${vault.data.kept}`)],
            [t('vault.earlier'), vault.data.earlier.length === 0 ? t('vault.earlier.none') : <span key="e" className="flex flex-wrap gap-1.5">{vault.data.earlier.map((each) => <Chip key={each}>{each}</Chip>)}</span>],
            [t('vault.behind'), vault.data.behind === 0 ? <span key="b" className="inline-flex items-center gap-1.5 text-ok"><ShieldCheck size={15} aria-hidden />{t('vault.behind.none')}</span> : t('vault.behind.n', { n: vault.data.behind })],
          ] as const).map(([name, value]) => (
            <div key={name} className="grid grid-cols-[minmax(110px,180px)_minmax(0,1fr)] gap-4 px-4 py-2.5"><dt className="text-sm text-mute">{name}</dt><dd className="min-w-0">{value}</dd></div>
          ))}
        </dl>
      )}
      <Dialog open={turning} title={t('vault.rotate')} onClose={() => setTurning(false)} footer={turn.isSuccess ? <Button look="primary" onClick={() => setTurning(false)}>{t('action.close')}</Button> : <><Button look="quiet" onClick={() => setTurning(false)}>{t('action.cancel')}</Button><Button look="primary" icon={VaultIcon} busy={turn.isPending} onClick={() => turn.mutate()}>{t('vault.rotate')}</Button></>}>
        {turn.isSuccess ? <p role="status" className="flex items-center gap-2 font-semibold text-ok"><CircleCheck size={18} aria-hidden />{t('vault.rotated', { keys: turn.data.rewrapped, resealed: turn.data.resealed })}</p> : (
          <>
            <p className="text-soft">{t('vault.rotate.lead')}</p>
            <label className="mt-4 flex items-start gap-2 text-sm"><input type="checkbox" className="mt-0.5 size-4 accent-accent" checked={dataKeys} onChange={(event) => setDataKeys(event.target.checked)} />{t('vault.data_keys')}</label>
          </>
        )}
        {turn.isError ? <ProblemNote error={turn.error} className="mt-4" /> : null}
      </Dialog>
    </Panel>
  );
}
