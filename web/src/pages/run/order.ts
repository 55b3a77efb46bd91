// The steps of a run as rows: parts under their parents, each with its depth; and the attempts of
// a step as its events tell them.
import { isFinal } from '@/api/fold';
import type { Fault, Run, RunEvent, Step, Text } from '@/api/types';
import { isMark } from '@/parts/stepName';

export interface Row { step: Step; depth: number }

const begun = (step: Step): number => (step.started_at ? Date.parse(step.started_at) : Number.MAX_VALUE);

export function rows(steps: Step[]): Row[] {
  const byParent = new Map<string | null, Step[]>();
  const [kept, undoing] = [steps.filter((step) => !isMark(step) && step.type !== 'undo'), steps.filter((step) => step.type === 'undo')];
  // What is taken back comes last, in the order in which it happens.
  const shown = [...kept, ...undoing.sort((a, b) => begun(a) - begun(b))];
  const ids = new Set(shown.map((step) => step.id));
  for (const step of shown) {
    const parent = step.parent && ids.has(step.parent) && step.parent !== step.id ? step.parent : null;
    const others = byParent.get(parent);
    if (others) others.push(step); else byParent.set(parent, [step]);
  }
  const out: Row[] = [];
  const seen = new Set<string>();
  const walk = (parent: string | null, depth: number) => {
    for (const step of byParent.get(parent) ?? []) {
      if (seen.has(step.id)) continue;
      seen.add(step.id);
      out.push({ step, depth });
      walk(step.id, Math.min(depth + 1, 6));
    }
  };
  walk(null, 0);
  for (const step of shown) if (!seen.has(step.id)) out.push({ step, depth: 0 });
  return out;
}

/** The scope of a step: `[3]` for a part of the fourth item or round, nothing at the top. */
export const scopeOf = (id: string): string => /^[^[#]*((?:\[\d+\])*)/.exec(id)?.[1] ?? '';

/** The item or round that a step is part of, from 1; null at the top. */
export function roundOf(id: string): number | null {
  const last = /\[(\d+)\]$/.exec(scopeOf(id));
  return last ? Number(last[1]) + 1 : null;
}

/** How many rounds a loop has begun, as far as its steps and result tell. */
export function roundsOf(loop: Step, steps: Step[]): number {
  const output = loop.output;
  const told = output !== null && typeof output === 'object' && !Array.isArray(output) ? output.rounds : undefined;
  if (typeof told === 'number') return told;
  return steps.reduce((most, step) => (step.parent === loop.id ? Math.max(most, roundOf(step.id) ?? 0) : most), 0);
}

/** Something was done to take back what the run did, and all of that went well. */
export function takenBack(steps: Step[]): boolean {
  const undos = steps.filter((step) => step.type === 'undo');
  return undos.length > 0 && undos.every((step) => step.status === 'succeeded');
}

/** It waits for its next attempt; only a `wait` node waits for a time of its own. */
export const retries = (step: Step): boolean => step.status === 'waiting' && step.waiting === 'timer' && step.type !== 'wait' && !isMark(step);

export interface Attempt { number: number; at: string; error: Fault | null; summary: Text }

/** Attempts that did not work, from `step_retry` events. */
export function failedAttempts(events: RunEvent[], step: string): Attempt[] {
  return events
    .filter((event) => event.step === step && event.type === 'step_retry')
    .map((event, index) => {
      const data = event.data !== null && typeof event.data === 'object' && !Array.isArray(event.data) ? event.data : {};
      return { number: index + 1, at: event.at, error: (data.error as Fault | undefined) ?? null, summary: event.summary };
    });
}

export interface Bar { left: number; width: number }

/** Where a step's bar lies between the run's start and end, in percent; at least a sliver. */
export function bar(step: Step, start: number, end: number, now: number): Bar | null {
  if (!step.started_at) return null;
  const span = Math.max(1, end - start);
  const from = Date.parse(step.started_at);
  const to = step.ended_at ? Date.parse(step.ended_at) : now;
  const left = Math.min(99, Math.max(0, (100 * (from - start)) / span));
  return { left, width: Math.max(0.8, Math.min(100 - left, (100 * Math.max(0, to - from)) / span)) };
}

/** One approval for its plan is worth offering: the run still goes on, and more than one of its calls may ask. */
export function mayBeSealed(run: Run): boolean {
  if (isFinal(run.status) || run.paused) return false;
  const open = run.steps.filter((step) => step.tool && (step.status === 'pending' || step.status === 'ready' || step.status === 'waiting'));
  return open.length > 1 || (open.length > 0 && run.steps.some((step) => step.waiting === 'approval'));
}
