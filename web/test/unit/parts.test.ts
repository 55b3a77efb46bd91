import { describe, expect, it } from 'vitest';
import { backoff } from '@/api/socket';
import { changes, covers, flatten, sorted } from '@/parts/flatten';
import { isComposing, submits } from '@/parts/ime';
import { findMasked } from '@/parts/pii';
import { controlFor, fromTyped, toTyped } from '@/parts/schema';
import { circled, readable, wiresInto } from '@/pages/home/wires';
import { bar, failedAttempts, rows } from '@/pages/run/order';
import { countdown, duration, money, ticking } from '@/words/format';
import type { PlanAction, RunEvent, Step } from '@/api/types';

describe('the input method', () => {
  const key = (more: object) => ({ key: 'Enter', shiftKey: false, ...more });
  it('Enter submits', () => expect(submits(key({}))).toBe(true));
  it('Shift+Enter does not', () => expect(submits(key({ shiftKey: true }))).toBe(false));
  it.each([{ isComposing: true }, { keyCode: 229 }, { nativeEvent: { isComposing: true } }, { nativeEvent: { keyCode: 229 } }])('Enter while composing does not: %o', (more) => {
    expect(isComposing(key(more))).toBe(true);
    expect(submits(key(more))).toBe(false);
  });
});

describe('a duration that grows', () => {
  it('is in whole seconds', () => expect([ticking(400, 'ko'), ticking(2999, 'en'), ticking(65_000, 'ko')]).toEqual(['0초', '2 s', '1분 5초']));
});

describe('flatten', () => {
  it('sorts keys and writes JSON pointers', () => {
    expect(flatten({ b: [1, { 'x/y~z': null }], a: 'v', e: {}, l: [] }).map((leaf) => leaf.pointer)).toEqual(['/a', '/b/0', '/b/1/x~1y~0z', '/e', '/l']);
  });
  it('takes a bare value', () => expect(flatten('x')).toEqual([{ pointer: '', path: [], value: 'x' }]));
  it('tells what changed', () => {
    expect(changes({ a: '1', b: { c: 2 } }, { a: '2', b: { c: 2 }, d: true })).toEqual([{ pointer: '/a', before: '1', after: '2' }, { pointer: '/d', before: null, after: 'true' }]);
  });
  it('sorts deeply', () => expect(JSON.stringify(sorted({ b: { d: 1, c: 2 }, a: [{ z: 1, y: 2 }] }))).toBe('{"a":[{"y":2,"z":1}],"b":{"c":2,"d":1}}'));
  it('covers what is below', () => expect([covers('/a', '/a/b'), covers('/a', '/ab'), covers('', '/x'), covers('/a', '/a')]).toEqual([true, false, true, true]));
});

describe('findMasked', () => {
  it('finds the place of a masked number', () => {
    const text = '연락처 010-1234-5678 로 주세요';
    const span = findMasked(text, '010-****-5678');
    expect(span && text.slice(span.start, span.end)).toBe('010-1234-5678');
  });
  it('takes signs literally', () => expect(findMasked('a+b@c.kr', 'a+*@c.kr')).toEqual({ start: 0, end: 8 }));
  it('stretches stars when their number does not fit', () => expect(findMasked('mail kim@example.com', 'k***@example.com')).toEqual({ start: 5, end: 20 }));
  it('finds nothing for a mask of stars', () => expect(findMasked('anything', '****')).toBeNull());
  it.each(['(', '[a', 'a{2}', '\\d', 'x|y', '010-****/5678'])('never throws: %s', (mask) => expect(() => findMasked('text', mask)).not.toThrow());
});

describe('schema forms', () => {
  it.each([[{ type: 'string' }, 'text'], [{ type: 'string', maxLength: 5000 }, 'long'], [{ type: ['integer', 'null'] }, 'number'], [{ enum: ['a'] }, 'choice'], [{ type: 'array', items: { type: 'string' } }, 'lines'], [{ type: 'array', items: { type: 'object' } }, 'json'], [{ type: 'boolean' }, 'boolean'], [null, 'text']] as const)('%o is %s', (schema, control) => {
    expect(controlFor(schema as never)).toBe(control);
  });
  it('reads numbers and refuses what is none', () => {
    expect(fromTyped('number', { type: 'integer' }, '1,200')).toEqual({ ok: true, value: 1200 });
    expect(fromTyped('number', { type: 'integer' }, '1.5')).toEqual({ ok: false });
    expect(fromTyped('number', { type: 'number' }, '한')).toEqual({ ok: false });
    expect(fromTyped('number', { type: 'integer' }, '9007199254740993')).toEqual({ ok: false });
  });
  it('goes there and back', () => {
    expect(fromTyped('lines', null, toTyped('lines', ['가', '나']))).toEqual({ ok: true, value: ['가', '나'] });
    expect(fromTyped('choice', null, toTyped('choice', 'AI'))).toEqual({ ok: true, value: 'AI' });
    expect(fromTyped('json', null, '{')).toEqual({ ok: false });
    expect(fromTyped('text', null, '  ')).toEqual({ ok: true, value: undefined });
  });
});

