// Runs, newest first; the filters live in the address.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ListTree, Search } from 'lucide-react';
import { useRef } from 'react';
import { queries } from '@/api/queries';
import { useLetterKeys } from '@/app/keys';
import { Button } from '@/parts/Button';
import { Page, Panel } from '@/parts/Page';
import { SearchBox } from '@/parts/SearchBox';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { runStatus, type RunStatus } from '@/generated/words';
import { useT } from '@/words';
import { useLang } from '@/words/lang';
import { RunRow } from './RunRow';

export function RunsPage() {
  const t = useT();
  const lang = useLang();
  const navigate = useNavigate();
  const { status, q } = useSearch({ from: '/shell/runs' });
  const filter = { ...(status ? { status } : {}), ...(q ? { q } : {}) };
  const runs = useInfiniteQuery(queries.runs(filter));
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLUListElement>(null);

  useLetterKeys((key, event) => {
    if (key === '/') { event.preventDefault(); document.getElementById('runs-search')?.focus(); return; }
    if (key !== 'j' && key !== 'k') return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    rows[Math.min(rows.length - 1, Math.max(0, at + (key === 'j' ? 1 : -1)))]?.focus();
  });

  const go = (change: { status?: string | undefined; q?: string | undefined }) =>
    void navigate({ to: '/runs', search: (old: { status?: string | undefined; q?: string | undefined }) => ({ ...old, ...change }), replace: true });

  return (
    <Page title={t('nav.runs')} lead={t('runs.lead')}>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <div role="group" aria-label={t('runs.by_status')} className="flex flex-wrap gap-1">
          {([undefined, ...Object.keys(runStatus)] as (RunStatus | undefined)[]).map((each) => (
            <button key={each ?? 'all'} type="button" aria-pressed={status === each} onClick={() => go({ status: each })} className="h-8 rounded-full border border-transparent px-3 text-sm text-soft hover:bg-hover aria-pressed:border-edge aria-pressed:bg-card aria-pressed:font-semibold aria-pressed:text-ink">
              {each ? runStatus[each][lang] : t('runs.all')}
            </button>
          ))}
        </div>
        <div className="ml-auto max-md:w-full"><SearchBox id="runs-search" label={t('runs.search')} value={q ?? ''} onSearch={(text) => go({ q: text || undefined })} /></div>
      </div>
      <Panel>
        {runs.isPending ? <Skeleton rows={6} /> : runs.isError && items.length === 0 ? <ProblemNote error={runs.error} onRetry={() => void runs.refetch()} className="m-4" /> : items.length === 0 ? (
          status || q
            ? <Empty icon={Search} title={t('runs.none_found')}><Button small className="mt-2" onClick={() => go({ status: undefined, q: undefined })}>{t('runs.clear')}</Button></Empty>
            : <Empty icon={ListTree} title={t('runs.none')}>{t('runs.none.lead')}</Empty>
        ) : (
          <ul ref={list}>{items.map((run) => <RunRow key={run.id} run={run} />)}</ul>
        )}
        {runs.hasNextPage ? (
          <div className="border-t border-line p-2 text-center"><Button small look="quiet" busy={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>{t('action.more')}</Button></div>
        ) : null}
      </Panel>
    </Page>
  );
}
