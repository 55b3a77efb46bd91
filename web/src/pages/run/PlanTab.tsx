// The plans that the run has had: each version's actions, and what it changed about the one before.
import { Minus, Pencil, Plus, RefreshCcw } from 'lucide-react';
import { useState } from 'react';
import type { Run } from '@/api/types';
import { Chip } from '@/parts/Chip';
import { cx } from '@/parts/cx';
import { Empty, Skeleton } from '@/parts/States';
import { VisibleText } from '@/parts/VisibleText';
import { flatten } from '@/parts/flatten';
import { usePick, useT } from '@/words';
import { clock } from '@/words/format';
import { planDiff, planVersions, type ActionDiff } from './plans';
import { useKnownEvents } from './StepPanel';

export function PlanTab({ run }: { run: Run }) {
  const t = useT();
  const events = useKnownEvents(run.id, true);
  const versions = planVersions(events);
  const [chosen, choose] = useState<number | null>(null);
  if (events.length === 0) return <Skeleton rows={4} />;
  const at = chosen === null ? versions.length - 1 : versions.findIndex((each) => each.version === chosen);
  const shown = versions[at];
  if (!shown) return <Empty title={t('versions.none')}>{t('versions.none.lead')}</Empty>;
  const before = versions[at - 1];
  const rows = before ? planDiff(before.actions, shown.actions) : shown.actions.map((action): ActionDiff => ({ kind: 'same', action, changes: [] }));
  const n = (kind: ActionDiff['kind']) => rows.filter((row) => row.kind === kind).length;
  return (
    <section aria-label={t('run.tab.plan')} className="overflow-hidden rounded-lg border border-line bg-card shadow-card">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2.5">
        <div role="group" aria-label={t('versions.choose')} className="flex flex-wrap gap-1">
          {versions.map((each) => (
            <button key={each.version} type="button" aria-pressed={each === shown} onClick={() => choose(each.version)} className="h-7 rounded-full border border-edge px-3 text-sm text-soft hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:font-semibold aria-pressed:text-link">
              {t('versions.number', { n: each.version })}
            </button>
          ))}
        </div>
        <span className="flex-1" />
        <span className="text-sm text-mute">{t('versions.by', { who: plannerWord(t, shown.planner) })} · <time dateTime={shown.at}>{clock(shown.at)}</time></span>
      </header>
      <div className="border-b border-line px-4 py-3">
        <p className="font-medium">{shown.goal}</p>
        {shown.cause ? <p className="mt-1 flex items-start gap-1.5 text-sm text-warn"><RefreshCcw size={14} className="mt-0.5 shrink-0" aria-hidden /><span>{t('versions.cause')} <VisibleText text={shown.cause} /></span></p> : null}
        {before ? <p className="mt-1 text-sm text-mute">{t('versions.summary', { before: before.version, added: n('added'), changed: n('changed'), removed: n('removed') })}</p> : null}
      </div>
      <ol>{rows.map((row, index) => <Row key={`${row.kind}-${row.action.id}-${index}`} row={row} run={run} whole={!before} />)}</ol>
    </section>
  );
}

function plannerWord(t: ReturnType<typeof useT>, planner: string): string {
  return planner === 'model' ? t('versions.by.model') : planner === 'person' ? t('versions.by.person') : t('versions.by.template');
}

const looks = { same: '', changed: 'bg-accent-wash/40', added: 'bg-ok-wash/60', removed: 'bg-bad-wash/50' } as const;

function Row({ row: { kind, action, changes }, run, whole }: { row: ActionDiff; run: Run; whole: boolean }) {
  const t = useT();
  const pick = usePick();
  const step = run.steps.find((each) => each.id === action.id && each.tool === action.tool);
  const planned = run.plan?.actions.find((each) => each.id === action.id && each.tool === action.tool);
  const args = whole || kind === 'added' || kind === 'removed' ? flatten(action.args).filter((leaf) => leaf.path.length > 0) : [];
  return (
    <li className={cx('border-b border-line px-4 py-3 last:border-0', looks[kind])}>
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <code className="text-xs text-mute">{action.id}</code>
        <span className={cx('font-medium', kind === 'removed' && 'text-soft line-through decoration-bad/60')}>{pick(planned?.title) || (step ? pick(step.label) : '') || action.tool}</span>
        <code className="text-xs text-mute">{action.tool}</code>
        {kind === 'added' ? <Chip tone="ok" icon={Plus}>{t('versions.added')}</Chip> : kind === 'removed' ? <Chip tone="bad" icon={Minus}>{t('versions.removed')}</Chip> : kind === 'changed' ? <Chip tone="accent" icon={Pencil}>{t('versions.changed')}</Chip> : null}
      </div>
      {action.reason ? <p className="mt-0.5 text-sm text-soft">{action.reason}</p> : null}
      {changes.length > 0 ? (
        <dl className="mt-2 divide-y divide-line rounded-md border border-line bg-card text-sm">
          {changes.map((change) => (
            <div key={change.pointer} className="grid grid-cols-[minmax(72px,130px)_minmax(0,1fr)] gap-3 px-3 py-1.5">
              <dt className="font-mono text-xs leading-5 text-mute">{change.pointer.slice(1) || '/'}</dt>
              <dd className="min-w-0">
                {change.before !== null ? <p className="text-bad line-through decoration-bad/50"><span className="sr-only">{t('approval.edit.before')} </span><VisibleText text={change.before} /></p> : null}
                {change.after !== null ? <p className="text-ok"><span className="sr-only">{t('approval.edit.after')} </span><VisibleText text={change.after} /></p> : null}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {args.length > 0 ? (
        <dl className="mt-2 flex flex-col gap-0.5 text-sm">
          {args.map((leaf) => (
            <div key={leaf.pointer} className="grid grid-cols-[minmax(72px,130px)_minmax(0,1fr)] gap-3">
              <dt className="font-mono text-xs leading-5 text-mute">{leaf.path.join('.')}</dt>
              <dd className="min-w-0 break-words text-soft">{typeof leaf.value === 'string' ? <VisibleText text={leaf.value} /> : <code className="text-xs">{JSON.stringify(leaf.value)}</code>}</dd>
            </div>
          ))}
        </dl>
      ) : null}
    </li>
  );
}
