// Finds where in a text a masked form (`010-****-5678`) sits, so that it can be marked in place.

export interface Span { start: number; end: number }

/** The first place whose text fits the mask, `*`, `•` and `●` standing for any one character. */
export function findMasked(text: string, masked: string): Span | null {
  if (!/[^*•●\s]/.test(masked)) return null;
  const pattern = Array.from(masked, (ch) => (/[*•●]/.test(ch) ? '.' : ch.replace(/[\\^$.+?()[\]{}|]/, '\\$&'))).join('');
  const found = new RegExp(pattern, 'u').exec(text);
  return found ? { start: found.index, end: found.index + found[0].length } : null;
}
