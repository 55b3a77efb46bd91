// The practice services: their own screens are untrusted pages on their own port, opened in a new
// tab, never inside this one.
import { useQuery } from '@tanstack/react-query';
import { ArrowUpRight, FlaskConical } from 'lucide-react';
import { queries } from '@/api/queries';
import { Page, Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { usePick, useT } from '@/words';
import { MadeThings } from './MadeThings';

/** These have screens of their own; the others show on the overview. */
const SCREENS = ['notion', 'slack', 'sheets'];

const place = (name: string): number => (SCREENS.includes(name) ? SCREENS.indexOf(name) : SCREENS.length);

export function SandboxPage() {
  const t = useT();
  const pick = usePick();
  const status = useQuery(queries.status());
  const connections = useQuery(queries.connections());
  const sandbox = status.data?.sandbox;
  const root = sandbox?.url.replace(/\/$/, '') ?? '';
  const screen = (name: string) => (SCREENS.includes(name) ? `${root}/ui/${name}` : `${root}/`);
  const services = (sandbox?.services ?? []).map((each) => (typeof each === 'string'
    ? { name: each, title: pick(connections.data?.find((known) => known.service === each && known.sandbox)?.title) || each, url: screen(each) }
    : { name: each.name, title: pick(each.title) || each.name, url: each.url ?? screen(each.name) }))
    .sort((a, b) => place(a.name) - place(b.name));
  return (
    <Page title={t('nav.sandbox')} lead={t('sandbox.lead')}>
      {status.isPending ? <Panel><Skeleton rows={3} /></Panel> : status.isError ? <ProblemNote error={status.error} onRetry={() => void status.refetch()} /> : !sandbox ? (
        <Panel><Empty icon={FlaskConical} title={t('sandbox.none')}>{t('sandbox.none.lead')}</Empty></Panel>
      ) : (
        <div className="flex flex-col gap-5">
          <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
            {services.map((service) => (
              <li key={service.name}>
                <a href={service.url} target="_blank" rel="noreferrer noopener" className="group flex items-center gap-3 rounded-lg border border-line bg-card px-4 py-3.5 shadow-card transition-colors hover:bg-hover">
                  <span className="flex size-9 items-center justify-center rounded-md bg-teal-wash text-md font-bold text-teal uppercase" aria-hidden>{service.title.slice(0, 1)}</span>
                  <span className="min-w-0 flex-1"><span className="block font-semibold">{service.title}</span><span className="block truncate text-xs text-mute">{service.url}</span></span>
                  <ArrowUpRight size={16} className="shrink-0 text-mute group-hover:text-ink" aria-hidden /><span className="sr-only">{t('action.new_tab')}</span>
                </a>
              </li>
            ))}
          </ul>
          <MadeThings />
        </div>
      )}
    </Page>
  );
}
