// Models and the names that they are asked by: where each is, what its lane lets through, what it costs today,
// and whether it answers. A new one is asked for a word before anybody relies on it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowRight, CircleCheck, CircleX, Cpu, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { enc, queries } from '@/api/queries';
import { upkeep, type ModelEntry, type ModelSettings, type ModelTrial } from '@/api/upkeep';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { Dialog } from '@/parts/Dialog';
import { Page, Panel } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { useT } from '@/words';
import { count, duration, money } from '@/words/format';
import { useLang } from '@/words/lang';
import { connects } from '../settings/roles';
import { AliasDialog } from './AliasDialog';
import { AddModel } from './AddModel';

/** The names by which metel itself asks. */
export const ownNames = ['planner', 'fast', 'judge'] as const;

export function ModelsPage() {
  const t = useT();
  const navigate = useNavigate();
  const { add } = useSearch({ from: '/shell/models' });
  const me = useQuery(queries.me());
  const settings = useQuery(upkeep.models());
  const house = useQuery(upkeep.house());
  const may = connects(me.data?.role);
  const open = (on: boolean) => void navigate({ to: '/models', search: { add: on ? true : undefined }, replace: true });
  const rules = house.data?.items[0];
  const names = Object.keys(settings.data?.models ?? {}).sort();
  return (
    <Page title={t('nav.models')} lead={t('models.lead')} actions={may ? <Button look="primary" icon={Plus} onClick={() => open(true)}>{t('models.add')}</Button> : null}>
      <div className="flex flex-col gap-5">
        {rules && names.length === 0 ? (
          <p className="rounded-lg border border-line bg-violet-wash px-4 py-3 text-violet">{rules.simulated ? t('models.house.rules') : t('models.house.model', { name: rules.name })}</p>
        ) : null}
        <Panel title={t('models.list')}>
          {settings.isPending ? <Skeleton rows={3} /> : settings.isError ? <ProblemNote error={settings.error} onRetry={() => void settings.refetch()} className="m-4" /> : names.length === 0 ? (
            <Empty icon={Cpu} title={t('models.none')}>{t('models.none.lead')}</Empty>
          ) : <ul>{names.map((name) => { const entry = settings.data.models[name]; return entry ? <Row key={name} name={name} entry={entry} settings={settings.data} may={may} /> : null; })}</ul>}
        </Panel>
        {settings.data && names.length > 0 ? <Aliases settings={settings.data} may={may} /> : null}
      </div>
      {add && settings.data ? <AddModel settings={settings.data} onClose={() => open(false)} /> : null}
    </Page>
  );
}

function Row({ name, entry, settings, may }: { name: string; entry: ModelEntry; settings: ModelSettings; may: boolean }) {
  const t = useT();
  const lang = useLang();
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const known = useQuery({ ...upkeep.price(entry.model), enabled: !entry.price });
  const price = entry.price ?? known.data?.price ?? null;
  const test = useMutation({ mutationFn: () => call<ModelTrial>(`/v1/model-settings/${enc(name)}/test`, { method: 'POST', body: {} }) });
  const remove = useMutation({
    mutationFn: () => call<ModelSettings>('/v1/model-settings', { method: 'PUT', body: without(settings, name) }),
    onSuccess: (next) => { setRemoving(false); client.setQueryData(upkeep.models().queryKey, next); },
  });
  const limits = entry.limits ?? {};
  return (
    <li className="border-b border-line px-4 py-3 last:border-0">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="flex flex-wrap items-center gap-2"><span className="font-semibold">{name}</span><code className="text-sm text-soft">{entry.model}</code>{entry.protocol ? <Chip>{entry.protocol}</Chip> : null}</p>
          <p className="mt-0.5 text-sm break-all text-mute">{entry.base_url}{entry.secret ? <> · <code className="text-xs">{entry.secret}</code></> : null}</p>
          <p className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-sm text-soft">
            <span>{t('models.at_once', { n: limits.concurrent_max ?? 16 })}</span>
            {limits.requests_per_minute ? <span>{t('models.per_minute', { n: limits.requests_per_minute })}</span> : null}
            {limits.tokens_per_minute ? <span>{t('models.tokens_per_minute', { n: count(limits.tokens_per_minute, lang) })}</span> : null}
            <span>{price ? t('models.price', { input: money(price.input, lang), output: money(price.output, lang) }) : known.isSuccess ? t('models.price.unknown') : ''}</span>
          </p>
        </div>
        {may ? (
          <span className="ml-auto flex gap-1">
            <Button small busy={test.isPending} aria-label={t('models.test_named', { name })} onClick={() => test.mutate()}>{t('models.test')}</Button>
            <Button small look="quiet" icon={Trash2} aria-label={t('models.remove_named', { name })} onClick={() => setRemoving(true)}>{t('models.remove')}</Button>
          </span>
        ) : null}
      </div>
      {test.data ? <Trial trial={test.data} /> : null}
      {test.isError ? <ProblemNote error={test.error} className="mt-2" /> : null}
      <Dialog open={removing} title={t('models.remove.title')} onClose={() => setRemoving(false)} footer={<><Button look="quiet" onClick={() => setRemoving(false)}>{t('action.cancel')}</Button><Button look="danger" icon={Trash2} busy={remove.isPending} onClick={() => remove.mutate()}>{t('models.remove')}</Button></>}>
        <p className="font-semibold">{name}</p>
        <p className="mt-1 text-soft">{t('models.remove.lead')}</p>
        {remove.isError ? <ProblemNote error={remove.error} className="mt-3" /> : null}
      </Dialog>
    </li>
  );
}

