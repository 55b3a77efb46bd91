// Keyboard shortcuts: `g` then a letter goes to a page, `?` lists them. Ignored while typing,
// while composing, with a modifier held, or when switched off.
import { useEffect, useRef } from 'react';
import { isComposing } from '@/parts/ime';
import { usePreferences } from '@/words/lang';

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

const meant = (event: KeyboardEvent): boolean => !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey
  && !isTyping(event.target) && !isComposing(event) && !document.querySelector('dialog[open]');

/** How long after `g` a letter still names a page. */
const LED_MS = 1200;

/** Knows keys that follow a `g`: they name a page, and nothing on the present one may act on them. */
export class Lead {
  #at = -Infinity;
  #led = new WeakSet<object>();

  /** Takes in a key, in the order in which they are pressed. */
  press(event: { key: string; timeStamp: number }, counts: boolean): void {
    if (event.key.length > 1) return;
    if (counts && event.timeStamp - this.#at < LED_MS) { this.#led.add(event); this.#at = -Infinity; return; }
    this.#at = counts && event.key === 'g' ? event.timeStamp : -Infinity;
  }

  has(event: object): boolean { return this.#led.has(event); }
}

const lead = new Lead();
addEventListener('keydown', (event) => lead.press(event, meant(event)), true);

function useKeys(onKey: (key: string, event: KeyboardEvent) => void, led: boolean): void {
  const on = usePreferences((p) => p.letterKeys);
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    if (!on) return;
    const listen = (event: KeyboardEvent) => { if (meant(event) && lead.has(event) === led) latest.current(event.key, event); };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [on, led]);
}

/** Calls `onKey` for single keys that are meant as shortcuts; returns nothing to clean up by hand. */
export const useLetterKeys = (onKey: (key: string, event: KeyboardEvent) => void): void => useKeys(onKey, false);

/** Calls `onKey` for the key after `g`. */
export const useGoKeys = (onKey: (key: string, event: KeyboardEvent) => void): void => useKeys(onKey, true);
