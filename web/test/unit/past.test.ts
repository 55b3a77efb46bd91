// A run as it stood, its plans, its models' calls, and where its values came from.
import { describe, expect, it } from 'vitest';
import { microOf, readFigures, uuid } from '@/api/upkeep';
import type { Json, Run, RunEvent, Step } from '@/api/types';
import { fits, initials } from '@/app/found';
import { sinceOf } from '@/pages/costs/CostsPage';
import { without } from '@/pages/models/ModelsPage';
import { modelCalls, sums } from '@/pages/run/calls';
import { provenance, references } from '@/pages/run/origins';
import { moved, runAt } from '@/pages/run/past';
import { planDiff, planVersions } from '@/pages/run/plans';

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id, label: id, type: 'tool', tool: 'slack.post_message', agent: null, status: 'succeeded', waiting: null, attempt: 1, intent: 1, parent: null, started_at: '2026-01-01T00:00:01Z', ended_at: '2026-01-01T00:00:02Z',
  ms: 1000, payload: null, output: null, products: {}, untrusted: false, error: null, wake_at: null, approval: null, after: [], risk: [], ...more,
});
const run = (more: Partial<Run>): Run => ({
  id: 'run_1', short: '1', name: 'n', title: 't', status: 'completed', waiting: null, display: 'completed', request: null, steps_done: 0, steps_total: 0, cost: 0, tokens: 0, created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:09Z', by: 'user:owner', parent: null, error: null, workflow: null, plan: null, input: {}, output: {}, answer: null, session: null, simulated: true, seq: 9, steps: [], missing: [], approvals: [], ...more,
});
const event = (seq: number, type: string, on: string | null = null, data: Json = {}): RunEvent => ({ seq, type, at: `2026-01-01T00:00:0${seq}Z`, actor: 'worker', step: on, summary: type, hash: null, data });

describe('a run in the past', () => {
  const events = [
    event(1, 'run_started'), event(2, 'step_ready', 'a'), event(3, 'effect_intended', 'a', { payload: { x: 1 } }), event(4, 'effect_observed', 'a', { output: { ok: true } }),
    event(5, 'step_succeeded', 'a', { products: { url: 'u' } }), event(6, 'approval_requested', 'b'), event(7, 'approval_decided', 'b'), event(8, 'step_failed', 'b', { error: { code: 'METEL-2204' } }), event(9, 'run_failed'),
  ];
  const whole = run({ status: 'failed', steps: [step('a', { products: { url: 'u' } }), step('b', { status: 'failed' })] });
  const at = (n: number) => runAt(whole, events, n);
  it('knows of each step only what was told by then', () => {
    expect(at(1).steps.map((each) => each.status)).toEqual(['pending', 'pending']);
    expect(at(3).steps[0]).toMatchObject({ status: 'running', payload: { x: 1 }, output: null, products: {} });
    expect(at(5).steps[0]).toMatchObject({ status: 'succeeded', output: { ok: true }, products: { url: 'u' }, ms: 2000 });
  });
  it('waits when nothing moves, and ends as it ended', () => {
    expect(at(6)).toMatchObject({ status: 'waiting', waiting: 'approval' });
    expect(at(7).status).toBe('running');
    expect(at(9)).toMatchObject({ status: 'failed', waiting: null });
    expect(at(9).steps[1]).toMatchObject({ status: 'failed', error: { code: 'METEL-2204' } });
  });
  it('names the steps that an event moved', () => {
    expect(moved(at(5), at(6))).toEqual(['b']);
    expect(moved(at(3), at(4))).toEqual([]);
  });
});

describe('plans', () => {
  const plan = (actions: Json[]): Json => ({ goal: 'g', planner: 'template', actions });
  it('are told with why the one before did not do', () => {
    const versions = planVersions([event(1, 'plan_accepted', null, { version: 1, plan: plan([]) }), event(2, 'replan_requested', 'a', { cause: '403' }), event(3, 'plan_accepted', null, { version: 2, plan: plan([{ id: 'a', tool: 't', args: {} }]) }), event(4, 'plan_accepted', null, { version: 3 })]);
    expect(versions.map((each) => [each.version, each.cause, each.actions.length])).toEqual([[1, '', 0], [2, '403', 1]]);
  });
  it('differ by what was added, changed and left out', () => {
    const action = (id: string, tool: string, args = {}) => ({ id, tool, args, requires: [], produces: [], reason: '' });
    const found = planDiff([action('a', 'x'), action('b', 'y', { to: '#a' }), action('c', 'z')], [action('a', 'x'), action('b2', 'y', { to: '#b' }), action('d', 'w')]);
    expect(found.map((each) => [each.kind, each.action.id])).toEqual([['same', 'a'], ['changed', 'b2'], ['added', 'd'], ['removed', 'c']]);
    expect(found[1]?.changes).toEqual([{ pointer: '/to', before: '#a', after: '#b' }]);
  });
});

