// Find anything and go there: pages, runs by id or words, pipelines to start, and what is typed as a request.
// Arrows choose, Enter goes; nothing here acts without another press on the page that opens.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CornerDownLeft, Keyboard, Languages, ListTree, MessageSquarePlus, Moon, Play, Search, type LucideIcon } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { queries } from '@/api/queries';
import { cx } from '@/parts/cx';
import { isComposing } from '@/parts/ime';
import { runStatus } from '@/generated/words';
import { useRunTitle } from '@/parts/runTitle';
import { usePick, useT } from '@/words';
import { usePreferences } from '@/words/lang';
import { navGroups } from './nav';
import { fits } from './found';
import { speak } from './Preferences';

interface Entry { key: string; group: string; word: string; note?: string; icon: LucideIcon; go: () => void }

const PAUSE_MS = 180;
const RUNS_SHOWN = 6;

export function Palette({ onClose, onHelp, sandbox }: { onClose: () => void; onHelp: () => void; sandbox: boolean }) {
  const t = useT();
  const pick = usePick();
  const navigate = useNavigate();
  const title = useRunTitle();
  const { lang, theme, setTheme } = usePreferences();
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => { dialog.current?.showModal(); }, []);
  useEffect(() => { const timer = setTimeout(() => setAsked(typed.trim()), PAUSE_MS); return () => clearTimeout(timer); }, [typed]);

  const wanted = asked.replace(/^run_?/i, '');
  const runs = useInfiniteQuery(queries.runs(wanted ? { q: wanted } : {}, 20));
  // An id or its end is found directly, whatever the run is called.
  const byId = useQuery({ ...queries.run(asked), enabled: /^(run_)?[0-9a-z]{6,}$/i.test(asked), retry: false });
  const pipelines = useQuery({ ...queries.pipelines(), staleTime: 60_000 });

  const entries = useMemo((): Entry[] => {
    const text = typed.trim();
    const pages = navGroups.flatMap((group) => group.items).filter((item) => (item.to !== '/sandbox' || sandbox) && fits(text, t(item.word), item.to.slice(1)))
      .map((item): Entry => ({ key: item.to, group: t('palette.pages'), word: t(item.word), icon: item.icon, ...(item.letter ? { note: `g ${item.letter}` } : {}), go: () => void navigate({ to: item.to }) }));
    const listed = [...(byId.data ? [byId.data] : []), ...(runs.data?.pages.flatMap((page) => page.items) ?? [])];
    const found = listed.filter((run, index) => listed.findIndex((each) => each.id === run.id) === index).slice(0, RUNS_SHOWN)
      .map((run): Entry => ({ key: run.id, group: t('palette.runs'), word: title(run), note: `${run.short} · ${runStatus[run.status]?.[lang] ?? run.status}`, icon: ListTree, go: () => void navigate({ to: '/runs/$id', params: { id: run.id } }) }));
    const starts = (pipelines.data ?? []).filter((each) => fits(text, pick(each.title), each.name))
      .map((each): Entry => ({ key: `start ${each.name}`, group: t('palette.start'), word: pick(each.title) || each.name, note: each.name, icon: Play, go: () => void navigate({ to: '/pipelines', search: { start: each.name } }) }));
    const doings: Entry[] = [
      { key: 'lang', group: t('palette.doings'), word: lang === 'ko' ? 'English' : '한국어', icon: Languages, go: () => void speak(lang === 'ko' ? 'en' : 'ko') },
      { key: 'theme', group: t('palette.doings'), word: t('palette.theme'), icon: Moon, go: () => setTheme(theme === 'dark' ? 'light' : 'dark') },
      { key: 'keys', group: t('palette.doings'), word: t('keys.title'), note: '?', icon: Keyboard, go: onHelp },
    ].filter((each) => fits(text, each.word, each.key));
    const ask: Entry[] = text.length > 3 ? [{ key: 'ask', group: t('palette.ask'), word: t('palette.ask_for', { text }), icon: MessageSquarePlus, go: () => void navigate({ to: '/', search: { ask: text } }) }] : [];
    return text ? [...pages, ...starts, ...found, ...doings, ...ask] : [...pages, ...found, ...starts, ...doings];
  }, [typed, t, pick, navigate, title, lang, theme, setTheme, sandbox, byId.data, runs.data, pipelines.data, onHelp]);

  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => { list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }); }, [chosen, entries]);
  const go = (entry: Entry | undefined) => { if (entry) { onClose(); entry.go(); } };
  const keys = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const to = event.key === 'ArrowDown' ? chosen + 1 : event.key === 'ArrowUp' ? chosen - 1 : null;
    if (to !== null && entries.length > 0) { event.preventDefault(); setAt((to + entries.length) % entries.length); }
    if (event.key === 'Enter') { event.preventDefault(); go(entries[chosen]); }
  };
  return (
    <dialog ref={dialog} aria-label={t('palette.title')} onClose={onClose} onClick={(event) => { if (event.target === dialog.current) onClose(); }} className="mx-auto mt-[12dvh] mb-auto w-[min(600px,calc(100vw-24px))] overflow-hidden rounded-xl border border-line bg-card p-0 text-ink shadow-lift outline-none">
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search size={17} className="shrink-0 text-mute" aria-hidden />
        <input
          autoFocus role="combobox" aria-expanded aria-controls={`${id}-list`} aria-activedescendant={entries[chosen] ? `${id}-${chosen}` : undefined} aria-autocomplete="list" aria-label={t('palette.title')}
          placeholder={t('palette.title')} spellCheck={false} value={typed} onChange={(event) => { setTyped(event.target.value); setAt(0); }} onKeyDown={keys}
          className="h-12 min-w-0 flex-1 bg-transparent text-md outline-none focus-visible:outline-none"
        />
        <kbd className="rounded-sm border border-edge bg-sunk px-1.5 text-xs leading-5 text-mute max-sm:hidden">Esc</kbd>
      </div>
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label={t('palette.title')} className="max-h-[min(52dvh,420px)] overflow-y-auto p-1.5">
        {entries.length === 0 ? <li role="option" aria-selected={false} aria-disabled className="px-3 py-6 text-center text-mute">{t('palette.none')}</li> : null}
        {entries.map((entry, index) => (
          <li key={entry.key} role="presentation">
            {entry.group !== entries[index - 1]?.group ? <p aria-hidden className="px-2.5 pt-2 pb-1 text-xs font-medium text-mute">{entry.group}</p> : null}
            <div id={`${id}-${index}`} role="option" aria-selected={index === chosen} onMouseMove={() => { if (at !== index) setAt(index); }} onClick={() => go(entry)} className={cx('flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5', index === chosen && 'bg-accent-wash')}>
              <entry.icon size={16} className="shrink-0 text-mute" aria-hidden />
              <span className="min-w-0 flex-1 truncate">{entry.word}</span>
              {entry.note ? <span className="shrink-0 text-xs text-mute">{entry.note}</span> : null}
              {index === chosen ? <CornerDownLeft size={13} className="shrink-0 text-mute" aria-hidden /> : null}
            </div>
          </li>
        ))}
      </ul>
    </dialog>
  );
}
