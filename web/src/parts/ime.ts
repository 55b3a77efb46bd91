// Enter while a Hangul syllable is being composed finishes the syllable; it must not submit.

interface KeyLike { key: string; shiftKey: boolean; keyCode?: number; isComposing?: boolean; nativeEvent?: { isComposing?: boolean; keyCode?: number } }

/** True while an input method is composing; 229 is what browsers send for keys it swallows. */
export function isComposing(event: KeyLike): boolean {
  const native = event.nativeEvent ?? event;
  return native.isComposing === true || native.keyCode === 229 || event.keyCode === 229;
}

/** Enter alone submits; Shift+Enter breaks the line; a composing Enter does neither. */
export function submits(event: KeyLike): boolean {
  return event.key === 'Enter' && !event.shiftKey && !isComposing(event);
}
