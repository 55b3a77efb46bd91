// A layered drawing of a graph without circles: ranks from top to bottom, few crossings, every node
// near the middle of its neighbours. Parts that nothing joins are packed side by side.

export interface Box { id: string; width: number; height: number }
export interface Placed extends Box { x: number; y: number }
export interface Point { x: number; y: number }
/** A line from the foot of one box to the head of another, around what lies between. */
export interface Route { from: string; to: string; points: Point[] }
export interface Drawing { boxes: Placed[]; routes: Route[]; width: number; height: number }

export const GAP_X = 28;
export const GAP_Y = 44;
const SWEEPS = 6;
/** Wider than this, parts go into another row. */
const ROW_WIDTH = 1100;

interface Cell { id: string; width: number; height: number; rank: number; x: number; ups: Cell[]; downs: Cell[]; real: boolean }

export function layers(boxes: Box[], edges: readonly (readonly [string, string])[]): Drawing {
  const known = new Set(boxes.map((box) => box.id));
  const lines = edges.filter(([from, to]) => from !== to && known.has(from) && known.has(to));
  const parts = components(boxes, lines).map((part) => drawPart(part, lines.filter(([from]) => part.some((box) => box.id === from))));
  return pack(parts);
}

/** Boxes that are joined by lines, whatever their direction, in the order given. */
function components(boxes: Box[], edges: readonly (readonly [string, string])[]): Box[][] {
  const root = new Map<string, string>(boxes.map((box) => [box.id, box.id]));
  const find = (id: string): string => {
    let at = id;
    while (root.get(at) !== at) { root.set(at, root.get(root.get(at)!)!); at = root.get(at)!; }
    return at;
  };
  for (const [from, to] of edges) root.set(find(to), find(from));
  const parts = new Map<string, Box[]>();
  for (const box of boxes) {
    const part = parts.get(find(box.id));
    if (part) part.push(box); else parts.set(find(box.id), [box]);
  }
  return [...parts.values()];
}

function drawPart(boxes: Box[], edges: readonly (readonly [string, string])[]): Drawing {
  const cells = new Map<string, Cell>(boxes.map((box) => [box.id, { ...box, rank: 0, x: 0, ups: [], downs: [], real: true }]));
  const lines = forward(boxes, edges);
  const rank = ranks(boxes, lines);
  for (const cell of cells.values()) cell.rank = rank.get(cell.id) ?? 0;
  const rows: Cell[][] = Array.from({ length: Math.max(0, ...rank.values()) + 1 }, () => []);
  for (const cell of cells.values()) rows[cell.rank]!.push(cell);
  const chains = lines.map(([from, to]) => chain(cells.get(from)!, cells.get(to)!, rows));
  for (let i = 0; i < SWEEPS; i += 1) sweep(rows, i % 2 === 0);
  rows.forEach((row) => { let x = 0; for (const cell of row) { cell.x = x + cell.width / 2; x += cell.width + GAP_X; } });
  for (let i = 0; i < SWEEPS * 4; i += 1) settle(rows, i % 2 === 0);

  let y = 0;
  const tops = rows.map((row) => { const top = y; y += Math.max(0, ...row.map((cell) => cell.height)) + GAP_Y; return top; });
  const feet = rows.map((row, i) => tops[i]! + Math.max(0, ...row.map((cell) => cell.height)));
  const left = Math.min(...rows.flat().map((cell) => cell.x - cell.width / 2));
  const right = Math.max(...rows.flat().map((cell) => cell.x + cell.width / 2));
  const placed = boxes.map((box) => { const cell = cells.get(box.id)!; return { ...box, x: cell.x - box.width / 2 - left, y: tops[cell.rank]! }; });
  const routes = chains.map((line, i) => {
    const [from, to] = lines[i]!;
    const between = line.slice(1, -1).flatMap((cell) => [{ x: cell.x - left, y: tops[cell.rank]! }, { x: cell.x - left, y: feet[cell.rank]! }]);
    const [first, last] = [line[0]!, line.at(-1)!];
    return { from, to, points: [{ x: first.x - left, y: tops[first.rank]! + first.height }, ...between, { x: last.x - left, y: tops[last.rank]! }] };
  });
  return { boxes: placed, routes, width: right - left, height: Math.max(0, y - GAP_Y) };
}