describe('calls of models', () => {
  const calls = modelCalls([event(1, 'effect_observed', 'a', { ms: 5, usage: { model: 'm', input_tokens: 10, output_tokens: 2, cost: 30 } }), event(2, 'effect_observed', 'b', { ms: 7, usage: { model: 'm', input_tokens: 1, output_tokens: 1 } }), event(3, 'effect_observed', 'c', { status: 200 })]);
  it('are those with usage', () => expect(calls.map((each) => [each.step, each.cost])).toEqual([['a', 30], ['b', null]]));
  it('count an unknown price beside the sum, never as nothing', () => expect(sums(calls, (call) => call.model)).toMatchObject([{ calls: 2, input: 11, cost: 30, unknown: 1, ms: 12 }]));
});

describe('where a value came from', () => {
  it('finds what a template refers to', () => {
    expect(references('See ${a1.page_url} and ${input.name}')).toEqual(['a1.page_url', 'input.name']);
    expect(references({ $ref: 'a1.rows' })).toEqual(['a1.rows']);
  });
  it('reads the plan first, then equal texts, the input and the request', () => {
    const sends = step('b', { started_at: '2026-01-01T00:00:03Z', payload: { link: 'https://n.example/1', text: 'Weekly notes: https://n.example/1', to: '#team', n: 'kept as is', who: 'Minji Kim' } });
    const made = step('a', { products: { page_url: 'https://n.example/1' } });
    const found = provenance(run({ request: 'share with #team', input: { name: 'Minji Kim' }, steps: [made, sends], plan: { actions: [{ id: 'b', args: { link: '${a.page_url}' } }] } as unknown as Run['plan'] }), sends);
    const by = Object.fromEntries(found.map((each) => [each.leaf.pointer, each.sources]));
    expect(by['/link']).toEqual([{ kind: 'step', step: 'a', name: 'page_url', exact: true }]);
    expect(by['/text']).toEqual([{ kind: 'step', step: 'a', name: 'page_url', exact: false }]);
    expect(by['/to']).toEqual([{ kind: 'request' }]);
    expect(by['/who']).toEqual([{ kind: 'input' }]);
    expect(by['/n']).toEqual([{ kind: 'fixed' }]);
  });
});

describe('upkeep', () => {
  it('reads figures with and without labels', () => expect(readFigures('# HELP a What a is.\n# TYPE a gauge\na 3\nb{status="x"} 1e3\nnonsense\n')).toEqual([{ name: 'a', help: 'What a is.', lines: [{ labels: '', value: 3 }] }, { name: 'b', help: '', lines: [{ labels: '{status="x"}', value: 1000 }] }]));
  it('reads dollars to the micro-credit and nothing else', () => expect(['5', '$1,250.5', '0.000001', '1e3', '-1', '1.0000001', ''].map(microOf)).toEqual([5_000_000, 1_250_500_000, 1, null, null, null, null]));
  it('makes version-4 ids', () => expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
  it('counts spans in whole UTC days', () => expect([sinceOf('day', Date.parse('2026-01-08T13:00:00Z')), sinceOf('week', Date.parse('2026-01-08T13:00:00Z')), sinceOf('all', 0)]).toEqual(['2026-01-08T00:00:00.000Z', '2026-01-02T00:00:00.000Z', undefined]));
  it('takes a model out of every name', () => expect(without({ models: { a: { base_url: '', model: '' }, b: { base_url: '', model: '' } }, aliases: { fast: ['a'], planner: ['a', 'b'] } }, 'a')).toEqual({ models: { b: { base_url: '', model: '' } }, aliases: { planner: ['b'] } }));
});

describe('finding', () => {
  it('takes words in any order, and first consonants', () => {
    expect(fits('승인', '승인', 'approvals')).toBe(true);
    expect(fits('ㅅㅇ', '승인')).toBe(true);
    expect(fits('heal auto', 'Auto-Healing', 'auto-healing')).toBe(true);
    expect(fits('heal slack', 'Auto-Healing')).toBe(false);
    expect(initials('비밀 값')).toBe('ㅂㅁ ㄱ');
  });
});
