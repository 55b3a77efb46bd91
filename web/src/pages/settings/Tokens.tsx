// Keys for programs: listed without their text, made and shown once, revoked.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import type { Token } from '@/api/types';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { Dialog } from '@/parts/Dialog';
import { useNow } from '@/parts/now';
import { Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { Ago } from '@/parts/Time';
import { useT } from '@/words';
import { absolute } from '@/words/format';
import { useLang } from '@/words/lang';
import { MakeToken } from './MakeToken';
import { roleWord } from './roles';

export function Tokens() {
  const t = useT();
  const navigate = useNavigate();
  const { make } = useSearch({ from: '/shell/settings' });
  const tokens = useQuery(queries.tokens());
  const open = (on: boolean) => void navigate({ to: '/settings', search: { part: 'tokens', make: on ? true : undefined }, replace: true });
  const items = [...(tokens.data ?? [])].sort((a, b) => Number(!!a.revoked_at) - Number(!!b.revoked_at) || b.created_at.localeCompare(a.created_at));
  return (
    <>
      <Panel title={t('settings.tokens')} aside={<Button small look="primary" icon={Plus} onClick={() => open(true)}>{t('tokens.make')}</Button>}>
        {tokens.isPending ? <Skeleton rows={3} /> : tokens.isError ? <ProblemNote error={tokens.error} onRetry={() => void tokens.refetch()} className="m-4" /> : items.length === 0 ? (
          <Empty icon={KeyRound} title={t('tokens.none')}>{t('tokens.none.lead')}</Empty>
        ) : <ul>{items.map((each) => <Row key={each.id} token={each} />)}</ul>}
      </Panel>
      {make ? <MakeToken onClose={() => open(false)} /> : null}
    </>
  );
}

function Row({ token }: { token: Token }) {
  const t = useT();
  const lang = useLang();
  const client = useQueryClient();
  const now = useNow();
  const [revoking, setRevoking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => call<unknown>(`/v1/tokens/${enc(token.id)}`, { method: 'DELETE' }),
    onSuccess: () => { setRevoking(false); void client.invalidateQueries({ queryKey: ['tokens'] }); },
  });
  const role = roleWord(token.role);
  const over = token.expires_at !== null && Date.parse(token.expires_at) <= now;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line px-4 py-3 last:border-0">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-semibold break-all">{token.name}</span>
          <Chip>{role ? t(role) : token.role}</Chip>
          {token.revoked_at ? <Chip tone="bad">{t('tokens.revoked')}</Chip> : over ? <Chip tone="warn">{t('tokens.over')}</Chip> : null}
        </p>
        <p className="mt-0.5 flex flex-wrap gap-x-3 text-sm text-mute">
          <span>{t('tokens.made')} <Ago at={token.created_at} /></span>
          <span>{token.used_at ? <>{t('tokens.used')} <Ago at={token.used_at} /></> : t('tokens.unused')}</span>
          <span>{token.expires_at ? <>{t('tokens.expires')} {absolute(token.expires_at, lang)}</> : t('tokens.never')}</span>
        </p>
      </div>
      {token.revoked_at ? null : <Button small look="quiet" icon={Trash2} className="ml-auto" onClick={() => setRevoking(true)} aria-label={t('tokens.revoke_named', { name: token.name })}>{t('tokens.revoke')}</Button>}
      <Dialog open={revoking} title={t('tokens.revoke.title')} onClose={() => setRevoking(false)} footer={<><Button look="quiet" onClick={() => setRevoking(false)}>{t('action.cancel')}</Button><Button look="danger" icon={Trash2} busy={revoke.isPending} onClick={() => revoke.mutate()}>{t('tokens.revoke')}</Button></>}>
        <p><b className="font-semibold break-all">{token.name}</b></p>
        <p className="mt-1 text-soft">{t('tokens.revoke.lead')}</p>
        {revoke.isError ? <ProblemNote error={revoke.error} className="mt-3" /> : null}
      </Dialog>
    </li>
  );
}
