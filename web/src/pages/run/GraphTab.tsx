// The run as a graph: every step with its state, where it stands and what leads to it. Scrolled and
// dragged to pan; arrows move between steps, Enter opens one.
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { isFinal } from '@/api/fold';
import type { Run, Step } from '@/api/types';
import { cx } from '@/parts/cx';
import { Empty } from '@/parts/States';
import { StepMark } from '@/parts/Status';
import { useStepKind, useStepName } from '@/parts/stepName';
import { ZoomButtons } from '@/parts/Zoom';
import { useT } from '@/words';
import { duration } from '@/words/format';
import { useLang } from '@/words/lang';
import { graph, neighbour, NODE_HEIGHT, pathOf, shapeOf, type Graph, type Way } from './graph';
import { retries, roundsOf } from './order';
import { StepPanel, useChosenStep, useKnownEvents } from './StepPanel';

const MARGIN = 20;
const SMALLEST = 0.1;
const LARGEST = 2;
const READABLE = 0.8;
const ways: Record<string, Way> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };
const domId = (step: string) => `node-${step}`;

export function GraphTab({ run }: { run: Run }) {
  const t = useT();
  const [open, choose] = useChosenStep(run.id);
  const events = useKnownEvents(run.id);
  const shape = shapeOf(run.steps);
  // Drawn anew only when the shape changes, not with every state.
  const drawn = useMemo(() => graph(run.steps), [shape]);
  if (drawn.nodes.length === 0) return <Empty title={isFinal(run.status) ? t('run.no_steps') : t('run.planning')} />;
  const chosen = open && run.steps.some((step) => step.id === open) ? open : null;
  return (
    <div className={cx('grid items-start gap-4', chosen && 'lg:grid-cols-[minmax(0,1fr)_380px]')}>
      <Canvas run={run} drawn={drawn} chosen={chosen} onChoose={choose} />
      {chosen ? <StepPanel run={run} id={chosen} events={events} onClose={() => choose(chosen)} /> : null}
    </div>
  );
}

