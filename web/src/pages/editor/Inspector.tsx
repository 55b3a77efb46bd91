// The chosen node's fields. What is typed counts when the field is left, so that one undo is one change.
import { useQuery } from '@tanstack/react-query';
import { Trash2, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { queries } from '@/api/queries';
import type { Json, Problem, Text } from '@/api/types';
import { Button, IconButton } from '@/parts/Button';
import { Field, inputClass } from '@/parts/Field';
import { useT } from '@/words';
import { connect, disconnect, renameNode, setEdge, setNode, type Definition, type DraftNode, type NodeType } from './draft';
import { commonFields, fieldsOf, typeWords, type NodeField } from './fields';

type Faults = NonNullable<Problem['errors']>;
interface Props { made: Definition; node: DraftNode; faults: Faults; may: boolean; onAct: (next: Definition) => void; onChoose: (id: string | null) => void; onRemove: () => void }

export function Inspector({ made, node, faults, may, onAct, onChoose, onRemove }: Props) {
  const t = useT();
  const type = node.type in typeWords ? (node.type as NodeType) : null;
  const label = typeof node.label === 'string' ? { en: node.label, ko: node.label } : { en: '', ko: '', ...(node.label as { en?: string; ko?: string } | undefined) };
  const edges = (made.edges ?? []).map((edge, at) => ({ edge, at })).filter(({ edge }) => edge.from === node.id);
  const others = made.nodes.filter((each) => each.id !== node.id && !edges.some(({ edge }) => edge.to === each.id));
  const at = made.nodes.indexOf(node);
  const faultAt = (name: string) => faults.filter((fault) => new RegExp(`/nodes/${at}/${name}(/|$)`).test(fault.pointer)).map((fault) => fault.message).join(' · ') || undefined;
  const set = (change: Record<string, Json | Text | undefined>) => onAct(setNode(made, node.id, change));
  const rename = (text: string) => {
    const id = text.trim();
    if (!id || id === node.id || made.nodes.some((each) => each.id === id)) return;
    onAct(renameNode(made, node.id, id));
    onChoose(id);
  };
  return (
    <section aria-label={t('editor.inspector')} className="rounded-lg border border-line bg-card shadow-card">
      <header className="flex items-center gap-2 border-b border-line py-2 pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{type ? t(typeWords[type]) : node.type}</h2>
        {may ? <IconButton icon={Trash2} label={t('editor.remove')} onClick={onRemove} /> : null}
        <IconButton icon={X} label={t('action.close')} onClick={() => onChoose(null)} />
      </header>
      <fieldset disabled={!may} className="flex flex-col gap-3.5 p-4">
        <Line label={t('editor.id')} value={node.id} error={faultAt('id')} mono onLeave={rename} />
        <div className="grid grid-cols-2 gap-2">
          <Line label={t('editor.label_ko')} value={label.ko} onLeave={(ko) => set({ label: ko || label.en ? { en: label.en || ko, ko } : undefined })} />
          <Line label={t('editor.label_en')} value={label.en} onLeave={(en) => set({ label: en || label.ko ? { en, ko: label.ko || en } : undefined })} />
        </div>
        {(type ? fieldsOf[type] : []).map((field) => <One key={`${node.id} ${field.name}`} field={field} node={node} error={faultAt(field.name)} onSet={set} />)}
        <div>
          <h3 className="mb-1 text-sm font-medium">{t('editor.next')}</h3>
          <ul className="flex flex-col gap-1.5">
            {edges.map(({ edge, at: place }) => (
              <li key={`${edge.to} ${place}`} className="rounded-md border border-line px-2.5 py-1.5">
                <div className="flex items-center gap-2">
                  <button type="button" className="min-w-0 flex-1 truncate text-left text-sm text-link hover:underline" onClick={() => onChoose(edge.to)}>{edge.to}</button>
                  <label className="flex items-center gap-1.5 text-xs text-mute"><input type="checkbox" className="size-3.5 accent-accent" checked={edge.on === 'error'} onChange={(event) => onAct(setEdge(made, place, { on: event.target.checked ? 'error' : undefined } as Partial<typeof edge>))} />{t('editor.on_error')}</label>
                  <IconButton icon={X} label={t('editor.disconnect', { id: edge.to })} className="size-7" onClick={() => onAct(disconnect(made, place))} />
                </div>
                {node.type === 'branch' ? <Line label={t('editor.when')} value={edge.when ?? ''} mono onLeave={(when) => onAct(setEdge(made, place, { when }))} /> : null}
              </li>
            ))}
          </ul>
          {others.length > 0 ? (
            <select id="editor-connect" aria-label={t('editor.connect')} className={`${inputClass} mt-1.5 h-8 text-sm max-md:text-sm`} value="" onChange={(event) => { if (event.target.value) onAct(connect(made, node.id, event.target.value)); }}>
              <option value="">{t('editor.connect')}</option>
              {others.map((each) => <option key={each.id} value={each.id}>{each.id}</option>)}
            </select>
          ) : null}
        </div>
        {made.entry_point === node.id ? <p className="text-sm text-mute">{t('editor.entry')}</p> : <Button small className="self-start" onClick={() => onAct({ ...made, entry_point: node.id })}>{t('editor.make_entry')}</Button>}
        <details className="rounded-md border border-line px-3 py-2">
          <summary className="text-sm font-medium text-soft">{t('editor.more')}</summary>
          <div className="mt-2.5 flex flex-col gap-3">{commonFields.map((field) => <One key={`${node.id} ${field.name}`} field={field} node={node} error={faultAt(field.name)} onSet={set} />)}</div>
        </details>
      </fieldset>
    </section>
  );
}

function One({ field: { name, way }, node, error, onSet }: { field: NodeField; node: DraftNode; error: string | undefined; onSet: (change: Record<string, Json | undefined>) => void }) {
  const t = useT();
  const value = node[name] as Json | undefined;
  const [wrong, setWrong] = useState(false);
  const put = (next: Json | undefined) => { setWrong(false); if (JSON.stringify(next) !== JSON.stringify(value)) onSet({ [name]: next }); };
  const fault = wrong ? t('form.unreadable') : error;
  switch (way) {
    case 'both': {
      const both = typeof value === 'string' ? { en: value, ko: value } : { en: '', ko: '', ...(value as { en?: string; ko?: string } | undefined) };
      return <div className="grid grid-cols-2 gap-2"><Line label={`${name} · 한국어`} value={both.ko} error={fault} onLeave={(ko) => put({ en: both.en || ko, ko })} /><Line label={`${name} · English`} value={both.en} onLeave={(en) => put({ en, ko: both.ko || en })} /></div>;
    }
    case 'tool': return <ToolLine value={typeof value === 'string' ? value : ''} error={fault} onLeave={(text) => put(text.trim())} />;
    case 'pipeline': return <PipelineLine value={typeof value === 'string' ? value : ''} error={fault} onLeave={(text) => put(text.trim())} />;
    case 'text': return <Line label={name} value={typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)} error={fault} onLeave={(text) => put(text.trim() === '' ? undefined : text)} />;
    case 'long': return <Line label={name} rows={4} value={typeof value === 'string' ? value : ''} error={fault} onLeave={(text) => put(text.trim() === '' ? undefined : text)} />;
    case 'lines': return <Line label={name} rows={2} hint={t('form.lines')} value={Array.isArray(value) ? value.join('\n') : ''} error={fault} onLeave={(text) => { const list = text.split('\n').map((line) => line.trim()).filter(Boolean); put(list.length > 0 ? list : undefined); }} />;
    case 'number': return <Line label={name} value={typeof value === 'number' ? String(value) : ''} error={fault} onLeave={(text) => { const n = Number(text.replaceAll(',', '')); if (text.trim() === '') put(undefined); else if (Number.isFinite(n)) put(n); else setWrong(true); }} />;
    case 'json': {
      const text = value === undefined ? '' : JSON.stringify(value, null, 2);
      return <Line label={name} hint="JSON" mono rows={Math.min(14, Math.max(2, text.split('\n').length))} value={text} error={fault} onLeave={(typed) => { if (typed.trim() === '') { put(undefined); return; } try { put(JSON.parse(typed) as Json); } catch { setWrong(true); } }} />;
    }
  }
}

