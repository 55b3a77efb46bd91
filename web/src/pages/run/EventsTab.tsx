// The log as it was written: number, time, type, who, what, hash; each with its data.
import { useInfiniteQuery } from '@tanstack/react-query';
import { ChevronRight, Link2 } from 'lucide-react';
import { useState } from 'react';
import { queries } from '@/api/queries';
import type { Run, RunEvent } from '@/api/types';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { cx } from '@/parts/cx';
import { JsonView } from '@/parts/JsonView';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { useWho } from '@/parts/who';
import { usePick, useT } from '@/words';
import { absolute, clock } from '@/words/format';
import { useLang } from '@/words/lang';

export function EventsTab({ run }: { run: Run }) {
  const t = useT();
  const query = useInfiniteQuery(queries.events(run.id));
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  const whole = events.every((event, index) => index === 0 || event.seq === (events[index - 1]?.seq ?? 0) + 1);
  return (
    <section className="overflow-hidden rounded-lg border border-line bg-card shadow-card">
      <header className="flex items-center gap-3 border-b border-line px-4 py-2 text-sm text-mute">
        <span className="flex-1">{t('events.count', { n: events.length })}</span>
        {events.length > 0 ? <Chip tone={whole ? 'ok' : 'bad'} icon={Link2}>{whole ? t('events.whole') : t('events.gap')}</Chip> : null}
      </header>
      {query.isPending ? <Skeleton rows={8} /> : query.isError && events.length === 0 ? <ProblemNote error={query.error} onRetry={() => void query.refetch()} className="m-4" /> : events.length === 0 ? <Empty title={t('events.none')} /> : (
        <ol>{events.map((event) => <EventRow key={event.seq} event={event} />)}</ol>
      )}
      {query.hasNextPage ? <div className="border-t border-line p-2 text-center"><Button small look="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('action.more')}</Button></div> : null}
    </section>
  );
}

function EventRow({ event }: { event: RunEvent }) {
  const pick = usePick();
  const who = useWho();
  const lang = useLang();
  const [open, setOpen] = useState(false);
  return (
    <li className="lazy-row border-b border-line last:border-0">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="grid w-full grid-cols-[auto_2.5rem_6.5rem_minmax(0,1fr)_auto] items-baseline gap-x-3 px-4 py-1.5 text-left text-sm hover:bg-hover focus-visible:-outline-offset-2 max-md:grid-cols-[auto_2rem_minmax(0,1fr)]">
        <ChevronRight size={13} className={cx('self-center text-mute', open && 'rotate-90')} aria-hidden />
        <span className="text-right font-mono text-xs text-mute">{event.seq}</span>
        <time dateTime={event.at} title={absolute(event.at, lang)} className="font-mono text-xs text-mute max-md:order-last max-md:col-start-3">{clock(event.at)}</time>
        <span className="min-w-0">
          <span className="text-ink">{pick(event.summary) || event.type}</span>
          <span className="ml-2 text-xs text-mute"><code>{event.type}</code>{event.step ? <> · {event.step}</> : null} · {who(event.actor)}</span>
        </span>
        {event.hash ? <code className="text-xs text-mute max-md:hidden" title={event.hash}>{event.hash.replace(/^sha256[:-]?/, '').slice(0, 8)}</code> : <span className="max-md:hidden" />}
      </button>
      {open ? <div className="px-4 pb-3 md:pl-12"><JsonView value={{ ...(event.hash ? { hash: event.hash } : {}), data: event.data }} label={event.type} /></div> : null}
    </li>
  );
}