/** The settings without a model, and without it behind any name. */
export function without(settings: ModelSettings, name: string): ModelSettings {
  const { [name]: _gone, ...models } = settings.models;
  const aliases = Object.fromEntries(Object.entries(settings.aliases).map(([alias, list]) => [alias, list.filter((each) => each !== name)] as const).filter(([, list]) => list.length > 0));
  return { models, aliases };
}

export function Trial({ trial }: { trial: ModelTrial }) {
  const t = useT();
  const lang = useLang();
  const Icon = trial.ok ? CircleCheck : CircleX;
  return (
    <div role="status" className={`mt-2 flex items-start gap-2 rounded-md px-3 py-2 text-sm ${trial.ok ? 'bg-ok-wash' : 'bg-bad-wash'}`}>
      <Icon size={16} className={`mt-0.5 shrink-0 ${trial.ok ? 'text-ok' : 'text-bad'}`} aria-hidden />
      <div className="min-w-0">
        <p className="font-medium">{trial.ok ? t('models.trial.ok', { time: duration(trial.ms, lang) }) : t('models.trial.failed')}</p>
        {trial.answer ? <p className="line-clamp-3 break-words text-soft">“{trial.answer}”</p> : null}
        {trial.fault ? <p className="break-words text-soft">{trial.fault}</p> : null}
      </div>
    </div>
  );
}

function Aliases({ settings, may }: { settings: ModelSettings; may: boolean }) {
  const t = useT();
  const [editing, setEditing] = useState<string | null>(null);
  const names = [...new Set([...ownNames, ...Object.keys(settings.aliases)])];
  return (
    <Panel title={t('models.names')}>
      <ul>
        {names.map((name) => (
          <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2.5 last:border-0">
            <span className="min-w-24 basis-40"><code className="font-semibold">{name}</code>{name in ownWords ? <span className="block text-xs text-mute">{t(ownWords[name as keyof typeof ownWords])}</span> : null}</span>
            <span className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5">
              {(settings.aliases[name] ?? []).length === 0 ? <span className="text-sm text-mute">{t('models.names.none')}</span> : settings.aliases[name]?.map((model, index) => <span key={model} className="inline-flex items-center gap-1.5">{index > 0 ? <ArrowRight size={13} className="text-mute" aria-label={t('models.then')} role="img" /> : null}<Chip tone="accent">{model}</Chip></span>)}
            </span>
            {may ? <Button small look="quiet" aria-label={t('models.names.change_named', { name })} onClick={() => setEditing(name)}>{t('models.names.change')}</Button> : null}
          </li>
        ))}
      </ul>
      {editing ? <AliasDialog name={editing} settings={settings} onClose={() => setEditing(null)} /> : null}
    </Panel>
  );
}

const ownWords = { planner: 'models.names.planner', fast: 'models.names.fast', judge: 'models.names.judge' } as const;
