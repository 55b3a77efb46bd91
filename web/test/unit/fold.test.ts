// Live messages over a fetched run: nothing twice, nothing lost, the fetched run always wins.
import { describe, expect, it } from 'vitest';
import { fold, noLive, rebase, receive } from '@/api/fold';
import type { LiveMessage, Run, Step } from '@/api/types';

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id, label: id, type: 'tool', tool: 'slack.post_message', agent: null, status: 'pending', waiting: null, attempt: 1, intent: 1, parent: null, started_at: null,
  ended_at: null, ms: null, payload: null, output: null, products: {}, untrusted: false, error: null, wake_at: null, approval: null, after: [], risk: ['write'], ...more,
});
const run = (more: Partial<Run> = {}): Run => ({
  id: 'run_1', short: '1', name: 'n', title: 'n', status: 'running', waiting: null, display: 'running', request: null, steps_done: 0, steps_total: 2, cost: 0, tokens: 0,
  created_at: '2025-01-01T00:00:00Z', updated_at: '2025-01-01T00:00:00Z', by: 'me', parent: null, error: null, workflow: null, plan: null, input: {}, output: {},
  answer: null, session: null, simulated: true, seq: 3, steps: [step('a1'), step('a2')], missing: [], approvals: [], ...more,
});
const NOON = '2025-01-01T12:00:00.000Z';
const take = (...messages: LiveMessage[]) => messages.reduce((live, message) => receive(live, message, Date.parse(NOON)), noLive(3));

describe('fold', () => {
  it('shows facts beyond the fetched run at once', () => {
    const live = take({ type: 'step_start', node_id: 'a1', label: 'a1', seq: 4 }, { type: 'step_complete', node_id: 'a1', duration_ms: 120, seq: 6 }, { type: 'approval_required', approval_id: 'appr_1', node_id: 'a2', title: 't', seq: 8 });
    const now = fold(run(), live);
    expect(now.steps.map((s) => s.status)).toEqual(['succeeded', 'waiting']);
    expect([now.steps_done, now.steps[0]?.ms, now.display]).toEqual([1, 120, 'waiting_approval']);
  });
  it('counts steps as the server does: not planning, not where a plan begins, not the parts of a step', () => {
    const steps = [step('@plan', { type: 'plan', status: 'succeeded' }), step('_start', { type: 'parallel', status: 'succeeded' }), step('a1#critic', { parent: 'a1', status: 'succeeded' }), step('a1'), step('a2')];
    const now = fold(run({ steps }), take({ type: 'step_complete', node_id: 'a1', duration_ms: 1, seq: 4 }));
    expect([now.steps_done, now.steps_total]).toEqual([1, 2]);
  });
  it('takes a repeated fact once', () => {
    const message: LiveMessage = { type: 'step_start', node_id: 'a1', label: 'a1', seq: 4 };
    expect(take(message, message, { ...message, seq: 2 }).facts).toHaveLength(1);
  });
  it('lets a newer fetched run win', () => {
    const live = take({ type: 'step_failed', node_id: 'a1', error: { title: 'x' }, seq: 4 });
    const fetched = run({ seq: 5, steps: [step('a1', { status: 'succeeded' }), step('a2')] });
    expect(fold(fetched, live).steps[0]?.status).toBe('succeeded');
    expect(rebase(live, 5).facts).toEqual([]);
  });
  it('keeps facts that a stale fetch lacks', () => {
    const live = take({ type: 'step_start', node_id: 'a1', label: 'a1', seq: 4 }, { type: 'step_complete', node_id: 'a1', duration_ms: 1, seq: 9 });
    expect(fold(run({ seq: 5 }), rebase(live, 5)).steps[0]?.status).toBe('succeeded');
  });
  it('joins streamed text by step and does not count it as a fact', () => {
    const live = take({ type: 'agent_streaming', node_id: 'a1', chunk: '안녕', seq: 3 }, { type: 'agent_streaming', node_id: 'a1', chunk: '하세요', seq: 3 });
    expect(live.streams.a1).toBe('안녕하세요');
    expect(live.last).toBe(3);
  });
  it('ends with answer and cost', () => {
    const answer = { text: '끝', links: [], worded: false };
    const now = fold(run(), take({ type: 'execution_complete', status: 'completed', total_cost: 7, answer, seq: 4 }));
    expect([now.status, now.cost, now.answer]).toEqual(['completed', 7, answer]);
  });
  it('gives what just happened the time at which it was heard of, until the fetch knows better', () => {
    const now = fold(run(), take({ type: 'step_start', node_id: 'a1', label: 'a1', seq: 4 }, { type: 'execution_complete', status: 'completed', total_cost: 0, answer: null, seq: 5 }));
    expect([now.steps[0]?.started_at, now.updated_at]).toEqual([NOON, NOON]);
    const known = fold(run({ steps: [step('a1', { started_at: '2025-01-01T00:00:00Z' })] }), take({ type: 'step_start', node_id: 'a1', label: 'a1', seq: 4 }));
    expect(known.steps[0]?.started_at).toBe('2025-01-01T00:00:00Z');
  });
  it('does not wake an ended run', () => {
    const now = fold(run({ status: 'cancelled' }), take({ type: 'step_start', node_id: 'a1', label: 'a1', seq: 4 }));
    expect(now.status).toBe('cancelled');
  });
  it('passes over unknown messages and unknown steps', () => {
    const odd = { type: 'something_new', seq: 4 } as unknown as LiveMessage;
    expect(fold(run(), take(odd, { type: 'step_start', node_id: 'zz', label: 'z', seq: 5 })).steps).toEqual(run().steps);
  });
});
