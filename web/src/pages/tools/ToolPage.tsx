// One contract: what it does, what it may do to the world, what it takes and gives.
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { queries } from '@/api/queries';
import type { Json, Tool } from '@/api/types';
import { Chip } from '@/parts/Chip';
import { JsonView } from '@/parts/JsonView';
import { Page, Panel } from '@/parts/Page';
import { ProblemNote, Skeleton } from '@/parts/States';
import { RiskChips } from '@/parts/Status';
import { usePick, useT, type PlainKey } from '@/words';
import { SchemaTable } from './SchemaTable';

export function ToolPage() {
  const { id } = useParams({ from: '/shell/tools/$id' });
  const tool = useQuery(queries.tool(id));
  if (tool.isPending) return <Page title={id}><Panel><Skeleton rows={6} /></Panel></Page>;
  if (tool.isError) return <Page title={id}><ProblemNote error={tool.error} onRetry={() => void tool.refetch()} /></Page>;
  return <OneTool tool={tool.data} />;
}

const repeats: Record<string, PlainKey> = { none: 'tool.repeat.none', key: 'tool.repeat.key', natural: 'tool.repeat.natural' };
const trusts: Record<string, PlainKey> = { trusted: 'tool.trust.trusted', untrusted: 'tool.trust.untrusted' };

function OneTool({ tool }: { tool: Tool }) {
  const t = useT();
  const pick = usePick();
  const repeat = typeof tool.idempotency === 'string' ? tool.idempotency : tool.idempotency?.type;
  const repeated = repeats[repeat ?? ''];
  const trusted = trusts[tool.trust];
  const produces = Array.isArray(tool.produces) ? tool.produces.map((name) => [name, {}] as const) : Object.entries(tool.produces ?? {});
  return (
    <>
      <div className="mx-auto max-w-[1080px] px-4 pt-5 md:px-8"><Link to="/tools" className="inline-flex items-center gap-1 text-sm text-link hover:underline"><ArrowLeft size={15} aria-hidden />{t('nav.tools')}</Link></div>
      <Page title={pick(tool.title)} lead={pick(tool.description)}>
        <div className="mb-5 flex flex-wrap items-center gap-2">
          <code className="text-sm text-soft">{tool.id}@{tool.version}</code>
          <RiskChips risk={tool.risk} />
          <Chip tone={tool.connected ? 'ok' : 'mute'}>{tool.connected ? t('tools.connected') : t('tools.not_connected')}</Chip>
          {tool.enabled ? null : <Chip tone="bad">{t('tools.off')}</Chip>}
        </div>
        <div className="flex flex-col gap-5">
          <Panel title={t('tool.input')}><SchemaTable schema={tool.input_schema} /></Panel>
          <Panel title={t('tool.about')}>
            <dl className="divide-y divide-line">
              <Line name={t('tool.produces')}>{produces.length ? produces.map(([name]) => name).join(', ') : t('tool.nothing')}</Line>
              <Line name={t('tool.scopes')}>{tool.scopes?.length ? tool.scopes.join(', ') : t('tool.nothing')}</Line>
              <Line name={t('tool.idempotency')}>{repeated ? t(repeated) : repeat}</Line>
              <Line name={t('tool.trust')}>{trusted ? t(trusted) : tool.trust}</Line>
              {tool.undo ? <Line name={t('tool.undo')}>{pick(tool.undo)}</Line> : null}
              <Line name={t('tool.digest')}><code className="text-xs break-all">{tool.digest}</code></Line>
            </dl>
          </Panel>
          <Panel title={t('tool.contract')}><div className="p-4"><JsonView value={tool as unknown as Json} label={t('tool.contract')} /></div></Panel>
        </div>
      </Page>
    </>
  );
}

const Line = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid gap-x-4 px-4 py-2 md:grid-cols-[180px_minmax(0,1fr)]"><dt className="text-sm text-mute">{name}</dt><dd>{children}</dd></div>
);
