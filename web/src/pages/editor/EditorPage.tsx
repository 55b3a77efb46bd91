// A pipeline while it is made: a graph that lays itself out, the chosen node's fields, what the server finds wrong,
// the way back, the same as JSON. Saving makes a version that never changes; what runs stays on its own.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import {
  ArrowLeft, Bot, CircleAlert, CircleCheck, ClipboardPen, Clock, Download, Flag, GitBranch, GitCompare, ListTree, LoaderCircle, Merge, Plus, Redo2, Repeat, Save, Send, Shuffle, Split, Undo2, Upload, UserRound, Wrench, type LucideIcon,
} from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ApiError, call } from '@/api/client';
import { queries } from '@/api/queries';
import { save as keep, travel, type WholePipeline } from '@/api/travel';
import type { Problem, Step } from '@/api/types';
import { isTyping, useLetterKeys } from '@/app/keys';
import { Button, IconButton } from '@/parts/Button';
import { cx } from '@/parts/cx';
import { Dialog } from '@/parts/Dialog';
import { inputClass } from '@/parts/Field';
import { Menu } from '@/parts/Menu';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { usePick, useT } from '@/words';
import { connects } from '../settings/roles';
import { graph, shapeOf } from '../run/graph';
import { Canvas } from '../run/GraphTab';
import { MigrateDialog } from '../run/MigrateDialog';
import { act, addNode, begin, definitionDiff, empty, nodeAt, nodeTypes, readDefinition, redo, removeNode, stepsOf, undo, type Definition, type History, type NodeType } from './draft';
import { typeWords } from './fields';
import { Inspector } from './Inspector';

const CHECK_PAUSE_MS = 450;

export function EditorPage() {
  const { name } = useParams({ from: '/shell/pipelines/$name/edit' });
  const stored = useQuery({ ...travel.pipeline(name), retry: false });
  const missing = stored.error instanceof ApiError && stored.error.problem.status === 404;
  if (stored.isPending) return <div className="p-6"><Skeleton rows={6} /></div>;
  if (stored.isError && !missing) return <div className="p-6"><ProblemNote error={stored.error} onRetry={() => void stored.refetch()} /></div>;
  return <Editor key={name} name={name} stored={stored.data ?? null} />;
}

const draftKey = (name: string) => `metel.draft.${name}`;

function kept(name: string): Definition | null {
  try { return readDefinition(localStorage.getItem(draftKey(name)) ?? ''); } catch { return null; }
}

const icons: Record<NodeType, LucideIcon> = {
  tool: Wrench, agent_call: Bot, validation: CircleCheck, human_gate: UserRound, human_task: ClipboardPen, branch: GitBranch, parallel: Split, join: Merge, wait: Clock, emit: Send, map: ListTree, loop: Repeat, subworkflow: Shuffle, finalize: Flag,
};
const mark = (step: Step) => { const Icon = icons[step.type as NodeType] ?? CircleAlert; return <Icon size={15} className="shrink-0 text-mute" aria-hidden />; };

