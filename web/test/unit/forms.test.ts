// Forms from schemas, lengths of time, the policy as a form, work items, and keys that follow a `g`.
import { describe, expect, it } from 'vitest';
import { QueryClient } from '@tanstack/react-query';
import { isAfter } from '@/api/instant';
import { staleRuns } from '@/api/live';
import { Lead } from '@/app/keys';
import { msOf, typedOf } from '@/parts/DurationField';
import { draftOf, emptyRule, isSweeping, placeOf, policyOf } from '@/pages/settings/policy';
import { fieldsOf, WHOLE } from '@/pages/work/fields';
import { isMine, itemsOf } from '@/pages/work/WorkPage';
import type { Policy, Run, RunSummary, Step } from '@/api/types';

describe('the fields of a form', () => {
  it('puts needed ones first and gives long ones room', () => {
    const fields = fieldsOf({ required: ['c', 'b'], properties: { a: { type: 'string', maxLength: 9000 }, b: { type: 'integer' }, c: {} } });
    expect(fields.map(({ name, required, wide }) => [name, required, wide])).toEqual([['c', true, false], ['b', true, false], ['a', false, true]]);
  });
  it('asks for all values at once where none is named, and for nothing where nothing is taken', () => {
    expect(fieldsOf({}).map((field) => field.name)).toEqual([WHOLE]);
    expect(fieldsOf({ additionalProperties: false })).toEqual([]);
    expect(fieldsOf({ properties: { a: null as never } })).toHaveLength(1);
  });
});

describe('a length of time', () => {
  it('goes there and back', () => expect([msOf({ n: '1.5', unit: 'hour' }), typedOf(86_400_000), typedOf(5_400_000), typedOf(null)]).toEqual([5_400_000, { n: '1', unit: 'day' }, { n: '90', unit: 'minute' }, { n: '', unit: 'hour' }]));
  it('refuses what is none', () => expect(['', '0', '-1', '한 시간', '1e99'].map((n) => msOf({ n, unit: 'day' }))).toEqual([undefined, null, null, null, null]));
});

describe('the policy as a form', () => {
  const policy: Policy = {
    name: 'p', rules: [{ id: 'r', when: { tool: 'slack.*', risk: ['write'], agent: 'coo' }, effect: 'deny', reason: { en: 'No', ko: '안 돼요' } }],
    inside: { domains: ['a.kr'], shared_channels: ['team'] }, approval_expires_ms: 3_600_000,
  };
  it('comes back as it was, what is not shown included', () => expect(policyOf(draftOf(policy))).toEqual(policy));
  it('leaves out what is empty and says one sentence in both languages', () => {
    const rule = { ...emptyRule(['rule-1']), ko: '물어봐요', tool: ' ' };
    expect([rule.id, policyOf({ ...draftOf({}), rules: [rule] }).rules]).toEqual(['rule-2', [{ id: 'rule-2', effect: 'approval', reason: { en: '물어봐요', ko: '물어봐요' } }]]);
  });
  it('reads lists by line or comma, channels without #', () => expect(policyOf({ ...draftOf({}), domains: 'a.kr, b.kr\na.kr', channels: '#x\n' }).inside).toEqual({ domains: ['a.kr', 'b.kr'], shared_channels: ['x'] }));
  it('warns of a rule that allows everything', () => expect([isSweeping({ ...emptyRule([]), effect: 'allow' }), isSweeping({ ...emptyRule([]), effect: 'allow', tool: 'a' }), isSweeping(emptyRule([]))]).toEqual([true, false, false]));
  it('knows where a fault belongs', () => expect(['/rules/2/when/condition', '/rules/0/id', '/inside/domains/1', ''].map(placeOf)).toEqual([{ rule: 2, field: 'condition' }, { rule: 0, field: 'id' }, { rule: null, field: 'domains' }, { rule: null, field: '' }]));
});

describe('work items', () => {
  const task = (id: string, due: string | null, assignee: string | null = null) => ({ id, status: 'waiting', started_at: '2026-01-01T00:00:00Z', task: { title: id, form: {}, assignee, due } }) as Step;
  const run = (id: string, steps: Step[], missing: unknown[] = []) => ({ id, steps, missing, updated_at: '2026-01-02T00:00:00Z' }) as unknown as Run;
  it('come by what is due first; runs that lack information are among them', () => {
    const items = itemsOf([run('r1', [task('late', '2026-03-01T00:00:00Z'), task('soon', '2026-02-01T00:00:00Z')]), run('r2', [], [{}]), run('r3', [{ ...task('done', null), task: null } as Step])]);
    expect(items.map((item) => item.key)).toEqual(['r1/soon', 'r1/late', 'r2']);
  });
  it('are mine when they name me, my role or nobody', () => {
    const me = { user: 'minji', workspace: 'w', role: 'approver' };
    expect(['minji', 'approver', null, 'jihun'].map((who) => isMine(itemsOf([run('r', [task('t', null, who)])])[0]!, me))).toEqual([true, true, true, false]);
  });
});

describe('keys that follow a g', () => {
  it('belong to the page list alone', () => {
    const lead = new Lead();
    const press = (key: string, timeStamp: number, counts = true) => { const event = { key, timeStamp }; lead.press(event, counts); return lead.has(event); };
    expect([press('g', 0), press('a', 500), press('a', 600)]).toEqual([false, true, false]);
    expect([press('g', 1000), press('Shift', 1100), press('m', 1200)]).toEqual([false, false, true]);
    expect([press('g', 2000), press('a', 3500)]).toEqual([false, false]);
    expect([press('g', 4000, false), press('a', 4100)]).toEqual([false, false]);
    expect([press('g', 5000), press('x', 5100, false), press('a', 5200)]).toEqual([false, false, false]);
  });
});

describe('times of the server', () => {
  it.each([['2026-01-01T00:00:00.100001Z', '2026-01-01T00:00:00.1Z', true], ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.100001Z', false], ['2026-01-01T00:00:01Z', '2026-01-01T00:00:00.9Z', true], ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', false]])('%s after %s: %s', (a, b, after) => expect(isAfter(a, b)).toBe(after));
});

describe('a run that moved elsewhere', () => {
  it('is fetched again only when what is here is older', () => {
    const client = new QueryClient();
    client.setQueryData(['run', 'ABC123'], { id: 'run_1', updated_at: '2026-01-01T00:00:01Z' });
    client.setQueryData(['run', 'run_2'], { id: 'run_2', updated_at: '2026-01-01T00:00:01Z' });
    const moved = (updated_at: string) => staleRuns(client, { id: 'run_1', updated_at } as RunSummary);
    expect([moved('2026-01-01T00:00:02Z'), moved('2026-01-01T00:00:01Z')]).toEqual([[['run', 'ABC123']], []]);
  });
});
