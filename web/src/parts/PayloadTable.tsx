// A payload in full, one row a leaf: keys sorted, hidden characters visible, personal data and
// content from outside marked.
import { Globe, ShieldAlert } from 'lucide-react';
import type { Json, Verdict } from '@/api/types';
import { useT } from '@/words';
import { usePiiWord } from '@/words/pii';
import { Chip } from './Chip';
import { covers, flatten } from './flatten';
import { countHidden } from './hidden';
import { VisibleText } from './VisibleText';

export function PayloadTable({ payload, verdict, names = {} }: { payload: Json; verdict?: Verdict; names?: Record<string, string> }) {
  const t = useT();
  const piiWord = usePiiWord();
  const leaves = flatten(payload);
  return (
    <dl className="divide-y divide-line">
      {leaves.map(({ pointer, path, value }) => {
        const pii = (verdict?.pii ?? []).filter((mark) => covers(mark.pointer, pointer));
        const outside = (verdict?.untrusted ?? []).some((mark) => covers(mark, pointer));
        const hidden = typeof value === 'string' ? countHidden(value) : 0;
        const kinds = [...new Set(pii.map((mark) => mark.kind))];
        return (
          <div key={pointer || '/'} className="grid grid-cols-[minmax(72px,120px)_minmax(0,1fr)] gap-x-4 px-3.5 py-2.5 max-md:grid-cols-1 max-md:gap-y-0.5">
            <dt className="font-mono text-xs leading-5 text-mute">{path.join('.') || t('payload.value')}</dt>
            <dd className="min-w-0 text-ink">
              {names[pointer] ? <p className="font-semibold">“<VisibleText text={names[pointer]} />”</p> : null}
              {typeof value === 'string'
                ? value === '' ? <span className="text-mute">{t('payload.empty')}</span> : <VisibleText text={value} pii={pii} />
                : <code className="text-sm">{JSON.stringify(value)}</code>}
              {kinds.length || outside || hidden ? (
                <span className="mt-1.5 flex flex-wrap gap-1">
                  {kinds.map((kind) => <Chip key={kind} tone="warn" icon={ShieldAlert}>{t('payload.pii', { kind: piiWord(kind), n: pii.filter((mark) => mark.kind === kind).length })}</Chip>)}
                  {outside ? <Chip tone="bad" icon={Globe}>{t('payload.untrusted')}</Chip> : null}
                  {hidden ? <Chip tone="bad">{t('payload.hidden', { n: hidden })}</Chip> : null}
                </span>
              ) : null}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
