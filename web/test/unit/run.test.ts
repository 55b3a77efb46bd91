// What a run page shows of a real server's answers: outcomes, step rows, retries, session names.
import { describe, expect, it } from 'vitest';
import { newSession } from '@/pages/home/session';
import { retries, rows } from '@/pages/run/order';
import { serviceOf, spoken, textsOf, withoutLinks } from '@/pages/run/Outcome';
import type { Run, Step } from '@/api/types';

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id, label: id, type: 'tool', tool: null, agent: null, status: 'succeeded', waiting: null, attempt: 1, intent: 1, parent: null, started_at: null,
  ended_at: null, ms: null, payload: null, output: null, products: {}, untrusted: false, error: null, wake_at: null, approval: null, after: [], risk: [], ...more,
});

describe('the outcome', () => {
  const url = 'http://127.0.0.1:1/ui/notion/1';
  it('leaves out addresses that stand as links below', () => {
    expect(withoutLinks(`다 했어요.\n✓ Notion 페이지 만들기: 주간 회의록 → ${url}\n`, [{ url }])).toBe('다 했어요.\n✓ Notion 페이지 만들기: 주간 회의록');
    expect(withoutLinks('그대로 → http://elsewhere', [{ url }])).toBe('그대로 → http://elsewhere');
  });
  it('names the service that made a link', () => {
    const run = { steps: [step('a1', { tool: 'notion.create_page', products: { page_url: url } })] } as unknown as Run;
    expect([serviceOf(run, url), serviceOf(run, 'http://other')]).toEqual(['notion', '']);
  });
  it('tells what agents said, parts before wholes', () => {
    const steps = [step('g', { agent: 'a, b' }), step('g#a', { agent: 'a', parent: 'g', output: { text: '하나' } }), step('g#b', { agent: 'b', parent: 'g', output: { text: '둘' } }), step('d', { agent: 'blog', output: { text: '초안' } }), step('t', { output: { text: 'no agent' } })];
    expect(spoken(steps).map(({ step: each, group }) => [each.id, group?.id])).toEqual([['g#a', 'g'], ['g#b', 'g'], ['d', undefined]]);
  });
  it('reads texts from an output', () => {
    expect(textsOf({ text: '글' })).toEqual([{ name: '', text: '글' }]);
    expect(textsOf({ draft: { text: '글' }, n: 1, rows: [] })).toEqual([{ name: 'draft', text: '글' }]);
    expect([textsOf(null), textsOf([1]), textsOf(7)]).toEqual([[], [], []]);
  });
});

describe('the rows', () => {
  it('leave out where a plan begins', () => expect(rows([step('@plan', { type: 'plan' }), step('_start', { type: 'parallel' }), step('a1')]).map(({ step: each }) => each.id)).toEqual(['@plan', 'a1']));
  it('leave out the clock of a deadline, which is no retry', () => {
    const clock = step('@deadline', { type: 'plan', status: 'waiting', waiting: 'timer' });
    expect([rows([clock]), retries(clock)]).toEqual([[], false]);
  });
  it('know a retry from a wait', () => {
    const waiting = { status: 'waiting', waiting: 'timer' } as const;
    expect([retries(step('a1', waiting)), retries(step('w', { ...waiting, type: 'wait' })), retries(step('a1'))]).toEqual([true, false, false]);
  });
});

describe('a session', () => {
  it('is named as the server names things: a UUIDv7 in 26 letters, older ones first', () => {
    const [older, newer] = [newSession(1_700_000_000_000), newSession(1_700_000_000_001)];
    expect(older).toMatch(/^sess_0[0-9A-HJKMNP-TV-Z]{25}$/);
    expect(older < newer).toBe(true);
    expect(new Set(Array.from({ length: 200 }, () => newSession())).size).toBe(200);
  });
});