/** The lines without those that lead back. */
function forward(boxes: Box[], edges: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const state = new Map<string, 1 | 2>();
  const back = new Set<string>();
  for (const { id } of boxes) {
    if (state.has(id)) continue;
    const stack: { id: string; at: number }[] = [{ id, at: 0 }];
    state.set(id, 1);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const to = next.get(top.id)?.[top.at];
      top.at += 1;
      if (to === undefined) { state.set(top.id, 2); stack.pop(); continue; }
      if (state.get(to) === 1) back.add(JSON.stringify([top.id, to]));
      else if (!state.has(to)) { state.set(to, 1); stack.push({ id: to, at: 0 }); }
    }
  }
  const seen = new Set<string>();
  return edges.filter((edge) => {
    const key = JSON.stringify(edge);
    if (back.has(key) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** How far each box is from where it all begins, by the longest way. */
function ranks(boxes: Box[], edges: readonly (readonly [string, string])[]): Map<string, number> {
  const rank = new Map<string, number>(boxes.map((box) => [box.id, 0]));
  const open = new Map<string, number>(boxes.map((box) => [box.id, 0]));
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) { next.set(from, [...(next.get(from) ?? []), to]); open.set(to, (open.get(to) ?? 0) + 1); }
  const queue = boxes.map((box) => box.id).filter((id) => open.get(id) === 0);
  for (let i = 0; i < queue.length; i += 1) {
    for (const to of next.get(queue[i]!) ?? []) {
      rank.set(to, Math.max(rank.get(to)!, rank.get(queue[i]!)! + 1));
      open.set(to, open.get(to)! - 1);
      if (open.get(to) === 0) queue.push(to);
    }
  }
  return rank;
}

/** The cells that a line passes: one of its own in every row between. */
function chain(from: Cell, to: Cell, rows: Cell[][]): Cell[] {
  const line = [from];
  for (let rank = from.rank + 1; rank < to.rank; rank += 1) {
    const cell: Cell = { id: '', width: 8, height: 0, rank, x: 0, ups: [], downs: [], real: false };
    rows[rank]!.push(cell);
    line.push(cell);
  }
  line.push(to);
  line.forEach((cell, i) => {
    const after = line[i + 1];
    if (after) { cell.downs.push(after); after.ups.push(cell); }
  });
  return line;
}

/** Puts every row into the order of its neighbours' middles, going down or up. */
function sweep(rows: Cell[][], down: boolean): void {
  const place = new Map<Cell, number>();
  const number = (row: Cell[]) => row.forEach((cell, i) => place.set(cell, (i + 0.5) / row.length));
  rows.forEach(number);
  for (const row of down ? rows : [...rows].reverse()) {
    const middle = new Map(row.map((cell) => {
      const near = down ? cell.ups : cell.downs;
      return [cell, near.length ? near.reduce((sum, each) => sum + place.get(each)!, 0) / near.length : place.get(cell)!];
    }));
    row.sort((a, b) => middle.get(a)! - middle.get(b)!);
    number(row);
  }
}

/** Moves the cells of every row as near to their neighbours as their order and room allow (least squares). */
function settle(rows: Cell[][], down: boolean): void {
  for (const row of down ? rows : [...rows].reverse()) {
    let room = 0;
    const blocks: { sum: number; count: number; from: number }[] = [];
    const rooms: number[] = [];
    row.forEach((cell, i) => {
      const before = row[i - 1];
      if (before) room += (before.width + cell.width) / 2 + (before.real && cell.real ? GAP_X : GAP_X / 2);
      rooms.push(room);
      const near = [...cell.ups, ...cell.downs];
      const wish = near.length ? near.reduce((sum, each) => sum + each.x, 0) / near.length : cell.x;
      blocks.push({ sum: wish - room, count: 1, from: i });
      while (blocks.length > 1 && blocks.at(-2)!.sum / blocks.at(-2)!.count > blocks.at(-1)!.sum / blocks.at(-1)!.count) {
        const last = blocks.pop()!;
        blocks.at(-1)!.sum += last.sum;
        blocks.at(-1)!.count += last.count;
      }
    });
    blocks.forEach((block) => { for (let i = block.from; i < block.from + block.count; i += 1) row[i]!.x = block.sum / block.count + rooms[i]!; });
  }
}

/** Sets drawings side by side, in rows. */
function pack(parts: Drawing[]): Drawing {
  const area = parts.reduce((sum, part) => sum + (part.width + GAP_X) * (part.height + GAP_Y), 0);
  const limit = Math.max(ROW_WIDTH, Math.sqrt(area * 1.6));
  const out: Drawing = { boxes: [], routes: [], width: 0, height: 0 };
  let [x, y, tall] = [0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > limit) { x = 0; y += tall + GAP_Y; tall = 0; }
    const move = <T extends Point>(at: T): T => ({ ...at, x: at.x + x, y: at.y + y });
    out.boxes.push(...part.boxes.map(move));
    out.routes.push(...part.routes.map((route) => ({ ...route, points: route.points.map(move) })));
    out.width = Math.max(out.width, x + part.width);
    tall = Math.max(tall, part.height);
    out.height = Math.max(out.height, y + tall);
    x += part.width + GAP_X;
  }
  return out;
}
