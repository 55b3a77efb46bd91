// A run as it stood after one of its events: the log folded again, up to there. Nothing is asked of
// the server; what the log does not tell (labels, risks, the order of steps) is taken from the run.
import type { Json, JsonObject, Run, RunEvent, Step, WaitingFor } from '@/api/types';

const object = (value: Json | undefined): JsonObject => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {});

/** What a step is before anything was told of it. */
const untouched = (step: Step): Step => ({
  ...step, status: 'pending', waiting: null, attempt: 1, started_at: null, ended_at: null, ms: null, payload: null, output: null, products: {},
  error: null, wake_at: null, approval: null, message: null, task: null, child: null,
});

type Change = (step: Step, event: RunEvent, data: JsonObject) => Partial<Step>;

const begun = (step: Step, event: RunEvent): Partial<Step> => ({ started_at: step.started_at ?? event.at });
const waits = (waiting: WaitingFor): Change => (step, event) => ({ status: 'waiting', waiting, ...begun(step, event) });
const ended = (status: Step['status']): Change => (step, event, data) => ({
  status, waiting: null, wake_at: null, ended_at: event.at, ms: step.started_at ? Math.max(0, Date.parse(event.at) - Date.parse(step.started_at)) : null,
  ...(data.error ? { error: data.error as Step['error'] } : {}),
});
const goesOn: Change = (step, event) => ({ status: 'running', waiting: null, ...begun(step, event) });

const changes: Record<string, Change> = {
  step_ready: () => ({ status: 'ready', waiting: null, error: null, ended_at: null, ms: null }),
  step_started: goesOn,
  effect_intended: (step, event, data) => ({ ...goesOn(step, event, data), ...(data.payload !== undefined ? { payload: data.payload } : {}) }),
  effect_observed: (step, event, data) => ({ ...goesOn(step, event, data), ...(data.output !== undefined ? { output: data.output } : {}) }),
  effect_withdrawn: goesOn,
  lease_lost: () => ({ status: 'ready', waiting: null }),
  step_succeeded: (step, event, data) => ({ ...ended('succeeded')(step, event, data), error: null, products: object(data.products), ...(data.output !== undefined ? { output: data.output } : {}) }),
  step_skipped: ended('skipped'),
  step_failed: ended('failed'),
  step_cancelled: ended('cancelled'),
  step_in_doubt: (step, event, data) => ({ ...ended('in_doubt')(step, event, data), ended_at: null }),
  doubt_resolved: goesOn,
  step_retry: (step, event, data) => ({ ...waits('timer')(step, event, data), attempt: typeof data.attempt === 'number' ? data.attempt : step.attempt + 1, error: (data.error as Step['error']) ?? null }),
  step_sleeping: waits('timer'),
  input_requested: waits('input'),
  input_given: goesOn,
  message_awaited: waits('message'),
  message_received: goesOn,
  task_asked: waits('input'),
  task_submitted: goesOn,
  approval_requested: waits('approval'),
  approval_decided: goesOn,
  approval_expired: goesOn,
  approval_voided: goesOn,
  envelope_used: goesOn,
  child_started: waits('child'),
  child_finished: goesOn,
  calls_named: waits('child'),
  round_ended: goesOn,
};

const runEnds: Record<string, Run['status']> = { run_completed: 'completed', run_failed: 'failed', run_cancelled: 'cancelled' };

/** The run after event number `at`. `events` are in order, from the first on. */
export function runAt(run: Run, events: RunEvent[], at: number): Run {
  const steps = new Map(run.steps.map((step) => [step.id, untouched(step)]));
  let status: Run['status'] = 'queued';
  let paused: string | null = null;
  let undoing = false;
  let updated = run.created_at;
  let seq = 0;
  for (const event of events) {
    if (event.seq > at) break;
    seq = event.seq;
    updated = event.at;
    if (event.type === 'run_paused') paused = event.actor;
    else if (event.type === 'run_resumed') paused = null;
    else if (event.type === 'run_undoing') undoing = true;
    status = runEnds[event.type] ?? (seq > 1 || status !== 'queued' ? 'running' : status);
    if (event.type === 'run_retried') undoing = false;
    const change = changes[event.type];
    const step = event.step === null ? undefined : steps.get(event.step);
    if (change && step) steps.set(step.id, { ...step, ...change(step, event, object(event.data)) });
  }
  const list = [...steps.values()];
  const waiting = status === 'running' ? waitsFor(list, paused) : null;
  return {
    ...run, steps: list, seq, updated_at: updated, paused, undoing, waiting,
    status: waiting ? 'waiting' : status, display: waiting ? `waiting_${waiting}` : status,
    steps_done: list.filter((step) => step.status === 'succeeded' || step.status === 'skipped').length,
    output: status === 'completed' ? run.output : null, answer: null, error: status === 'failed' ? run.error : null, missing: [], approvals: [],
  };
}

/** What a run waits for when nothing in it moves. */
function waitsFor(steps: Step[], paused: string | null): WaitingFor | null {
  if (steps.some((step) => step.status === 'running')) return null;
  if (paused) return 'paused';
  if (steps.some((step) => step.status === 'ready')) return null;
  if (steps.some((step) => step.status === 'in_doubt')) return 'doubt';
  return steps.find((step) => step.status === 'waiting')?.waiting ?? null;
}

/** Steps whose state differs between two moments. */
export function moved(before: Run, after: Run): string[] {
  const old = new Map(before.steps.map((step) => [step.id, `${step.status} ${step.waiting ?? ''} ${step.attempt}`]));
  return after.steps.filter((step) => old.get(step.id) !== `${step.status} ${step.waiting ?? ''} ${step.attempt}`).map((step) => step.id);
}
