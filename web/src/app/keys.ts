// Keyboard shortcuts: `g` then a letter goes to a page, `?` lists them. Ignored while typing,
// while composing, with a modifier held, or when switched off.
import { useEffect, useRef } from 'react';
import { isComposing } from '@/parts/ime';
import { usePreferences } from '@/words/lang';

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Calls `onKey` for single keys that are meant as shortcuts; returns nothing to clean up by hand. */
export function useLetterKeys(onKey: (key: string, event: KeyboardEvent) => void): void {
  const on = usePreferences((p) => p.letterKeys);
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    if (!on) return;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || isComposing(event) || document.querySelector('dialog[open]')) return;
      latest.current(event.key, event);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [on]);
}