type View = 'graph' | 'list' | 'json';
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function Editor({ name, stored }: { name: string; stored: WholePipeline | null }) {
  const t = useT();
  const pick = usePick();
  const client = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery(queries.me());
  const may = connects(me.data?.role);
  const base = useMemo(() => (stored ? stored.definition as unknown as Definition : null), [stored]);
  const [history, setHistory] = useState<History>(() => begin(kept(name) ?? base ?? empty(name)));
  const [chosen, choose] = useState<string | null>(null);
  const [view, setView] = useState<View>('graph');
  const [comparing, setComparing] = useState(false);
  const [moving, setMoving] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const made = history.now;
  const changed = base === null || !same(base, made);
  const to = (next: Definition) => setHistory((now) => act(now, next));

  // The draft outlives the page; what is stored already need not be kept.
  useEffect(() => {
    try { if (changed && history.past.length > 0) localStorage.setItem(draftKey(name), JSON.stringify(made)); else if (!changed) localStorage.removeItem(draftKey(name)); } catch { /* storage is off or full: the draft lasts for this page */ }
  }, [name, made, changed, history.past.length]);

  const [asked, setAsked] = useState(made);
  useEffect(() => { const timer = setTimeout(() => setAsked(made), CHECK_PAUSE_MS); return () => clearTimeout(timer); }, [made]);
  const check = useQuery({
    queryKey: ['check', name, asked], queryFn: ({ signal }) => call<{ ok: boolean }>('/v1/workflows/validate', { method: 'POST', body: { name, definition: asked }, signal }), retry: false, gcTime: 0, staleTime: Infinity, enabled: may,
  });
  const checked = check.error instanceof ApiError ? check.error.problem : null;
  const faults = checked?.errors ?? [];
  const waiting = check.isFetching || asked !== made;

  const store = useMutation({
    mutationFn: () => call<WholePipeline>('/v1/workflows', { method: 'POST', body: { name, definition: made } }),
    onSuccess: (next) => {
      try { localStorage.removeItem(draftKey(name)); } catch { /* see above */ }
      client.setQueryData(travel.pipeline(name).queryKey, next);
      setHistory(begin(next.definition as unknown as Definition));
      void client.invalidateQueries({ queryKey: ['pipelines'] });
    },
  });
  const add = (type: NodeType) => { const done = addNode(made, type, chosen); to(done.made); choose(done.id); };
  const remove = (id: string) => { to(removeNode(made, id)); choose(null); };
  const title = pick(made.title) || name;
  useEffect(() => { document.title = `${title} · metel`; }, [title]);

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z') { event.preventDefault(); setHistory(event.shiftKey ? redo : undo); }
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'y') { event.preventDefault(); setHistory(redo); }
      if (event.key === 'Delete' && chosen && may) { event.preventDefault(); setHistory((now) => act(now, removeNode(now.now, chosen))); choose(null); }
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  }, [chosen, may]);
  useLetterKeys((key, event) => {
    if (key === 'a' && may) { event.preventDefault(); add('tool'); }
    if (key === 'c' && chosen) { event.preventDefault(); document.getElementById('editor-connect')?.focus(); }
  });

  const read = async (given: File | undefined) => {
    const next = given ? readDefinition(await given.text()) : null;
    if (next) { to({ ...next, name }); choose(null); } else if (given) setUnread(true);
  };
  const [unread, setUnread] = useState(false);
  const node = made.nodes.find((each) => each.id === chosen) ?? null;
  return (
    <div className="mx-auto flex w-full max-w-[1500px] flex-col gap-4 px-4 pt-5 pb-8 md:px-6">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <Link to="/pipelines" className="inline-flex items-center gap-1 text-sm text-link hover:underline"><ArrowLeft size={14} aria-hidden />{t('nav.pipelines')}</Link>
          <h1 className="truncate text-xl font-bold tracking-tight">{title}</h1>
          <p className="text-sm text-mute"><code>{name}</code> · {stored ? t('editor.version', { n: stored.version }) : t('editor.new')}{changed && stored ? ` · ${t('policy.changed')}` : ''}</p>
        </div>
        <span className="flex items-center">
          <IconButton icon={Undo2} label={t('editor.undo')} disabled={history.past.length === 0} onClick={() => setHistory(undo)} />
          <IconButton icon={Redo2} label={t('editor.redo')} disabled={history.future.length === 0} onClick={() => setHistory(redo)} />
        </span>
        <Menu label={t('editor.menu')} items={[
          { word: t('editor.export'), icon: Download, onGo: () => keep(new Blob([`${JSON.stringify(made, null, 2)}\n`], { type: 'application/json' }), `${name}.json`) },
          ...(may ? [{ word: t('editor.import'), icon: Upload, onGo: () => file.current?.click() }] : []),
          ...(base ? [{ word: t('editor.compare'), icon: GitCompare, onGo: () => setComparing(true), off: !changed }, { word: t('editor.discard'), icon: Undo2, onGo: () => { to(base); choose(null); }, off: !changed }, { word: t('migrate.runs'), icon: Shuffle, onGo: () => setMoving(true) }] : []),
        ]} />
        <input ref={file} type="file" hidden accept="application/json,.json" onChange={(event) => { void read(event.target.files?.[0]); event.target.value = ''; }} />
        {stored && !changed ? <Button onClick={() => void navigate({ to: '/pipelines', search: { start: name } })}>{t('pipelines.run')}</Button> : null}
        {may ? <Button look="primary" icon={Save} busy={store.isPending} disabled={!changed || waiting || !check.isSuccess} onClick={() => store.mutate()}>{stored ? t('editor.save') : t('editor.create')}</Button> : null}
      </header>
      {unread ? <p role="alert" className="rounded-lg border border-bad/30 bg-bad-wash px-4 py-2.5 text-bad">{t('editor.unread')}</p> : null}
      {store.isError ? <ProblemNote error={store.error} /> : null}
      {may ? null : <p className="rounded-lg border border-line bg-sunk px-4 py-2.5 text-soft">{t('editor.read_only')}</p>}

      <div className="flex flex-wrap items-center gap-2">
        <div role="group" aria-label={t('editor.view')} className="flex rounded-md border border-edge bg-card p-0.5 shadow-card">
          {(['graph', 'list', 'json'] as View[]).map((each) => <button key={each} type="button" aria-pressed={view === each} onClick={() => setView(each)} className="h-7 rounded-sm px-3 text-sm text-soft hover:bg-hover aria-pressed:bg-accent-wash aria-pressed:font-semibold aria-pressed:text-link">{t(`editor.view.${each}`)}</button>)}
        </div>
        {may ? <AddNode onAdd={add} after={chosen} /> : null}
        <span className="flex-1" />
        {may ? <State waiting={waiting} ok={check.isSuccess} count={faults.length} /> : null}
      </div>

      <div className={cx('grid items-start gap-4', node && view !== 'json' && 'lg:grid-cols-[minmax(0,1fr)_360px]')}>
        {view === 'json' ? <JsonEdit made={made} may={may} onAct={to} /> : made.nodes.length === 0 ? <div className="rounded-lg border border-dashed border-edge"><Empty title={t('editor.empty')}>{t('editor.empty.lead')}</Empty></div> : view === 'list' ? <NodeList made={made} chosen={chosen} faults={faults} onChoose={choose} /> : <Drawn made={made} chosen={chosen} onChoose={choose} />}
        {node && view !== 'json' ? <Inspector key={node.id} made={made} node={node} faults={faults} may={may} onAct={to} onChoose={choose} onRemove={() => remove(node.id)} /> : null}
      </div>
      {checked ? <Problems problem={checked} made={made} onChoose={(id) => { choose(id); if (view === 'json') setView('graph'); }} /> : null}
      {comparing && base ? <Compare before={base} after={made} onClose={() => setComparing(false)} /> : null}
      {moving ? <MigrateDialog name={name} title={title} onClose={() => setMoving(false)} /> : null}
    </div>
  );
}

