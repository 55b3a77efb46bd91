// Making a token: its name, what it may do, how long it lasts; then its text, once.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check, Copy, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { ApiError, call } from '@/api/client';
import type { NewToken, Role } from '@/api/types';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';
import { roles } from './roles';

const DAY = 86_400_000;
const lasting = { week: 7 * DAY, month: 30 * DAY, quarter: 90 * DAY, year: 365 * DAY, never: null } as const;
type Lasting = keyof typeof lasting;

export function MakeToken({ onClose }: { onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [lasts, setLasts] = useState<Lasting>('quarter');
  const [tried, setTried] = useState(false);
  const make = useMutation({
    mutationFn: () => {
      const ms = lasting[lasts];
      return call<NewToken>('/v1/tokens', { method: 'POST', body: { name: name.trim(), role, ...(ms === null ? {} : { expires_at: new Date(Date.now() + ms).toISOString() }) } });
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const submit = () => { setTried(true); if (name.trim() && !make.isPending) make.mutate(); };
  if (make.data) return <Dialog open title={t('tokens.ready')} onClose={onClose} footer={<Button look="primary" onClick={onClose}>{t('tokens.kept')}</Button>}><Once token={make.data.token} /></Dialog>;
  const refused = make.error instanceof ApiError ? make.error.problem.errors?.find((each) => each.pointer === '/name')?.message : undefined;
  return (
    <Dialog open title={t('tokens.make')} onClose={onClose} footer={<><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={KeyRound} busy={make.isPending} onClick={submit}>{t('tokens.make')}</Button></>}>
      <form className="flex flex-col gap-4" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Field label={t('tokens.name')} hint={t('tokens.name.hint')} error={tried && !name.trim() ? t('form.required') : refused} required>
          {(wiring) => <input {...wiring} className={inputClass} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('settings.role')} hint={t(`role.${role}.may`)} required>
          {(wiring) => <select {...wiring} className={`${inputClass} h-9`} value={role} onChange={(event) => setRole(event.target.value as Role)}>{roles.map((each) => <option key={each} value={each}>{t(`role.${each}`)}</option>)}</select>}
        </Field>
        <Field label={t('tokens.lasts')} required>
          {(wiring) => <select {...wiring} className={`${inputClass} h-9`} value={lasts} onChange={(event) => setLasts(event.target.value as Lasting)}>{(Object.keys(lasting) as Lasting[]).map((each) => <option key={each} value={each}>{t(`tokens.lasts.${each}`)}</option>)}</select>}
        </Field>
        {make.isError ? <ProblemNote error={make.error} /> : null}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function Once({ token }: { token: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  return (
    <>
      <p className="mb-3 text-soft">{t('tokens.once')}</p>
      <div className="flex items-center gap-2">
        <input readOnly aria-label={t('sign_in.token')} className={`${inputClass} font-mono text-sm`} value={token} onFocus={(event) => event.target.select()} />
        <Button icon={copied ? Check : Copy} onClick={() => { void navigator.clipboard?.writeText(token).then(() => setCopied(true)); }}>{copied ? t('action.copied') : t('action.copy')}</Button>
      </div>
    </>
  );
}
