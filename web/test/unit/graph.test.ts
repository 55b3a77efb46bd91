// The drawing of a run: nothing overlaps, lines lead downwards, frames hold their parts, circles end.
import { describe, expect, it } from 'vitest';
import { graph, neighbour, NODE_HEIGHT, pathOf, shapeOf } from '@/pages/run/graph';
import { layers, type Placed } from '@/pages/run/layers';
import { roundOf, roundsOf, rows, scopeOf, takenBack } from '@/pages/run/order';
import { falls, ticks } from '@/pages/run/waterfall';
import type { RunEvent, Step } from '@/api/types';

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id, label: id, type: 'tool', tool: null, agent: null, status: 'succeeded', waiting: null, attempt: 1, intent: 1, parent: null, started_at: null,
  ended_at: null, ms: null, payload: null, output: null, products: {}, untrusted: false, error: null, wake_at: null, approval: null, after: [], risk: [], ...more,
});
const box = (id: string) => ({ id, width: 200, height: 50 });
const overlap = (a: Placed, b: Placed) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const anyOverlap = (boxes: Placed[]) => boxes.some((a, i) => boxes.slice(i + 1).some((b) => overlap(a, b)));
const at = (ms: number) => new Date(ms).toISOString();

describe('layers', () => {
  it('puts what follows below, and what meets between its befores', () => {
    const { boxes, routes } = layers(['a', 'b', 'c', 'd'].map(box), [['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd']]);
    const place = Object.fromEntries(boxes.map((each) => [each.id, each]));
    expect(place.b!.y).toBe(place.c!.y);
    expect([place.a!.y < place.b!.y, place.c!.y < place.d!.y, anyOverlap(boxes)]).toEqual([true, true, false]);
    expect(place.d!.x).toBeCloseTo((place.b!.x + place.c!.x) / 2, 0);
    expect(routes).toHaveLength(4);
  });
  it('leads long lines around what lies between', () => {
    const { routes } = layers(['a', 'b', 'c'].map(box), [['a', 'b'], ['b', 'c'], ['a', 'c']]);
    expect(routes.find((route) => route.from === 'a' && route.to === 'c')?.points).toHaveLength(4);
  });
  it('survives circles, selves, doubles and names that nobody has', () => {
    const { boxes, routes } = layers(['a', 'b'].map(box), [['a', 'b'], ['b', 'a'], ['a', 'a'], ['a', 'b'], ['a', 'x'], ['y', 'b']]);
    expect([boxes.length, routes.length]).toEqual([2, 1]);
    expect(layers([], []).width).toBe(0);
  });
  it('packs parts that nothing joins into rows instead of one line', () => {
    const { boxes, width } = layers(Array.from({ length: 60 }, (_, i) => box(`n${i}`)), []);
    expect([anyOverlap(boxes), width < 4000]).toEqual([false, true]);
  });
  it('draws a thousand nodes in a moment', () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    const edges = ids.flatMap((id, i): [string, string][] => [1, 7].flatMap((by): [string, string][] => (i + by < 1000 && i % 3 !== by % 3 ? [[id, `n${i + by}`]] : [])));
    const from = performance.now();
    expect(layers(ids.map(box), edges).boxes).toHaveLength(1000);
    expect(performance.now() - from).toBeLessThan(4000);
  });
});

