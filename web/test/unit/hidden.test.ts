import { describe, expect, it } from 'vitest';
import { countHidden, escapeHidden, reveal } from '@/parts/hidden';

const codes = (text: string) => reveal(text).flatMap((piece) => (piece.hidden ? [piece.hidden.code] : []));

describe('reveal', () => {
  it('loses nothing', () => {
    const text = 'a\u202eb\u200b한\u0301\ud83d\ude00\ud800x';
    expect(reveal(text).map((piece) => piece.text).join('')).toBe(text);
  });
  it.each([
    ['right-to-left override', 'a\u202eb', ['U+202E']],
    ['isolates', '\u2066x\u2069', ['U+2066', 'U+2069']],
    ['zero width space and joiner', 'pay\u200bpal\u200d', ['U+200B', 'U+200D']],
    ['byte order mark', '\ufeffhi', ['U+FEFF']],
    ['tag characters', `x${String.fromCodePoint(0xe0041)}`, ['U+E0041']],
    ['control codes but not line breaks and tabs', 'a\u0007\tb\nc\r', ['U+0007', 'U+000D']],
    ['no-break and ideographic-looking spaces', 'a\u00a0b\u2003c', ['U+00A0', 'U+2003']],
    ['Hangul fillers', '\u3164\u115f\uffa0', ['U+3164', 'U+115F', 'U+FFA0']],
    ['variation selectors after a letter', 'a\ufe0f', ['U+FE0F']],
    ['half a surrogate pair', 'a\ud83d', ['U+D83D']],
  ])('%s', (_name, text, expected) => expect(codes(text)).toEqual(expected));

  it.each(['회의록을 공유해 줘', '한글', 'naïve café', '👩‍👩‍👧 가족', '❤️', '1️⃣', '👍🏽', '日本語　'])('shows ordinary text as it is: %s', (text) => {
    expect(countHidden(text)).toBe(0);
  });

  it('marks a joiner that joins no emoji', () => expect(countHidden('👩\u200da')).toBe(1));
});

describe('escapeHidden', () => {
  it('keeps the JSON value and hides nothing from an editor', () => {
    const value = { text: 'x\u202ey\u200b', tag: String.fromCodePoint(0xe0041), emoji: '👩‍👩‍👧' };
    const text = escapeHidden(JSON.stringify(value));
    expect(JSON.parse(text)).toEqual(value);
    expect(countHidden(text)).toBe(0);
  });
});
