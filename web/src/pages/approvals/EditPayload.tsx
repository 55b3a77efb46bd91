// Another payload instead: raw JSON, what changes, and what the server finds wrong with it.
import { Send } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import type { Approval, Json } from '@/api/types';
import { Button } from '@/parts/Button';
import { changes, sorted } from '@/parts/flatten';
import { escapeHidden } from '@/parts/hidden';
import { ProblemNote } from '@/parts/States';
import { VisibleText } from '@/parts/VisibleText';
import { useT } from '@/words';

interface Props { approval: Approval; busy: boolean; error: unknown; onSend: (payload: Json) => void; onCancel: () => void }

export function EditPayload({ approval, busy, error, onSend, onCancel }: Props) {
  const t = useT();
  const id = useId();
  const [typed, setTyped] = useState(() => escapeHidden(JSON.stringify(sorted(approval.payload), null, 2)));
  const parsed = useMemo((): { value: Json } | { fault: string } => {
    try { return { value: JSON.parse(typed) as Json }; } catch (fault) { return { fault: fault instanceof Error ? fault.message : '' }; }
  }, [typed]);
  const changed = 'value' in parsed ? changes(approval.payload, parsed.value) : [];
  return (
    <form className="mt-4" onSubmit={(event) => { event.preventDefault(); if ('value' in parsed && changed.length > 0) onSend(parsed.value); }}>
      <label htmlFor={id} className="text-sm font-medium">{t('approval.edit.label')}</label>
      <textarea
        id={id}
        autoFocus
        spellCheck={false}
        rows={Math.min(16, typed.split('\n').reduce((n, line) => n + 1 + Math.floor(line.length / 70), 1))}
        className="mt-1 w-full rounded-md border border-field bg-card px-3 py-2 font-mono text-sm aria-invalid:border-bad"
        aria-invalid={'fault' in parsed || undefined}
        aria-describedby={`${id}-note`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <p id={`${id}-note`} className={`text-sm ${'fault' in parsed ? 'text-bad' : 'text-mute'}`}>{'fault' in parsed ? t('approval.edit.unreadable', { why: parsed.fault }) : t('approval.edit.lead')}</p>
      {changed.length > 0 ? (
        <dl className="mt-3 divide-y divide-line rounded-lg border border-line text-sm">
          {changed.map((change) => (
            <div key={change.pointer} className="grid grid-cols-[minmax(80px,140px)_minmax(0,1fr)] gap-3 px-3.5 py-2">
              <dt className="font-mono text-xs leading-5 text-mute">{change.pointer || '/'}</dt>
              <dd>
                {change.before !== null ? <p className="text-bad line-through decoration-bad/50"><span className="sr-only">{t('approval.edit.before')} </span><VisibleText text={change.before} /></p> : null}
                {change.after !== null ? <p className="text-ok"><span className="sr-only">{t('approval.edit.after')} </span><VisibleText text={change.after} /></p> : null}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {error ? <ProblemNote error={error} className="mt-3" /> : null}
      <div className="mt-4 flex gap-2">
        <Button look="primary" type="submit" icon={Send} busy={busy} disabled={changed.length === 0}>{t('approval.edit.send')}</Button>
        <Button look="quiet" onClick={onCancel} disabled={busy}>{t('action.cancel')}</Button>
      </div>
    </form>
  );
}