describe('the graph of a run', () => {
  const loop = [
    step('@plan', { type: 'plan' }), step('_start', { type: 'parallel' }), step('a', { after: ['_start'] }), step('l', { type: 'loop', after: ['a'] }),
    step('x[2]', { parent: 'l' }), step('y[2]', { parent: 'l', after: ['x'] }), step('z', { after: ['l'] }), step('a!undo', { type: 'undo' }),
  ];
  it('frames the parts of a loop and keeps their lines within', () => {
    const drawn = graph(loop);
    const frame = drawn.nodes.find((node) => node.id === 'l')!;
    const inner = drawn.nodes.filter((node) => node.id.endsWith('[2]'));
    expect([frame.frame, inner.every((node) => node.x >= frame.x && node.y >= frame.y + NODE_HEIGHT && node.x + node.width <= frame.x + frame.width && node.y + node.height <= frame.y + frame.height)]).toEqual([true, true]);
    expect(drawn.routes.map((route) => `${route.from}>${route.to}`).sort()).toEqual(['@plan>a', 'a>a!undo', 'a>l', 'l>z', 'x[2]>y[2]']);
    expect(drawn.routes.filter((route) => route.undo)).toHaveLength(1);
  });
  it('leaves out where a plan begins, and survives parents in a circle', () => {
    expect(graph(loop).nodes.map((node) => node.id)).not.toContain('_start');
    expect(graph([step('p', { parent: 'q' }), step('q', { parent: 'p' }), step('r', { parent: 'r' })]).nodes).toHaveLength(3);
  });
  it('is drawn anew only when its shape changes', () => {
    expect(shapeOf(loop)).toBe(shapeOf(loop.map((each) => ({ ...each, status: 'running' }))));
    expect(shapeOf(loop)).not.toBe(shapeOf(loop.slice(1)));
  });
  it('knows what lies in a direction', () => {
    const drawn = graph([step('a'), step('b', { after: ['a'] }), step('c', { after: ['a'] })]);
    expect(neighbour(drawn, 'b', 'up')).toBe('a');
    expect([neighbour(drawn, 'b', 'right'), neighbour(drawn, 'c', 'left')].sort()).toContain('c');
    expect([neighbour(drawn, 'a', 'up'), neighbour(drawn, 'gone', 'up')]).toEqual([null, 'a']);
  });
  it('writes a line as a path', () => expect([pathOf([]), pathOf([{ x: 0, y: 0 }, { x: 0, y: 9.99 }])]).toEqual(['', 'M0 0L0 10']));
});

describe('rounds and undoing', () => {
  it('reads the scope of a step', () => expect([scopeOf('a'), scopeOf('a[3]'), scopeOf('a[3][0]#x'), roundOf('a[3][0]'), roundOf('a')]).toEqual(['', '[3]', '[3][0]', 1, null]));
  it('counts rounds from the result, else from the parts', () => {
    const parts = [step('x[4]', { parent: 'l' })];
    expect([roundsOf(step('l', { output: { rounds: 7 } }), parts), roundsOf(step('l'), parts), roundsOf(step('l'), [])]).toEqual([7, 5, 0]);
  });
  it('puts what is taken back last, in its own order', () => {
    const list = [step('b!undo', { type: 'undo', started_at: at(9) }), step('a!undo', { type: 'undo', started_at: at(20) }), step('a'), step('b')];
    expect(rows(list).map((row) => row.step.id)).toEqual(['a', 'b', 'b!undo', 'a!undo']);
    expect([takenBack(list), takenBack([step('a')]), takenBack([step('a!undo', { type: 'undo', status: 'failed' })])]).toEqual([true, false, false]);
  });
});

describe('the waterfall', () => {
  const event = (seq: number, type: string, ms: number) => ({ seq, type, at: at(ms), step: 'a', actor: 'worker', summary: '', hash: null, data: null }) as RunEvent;
  it('tells waiting from work', () => {
    const [fall] = falls([step('a', { started_at: at(1000), ended_at: at(9000) })], [event(1, 'approval_requested', 500), event(2, 'approval_decided', 4000), event(3, 'effect_intended', 4100), event(4, 'step_retry', 5000), event(5, 'effect_intended', 7000), event(6, 'step_succeeded', 9000)], 0);
    expect(fall?.parts.map(({ kind, from, to }) => [kind, from, to])).toEqual([['person', 500, 4000], ['work', 4000, 5000], ['pause', 5000, 7000], ['work', 7000, 9000]]);
  });
  it('draws one stretch where it knows no more', () => {
    expect(falls([step('a', { started_at: at(10), status: 'running' }), step('b')], [], 60)).toEqual([expect.objectContaining({ from: 10, to: 60, parts: [{ kind: 'work', from: 10, to: 60 }] })]);
    expect(falls([step('a', { started_at: at(10), status: 'waiting', waiting: 'input' })], [], 60)[0]?.parts[0]?.kind).toBe('person');
  });
  it('marks an axis at round times, never without end', () => {
    expect(ticks(10_000, 5)).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
    expect(ticks(1, 6)).toEqual([0, 1]);
    expect(ticks(1e15, 1e9).length).toBeLessThanOrEqual(400);
  });
});
