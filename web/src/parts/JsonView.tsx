// A value as sorted, indented JSON, copied with one press.
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import type { Json } from '@/api/types';
import { useT } from '@/words';
import { sorted } from './flatten';
import { VisibleText } from './VisibleText';

const SHOWN_MAX = 20_000;

export function JsonView({ value, label }: { value: Json; label: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const [whole, setWhole] = useState(false);
  const text = JSON.stringify(sorted(value), null, 2) ?? 'null';
  const cut = !whole && text.length > SHOWN_MAX;
  return (
    <div className="group relative rounded-md border border-line bg-sunk">
      <pre tabIndex={0} aria-label={label} className="max-h-96 overflow-auto p-3 pr-11 text-xs leading-5 break-all whitespace-pre-wrap"><VisibleText text={cut ? text.slice(0, SHOWN_MAX) : text} /></pre>
      {cut ? <button type="button" className="w-full border-t border-line py-1.5 text-xs text-link" onClick={() => setWhole(true)}>{t('payload.show_all')}</button> : null}
      <button
        type="button"
        aria-label={t('action.copy')}
        title={t('action.copy')}
        className="absolute top-1.5 right-1.5 inline-flex size-7 items-center justify-center rounded-md text-mute hover:bg-hover hover:text-ink"
        onClick={() => { void navigator.clipboard?.writeText(text).then(() => { setCopied(true); setTimeout(() => setCopied(false), 1500); }); }}
      >
        {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      </button>
    </div>
  );
}
