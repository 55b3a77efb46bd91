// A pipeline definition while it is edited: every act gives a new definition, so that undoing is going back to
// the one before. Nothing is judged here but names; the server says what is wrong.
import type { Json, JsonObject, Step, Text } from '@/api/types';
import { changes, type Change } from '@/parts/flatten';

export interface DraftNode { id: string; type: string; label?: Text; [field: string]: Json | Text | undefined }
export interface DraftEdge { from: string; to: string; when?: string; on?: 'error'; label?: Text }
export interface Definition { name?: string; title?: Text; description?: Text; input_schema?: Json; nodes: DraftNode[]; edges?: DraftEdge[]; entry_point: string; [field: string]: unknown }

/** What a node of each type begins with, as far as the type can't do without it. */
const fresh: Record<string, () => JsonObject> = {
  tool: () => ({ tool: '', args: {} }),
  agent_call: () => ({ agents: [], task: '' }),
  validation: () => ({ rules: [] }),
  human_gate: () => ({ title: { en: 'Go on?', ko: '계속할까요?' }, show: {} }),
  human_task: () => ({ title: { en: 'Fill this in', ko: '채워 주세요' }, form: { type: 'object', properties: {} } }),
  branch: () => ({}),
  parallel: () => ({}),
  join: () => ({ mode: 'all' }),
  wait: () => ({ duration_ms: 60_000 }),
  emit: () => ({ message: 'name.of.message' }),
  map: () => ({ items: { $ref: 'input.items' }, body: { entry_point: 'each', nodes: [{ id: 'each', type: 'validation' }], edges: [] } }),
  loop: () => ({ until: 'index >= 1', max: 3, body: { entry_point: 'again', nodes: [{ id: 'again', type: 'validation' }], edges: [] } }),
  subworkflow: () => ({ workflow: '' }),
  finalize: () => ({ output: {} }),
};
export const nodeTypes = Object.keys(fresh) as NodeType[];
export type NodeType = 'tool' | 'agent_call' | 'validation' | 'human_gate' | 'human_task' | 'branch' | 'parallel' | 'join' | 'wait' | 'emit' | 'map' | 'loop' | 'subworkflow' | 'finalize';

export const empty = (name: string): Definition => ({ name, title: { en: name, ko: name }, nodes: [{ id: 'check', type: 'validation', label: { en: 'Check the input', ko: '입력 확인' } }], edges: [], entry_point: 'check' });

const edgesOf = (made: Definition): DraftEdge[] => made.edges ?? [];

export function freeId(made: Definition, base: string): string {
  const taken = new Set(made.nodes.map((node) => node.id));
  if (!taken.has(base)) return base;
  for (let n = 2; ; n += 1) if (!taken.has(`${base}_${n}`)) return `${base}_${n}`;
}

/** A node after the chosen one, taking over what followed it; at the end of the list where none is chosen. */
export function addNode(made: Definition, type: NodeType, after: string | null): { made: Definition; id: string } {
  const id = freeId(made, type);
  const node: DraftNode = { id, type, ...(fresh[type]?.() ?? {}) };
  const at = after === null ? -1 : made.nodes.findIndex((each) => each.id === after);
  const nodes = at < 0 ? [...made.nodes, node] : [...made.nodes.slice(0, at + 1), node, ...made.nodes.slice(at + 1)];
  const before = made.nodes[at];
  if (!before) return { made: { ...made, nodes, entry_point: made.nodes.length === 0 ? id : made.entry_point }, id };
  // What branches keeps its ways; the new node becomes one more of them.
  const forks = before.type === 'branch' || before.type === 'parallel';
  const edges = forks ? edgesOf(made) : edgesOf(made).map((edge) => (edge.from === before.id && !edge.on ? { ...edge, from: id } : edge));
  return { made: { ...made, nodes, edges: [...edges, { from: before.id, to: id }] }, id };
}

/** Without a node; what led to it now leads to what followed it. */
export function removeNode(made: Definition, id: string): Definition {
  const into = edgesOf(made).filter((edge) => edge.to === id && edge.from !== id);
  const out = edgesOf(made).filter((edge) => edge.from === id && edge.to !== id && !edge.on);
  const kept = edgesOf(made).filter((edge) => edge.from !== id && edge.to !== id);
  const joined = into.flatMap((before) => out.map((after): DraftEdge => ({ ...before, to: after.to })));
  const edges = [...kept, ...joined.filter((edge, i) => !kept.some((each) => each.from === edge.from && each.to === edge.to) && joined.findIndex((each) => each.from === edge.from && each.to === edge.to) === i)];
  const nodes = made.nodes.filter((node) => node.id !== id);
  return { ...made, nodes, edges, entry_point: made.entry_point === id ? (out[0]?.to ?? nodes[0]?.id ?? '') : made.entry_point };
}

export function connect(made: Definition, from: string, to: string): Definition {
  if (from === to || edgesOf(made).some((edge) => edge.from === from && edge.to === to)) return made;
  return { ...made, edges: [...edgesOf(made), { from, to }] };
}

export const disconnect = (made: Definition, at: number): Definition => ({ ...made, edges: edgesOf(made).filter((_, i) => i !== at) });
export const setEdge = (made: Definition, at: number, change: Partial<DraftEdge>): Definition => ({ ...made, edges: edgesOf(made).map((edge, i) => (i === at ? pruned({ ...edge, ...change }) : edge)) });

