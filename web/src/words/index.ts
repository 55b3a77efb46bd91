// The dictionary: a key or parameter that is missing in either language is a type error.
// `{name}` is replaced; `{n:step|steps}` picks a word by number.
import type { Text } from '@/api/types';
import type { en } from './en';
import { getLang, useLang, type Lang } from './lang';

export type Key = keyof typeof en;

type Names<S extends string> = S extends `${string}{${infer P}}${infer R}`
  ? (P extends `${infer N}:${string}` ? N : P) | Names<R>
  : never;
type Values<K extends Key> = [Names<(typeof en)[K]>] extends [never]
  ? []
  : [values: Record<Names<(typeof en)[K]>, string | number>];

/** Keys whose words take no values. */
export type PlainKey = { [K in Key]: [Names<(typeof en)[K]>] extends [never] ? K : never }[Key];

export type Translate = <K extends Key>(key: K, ...values: Values<K>) => string;

const dictionaries: Partial<Record<Lang, Record<Key, string>>> = {};

/** Fetches a language's words; they must be here before the first component that speaks it. */
export async function loadWords(lang: Lang): Promise<void> {
  if (dictionaries[lang]) return;
  dictionaries[lang] = lang === 'ko' ? (await import('./ko')).ko : (await import('./en')).en;
}

export function translate<K extends Key>(lang: Lang, key: K, ...values: Values<K>): string {
  return fill(dictionaries[lang]?.[key] ?? key, (values[0] ?? {}) as Record<string, string | number>, lang);
}

export function fill(pattern: string, values: Record<string, string | number>, lang: Lang): string {
  return pattern.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_all, name: string, one?: string, many?: string) => {
    const value = values[name] ?? '';
    if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many;
    return typeof value === 'number' ? value.toLocaleString(lang) : value;
  });
}

const bound: Record<Lang, Translate> = {
  en: (key, ...values) => translate('en', key, ...values),
  ko: (key, ...values) => translate('ko', key, ...values),
};

/** The translate function of the current language; components using it re-render on a switch. */
export function useT(): Translate {
  return bound[useLang()];
}

export const currentT = (): Translate => bound[getLang()];

/** A text of the interface in the given language. */
export function pick(text: Text | null | undefined, lang: Lang): string {
  if (text === null || text === undefined) return '';
  return typeof text === 'string' ? text : (text[lang] || text.en || text.ko || '');
}

export function usePick(): (text: Text | null | undefined) => string {
  const lang = useLang();
  return (text) => pick(text, lang);
}
