// The agents that metel brings: who each is, which model answers for it, its limits, and the very words that a
// model would be told.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Bot, ScrollText } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { queries } from '@/api/queries';
import { upkeep, type Agent } from '@/api/upkeep';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { Page } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { VisibleText } from '@/parts/VisibleText';
import { usePick, useT } from '@/words';
import { count, money } from '@/words/format';
import { useLang } from '@/words/lang';

export function AgentsPage() {
  const t = useT();
  const navigate = useNavigate();
  const { open } = useSearch({ from: '/shell/agents' });
  const agents = useQuery(upkeep.agents());
  const go = (name: string | undefined) => void navigate({ to: '/agents', search: { open: name }, replace: true, resetScroll: false });
  const chosen = agents.data?.find((each) => each.name === open);
  return (
    <Page title={t('nav.agents')} lead={t('agents.lead')}>
      {agents.isPending ? <Skeleton rows={3} tall /> : agents.isError ? <ProblemNote error={agents.error} onRetry={() => void agents.refetch()} /> : agents.data.length === 0 ? <Empty icon={Bot} title={t('agents.none')} /> : (
        <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">{agents.data.map((agent) => <Card key={agent.name} agent={agent} onOpen={() => go(agent.name)} />)}</ul>
      )}
      {chosen ? <AgentDialog agent={chosen} onClose={() => go(undefined)} /> : null}
    </Page>
  );
}

function useModelWord(): (agent: Agent) => string {
  const t = useT();
  const status = useQuery(queries.status());
  return (agent) => agent.model ?? (status.data && status.data.model === null ? t('mode.simulated') : t('agents.default_model'));
}

function Card({ agent, onOpen }: { agent: Agent; onOpen: () => void }) {
  const t = useT();
  const pick = usePick();
  const model = useModelWord()(agent);
  const title = pick(agent.title) || agent.name;
  return (
    <li className="relative flex flex-col rounded-lg border border-line bg-card p-4 shadow-card transition-colors hover:border-edge">
      <div className="flex items-center gap-2.5">
        <span aria-hidden className="grid size-9 shrink-0 place-items-center rounded-lg bg-violet-wash text-violet"><Bot size={18} /></span>
        <div className="min-w-0">
          <h2 className="truncate font-semibold"><button type="button" onClick={onOpen} className="text-left after:absolute after:inset-0 after:rounded-lg">{title}</button></h2>
          <code className="text-xs text-mute">{agent.name}</code>
        </div>
      </div>
      <p className="mt-2.5 line-clamp-3 flex-1 text-sm text-soft">{agent.persona}</p>
      <p className="mt-3 flex flex-wrap gap-1.5"><Chip>{model}</Chip><Chip>{t('agents.tokens', { n: agent.parameters.max_tokens })}</Chip></p>
    </li>
  );
}

interface Prompt { name: string; tokens: number; sections: { name: string; tokens: number; text: string }[] }

function AgentDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const t = useT();
  const lang = useLang();
  const pick = usePick();
  const model = useModelWord()(agent);
  const [request, setRequest] = useState('');
  const prompt = useMutation({ mutationFn: () => call<Prompt>('/v1/prompts', { method: 'POST', body: { text: request.trim(), agent: agent.name } }) });
  const facts: [string, string][] = [
    [t('agents.model'), model], [t('agents.temperature'), String(agent.parameters.temperature)], [t('agents.max_tokens'), count(agent.parameters.max_tokens, lang)],
    [t('agents.cost'), agent.cost_per_run ? money(agent.cost_per_run, lang) : t('agents.cost.none')],
  ];
  return (
    <Dialog open title={pick(agent.title) || agent.name} onClose={onClose}>
      <p className="text-soft">{agent.persona}</p>
      <dl className="mt-4 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line">{facts.map(([name, value]) => <div key={name} className="bg-card px-3 py-2"><dt className="text-xs text-mute">{name}</dt><dd className="font-medium">{value}</dd></div>)}</dl>
      <form className="mt-5 flex flex-col gap-3" onSubmit={(event) => { event.preventDefault(); if (request.trim() && !prompt.isPending) prompt.mutate(); }}>
        <Field label={t('agents.prompt.label')} hint={t('agents.prompt.lead')} required>{(wiring) => <input {...wiring} className={inputClass} value={request} placeholder={t('agents.prompt.example')} onChange={(event) => setRequest(event.target.value)} />}</Field>
        <Button type="submit" icon={ScrollText} className="self-start" busy={prompt.isPending} disabled={!request.trim()}>{t('agents.prompt.show')}</Button>
      </form>
      {prompt.isError ? <ProblemNote error={prompt.error} className="mt-3" /> : null}
      {prompt.data ? (
        <div className="mt-4 flex flex-col gap-2">
          <p className="text-sm text-mute">{t('agents.prompt.whole', { n: prompt.data.tokens })}</p>
          {prompt.data.sections.map((section) => (
            <details key={section.name} className="rounded-md border border-line">
              <summary className="px-3 py-2 text-sm font-medium">{section.name} <span className="font-normal text-mute">{t('agents.tokens', { n: section.tokens })}</span></summary>
              <pre tabIndex={0} aria-label={section.name} className="max-h-72 overflow-auto border-t border-line bg-sunk p-3 text-xs leading-5 whitespace-pre-wrap"><VisibleText text={section.text} /></pre>
            </details>
          ))}
        </div>
      ) : null}
    </Dialog>
  );
}