function pruned<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined && each !== '')) as T;
}

/** Changes fields of a node; `undefined` takes one away. */
export const setNode = (made: Definition, id: string, change: Record<string, Json | Text | undefined>): Definition => ({
  ...made, nodes: made.nodes.map((node) => (node.id === id ? Object.fromEntries(Object.entries({ ...node, ...change }).filter(([, value]) => value !== undefined)) as DraftNode : node)),
});

/** Another id, wherever the node is named: in edges, as the entry, in `$ref` and in templates. */
export function renameNode(made: Definition, from: string, to: string): Definition {
  const inText = (text: string) => text.replace(/\$\{([^}]*)\}/g, (all, path: string) => (root(path.trim()) === from ? `\${${to}${path.trim().slice(from.length)}}` : all));
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return inText(value);
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === '$ref' && typeof each === 'string' && root(each) === from ? to + each.slice(from.length) : walk(each)]));
  };
  return {
    ...made,
    nodes: made.nodes.map((node) => ({ ...(walk(node) as DraftNode), id: node.id === from ? to : node.id, type: node.type })),
    edges: edgesOf(made).map((edge) => ({ ...edge, from: edge.from === from ? to : edge.from, to: edge.to === from ? to : edge.to })),
    entry_point: made.entry_point === from ? to : made.entry_point,
    ...('output' in made ? { output: walk(made.output) } : {}),
  };
}

const root = (path: string): string => /^[^.[]*/.exec(path)?.[0] ?? '';

/** The node that a fault's pointer is about. */
export function nodeAt(made: Definition, pointer: string): string | null {
  const node = /\/nodes\/(\d+)/.exec(pointer);
  if (node) return made.nodes[Number(node[1])]?.id ?? null;
  const edge = /\/edges\/(\d+)/.exec(pointer);
  return edge ? (edgesOf(made)[Number(edge[1])]?.from ?? null) : null;
}

/** The definition as steps that the run's drawing knows; bodies of maps and loops as parts of their node. */
export function stepsOf(made: Definition): Step[] {
  const steps: Step[] = [];
  const read = (nodes: DraftNode[], edges: DraftEdge[], parent: string | null) => {
    for (const node of nodes) {
      if (typeof node?.id !== 'string') continue;
      const after = edges.filter((edge) => edge.to === node.id).map((edge) => edge.from);
      steps.push({
        id: parent === null ? node.id : `${parent}/${node.id}`, label: node.label ?? node.id, type: String(node.type), tool: typeof node.tool === 'string' ? node.tool : null,
        agent: Array.isArray(node.agents) ? node.agents.join(', ') : null, status: 'pending', waiting: null, attempt: 1, intent: 0, parent, started_at: null, ended_at: null, ms: null, payload: null, output: null,
        products: {}, untrusted: false, error: null, wake_at: null, approval: null, after: parent === null ? after : after.map((each) => `${parent}/${each}`), risk: [],
      });
      const body = node.body as unknown as Definition | undefined;
      if (parent === null && body && Array.isArray(body.nodes)) read(body.nodes, body.edges ?? [], node.id);
    }
  };
  read(made.nodes, edgesOf(made), null);
  return steps;
}

/** A text as a definition: the definition itself, or what an export wrapped it in. Null where it is none. */
export function readDefinition(text: string): Definition | null {
  let value: unknown;
  try { value = JSON.parse(text); } catch { return null; }
  const inner = value !== null && typeof value === 'object' && 'definition' in value ? (value as { definition: unknown }).definition : value;
  if (inner === null || typeof inner !== 'object' || !Array.isArray((inner as Definition).nodes)) return null;
  const made = inner as Definition;
  return made.nodes.every((node) => node !== null && typeof node === 'object' && typeof node.id === 'string') ? { ...made, entry_point: typeof made.entry_point === 'string' ? made.entry_point : '' } : null;
}

/** What differs from another version: by node, so that an inserted one does not shift all after it. */
export function definitionDiff(before: Definition, after: Definition): Change[] {
  const byId = (made: Definition): Json => JSON.parse(JSON.stringify({ ...made, nodes: Object.fromEntries(made.nodes.map((node) => [node.id, node])), edges: Object.fromEntries(edgesOf(made).map((edge) => [`${edge.from} → ${edge.to}${edge.on ? ` (${edge.on})` : ''}`, edge])) })) as Json;
  return changes(byId(before), byId(after));
}

/** The definitions so far, and where in them one stands. */
export interface History { past: Definition[]; now: Definition; future: Definition[] }
const KEPT = 200;
export const begin = (now: Definition): History => ({ past: [], now, future: [] });
export const act = (history: History, now: Definition): History => (now === history.now ? history : { past: [...history.past, history.now].slice(-KEPT), now, future: [] });
export function undo({ past, now, future }: History): History { const last = past.at(-1); return last ? { past: past.slice(0, -1), now: last, future: [now, ...future] } : { past, now, future }; }
export function redo({ past, now, future }: History): History { const [next, ...rest] = future; return next ? { past: [...past, now], now: next, future: rest } : { past, now, future }; }