function Drawn({ made, chosen, onChoose }: { made: Definition; chosen: string | null; onChoose: (id: string) => void }) {
  const steps = useMemo(() => stepsOf(made), [made]);
  const shape = shapeOf(steps);
  const drawn = useMemo(() => graph(steps), [shape]);
  // What lies inside a map or a loop belongs to it.
  const pickNode = useMemo(() => (id: string) => onChoose(id.split('/')[0] ?? id), [onChoose]);
  return <Canvas run={{ steps }} drawn={drawn} chosen={chosen} onChoose={pickNode} mark={mark} />;
}

function AddNode({ onAdd, after }: { onAdd: (type: NodeType) => void; after: string | null }) {
  const t = useT();
  return (
    <label className="relative inline-flex h-8 items-center gap-1.5 rounded-md border border-edge bg-card pr-2 pl-2.5 text-sm font-medium shadow-card hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-link">
      <Plus size={15} aria-hidden />{after ? t('editor.add_after', { id: after }) : t('editor.add')}
      <select aria-label={t('editor.add')} className="absolute inset-0 cursor-pointer opacity-0" value="" onChange={(event) => { if (event.target.value) onAdd(event.target.value as NodeType); }}>
        <option value="">{t('editor.add')}</option>
        {nodeTypes.map((type) => <option key={type} value={type}>{t(typeWords[type])}</option>)}
      </select>
    </label>
  );
}

function State({ waiting, ok, count }: { waiting: boolean; ok: boolean; count: number }) {
  const t = useT();
  const [Icon, look, word] = waiting ? [LoaderCircle, 'text-mute', t('editor.checking')] as const : ok ? [CircleCheck, 'text-ok', t('editor.holds')] as const : [CircleAlert, 'text-bad', t('editor.faults', { n: count })] as const;
  return <p role="status" className={`inline-flex items-center gap-1.5 text-sm font-medium ${look}`}><Icon size={15} className={waiting ? 'animate-turn' : ''} aria-hidden />{word}</p>;
}

