// Where each value of a step's payload came from: what the plan refers to, else what of earlier steps, the
// input or the request holds the very same text. What the policy recorded about a value stands beside it.
import type { Json, JsonObject, Run, Step } from '@/api/types';
import { covers, flatten, type Leaf } from '@/parts/flatten';

export type Origin = 'user' | 'workspace' | 'trusted_tool' | 'model' | 'untrusted_tool';
export type Source = { kind: 'step'; step: string; name: string; exact: boolean } | { kind: 'input' | 'request' | 'edited' | 'fixed' };
export interface Provenance { leaf: Leaf; sources: Source[]; origin: Origin | null; outside: boolean }

/** Shorter texts are in too many places to say anything. */
const TELLING = 4;

const words = (value: unknown): string | null => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null);

/** Paths that a template refers to: `${a1.page_url}`, and `{"$ref": "a1.rows"}`. */
export function references(value: Json | undefined): string[] {
  if (typeof value === 'string') return [...value.matchAll(/\$\{([^}]+)\}/g)].map((match) => match[1]?.trim() ?? '');
  if (value !== null && typeof value === 'object' && !Array.isArray(value) && typeof value.$ref === 'string') return [value.$ref];
  return [];
}

export function provenance(run: Run, step: Step): Provenance[] {
  if (step.payload === null || step.payload === undefined || typeof step.payload !== 'object') return [];
  const planned = run.plan?.actions.find((action) => action.id === step.id)?.args;
  const approval = run.approvals.find((each) => each.step === step.id && each.status !== 'void');
  const recorded = (approval?.verdict as { origins?: Record<string, Origin> } | undefined)?.origins ?? {};
  const edited = approval?.status === 'approved_with_edits';
  const earlier = run.steps.filter((each) => each.id !== step.id && each.started_at !== null && (step.started_at === null || each.started_at <= step.started_at) && each.id !== step.parent);
  const made = earlier.flatMap((each) => [
    ...Object.entries(each.products ?? {}).flatMap(([name, value]) => leaves(value).map((text) => ({ step: each.id, name, text }))),
    ...leaves(each.output).map((text) => ({ step: each.id, name: '', text })),
  ]).filter(({ text }) => text.length >= TELLING);
  const input = leaves(run.input);
  const ids = new Set(run.steps.map((each) => each.id));

  return flatten(step.payload).map((leaf): Provenance => {
    const origin = Object.entries(recorded).find(([pointer]) => covers(pointer, leaf.pointer))?.[1] ?? null;
    const outside = origin === 'untrusted_tool' || (approval?.verdict.untrusted ?? []).some((pointer) => covers(pointer, leaf.pointer));
    const sources: Source[] = [];
    const add = (source: Source) => { if (!sources.some((each) => JSON.stringify(each) === JSON.stringify(source))) sources.push(source); };
    for (const path of templateAt(planned, leaf.path)) {
      const [root = '', ...rest] = path.split(/[.[]/);
      if (ids.has(root)) add({ kind: 'step', step: root, name: rest[0]?.replace(/\]$/, '') ?? '', exact: true });
      else if (root === 'input') add({ kind: 'input' });
    }
    const text = words(leaf.value);
    if (sources.length === 0 && text !== null && text.length >= TELLING) {
      const found = made.find((each) => text === each.text) ?? made.find((each) => text.includes(each.text));
      if (found) add({ kind: 'step', step: found.step, name: found.name, exact: text === found.text });
      else if (input.some((each) => each === text || (each.length >= TELLING && text.includes(each)))) add({ kind: 'input' });
      else if (run.request?.includes(text.replace(/^#/, ''))) add({ kind: 'request' });
    }
    if (edited && sources.length === 0) add({ kind: 'edited' });
    if (sources.length === 0) add({ kind: 'fixed' });
    return { leaf, sources, origin, outside };
  });
}

function leaves(value: Json | undefined): string[] {
  if (value === null || value === undefined) return [];
  return flatten(value).flatMap((leaf) => words(leaf.value) ?? []);
}

/** What the plan wrote where a value now stands; a template above the value counts for all below it. */
function templateAt(args: JsonObject | undefined, path: string[]): string[] {
  let at: Json | undefined = args;
  for (const key of path) {
    const found = references(at);
    if (found.length > 0) return found;
    if (at === null || typeof at !== 'object') return [];
    at = Array.isArray(at) ? at[Number(key)] : at[key];
  }
  return references(at);
}
