// Makes characters visible that a reader can't see but a machine obeys: bidirectional controls,
// zero-width and tag characters, control codes, odd spaces, fillers. Approvals are decided on what
// is really there.

export interface Piece {
  text: string;
  /** Set when the piece is one hidden character: its code point and what it is. */
  hidden?: { code: string; kind: HiddenKind };
}

export type HiddenKind = 'bidi' | 'zero_width' | 'tag' | 'control' | 'space' | 'filler' | 'selector' | 'surrogate';

/** The kind of a hidden code point, or null when it shows by itself. */
export function hiddenKind(cp: number): HiddenKind | null {
  if ((cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp === 0x200e || cp === 0x200f || cp === 0x061c) return 'bidi';
  if ((cp >= 0x200b && cp <= 0x200d) || (cp >= 0x2060 && cp <= 0x2064) || cp === 0xfeff || cp === 0x180e || cp === 0x00ad || cp === 0x034f) return 'zero_width';
  if (cp >= 0xe0000 && cp <= 0xe007f) return 'tag';
  if ((cp < 0x20 && cp !== 0x0a && cp !== 0x09) || (cp >= 0x7f && cp <= 0x9f) || (cp >= 0xfff9 && cp <= 0xfffb) || (cp >= 0x206a && cp <= 0x206f)) return 'control';
  if (cp === 0x00a0 || (cp >= 0x2000 && cp <= 0x200a) || cp === 0x2028 || cp === 0x2029 || cp === 0x202f || cp === 0x205f || cp === 0x1680) return 'space';
  if (cp === 0x115f || cp === 0x1160 || cp === 0x3164 || cp === 0xffa0 || cp === 0x17b4 || cp === 0x17b5 || cp === 0x2800) return 'filler';
  if ((cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef)) return 'selector';
  if (cp >= 0xd800 && cp <= 0xdfff) return 'surrogate';
  return null;
}

const pictographic = /\p{Extended_Pictographic}/u;
const emojiPart = /[\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}\ufe0f]/u;

/** Splits a text into visible stretches and single hidden characters, in order, losing nothing. */
export function reveal(text: string): Piece[] {
  const chars = Array.from(text);
  const pieces: Piece[] = [];
  let plain = '';
  chars.forEach((ch, i) => {
    const cp = ch.codePointAt(0) ?? 0;
    const kind = hiddenKind(cp);
    if (kind === null || isEmojiGlue(cp, chars[i - 1], chars[i + 1])) {
      plain += ch;
      return;
    }
    if (plain) pieces.push({ text: plain });
    plain = '';
    pieces.push({ text: ch, hidden: { code: `U+${cp.toString(16).toUpperCase().padStart(4, '0')}`, kind } });
  });
  if (plain) pieces.push({ text: plain });
  return pieces;
}

/** A joiner between two emoji, or the emoji presentation selector after one, is what it looks like. */
function isEmojiGlue(cp: number, before: string | undefined, after: string | undefined): boolean {
  if (cp === 0x200d) return !!before && !!after && emojiPart.test(before) && pictographic.test(after);
  if (cp === 0xfe0f) return !!before && (pictographic.test(before) || /[0-9#*]/.test(before));
  return false;
}

export function countHidden(text: string): number {
  return reveal(text).filter((piece) => piece.hidden).length;
}

/** JSON text with hidden characters written as `\uXXXX`, so that an editor does not obey them. */
export function escapeHidden(json: string): string {
  return reveal(json)
    .map((piece) => (piece.hidden ? Array.from({ length: piece.text.length }, (_, i) => `\\u${piece.text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('') : piece.text))
    .join('');
}