function Problems({ problem, made, onChoose }: { problem: Problem; made: Definition; onChoose: (id: string) => void }) {
  const t = useT();
  const faults = problem.errors ?? [];
  if (faults.length === 0) return <ProblemNote error={new ApiError(problem)} />;
  return (
    <section aria-label={t('editor.problems')} className="overflow-hidden rounded-lg border border-bad/30 bg-card shadow-card">
      <h2 className="border-b border-line bg-bad-wash px-4 py-2 text-sm font-semibold text-bad">{t('editor.problems')} {faults.length}</h2>
      <ul className="max-h-60 divide-y divide-line overflow-y-auto">
        {faults.map((fault, index) => {
          const id = nodeAt(made, fault.pointer);
          const text = <><code className="shrink-0 text-xs text-mute">{id ?? fault.pointer}</code><span className="min-w-0">{fault.message}</span>{id ? <code className="ml-auto shrink-0 text-xs text-mute max-sm:hidden">{fault.pointer}</code> : null}</>;
          return <li key={index}>{id ? <button type="button" onClick={() => onChoose(id)} className="flex w-full items-baseline gap-3 px-4 py-1.5 text-left text-sm hover:bg-hover focus-visible:-outline-offset-2">{text}</button> : <p className="flex items-baseline gap-3 px-4 py-1.5 text-sm">{text}</p>}</li>;
        })}
      </ul>
    </section>
  );
}

function NodeList({ made, chosen, faults, onChoose }: { made: Definition; chosen: string | null; faults: NonNullable<Problem['errors']>; onChoose: (id: string) => void }) {
  const t = useT();
  const pick = usePick();
  const wrong = new Set(faults.map((fault) => nodeAt(made, fault.pointer)));
  return (
    <ol className="overflow-hidden rounded-lg border border-line bg-card shadow-card">
      {made.nodes.map((node) => {
        const Icon = icons[node.type as NodeType] ?? CircleAlert;
        const next = (made.edges ?? []).filter((edge) => edge.from === node.id).map((edge) => edge.to);
        return (
          <li key={node.id} className="lazy-row border-b border-line last:border-0">
            <button type="button" aria-pressed={node.id === chosen} onClick={() => onChoose(node.id)} className="flex w-full items-center gap-3 px-4 py-2.5 text-left hover:bg-hover focus-visible:-outline-offset-2 aria-pressed:bg-accent-wash">
              <Icon size={16} className="shrink-0 text-mute" aria-hidden />
              <span className="min-w-0 flex-1"><span className="block truncate font-medium">{pick(node.label) || node.id}</span><span className="block truncate text-xs text-mute"><code>{node.id}</code>{next.length > 0 ? ` → ${next.join(', ')}` : ''}</span></span>
              {wrong.has(node.id) ? <CircleAlert size={16} className="shrink-0 text-bad" role="img" aria-label={t('editor.problems')} /> : null}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function JsonEdit({ made, may, onAct }: { made: Definition; may: boolean; onAct: (next: Definition) => void }) {
  const t = useT();
  const text = useMemo(() => JSON.stringify(made, null, 2), [made]);
  const [typed, setTyped] = useState(text);
  const [wrong, setWrong] = useState(false);
  useEffect(() => { setTyped(text); setWrong(false); }, [text]);
  const leave = () => { if (typed === text) return; const next = readDefinition(typed); if (next) onAct(next); else setWrong(true); };
  return (
    <div>
      <textarea aria-label={t('editor.view.json')} aria-invalid={wrong || undefined} readOnly={!may} spellCheck={false} rows={28} className={`${inputClass} font-mono text-xs leading-5 max-md:text-xs`} value={typed} onChange={(event) => { setTyped(event.target.value); setWrong(false); }} onBlur={leave} />
      <p className={`mt-1 text-sm ${wrong ? 'text-bad' : 'text-mute'}`}>{wrong ? t('editor.unread') : t('editor.json.lead')}</p>
    </div>
  );
}

function Compare({ before, after, onClose }: { before: Definition; after: Definition; onClose: () => void }) {
  const t = useT();
  const found = useMemo(() => definitionDiff(before, after), [before, after]);
  return (
    <Dialog open title={t('editor.compare')} onClose={onClose}>
      {found.length === 0 ? <Empty title={t('policy.same')} /> : (
        <dl className="divide-y divide-line rounded-lg border border-line text-sm">
          {found.map((change) => (
            <div key={change.pointer} className="px-3 py-1.5">
              <dt className="font-mono text-xs break-all text-mute">{change.pointer.replaceAll('~1', '/')}</dt>
              {change.before !== null ? <dd className="break-words text-bad line-through decoration-bad/50"><span className="sr-only">{t('approval.edit.before')} </span>{change.before}</dd> : null}
              {change.after !== null ? <dd className="break-words text-ok"><span className="sr-only">{t('approval.edit.after')} </span>{change.after}</dd> : null}
            </div>
          ))}
        </dl>
      )}
    </Dialog>
  );
}
