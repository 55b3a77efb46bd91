// Messages that steps wait for or publish: what came, how far each has come, and publishing one.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Mails, RotateCw, Search, Send } from 'lucide-react';
import { queries } from '@/api/queries';
import type { Message, MessageState } from '@/api/types';
import { Button, IconButton } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { Dialog } from '@/parts/Dialog';
import { JsonView } from '@/parts/JsonView';
import { Page, Panel } from '@/parts/Page';
import { SearchBox } from '@/parts/SearchBox';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { Ago } from '@/parts/Time';
import { useWho } from '@/parts/who';
import { useT } from '@/words';
import { absolute } from '@/words/format';
import { useLang } from '@/words/lang';
import { PublishDialog } from './PublishDialog';

const states: MessageState[] = ['new', 'kept', 'given', 'taken'];
const tones = { new: 'accent', kept: 'warn', given: 'accent', taken: 'ok' } as const;

interface Address { name?: string | undefined; state?: string | undefined; open?: string | undefined; publish?: string | undefined; correlation?: string | undefined }

export function MessagesPage() {
  const t = useT();
  const navigate = useNavigate();
  const { name, state, open, publish, correlation } = useSearch({ from: '/shell/messages' });
  const filter = { ...(name ? { name } : {}), ...(states.some((each) => each === state) ? { state: state as MessageState } : {}) };
  const messages = useInfiniteQuery(queries.messages(filter));
  const items = messages.data?.pages.flatMap((page) => page.items) ?? [];
  const go = (change: Address) => void navigate({ to: '/messages', search: (old: Address) => ({ ...old, ...change }), replace: true });
  return (
    <Page
      title={t('nav.messages')}
      lead={t('messages.lead')}
      actions={<><IconButton icon={RotateCw} label={t('action.refresh')} onClick={() => void messages.refetch()} /><Button look="primary" icon={Send} onClick={() => go({ publish: 'new' })}>{t('messages.publish')}</Button></>}
    >
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <div role="group" aria-label={t('messages.by_state')} className="flex flex-wrap gap-1">
          {([undefined, ...states] as const).map((each) => (
            <button key={each ?? 'all'} type="button" aria-pressed={filter.state === each} onClick={() => go({ state: each })} className="h-8 rounded-full border border-transparent px-3 text-sm text-soft hover:bg-hover aria-pressed:border-edge aria-pressed:bg-card aria-pressed:font-semibold aria-pressed:text-ink">
              {each ? t(`messages.state.${each}`) : t('runs.all')}
            </button>
          ))}
        </div>
        <div className="ml-auto max-md:w-full"><SearchBox id="messages-search" label={t('messages.by_name')} value={name ?? ''} onSearch={(text) => go({ name: text || undefined })} /></div>
      </div>
      <Panel>
        {messages.isPending ? <Skeleton rows={5} /> : messages.isError && items.length === 0 ? <ProblemNote error={messages.error} onRetry={() => void messages.refetch()} className="m-4" /> : items.length === 0 ? (
          filter.name || filter.state
            ? <Empty icon={Search} title={t('messages.none_found')}><Button small className="mt-2" onClick={() => go({ name: undefined, state: undefined })}>{t('runs.clear')}</Button></Empty>
            : <Empty icon={Mails} title={t('messages.none')}>{t('messages.none.lead')}</Empty>
        ) : <ul>{items.map((each) => <Row key={each.id} message={each} onOpen={() => go({ open: each.id })} />)}</ul>}
        {messages.hasNextPage ? <div className="border-t border-line p-2 text-center"><Button small look="quiet" busy={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>{t('action.more')}</Button></div> : null}
      </Panel>
      {open ? <OneMessage id={open} onClose={() => go({ open: undefined })} /> : null}
      {publish ? <PublishDialog name={publish === 'new' ? '' : publish} correlation={correlation ?? ''} onClose={() => go({ publish: undefined, correlation: undefined })} onPublished={(id) => { go({ publish: undefined, correlation: undefined, open: id }); void messages.refetch(); }} /> : null}
    </Page>
  );
}

function Row({ message, onOpen }: { message: Message; onOpen: () => void }) {
  const t = useT();
  const who = useWho();
  return (
    <li className="lazy-row border-b border-line last:border-0">
      <button type="button" onClick={onOpen} className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-left transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:grid-cols-[8rem_minmax(0,1fr)_auto]">
        <span className="max-md:order-2"><Chip tone={tones[message.state]}>{t(`messages.state.${message.state}`)}</Chip></span>
        <span className="min-w-0 max-md:order-1">
          <code className="block truncate text-sm font-semibold">{message.name}</code>
          {message.correlation ? <span className="block truncate text-sm text-mute">{t('messages.correlation')} <code>{message.correlation}</code></span> : null}
        </span>
        <span className="flex items-center gap-3 text-sm text-mute max-md:order-3 max-md:col-span-2 max-md:text-xs"><span className="max-w-40 truncate">{who(message.by)}</span><Ago at={message.at} /></span>
      </button>
    </li>
  );
}

function OneMessage({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useT();
  const lang = useLang();
  const who = useWho();
  const message = useQuery(queries.message(id));
  return (
    <Dialog open title={message.data?.name ?? t('messages.one')} onClose={onClose}>
      {message.isPending ? <Skeleton rows={3} /> : message.isError ? <ProblemNote error={message.error} onRetry={() => void message.refetch()} /> : (
        <>
          <p className="flex flex-wrap items-center gap-2"><Chip tone={tones[message.data.state]}>{t(`messages.state.${message.data.state}`)}</Chip>{message.data.untrusted ? <Chip tone="bad">{t('payload.untrusted')}</Chip> : null}</p>
          <p className="mt-2 text-sm text-soft">{t(`messages.means.${message.data.state}`)}</p>
          <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
            {([
              [t('messages.correlation'), message.data.correlation || t('messages.no_correlation')], [t('messages.from'), who(message.data.by)],
              [t('messages.at'), absolute(message.data.at, lang)], [t('messages.expires'), absolute(message.data.expires, lang)], ['id', message.data.id],
            ] as const).map(([name, value]) => <div key={name} className="contents"><dt className="text-mute">{name}</dt><dd className="min-w-0">{value}</dd></div>)}
          </dl>
          <h3 className="mt-4 mb-1 text-sm font-semibold">{t('messages.payload')}</h3>
          <JsonView value={message.data.payload} label={t('messages.payload')} />
        </>
      )}
    </Dialog>
  );
}
