// Signing in: the one-time link that metel printed, or a token kept for this tab only.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { call, setToken } from '@/api/client';
import { queries, queryClient } from '@/api/queries';
import type { Me } from '@/api/types';
import { LanguageSwitch, ThemeSwitch } from '@/app/Preferences';
import { Mark } from '@/app/Mark';
import { Button } from '@/parts/Button';
import { Field, inputClass } from '@/parts/Field';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';

export function SignInPage() {
  const t = useT();
  const navigate = useNavigate();
  const { next } = useSearch({ from: '/sign-in' });
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = async () => {
    if (!typed.trim()) return;
    setBusy(true);
    setError(null);
    setToken(typed.trim());
    try {
      const me = await call<Me>('/v1/me');
      queryClient.clear();
      queryClient.setQueryData(queries.me().queryKey, me);
      // Only a page of this dashboard may follow.
      void navigate({ to: next && /^\/(?!\/|sign-in)/.test(next) ? next : '/', replace: true });
    } catch (failure) {
      setToken(null);
      setError(failure);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-5 p-4">
      <title>{`${t('sign_in.title')} · metel`}</title>
      <div className="w-full max-w-[400px] rounded-xl border border-line bg-card p-6 shadow-lift">
        <div className="mb-5 flex items-center gap-2.5"><Mark size={28} /><span className="text-lg font-bold tracking-tight">metel</span><span className="flex-1" /><LanguageSwitch /><ThemeSwitch /></div>
        <h1 className="text-lg font-bold">{t('sign_in.title')}</h1>
        <p className="mt-1 mb-4 text-soft">{t('sign_in.lead')}</p>
        <form className="flex flex-col gap-3" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
          <Field label={t('sign_in.token')} hint={t('sign_in.token.hint')} required>
            {(wiring) => <input {...wiring} type="password" autoComplete="off" spellCheck={false} className={`${inputClass} font-mono`} value={typed} onChange={(event) => setTyped(event.target.value)} />}
          </Field>
          {error ? <ProblemNote error={error} /> : null}
          <Button look="primary" type="submit" busy={busy} disabled={!typed.trim()}>{t('sign_in.action')}</Button>
        </form>
        <p className="mt-4 border-t border-line pt-3 text-sm text-mute">{t('sign_in.where')} <code className="text-xs text-ink">~/.local/share/metel/token</code></p>
      </div>
    </main>
  );
}