/** `mark` stands before a node's name where it has no state of its own, as while it is edited. */
export function Canvas({ run, drawn, chosen, onChoose, mark }: { run: Pick<Run, 'steps'>; drawn: Graph; chosen: string | null; onChoose: (id: string) => void; mark?: ((step: Step) => ReactNode) | undefined }) {
  const t = useT();
  const view = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(1);
  const [at, setAt] = useState<string | null>(null);
  const now = useRef(zoom);
  now.current = zoom;
  const keep = useRef<{ x: number; y: number; px: number; py: number } | null>(null);
  const steps = useMemo(() => new Map(run.steps.map((step) => [step.id, step])), [run.steps]);
  // One node is in the tab order: the one last moved to, else the chosen one, else the first.
  const entry = at !== null && steps.has(at) ? at : chosen ?? drawn.nodes[0]?.id ?? null;

  const bounded = (value: number) => Math.min(LARGEST, Math.max(SMALLEST, value));
  /** Zooms around a point of the view; what lies there stays there. */
  const zoomTo = (next: number, px?: number, py?: number) => {
    const box = view.current;
    if (!box) return;
    const [x, y] = [px ?? box.clientWidth / 2, py ?? box.clientHeight / 2];
    keep.current = { x: (box.scrollLeft + x) / zoom, y: (box.scrollTop + y) / zoom, px: x, py: y };
    setZoom(bounded(next));
  };
  useLayoutEffect(() => {
    const box = view.current;
    if (!box || !keep.current) return;
    const { x, y, px, py } = keep.current;
    box.scrollTo(x * zoom - px, y * zoom - py);
    keep.current = null;
  }, [zoom]);
  const whole = () => { const box = view.current; if (box) setZoom(bounded(Math.min(1, (box.clientWidth - 2 * MARGIN) / drawn.width, (box.clientHeight - 2 * MARGIN) / drawn.height))); };

  // As wide as it fits, but not too small to read.
  useLayoutEffect(() => {
    const box = view.current;
    if (box) setZoom(Math.min(1, Math.max(READABLE, (box.clientWidth - 2 * MARGIN) / drawn.width)));
  }, [drawn.width]);
  // A step that is chosen from elsewhere is brought into view, without moving the page.
  useEffect(() => {
    const box = view.current;
    const node = drawn.nodes.find((each) => each.id === chosen);
    if (!box || !node) return;
    const [x, y] = [node.x * now.current + MARGIN, node.y * now.current + MARGIN];
    if (y < box.scrollTop || y + NODE_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = y - box.clientHeight / 2;
    if (x < box.scrollLeft || x + node.width > box.scrollLeft + box.clientWidth) box.scrollLeft = x - box.clientWidth / 2 + node.width / 2;
  }, [chosen, drawn]);
  const latest = useRef(zoomTo);
  latest.current = zoomTo;
  useEffect(() => {
    const box = view.current;
    if (!box) return;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const frame = box.getBoundingClientRect();
      latest.current(now.current * Math.exp(-event.deltaY / 300), event.clientX - frame.left, event.clientY - frame.top);
    };
    box.addEventListener('wheel', wheel, { passive: false });
    return () => box.removeEventListener('wheel', wheel);
  }, []);

  const drag = useRef<{ x: number; y: number; left: number; top: number } | null>(null);
  const grab = (event: PointerEvent<HTMLDivElement>) => {
    if (event.pointerType !== 'mouse' || event.button !== 0 || (event.target as Element).closest('button')) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, left: event.currentTarget.scrollLeft, top: event.currentTarget.scrollTop };
  };
  const pull = (event: PointerEvent<HTMLDivElement>) => {
    if (drag.current) event.currentTarget.scrollTo(drag.current.left + drag.current.x - event.clientX, drag.current.top + drag.current.y - event.clientY);
  };
  const release = () => { drag.current = null; };

  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ways[event.key];
    if (way && entry) {
      event.preventDefault();
      const next = neighbour(drawn, entry, way);
      if (next) { setAt(next); document.getElementById(domId(next))?.focus(); }
    } else if (event.key === '+' || event.key === '=') zoomTo(zoom * 1.25);
    else if (event.key === '-') zoomTo(zoom / 1.25);
    else if (event.key === '0') whole();
  };

  return (
    <section aria-label={t('run.tab.graph')} className="overflow-hidden rounded-lg border border-line bg-card shadow-card">
      <header className="flex items-center gap-2 border-b border-line px-2 py-1">
        <p id="graph-keys" className="min-w-0 flex-1 pl-2 text-xs text-mute max-md:sr-only">{t('graph.keys')}</p>
        <span className="flex-1 md:hidden" />
        <ZoomButtons onIn={() => zoomTo(zoom * 1.25)} onOut={() => zoomTo(zoom / 1.25)} onWhole={whole} least={zoom <= SMALLEST} most={zoom >= LARGEST} />
      </header>
      <div
        ref={view}
        role="group"
        aria-label={t('graph.steps')}
        aria-describedby="graph-keys"
        className="max-h-[68dvh] min-h-40 cursor-grab overflow-auto bg-paper active:cursor-grabbing"
        onPointerDown={grab} onPointerMove={pull} onPointerUp={release} onPointerCancel={release} onKeyDown={keys}
      >
        <div className="relative mx-auto" style={{ width: drawn.width * zoom + 2 * MARGIN, height: drawn.height * zoom + 2 * MARGIN }}>
          <div className="absolute origin-top-left" style={{ left: MARGIN, top: MARGIN, width: drawn.width, height: drawn.height, transform: `scale(${zoom})` }}>
            {drawn.nodes.map((node) => (node.frame ? <div key={node.id} aria-hidden className="absolute rounded-lg border border-dashed border-edge bg-sunk/60" style={{ left: node.x, top: node.y, width: node.width, height: node.height }} /> : null))}
            <Lines drawn={drawn} steps={steps} />
            {drawn.nodes.map((node) => {
              const step = steps.get(node.id);
              return step ? <Node key={node.id} step={step} rounds={step.type === 'loop' ? roundsOf(step, run.steps) : 0} x={node.x} y={node.y} width={node.width} frame={node.frame} chosen={node.id === chosen} tab={node.id === entry} onChoose={onChoose} onAt={setAt} mark={mark} /> : null;
            })}
          </div>
        </div>
      </div>
    </section>
  );
}

