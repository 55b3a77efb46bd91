// The frame around every signed-in page: navigation, live state, language, theme, mode.
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Keyboard, LogOut, Search } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, getToken, setToken } from '@/api/client';
import { useWorkspaceStream } from '@/api/live';
import { queries, queryClient } from '@/api/queries';
import { IconButton } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';
import { ConnectionPill } from './ConnectionPill';
import { KeyHelp } from './KeyHelp';
import { useGoKeys, useLetterKeys } from './keys';
import { Mark } from './Mark';
import { ModeRibbon } from './ModeRibbon';
import { NavList, PhoneBar } from './Nav';
import { navGroups } from './nav';
import { LanguageSwitch, ThemeSwitch } from './Preferences';

const loadPalette = () => import('./Palette');
const Palette = lazy(() => loadPalette().then((module) => ({ default: module.Palette })));

export function Shell() {
  const t = useT();
  const navigate = useNavigate();
  const me = useQuery(queries.me());
  const status = useQuery({ ...queries.status(), enabled: me.isSuccess });
  const [more, setMore] = useState(false);
  const [help, setHelp] = useState(false);
  const [finding, setFinding] = useState(false);
  const closeFinding = useCallback(() => setFinding(false), []);
  const openHelp = useCallback(() => setHelp(true), []);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const first = useRef(true);

  useWorkspaceStream(me.isSuccess);

  const refused = me.error instanceof ApiError && me.error.problem.status === 401;
  useEffect(() => {
    if (refused && path !== '/sign-in') void navigate({ to: '/sign-in', search: { next: path === '/' ? undefined : path }, replace: true });
  }, [refused, navigate, path]);

  // A new page is read from its top by a screen reader, too.
  useEffect(() => {
    if (first.current) { first.current = false; return; }
    main.current?.focus({ preventScroll: true });
  }, [path]);

  // Fetched once the page stands, so that what is typed after Ctrl+K goes where it is meant.
  useEffect(() => { if (!me.isSuccess) return; const timer = setTimeout(() => void loadPalette(), 1_500); return () => clearTimeout(timer); }, [me.isSuccess]);

  // Unlike letters this works while typing, too; not over another dialog.
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      if (me.isSuccess && !document.querySelector('dialog[open]')) setFinding(true);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [me.isSuccess]);

  useLetterKeys((key) => { if (key === '?') setHelp(true); });
  useGoKeys((key, event) => {
    const item = navGroups.flatMap((group) => group.items).find((each) => each.letter === key);
    if (item) { event.preventDefault(); void navigate({ to: item.to }); }
  });

  const approvals = status.data?.approvals_pending ?? 0;
  const sandbox = !!status.data?.sandbox;

  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <a href="#main" className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2">{t('shell.skip')}</a>
      <div className="flex min-h-0 flex-1">
        <div className="flex w-56 shrink-0 flex-col border-r border-line bg-card max-md:hidden">
          <Link to="/" className="flex h-13 items-center gap-2.5 px-4.5 text-md font-bold tracking-tight"><Mark />metel</Link>
          <nav aria-label={t('nav.label')} className="flex-1 overflow-y-auto px-2.5 py-2"><NavList approvals={approvals} sandbox={sandbox} /></nav>
          <div className="flex items-center gap-1 border-t border-line p-2.5 pl-4.5 text-xs text-mute">
            <span className="min-w-0 flex-1 truncate">{me.data ? `${me.data.user} · ${me.data.workspace}` : ''}</span>
            <IconButton icon={Keyboard} label={t('keys.title')} className="size-8" onClick={() => setHelp(true)} />
            {getToken() ? <IconButton icon={LogOut} label={t('shell.sign_out')} className="size-8" onClick={() => { setToken(null); queryClient.clear(); void navigate({ to: '/sign-in' }); }} /> : null}
          </div>
        </div>
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="flex h-13 shrink-0 items-center gap-1.5 border-b border-line bg-card px-3 md:px-6">
            <Link to="/" className="flex items-center gap-2 text-md font-bold tracking-tight md:hidden"><Mark />metel</Link>
            {me.isSuccess ? (
              <button type="button" onClick={() => setFinding(true)} aria-keyshortcuts="Control+K Meta+K" className="flex h-8 items-center gap-2 rounded-md border border-edge bg-sunk px-2.5 text-sm text-mute transition-colors hover:bg-hover hover:text-ink max-md:ml-auto max-md:size-9 max-md:justify-center max-md:border-transparent max-md:bg-transparent max-md:px-0 md:w-72">
                <Search size={15} className="shrink-0 max-md:size-4.5" aria-hidden /><span className="flex-1 truncate text-left max-md:sr-only">{t('palette.title')}</span><kbd className="text-xs max-md:hidden">Ctrl K</kbd>
              </button>
            ) : null}
            <span className="flex-1 max-md:hidden" />
            {me.isSuccess ? <ConnectionPill /> : null}
            <LanguageSwitch />
            <ThemeSwitch />
          </header>
          <main ref={main} id="main" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
            {me.isError && !refused
              ? <div className="p-6"><ProblemNote error={me.error} onRetry={() => void me.refetch()} /></div>
              : me.isSuccess ? <Outlet /> : null}
          </main>
        </div>
      </div>
      <ModeRibbon status={status.data} />
      <PhoneBar approvals={approvals} onMore={() => setMore(true)} />
      <Dialog open={more} title={t('nav.more')} onClose={() => setMore(false)}>
        <nav aria-label={t('nav.label')}><NavList approvals={approvals} sandbox={sandbox} onGo={() => setMore(false)} /></nav>
      </Dialog>
      {finding ? <Suspense fallback={null}><Palette sandbox={sandbox} onClose={closeFinding} onHelp={openHelp} /></Suspense> : null}
      <KeyHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
