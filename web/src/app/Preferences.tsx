// Language and theme, changed at once and kept in this browser.
import { Moon, Sun } from 'lucide-react';
import { queryClient } from '@/api/queries';
import { IconButton } from '@/parts/Button';
import { loadWords, useT } from '@/words';
import { useLang, usePreferences, type Lang } from '@/words/lang';

/** Changes the language; what the server words by itself is asked for again. */
export async function speak(lang: Lang): Promise<void> {
  await loadWords(lang);
  usePreferences.getState().setLang(lang);
  await queryClient.invalidateQueries({ refetchType: 'active' });
}

export function LanguageSwitch() {
  const t = useT();
  const lang = useLang();
  return (
    <div role="group" aria-label={t('shell.language')} className="flex h-7 overflow-hidden rounded-md border border-edge text-xs font-medium">
      {(['ko', 'en'] as const).map((each) => (
        <button key={each} type="button" lang={each} aria-pressed={lang === each} aria-label={each === 'ko' ? '한국어' : 'EN, English'} onClick={() => void speak(each)} className="px-2 text-mute hover:bg-hover focus-visible:-outline-offset-2 aria-pressed:bg-sunk aria-pressed:text-ink">
          {each === 'ko' ? '한' : 'EN'}
        </button>
      ))}
    </div>
  );
}

export function ThemeSwitch() {
  const t = useT();
  const { theme, setTheme } = usePreferences();
  const dark = theme === 'dark';
  return <IconButton icon={dark ? Sun : Moon} label={dark ? t('shell.light') : t('shell.dark')} onClick={() => setTheme(dark ? 'light' : 'dark')} />;
}
