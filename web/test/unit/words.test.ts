// Both languages say everything, with the same parameters, and Korean never hangs a particle on a
// variable.
import { describe, expect, it } from 'vitest';
import { fill } from '@/words';
import { en } from '@/words/en';
import { ko } from '@/words/ko';

const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1]))].sort();

describe('the dictionaries', () => {
  it('have the same keys', () => expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort()));

  it.each(Object.keys(en) as (keyof typeof en)[])('%s has the same parameters in both', (key) => {
    expect(names(ko[key])).toEqual(names(en[key]));
    expect(ko[key].trim()).not.toBe('');
    expect(en[key].trim()).not.toBe('');
  });

  it('has no particle right after a variable in Korean', () => {
    const wrong = Object.entries(ko).filter(([, text]) => /\}(을|를|이|가|은|는|과|와|으로|로|에게|에서|에)(?![가-힣])/.test(text));
    expect(wrong).toEqual([]);
  });

  it('has Hangul in Korean, or the very same sign in both', () => {
    const foreign = Object.entries(ko).filter(([key, text]) => !/[가-힣]/.test(text) && text !== en[key as keyof typeof en]);
    expect(foreign).toEqual([]);
  });
});

describe('fill', () => {
  it('puts values in', () => expect(fill('{n}단계 중 {done}', { n: 3, done: 1 }, 'ko')).toBe('3단계 중 1'));
  it('chooses a word by number', () => {
    expect(fill('{n} {n:step|steps}', { n: 1 }, 'en')).toBe('1 step');
    expect(fill('{n} {n:step|steps}', { n: 1200 }, 'en')).toBe('1,200 steps');
  });
  it('leaves braces in values alone', () => expect(fill('{a}', { a: '{b}' }, 'en')).toBe('{b}'));
});