function Line({ label, hint, value, error, rows, mono = false, list, onLeave }: { label: string; hint?: string; value: string; error?: string | undefined; rows?: number; mono?: boolean; list?: string; onLeave: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const leave = () => { if (typed !== value) onLeave(typed); };
  const look = `${inputClass} ${mono ? 'font-mono text-xs max-md:text-sm' : ''}`;
  return (
    <Field label={label} hint={hint} error={error} required>
      {(wiring) => (rows
        ? <textarea {...wiring} spellCheck={false} rows={rows} className={look} value={typed} onChange={(event) => setTyped(event.target.value)} onBlur={leave} />
        : <input {...wiring} spellCheck={false} list={list} className={look} value={typed} onChange={(event) => setTyped(event.target.value)} onBlur={leave} onKeyDown={(event) => { if (event.key === 'Enter' && !event.nativeEvent.isComposing) leave(); }} />)}
    </Field>
  );
}

function ToolLine({ value, error, onLeave }: { value: string; error: string | undefined; onLeave: (text: string) => void }) {
  const tools = useQuery({ ...queries.tools(''), staleTime: 60_000 });
  return <><Line label="tool" value={value} error={error} list="editor-tools" onLeave={onLeave} /><datalist id="editor-tools">{tools.data?.map((tool) => <option key={tool.id} value={tool.id} />)}</datalist></>;
}

function PipelineLine({ value, error, onLeave }: { value: string; error: string | undefined; onLeave: (text: string) => void }) {
  const pipelines = useQuery({ ...queries.pipelines(), staleTime: 60_000 });
  return <><Line label="workflow" value={value} error={error} list="editor-pipelines" onLeave={onLeave} /><datalist id="editor-pipelines">{pipelines.data?.map((each) => <option key={each.name} value={each.name} />)}</datalist></>;
}
