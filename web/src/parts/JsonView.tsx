// A value as sorted, indented JSON, copied with one press.
import { Check, Copy } from 'lucide-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '@/api/client';
import type { Json } from '@/api/types';
import { useT } from '@/words';
import { Button } from './Button';
import { sorted } from './flatten';
import { ProblemNote } from './States';
import { VisibleText } from './VisibleText';

const SHOWN_MAX = 20_000;

export function JsonView({ value, label }: { value: Json; label: string }) {
  const blob = blobOf(value);
  return blob ? <Large digest={blob.digest} bytes={blob.bytes} label={label} /> : <Shown value={value} label={label} />;
}

/** A large value stands as its content hash and size, and is fetched on request. */
export function blobOf(value: Json): { digest: string; bytes: number } | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || typeof value.$blob !== 'string') return null;
  return { digest: value.$blob, bytes: typeof value.bytes === 'number' ? value.bytes : 0 };
}

function Large({ digest, bytes, label }: { digest: string; bytes: number; label: string }) {
  const t = useT();
  const query = useQuery({ queryKey: ['blob', digest], queryFn: ({ signal }) => call<Json>(`/v1/blobs/${encodeURIComponent(digest)}`, { signal }), enabled: false, staleTime: Infinity });
  if (query.data !== undefined) return <Shown value={query.data} label={label} />;
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-sunk px-3 py-2 text-sm text-soft">
      <span className="flex-1">{t('payload.blob', { kb: Math.ceil(bytes / 1024) })}</span>
      <Button small busy={query.isFetching} onClick={() => void query.refetch()}>{t('payload.load')}</Button>
      {query.isError ? <ProblemNote error={query.error} className="w-full" /> : null}
    </div>
  );
}

function Shown({ value, label }: { value: Json; label: string }) {
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
