// Where the time of a run went: for every step that has begun, the stretches in which it worked and
// in which it waited, and for whom. Read from its events; without them, one stretch as a whole.
import type { RunEvent, Step } from '@/api/types';

export type Stretch = 'work' | 'person' | 'pause' | 'other';
export interface Part { kind: Stretch; from: number; to: number }
export interface Fall { step: Step; from: number; to: number; parts: Part[] }

const begins: Record<string, Stretch> = {
  approval_requested: 'person', task_asked: 'person', input_requested: 'person', step_in_doubt: 'person',
  step_retry: 'pause', step_sleeping: 'pause', message_awaited: 'other', child_started: 'other',
  approval_decided: 'work', approval_expired: 'work', approval_voided: 'work', task_submitted: 'work', input_given: 'work', doubt_resolved: 'work',
  message_received: 'work', child_finished: 'work', effect_intended: 'work', step_started: 'work',
};
const ends = new Set(['step_succeeded', 'step_failed', 'step_cancelled', 'step_skipped']);

export function falls(steps: Step[], events: RunEvent[], now: number): Fall[] {
  const byStep = new Map<string, RunEvent[]>();
  for (const event of events) {
    if (event.step === null) continue;
    const own = byStep.get(event.step);
    if (own) own.push(event); else byStep.set(event.step, [event]);
  }
  return steps.flatMap((step) => {
    if (!step.started_at) return [];
    const own = byStep.get(step.id) ?? [];
    const to = step.ended_at ? Date.parse(step.ended_at) : now;
    const from = Math.min(to, Date.parse(step.started_at), ...own.filter((event) => event.type in begins).map((event) => Date.parse(event.at)));
    return [{ step, from, to, parts: partsOf(step, own, from, to) }];
  });
}

function partsOf(step: Step, events: RunEvent[], from: number, to: number): Part[] {
  const parts: Part[] = [];
  let kind: Stretch = 'work';
  let since = from;
  const close = (at: number) => { if (at > since) parts.push({ kind, from: since, to: at }); since = Math.max(since, at); };
  for (const event of events) {
    const at = Math.min(to, Date.parse(event.at));
    if (ends.has(event.type)) { close(at); kind = 'other'; continue; }
    const next = begins[event.type];
    if (next !== undefined && next !== kind) { close(at); kind = next; }
  }
  if (events.length === 0 && step.status === 'waiting') kind = step.waiting === 'approval' || step.waiting === 'input' || step.waiting === 'doubt' ? 'person' : 'other';
  // After its end nothing is drawn, unless it was begun again.
  if (!(kind === 'other' && step.ended_at && parts.length > 0)) close(to);
  return parts.length > 0 ? parts : [{ kind, from, to }];
}

/** Round distances of marks on an axis of `span` milliseconds: about `wanted` of them. */
export function ticks(span: number, wanted: number): number[] {
  const raw = span / Math.max(1, wanted);
  const units = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000];
  let unit = units.find((each) => each >= raw) ?? Math.ceil(raw / 86_400_000) * 86_400_000;
  if (!Number.isFinite(unit) || unit <= 0) unit = 1;
  const out: number[] = [];
  for (let at = 0; at <= span && out.length < 400; at += unit) out.push(at);
  return out;
}
