// What a run's models were asked and what that cost, as its log tells it.
import type { Json, JsonObject, RunEvent } from '@/api/types';

export interface ModelCall { seq: number; step: string; model: string; input: number; output: number; cached: number; reasoning: number; ms: number; /** Null where the price is not known. */ cost: number | null; failed: boolean }

const object = (value: Json | undefined): JsonObject => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {});
const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

export function modelCalls(events: RunEvent[]): ModelCall[] {
  return events.flatMap((event) => {
    const data = object(event.data);
    const usage = object(data.usage);
    if (event.type !== 'effect_observed' || typeof usage.model !== 'string') return [];
    return [{
      seq: event.seq, step: event.step ?? '', model: usage.model, input: number(usage.input_tokens), output: number(usage.output_tokens), cached: number(usage.cached_tokens),
      reasoning: number(usage.reasoning_tokens), ms: number(data.ms), cost: typeof usage.cost === 'number' ? usage.cost : null, failed: !!data.fault,
    }];
  });
}

export interface Sum { name: string; calls: number; input: number; output: number; cached: number; ms: number; cost: number; /** Calls whose price is not known; they are not in `cost`. */ unknown: number }

/** Calls together by what `name` says of them, the dearest first. */
export function sums(calls: ModelCall[], name: (call: ModelCall) => string): Sum[] {
  const by = new Map<string, Sum>();
  for (const call of calls) {
    const key = name(call);
    const sum = by.get(key) ?? { name: key, calls: 0, input: 0, output: 0, cached: 0, ms: 0, cost: 0, unknown: 0 };
    by.set(key, { ...sum, calls: sum.calls + 1, input: sum.input + call.input, output: sum.output + call.output, cached: sum.cached + call.cached, ms: sum.ms + call.ms, cost: sum.cost + (call.cost ?? 0), unknown: sum.unknown + (call.cost === null ? 1 : 0) });
  }
  return [...by.values()].sort((a, b) => b.cost - a.cost || b.input + b.output - a.input - a.output);
}
