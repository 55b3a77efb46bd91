// Whether what was typed names a thing: every word of it is somewhere in one of its names. Hangul is also found
// by the first consonants of its syllables, as people type them for short.
const FIRST = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';

/** The first consonant of each syllable; everything else as it is. */
export const initials = (text: string): string => [...text].map((sign) => {
  const code = sign.charCodeAt(0) - 0xac00;
  return code >= 0 && code < 11_172 ? FIRST[Math.floor(code / 588)] : sign;
}).join('');

export function fits(typed: string, ...names: string[]): boolean {
  const plain = (text: string) => text.normalize('NFC').toLowerCase();
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return words.every((word) => names.some((name) => plain(name).includes(word) || (/^[ㄱ-ㅎ]+$/.test(word) && initials(plain(name)).includes(word))));
}