describe('plans', () => {
  const action = (id: string, more: Partial<PlanAction>): PlanAction => ({ id, tool: 't', title: id, sentence: '', args: {}, risk: ['read'], requires: [], produces: [], approval: null, ...more });
  const plan = [action('a1', {}), action('a2', { requires: ['a1.page_url'], args: { text: '보기: ${a1.page_url} $${not}', list: { $ref: 'a1.rows' } } })];
  it('draws wires from requires and from references, once', () => expect(wiresInto(plan, 1)).toEqual([{ from: 0, product: 'page_url' }, { from: 0, product: 'rows' }]));
  it('reads references in words', () => expect(readable(plan[1]!.args, plan)).toEqual({ text: '보기: ‹① page_url› $${not}', list: '‹① rows›' }));
  it('counts in circles', () => expect([circled(0), circled(19), circled(20)]).toEqual(['①', '⑳', '(21)']));
});

describe('the timeline', () => {
  const step = (id: string, parent: string | null = null) => ({ id, parent, started_at: null, ended_at: null }) as Step;
  it('puts parts under their parents and survives a circle', () => {
    expect(rows([step('b', 'a'), step('a'), step('c')]).map((row) => [row.step.id, row.depth])).toEqual([['a', 0], ['b', 1], ['c', 0]]);
    expect(rows([step('x', 'y'), step('y', 'x')])).toHaveLength(2);
    expect(rows([step('s', 's')])).toHaveLength(1);
  });
  it('keeps bars inside', () => {
    const at = (ms: number) => new Date(ms).toISOString();
    expect(bar({ ...step('a'), started_at: at(0), ended_at: at(500) }, 0, 1000, 1000)).toEqual({ left: 0, width: 50 });
    expect(bar({ ...step('a'), started_at: at(2000), ended_at: at(1000) }, 0, 1000, 1000)).toEqual({ left: 99, width: 0.8 });
    expect(bar(step('a'), 0, 1, 1)).toBeNull();
  });
  it('reads attempts from events of any shape', () => {
    const event = (data: unknown) => ({ seq: 1, type: 'step_retry', at: '2025-01-01T00:00:00Z', step: 'a', data }) as RunEvent;
    expect(failedAttempts([event({ error: { code: 'METEL-5004' } }), event(null), event([1])], 'a').map((each) => [each.number, each.error?.code])).toEqual([[1, 'METEL-5004'], [2, undefined], [3, undefined]]);
  });
});

describe('numbers and times', () => {
  it.each([[0, '0 ms', '0 ms'], [120, '120 ms', '120 ms'], [2300, '2.3초', '2.3 s'], [59_960, '1분 0초', '1 m 0 s'], [12_500, '12.5초', '12.5 s'], [3_720_000, '1시간 2분', '1 h 2 m']])('%i ms', (ms, ko, en) => expect([duration(ms, 'ko'), duration(ms, 'en')]).toEqual([ko, en]));
  it.each([[1_421_000, '23:41'], [-5, '00:00'], [3_723_000, '1:02:03']])('%i left', (ms, text) => expect(countdown(ms, 'ko')).toBe(text));
  it('says days', () => expect(countdown(90_000_000, 'en')).toBe('1 d 1 h'));
  it('shows micro-credits as dollars', () => expect([money(150_000_000, 'ko'), money(1_240_000, 'ko'), money(0, 'en'), money(1_234_500_000, 'en'), money(1_250, 'ko'), money(-2_000_000, 'en')]).toEqual(['$150.00', '$1.24', '$0', '$1,234.50', '$0.0013', '-$2.00']));
});

describe('reconnecting', () => {
  it('waits longer each time, within bounds', () => {
    expect([backoff(1, 0), backoff(1, 1)]).toEqual([200, 400]);
    expect([backoff(3, 0), backoff(3, 1)]).toEqual([800, 1600]);
    expect(backoff(50, 1)).toBe(15_000);
  });
});
