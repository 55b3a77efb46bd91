// Every tool by service, with its risk; searching ranks them as the planner does.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Blocks, Search } from 'lucide-react';
import { queries } from '@/api/queries';
import type { Tool } from '@/api/types';
import { useLetterKeys } from '@/app/keys';
import { Chip } from '@/parts/Chip';
import { Page, Panel } from '@/parts/Page';
import { SearchBox } from '@/parts/SearchBox';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { RiskChips } from '@/parts/Status';
import { usePick, useT } from '@/words';

export function ToolsPage() {
  const t = useT();
  const navigate = useNavigate();
  const { q } = useSearch({ from: '/shell/tools' });
  const tools = useQuery(queries.tools(q ?? ''));
  const connections = useQuery(queries.connections());
  const pick = usePick();
  useLetterKeys((key, event) => { if (key === '/') { event.preventDefault(); document.getElementById('tools-search')?.focus(); } });
  const groups = new Map<string, Tool[]>();
  for (const tool of tools.data ?? []) groups.set(tool.service, [...(groups.get(tool.service) ?? []), tool]);
  return (
    <Page
      title={t('nav.tools')}
      lead={t('tools.lead')}
      actions={<SearchBox id="tools-search" label={t('tools.search')} value={q ?? ''} onSearch={(text) => void navigate({ to: '/tools', search: { q: text || undefined }, replace: true })} />}
    >
      {tools.isPending ? <Panel><Skeleton rows={6} /></Panel> : tools.isError ? <ProblemNote error={tools.error} onRetry={() => void tools.refetch()} /> : tools.data.length === 0 ? (
        <Panel>{q ? <Empty icon={Search} title={t('tools.none_found')} /> : <Empty icon={Blocks} title={t('tools.none')} />}</Panel>
      ) : q ? (
        <Panel><ul>{tools.data.map((tool) => <ToolRow key={tool.id} tool={tool} />)}</ul></Panel>
      ) : (
        <div className="flex flex-col gap-5">
          {[...groups].map(([service, items]) => (
            <Panel key={service} title={pick(connections.data?.find((each) => each.service === service)?.title) || <span className="capitalize">{service}</span>} aside={items.every((each) => each.connected) ? <Chip tone="ok">{t('tools.connected')}</Chip> : <Link to="/connections" search={{ connect: service }} className="text-sm text-link hover:underline">{t('tools.connect')}</Link>}>
              <ul>{items.map((tool) => <ToolRow key={tool.id} tool={tool} />)}</ul>
            </Panel>
          ))}
        </div>
      )}
    </Page>
  );
}

function ToolRow({ tool }: { tool: Tool }) {
  const t = useT();
  const pick = usePick();
  return (
    <li className="border-b border-line last:border-0">
      <Link to="/tools/$id" params={{ id: tool.id }} className="grid items-center gap-x-4 gap-y-0.5 px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:grid-cols-[minmax(0,1fr)_15rem_11rem]">
        <span className="min-w-0">
          <span className="font-medium">{pick(tool.title)}</span>
          <span className="block truncate text-sm text-mute">{pick(tool.description)}</span>
        </span>
        <code className="truncate text-xs text-mute">{tool.id}</code>
        <span className="flex flex-wrap gap-1 md:justify-end">{tool.enabled ? null : <Chip tone="bad">{t('tools.off')}</Chip>}<RiskChips risk={tool.risk} /></span>
      </Link>
    </li>
  );
}
