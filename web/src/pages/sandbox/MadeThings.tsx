// What recent runs made in the practice services, with links into their screens.
import { useQueries, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowUpRight } from 'lucide-react';
import { queries } from '@/api/queries';
import { Panel } from '@/parts/Page';
import { Empty, Skeleton } from '@/parts/States';
import { serviceOf } from '../run/Outcome';
import { Ago } from '@/parts/Time';
import { useRunTitle } from '@/parts/runTitle';
import { useT } from '@/words';

const LOOKED_AT = 8;

export function MadeThings() {
  const t = useT();
  const title = useRunTitle();
  const done = useInfiniteQuery(queries.runs({ status: 'completed' }, LOOKED_AT));
  const recent = (done.data?.pages[0]?.items ?? []).slice(0, LOOKED_AT);
  const runs = useQueries({ queries: recent.map((run) => queries.run(run.id)) });
  const made = runs.flatMap(({ data }) => (data?.answer?.links ?? []).map((link) => ({ link, run: data! })));
  return (
    <Panel title={t('sandbox.made')}>
      {done.isPending ? <Skeleton rows={3} /> : made.length === 0 ? <Empty title={t('sandbox.made.none')}>{t('sandbox.made.none.lead')}</Empty> : (
        <ul>
          {made.map(({ link, run }) => (
            <li key={run.id + link.url} className="flex flex-wrap items-center gap-x-4 gap-y-0.5 border-b border-line px-4 py-2.5 last:border-0">
              <a href={link.url} target="_blank" rel="noreferrer noopener" className="inline-flex min-w-0 flex-1 basis-60 items-center gap-1.5 font-medium text-link hover:underline"><span className="truncate">{link.title || link.url}</span><span className="text-sm font-normal text-mute capitalize">{serviceOf(run, link.url)}</span><ArrowUpRight size={14} className="shrink-0" aria-hidden /><span className="sr-only">{t('action.new_tab')}</span></a>
              <Link to="/runs/$id" params={{ id: run.id }} className="max-w-full truncate text-sm text-mute hover:text-ink hover:underline">{title(run)}</Link>
              <Ago at={run.updated_at} className="text-sm text-mute" />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
