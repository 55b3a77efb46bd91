// What waits for a person to fill in: forms that steps ask for, and information that runs lack.
import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ChevronRight, CircleCheck, ClipboardPen, MessageSquareMore } from 'lucide-react';
import { useRef, useState } from 'react';
import { queries } from '@/api/queries';
import type { Me, Run } from '@/api/types';
import { useLetterKeys } from '@/app/keys';
import { Button } from '@/parts/Button';
import { cx } from '@/parts/cx';
import { Page, Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { Ago } from '@/parts/Time';
import { useRunTitle } from '@/parts/runTitle';
import { usePick, useT } from '@/words';
import { TaskForm, TaskMarks, tasksOf, type Waiting } from './TaskForm';

export interface Item { key: string; run: Run; step: Waiting | null; at: string }

/** One item per form, one per run that lacks information; what is due first comes first. */
export function itemsOf(runs: Run[]): Item[] {
  return runs
    .flatMap((run): Item[] => [
      ...tasksOf(run).map((step) => ({ key: `${run.id}/${step.id}`, run, step, at: step.started_at ?? run.updated_at })),
      ...(run.missing.length > 0 ? [{ key: run.id, run, step: null, at: run.updated_at }] : []),
    ])
    .sort((a, b) => dueOf(a) - dueOf(b) || Date.parse(a.at) - Date.parse(b.at));
}

/** What has no due time comes after what has one. */
const dueOf = (item: Item): number => (item.step?.task.due ? Date.parse(item.step.task.due) : Number.MAX_VALUE);

/** For this person, or for whoever comes first. */
export const isMine = (item: Item, me: Me | undefined): boolean => {
  const assignee = item.step?.task.assignee;
  return !assignee || (!!me && (assignee === me.user || assignee === me.role));
};

export function WorkPage() {
  const t = useT();
  const navigate = useNavigate();
  const { open, mine } = useSearch({ from: '/shell/work' });
  const me = useQuery(queries.me());
  const waiting = useInfiniteQuery(queries.runs({ status: 'waiting_input' }, 20));
  const ids = waiting.data?.pages.flatMap((page) => page.items.map((run) => run.id)) ?? [];
  const runs = useQueries({ queries: ids.map((id) => queries.run(id)) });
  const [done, setDone] = useState<Item | null>(null);
  const list = useRef<HTMLUListElement>(null);

  const loading = waiting.isPending || runs.some((run) => run.isPending);
  const fault = waiting.error ?? runs.find((run) => run.error)?.error;
  const all = itemsOf(runs.flatMap((run) => (run.data ? [run.data] : [])));
  const items = mine ? all.filter((item) => isMine(item, me.data)) : all;
  const go = (change: { open?: string | undefined; mine?: true | undefined }) => void navigate({ to: '/work', search: (old: { open?: string | undefined; mine?: true | undefined }) => ({ ...old, ...change }), replace: true });

  useLetterKeys((key) => {
    if (key !== 'j' && key !== 'k') return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    rows[Math.min(rows.length - 1, Math.max(0, at + (key === 'j' ? 1 : -1)))]?.focus();
  });

  const pill = 'h-8 rounded-full border border-transparent px-3 text-sm text-soft hover:bg-hover aria-pressed:border-edge aria-pressed:bg-card aria-pressed:font-semibold aria-pressed:text-ink';
  return (
    <Page title={t('nav.work_items')} lead={t('work.lead')}>
      <div role="group" aria-label={t('work.whose')} className="mb-3 flex gap-1">
        <button type="button" aria-pressed={!mine} className={pill} onClick={() => go({ mine: undefined })}>{t('work.all')}</button>
        <button type="button" aria-pressed={!!mine} className={pill} onClick={() => go({ mine: true })}>{t('work.mine')}</button>
      </div>
      <p role="status" className={cx('mb-3 flex items-center gap-2 text-sm text-ok', !done && 'sr-only')}>
        {done ? <><CircleCheck size={16} aria-hidden /><span>{t('work.done')}</span><Link to="/runs/$id" params={{ id: done.run.id }} className="text-link hover:underline">{t('work.open_run')}</Link></> : null}
      </p>
      <Panel>
        {fault && all.length === 0 ? <ProblemNote error={fault} onRetry={() => { void waiting.refetch(); runs.forEach((run) => { if (run.isError) void run.refetch(); }); }} className="m-4" /> : loading && items.length === 0 ? <Skeleton rows={4} /> : items.length === 0 ? (
          <Empty icon={ClipboardPen} title={mine && all.length > 0 ? t('work.none_mine') : t('work.none')}>{t('work.none.lead')}</Empty>
        ) : (
          <ul ref={list}>{items.map((item) => <Row key={item.key} item={item} open={open === item.key} onOpen={() => go({ open: open === item.key ? undefined : item.key })} onDone={() => { setDone(item); go({ open: undefined }); }} />)}</ul>
        )}
        {waiting.hasNextPage ? <div className="border-t border-line p-2 text-center"><Button small look="quiet" busy={waiting.isFetchingNextPage} onClick={() => void waiting.fetchNextPage()}>{t('action.more')}</Button></div> : null}
      </Panel>
    </Page>
  );
}

function Row({ item, open, onOpen, onDone }: { item: Item; open: boolean; onOpen: () => void; onDone: () => void }) {
  const t = useT();
  const pick = usePick();
  const title = useRunTitle()(item.run);
  const Icon = item.step ? ClipboardPen : MessageSquareMore;
  const inside = (
    <>
      <Icon size={18} className="shrink-0 text-warn max-sm:hidden" aria-hidden />
      <span className="min-w-0 flex-1 basis-56">
        <span className="block font-medium">{item.step ? pick(item.step.task.title) || item.step.id : t('missing.title', { n: item.run.missing.length })}</span>
        <span className="block truncate text-sm text-mute">{title}{item.step ? '' : `: ${item.run.missing.map((field) => pick(field.title)).join(', ')}`}</span>
      </span>
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">{item.step ? <TaskMarks step={item.step} /> : null}<Ago at={item.at} className="text-xs text-mute" /></span>
    </>
  );
  const row = 'flex w-full flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 text-left transition-colors hover:bg-hover focus-visible:-outline-offset-2';
  if (!item.step) return <li className="border-b border-line last:border-0"><Link to="/runs/$id" params={{ id: item.run.id }} data-row className={row}><ChevronRight size={15} className="shrink-0 text-mute" aria-hidden />{inside}</Link></li>;
  return (
    <li className="border-b border-line last:border-0">
      <button type="button" data-row aria-expanded={open} onClick={onOpen} className={row}><ChevronRight size={15} className={cx('shrink-0 text-mute transition-transform', open && 'rotate-90')} aria-hidden />{inside}</button>
      {open ? (
        <div className="border-t border-line bg-paper">
          <TaskForm run={item.run.id} step={item.step} onDone={onDone} />
          <p className="px-5 pb-4 text-sm"><Link to="/runs/$id" params={{ id: item.run.id }} search={{ step: item.step.id }} className="text-link hover:underline">{t('work.open_run')}</Link></p>
        </div>
      ) : null}
    </li>
  );
}
