// Where each value that a step sends came from, with the way to the step that made it.
import { ArrowUpRight, CornerDownRight, FileInput, Globe, Lock, MessageSquareQuote, Pencil } from 'lucide-react';
import { Link } from '@tanstack/react-router';
import type { Run, Step } from '@/api/types';
import { Chip } from '@/parts/Chip';
import { useStepName } from '@/parts/stepName';
import { VisibleText } from '@/parts/VisibleText';
import { useT } from '@/words';
import { provenance, type Source } from './origins';

const SHOWN_MAX = 160;

export function OriginList({ run, step }: { run: Run; step: Step }) {
  const t = useT();
  const rows = provenance(run, step);
  if (rows.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1 text-sm font-semibold">{t('origin.title')}</h3>
      <dl className="divide-y divide-line rounded-md border border-line bg-card">
        {rows.map(({ leaf, sources, origin, outside }) => {
          const text = typeof leaf.value === 'string' ? leaf.value : JSON.stringify(leaf.value);
          return (
            <div key={leaf.pointer || '/'} className="grid grid-cols-[minmax(72px,130px)_minmax(0,1fr)] gap-x-3 px-3 py-1.5 text-sm">
              <dt className="font-mono text-xs leading-5 text-mute">{leaf.path.join('.') || t('payload.value')}</dt>
              <dd className="min-w-0">
                <p className="line-clamp-2 break-words text-soft"><VisibleText text={text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text} /></p>
                <p className="mt-1 flex flex-wrap gap-1.5">
                  {sources.map((source) => <From key={JSON.stringify(source)} source={source} run={run} />)}
                  {outside ? <Chip tone="bad" icon={Globe}>{t('origin.untrusted_tool')}</Chip> : origin ? <Chip>{t(`origin.${origin}`)}</Chip> : null}
                </p>
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function From({ source, run }: { source: Source; run: Run }) {
  const t = useT();
  const name = useStepName();
  if (source.kind === 'step') {
    const step = run.steps.find((each) => each.id === source.step);
    return (
      <Link to="/runs/$id" params={{ id: run.id }} search={(old) => ({ ...old, step: source.step })} replace resetScroll={false} className="inline-flex min-h-5.5 items-center gap-1 rounded-full bg-accent-wash px-2 text-xs font-medium text-link ring-1 ring-current/12 ring-inset hover:underline">
        <CornerDownRight size={12} aria-hidden />{source.exact ? t('origin.step') : t('origin.step_part')} {step ? name(step) : source.step}{source.name ? ` · ${source.name}` : ''}<ArrowUpRight size={11} aria-hidden />
      </Link>
    );
  }
  const [icon, word] = source.kind === 'input' ? [FileInput, t('origin.input')] as const : source.kind === 'request' ? [MessageSquareQuote, t('origin.request')] as const : source.kind === 'edited' ? [Pencil, t('origin.edited')] as const : [Lock, run.request ? t('origin.plan') : t('origin.pipeline')] as const;
  return <Chip icon={icon}>{word}</Chip>;
}
