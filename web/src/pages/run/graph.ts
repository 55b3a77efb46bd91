// The steps of a run as a drawing: maps, loops and groups of agents are frames around their parts;
// what takes a step back hangs below that step.
import type { Step } from '@/api/types';
import { isMark } from '@/parts/stepName';
import { layers, type Box, type Drawing, type Placed, type Route } from './layers';
import { scopeOf } from './order';

export const NODE_WIDTH = 208;
export const NODE_HEIGHT = 52;
const PAD = 14;

export interface Graph { nodes: (Placed & { frame: boolean })[]; routes: (Route & { undo: boolean })[]; width: number; height: number }

/** What the drawing depends on; while it stays the same, so does the drawing. */
export const shapeOf = (steps: Step[]): string => JSON.stringify(steps.map((step) => [step.id, step.parent, step.after]));

export function graph(steps: Step[]): Graph {
  const shown = steps.filter((step) => !isMark(step));
  const byId = new Map(shown.map((step) => [step.id, step]));
  const parts = new Map<string | null, Step[]>();
  for (const step of shown) {
    const parent = step.parent && byId.has(step.parent) && !within(step.parent, step.id, byId) ? step.parent : null;
    const others = parts.get(parent);
    if (others) others.push(step); else parts.set(parent, [step]);
  }
  const out: Graph = { nodes: [], routes: [], width: 0, height: 0 };
  const whole = draw(null, parts, byId);
  place(whole, 0, 0, out);
  out.width = whole.drawing.width;
  out.height = whole.drawing.height;
  return out;
}

/** Whether `id` is `above` or somewhere above it; circles end the climb. */
function within(id: string, above: string, byId: Map<string, Step>): boolean {
  let at: string | null = id;
  for (let i = 0; at !== null && i < 64; i += 1) {
    if (at === above) return true;
    at = byId.get(at)?.parent ?? null;
  }
  return at !== null;
}

interface Frame { drawing: Drawing; inner: Map<string, Frame> }

function draw(parent: string | null, parts: Map<string | null, Step[]>, byId: Map<string, Step>): Frame {
  const steps = parts.get(parent) ?? [];
  const inner = new Map<string, Frame>();
  const boxes: Box[] = steps.map((step) => {
    if (!parts.has(step.id)) return { id: step.id, width: NODE_WIDTH, height: NODE_HEIGHT };
    const frame = draw(step.id, parts, byId);
    inner.set(step.id, frame);
    return { id: step.id, width: Math.max(NODE_WIDTH, frame.drawing.width) + 2 * PAD, height: NODE_HEIGHT + frame.drawing.height + 3 * PAD };
  });
  return { drawing: layers(boxes, linesOf(steps)), inner };
}

function linesOf(steps: Step[]): [string, string][] {
  const here = new Set(steps.map((step) => step.id));
  const lines: [string, string][] = [];
  for (const step of steps) {
    if (step.type === 'undo') { lines.push([step.id.replace(/!undo$/, ''), step.id]); continue; }
    // Inside a map or a loop the names before a step are those of its own item or round.
    for (const before of step.after) {
      const scoped = before + scopeOf(step.id);
      if (here.has(scoped)) lines.push([scoped, step.id]);
      else if (here.has(before)) lines.push([before, step.id]);
    }
  }
  // Planning comes before everything, wording the answer after it.
  const plan = steps.find((step) => step.id === '@plan');
  const compose = steps.find((step) => step.id === '@compose');
  const plain = steps.filter((step) => step !== plan && step !== compose && step.type !== 'undo');
  if (plan) {
    const led = new Set(lines.map(([, to]) => to));
    plain.filter((step) => !led.has(step.id)).forEach((step) => lines.push([plan.id, step.id]));
  }
  if (compose) {
    const leads = new Set(lines.map(([from]) => from));
    const last = plain.filter((step) => !leads.has(step.id));
    (last.length > 0 ? last : plan ? [plan] : []).forEach((step) => lines.push([step.id, compose.id]));
  }
  return lines;
}

function place(frame: Frame, x: number, y: number, out: Graph): void {
  for (const box of frame.drawing.boxes) {
    const inner = frame.inner.get(box.id);
    out.nodes.push({ ...box, x: box.x + x, y: box.y + y, frame: !!inner });
    if (inner) place(inner, box.x + x + PAD + Math.max(0, (box.width - 2 * PAD - inner.drawing.width) / 2), box.y + y + NODE_HEIGHT + 2 * PAD, out);
  }
  for (const route of frame.drawing.routes) {
    out.routes.push({ ...route, undo: route.to.endsWith('!undo'), points: route.points.map((point) => ({ x: point.x + x, y: point.y + y })) });
  }
}

/** A line through points as an SVG path that leaves downwards and arrives from above. */
export function pathOf(points: { x: number; y: number }[]): string {
  const n = (value: number) => Math.round(value * 10) / 10;
  const [first, ...rest] = points;
  if (!first) return '';
  let at = first;
  let path = `M${n(first.x)} ${n(first.y)}`;
  for (const to of rest) {
    const half = (to.y - at.y) / 2;
    path += at.x === to.x ? `L${n(to.x)} ${n(to.y)}` : `C${n(at.x)} ${n(at.y + half)} ${n(to.x)} ${n(to.y - half)} ${n(to.x)} ${n(to.y)}`;
    at = to;
  }
  return path;
}

export type Way = 'up' | 'down' | 'left' | 'right';

/** The node that the eye meets next when it goes that way from `id`. */
export function neighbour(graph: Graph, id: string, way: Way): string | null {
  const head = (node: Placed) => ({ x: node.x + node.width / 2, y: node.y + NODE_HEIGHT / 2 });
  const here = graph.nodes.find((node) => node.id === id);
  if (!here) return graph.nodes[0]?.id ?? null;
  const from = head(here);
  let best: { id: string; far: number } | null = null;
  for (const node of graph.nodes) {
    if (node.id === id) continue;
    const to = head(node);
    const [along, aside] = way === 'up' ? [from.y - to.y, to.x - from.x] : way === 'down' ? [to.y - from.y, to.x - from.x] : way === 'left' ? [from.x - to.x, to.y - from.y] : [to.x - from.x, to.y - from.y];
    if (along < 1) continue;
    const far = along + 2.5 * Math.abs(aside);
    if (!best || far < best.far) best = { id: node.id, far };
  }
  return best?.id ?? null;
}
