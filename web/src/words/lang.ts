// The person's language, theme and key preferences: kept in this browser, changed without reload.
import { create } from 'zustand';

export type Lang = 'ko' | 'en';
export type Theme = 'light' | 'dark';

interface Preferences {
  lang: Lang;
  theme: Theme;
  /** Single-letter keys may be switched off (WCAG 2.1.4). */
  letterKeys: boolean;
  setLang(lang: Lang): void;
  setTheme(theme: Theme): void;
  setLetterKeys(on: boolean): void;
}

function keep(name: string, value: string): void {
  try { localStorage.setItem(name, value); } catch { /* storage is switched off: lasts for this page */ }
}

function kept(name: string): string | null {
  try { return localStorage.getItem(name); } catch { return null; }
}

const root = document.documentElement;

export const usePreferences = create<Preferences>()((set) => ({
  lang: root.lang === 'ko' ? 'ko' : 'en',
  theme: root.dataset.theme === 'dark' ? 'dark' : 'light',
  letterKeys: kept('metel.keys') !== 'off',
  setLang(lang) {
    root.lang = lang;
    keep('metel.lang', lang);
    set({ lang });
  },
  setTheme(theme) {
    root.dataset.theme = theme;
    keep('metel.theme', theme);
    set({ theme });
  },
  setLetterKeys(on) {
    keep('metel.keys', on ? 'on' : 'off');
    set({ letterKeys: on });
  },
}));

export const getLang = (): Lang => usePreferences.getState().lang;
export const useLang = (): Lang => usePreferences((p) => p.lang);