interface NodeProps { step: Step; rounds: number; x: number; y: number; width: number; frame: boolean; chosen: boolean; tab: boolean; onChoose: (id: string) => void; onAt: (id: string) => void; mark: ((step: Step) => ReactNode) | undefined }

const Node = memo(function Node({ step, rounds, x, y, width, frame, chosen, tab, onChoose, onAt, mark }: NodeProps) {
  const t = useT();
  const lang = useLang();
  const name = useStepName();
  const kind = useStepKind();
  const idle = !mark && (step.status === 'pending' || step.status === 'ready' || step.status === 'skipped' || step.status === 'cancelled');
  return (
    <button
      type="button"
      id={domId(step.id)}
      aria-pressed={chosen}
      tabIndex={tab ? 0 : -1}
      title={name(step)}
      onClick={() => onChoose(step.id)}
      onFocus={() => onAt(step.id)}
      style={{ left: x, top: y, width, height: NODE_HEIGHT }}
      className={cx(
        'absolute flex items-center gap-2.5 px-3 text-left transition-colors hover:bg-hover',
        frame ? 'rounded-t-lg bg-transparent' : 'rounded-md border bg-card shadow-card',
        step.status === 'failed' || step.status === 'in_doubt' ? 'border-bad/60' : step.status === 'waiting' ? 'border-warn/60' : step.status === 'running' ? 'border-link' : idle ? 'border-dashed border-edge' : 'border-edge',
        'aria-pressed:bg-accent-wash aria-pressed:outline-2 aria-pressed:outline-link',
      )}
    >
      {mark ? mark(step) : <StepMark status={step.status} waiting={step.waiting} retries={retries(step)} bare />}
      <span className="min-w-0 flex-1">
        <span className={cx('block truncate text-sm', idle ? 'text-soft' : 'font-medium text-ink')}>{name(step)}</span>
        <span className="flex gap-2 text-xs text-mute">
          <span className="min-w-0 flex-1 truncate">{rounds > 0 ? t('step.rounds', { n: rounds }) : (step.tool || null) ?? step.message?.name ?? kind(step)}</span>
          {step.ms !== null && step.status === 'succeeded' ? <span className="shrink-0">{duration(step.ms, lang)}</span> : null}
        </span>
      </span>
    </button>
  );
});

/** All lines in three strokes: walked, not walked (yet), taken back. */
function Lines({ drawn, steps }: { drawn: Graph; steps: Map<string, Step> }) {
  const [walked, idle, undo, heads] = useMemo(() => {
    const paths = ['', '', ''];
    const tips = ['', '', ''];
    for (const route of drawn.routes) {
      const to = steps.get(route.to)?.status;
      const which = route.undo ? 2 : steps.get(route.from)?.status === 'succeeded' && to !== undefined && to !== 'pending' && to !== 'skipped' ? 0 : 1;
      paths[which] += pathOf(route.points);
      const tip = route.points.at(-1);
      if (tip) tips[which] += `M${tip.x} ${tip.y}l-4 -7h8z`;
    }
    return [paths[0], paths[1], paths[2], tips];
  }, [drawn, steps]);
  return (
    <svg aria-hidden width={drawn.width} height={drawn.height} className="pointer-events-none absolute inset-0 overflow-visible" fill="none" strokeWidth={1.5}>
      <g className="text-edge"><path d={idle} stroke="currentColor" /><path d={heads?.[1]} fill="currentColor" /></g>
      <g className="text-bar"><path d={walked} stroke="currentColor" /><path d={heads?.[0]} fill="currentColor" /></g>
      <g className="text-teal"><path d={undo} stroke="currentColor" strokeDasharray="4 4" /><path d={heads?.[2]} fill="currentColor" /></g>
    </svg>
  );
}
