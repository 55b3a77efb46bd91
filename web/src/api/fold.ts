// Folds live messages over the last run that was fetched. The fetched run is the truth up to its
// `seq`; messages beyond it are shown at once and replaced when the next fetch arrives.
import type { LiveMessage, Run, RunStatus, Step } from './types';

/** A message with the time at which it came: events tell of themselves sooner than the next fetch. */
type Fact = LiveMessage & { came: string };

export interface Live {
  /** Facts beyond the fetched run, in order, each number once. */
  facts: Fact[];
  /** Number of the newest fact seen. */
  last: number;
  /** Text streamed so far, by step. */
  streams: Record<string, string>;
}

export const noLive = (seq: number): Live => ({ facts: [], last: seq, streams: {} });

const STREAM_MAX = 200_000;

/** Takes in one message. A fact that was seen already changes nothing. */
export function receive(live: Live, message: LiveMessage, now: number = Date.now()): Live {
  if (message.type === 'agent_streaming') {
    const before = live.streams[message.node_id] ?? '';
    // After a break everything so far may come again as one chunk.
    const again = before !== '' && message.chunk.length > before.length && message.chunk.startsWith(before);
    const text = (again ? message.chunk : before + message.chunk).slice(-STREAM_MAX);
    return { ...live, streams: { ...live.streams, [message.node_id]: text } };
  }
  if (message.seq <= live.last) return live;
  return {
    ...live,
    facts: [...live.facts, { ...message, came: new Date(now).toISOString() }],
    last: message.seq,
  };
}

/** A fetched run supersedes the facts that it already includes. */
export function rebase(live: Live, seq: number): Live {
  return { ...live, facts: live.facts.filter((fact) => fact.seq > seq), last: Math.max(live.last, seq) };
}

export function fold(run: Run, live: Live): Run {
  const facts = live.facts.filter((fact) => fact.seq > run.seq);
  return facts.length === 0 ? run : facts.reduce(apply, run);
}

function apply(run: Run, message: Fact): Run {
  switch (message.type) {
    case 'step_start':
      return moving(step(run, message.node_id, (s) => ({ ...s, status: 'running', waiting: null, started_at: s.started_at ?? message.came })));
    case 'step_complete':
      return counted(step(run, message.node_id, (s) => ({ ...s, status: 'succeeded', waiting: null, wake_at: null, ended_at: s.ended_at ?? message.came, ms: message.duration_ms })));
    case 'step_failed':
      return step(run, message.node_id, (s) => ({ ...s, status: 'failed', waiting: null, ended_at: s.ended_at ?? message.came, error: message.error }));
    case 'step_retry':
      return step(run, message.node_id, (s) => ({ ...s, status: 'waiting', waiting: 'timer', attempt: message.attempt, wake_at: message.at, error: message.error }));
    case 'approval_required':
      return waits(step(run, message.node_id, (s) => ({ ...s, status: 'waiting', waiting: 'approval', approval: message.approval_id })), 'approval');
    case 'approval_decided':
      return moving(run);
    case 'input_required':
      return waits({ ...run, missing: message.fields ?? run.missing }, 'input');
    case 'execution_complete':
      return {
        ...run,
        status: message.status as RunStatus,
        updated_at: message.came,
        waiting: null,
        display: message.status,
        cost: message.total_cost ?? run.cost,
        answer: message.answer ? { text: message.answer.text, links: message.answer.links ?? [], worded: message.answer.worded ?? false } : run.answer,
        error: message.error ?? run.error,
      };
    default:
      return run;
  }
}

function step(run: Run, id: string, change: (step: Step) => Step): Run {
  return { ...run, steps: run.steps.map((s) => (s.id === id ? change(s) : s)) };
}

function moving(run: Run): Run {
  return isFinal(run.status) || run.paused ? run : { ...run, status: 'running', waiting: null, display: 'running' };
}

function waits(run: Run, reason: 'approval' | 'input'): Run {
  return { ...run, status: 'waiting', waiting: reason, display: `waiting_${reason}` };
}

function counted(run: Run): Run {
  // Planning, where a plan begins, and the parts of a step are not counted by the server either.
  const counts = (s: Step): boolean => s.type !== 'plan' && s.id !== '_start' && s.parent === null;
  const done = run.steps.filter((s) => counts(s) && (s.status === 'succeeded' || s.status === 'skipped')).length;
  return { ...run, steps_done: Math.min(run.steps_total, done) };
}

export const isFinal = (status: RunStatus): boolean => status === 'completed' || status === 'failed' || status === 'cancelled';
