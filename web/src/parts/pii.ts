// Finds where in a text a masked form (`010-****-5678`, `k***@example.com`) sits, so that it can be
// marked in place.

export interface Span { start: number; end: number }

const STARS = /[*•●]+/gu;
const STRETCH_MAX = 64;

/** The first place that fits the mask: a star for a character, or else stars for any stretch. */
export function findMasked(text: string, masked: string): Span | null {
  if (!/[^*•●\s]/u.test(masked)) return null;
  const exact = pattern(masked, (stars) => `[^\\n]{${stars.length}}`);
  const loose = pattern(masked, () => `[^\\s]{1,${STRETCH_MAX}}?`);
  const found = exact.exec(text) ?? loose.exec(text);
  return found ? { start: found.index, end: found.index + found[0].length } : null;
}

function pattern(masked: string, stars: (run: string) => string): RegExp {
  const literal = (part: string) => part.replace(/[\\^$.+?()[\]{}|/]/gu, '\\$&');
  let source = '';
  let at = 0;
  for (const run of masked.matchAll(STARS)) {
    source += literal(masked.slice(at, run.index)) + stars(run[0]);
    at = run.index + run[0].length;
  }
  return new RegExp(source + literal(masked.slice(at)), 'u');
}
