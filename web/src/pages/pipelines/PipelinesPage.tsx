// Pipelines as cards; a dialog from the input schema starts one, a docked monitor shows it run.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Pencil, Play, Plus, Workflow } from 'lucide-react';
import { useState } from 'react';
import { queries } from '@/api/queries';
import type { Pipeline } from '@/api/types';
import { Button, buttonClass } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { Page } from '@/parts/Page';
import { Empty, ProblemNote, Skeleton } from '@/parts/States';
import { usePick, useT } from '@/words';
import { connects } from '../settings/roles';
import { Monitor } from './Monitor';
import { StartDialog } from './StartDialog';

export function PipelinesPage() {
  const t = useT();
  const navigate = useNavigate();
  const { start, run } = useSearch({ from: '/shell/pipelines' });
  const pipelines = useQuery(queries.pipelines());
  const go = (change: { start?: string | undefined; run?: string | undefined }) => void navigate({ to: '/pipelines', search: (old: { start?: string | undefined; run?: string | undefined }) => ({ ...old, ...change }), replace: true });
  const me = useQuery(queries.me());
  const may = connects(me.data?.role);
  const [naming, setNaming] = useState(false);
  const chosen = pipelines.data?.find((each) => each.name === start);
  return (
    <Page title={t('nav.pipelines')} lead={t('pipelines.lead')} wide={!!run} actions={may ? <Button icon={Plus} onClick={() => setNaming(true)}>{t('editor.new_pipeline')}</Button> : null}>
      <div className={run ? 'grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_400px]' : ''}>
        {pipelines.isPending ? <Skeleton rows={3} tall /> : pipelines.isError ? <ProblemNote error={pipelines.error} onRetry={() => void pipelines.refetch()} /> : pipelines.data.length === 0 ? (
          <Empty icon={Workflow} title={t('pipelines.none')}>{t('pipelines.none.lead')}</Empty>
        ) : (
          <ul className={`grid gap-4 sm:grid-cols-2 ${run ? '' : 'lg:grid-cols-3'}`}>
            {pipelines.data.map((each) => <Card key={each.name} pipeline={each} onStart={() => go({ start: each.name })} />)}
          </ul>
        )}
        {run ? <div className="max-xl:order-first xl:sticky xl:top-6"><Monitor key={run} id={run} onClose={() => go({ run: undefined })} /></div> : null}
      </div>
      {naming ? <NameDialog taken={pipelines.data?.map((each) => each.name) ?? []} onClose={() => setNaming(false)} /> : null}
      {chosen ? <StartDialog pipeline={chosen} onClose={() => go({ start: undefined })} onStarted={(id) => go({ start: undefined, run: id })} /> : null}
    </Page>
  );
}

function Card({ pipeline, onStart }: { pipeline: Pipeline; onStart: () => void }) {
  const t = useT();
  const pick = usePick();
  return (
    <li className="flex flex-col rounded-lg border border-line bg-card p-4 shadow-card">
      <h2 className="text-md font-semibold">{pick(pipeline.title) || pipeline.name}</h2>
      <p className="mt-1 line-clamp-3 flex-1 text-sm text-soft">{pick(pipeline.description)}</p>
      <p className="mt-3 flex flex-wrap items-center gap-2 text-xs text-mute">
        <span>{t('pipelines.nodes', { n: pipeline.nodes })}</span><span>v{pipeline.version}</span>
        {pipeline.front && pipeline.front !== 'graph' && pipeline.front !== 'pipeline' ? <Chip>{pipeline.front}</Chip> : null}
      </p>
      <div className="mt-3 flex gap-2">
        <Button icon={Play} onClick={onStart} aria-label={t('pipelines.run_named', { name: pick(pipeline.title) || pipeline.name })}>{t('pipelines.run')}</Button>
        <Link to="/pipelines/$name/edit" params={{ name: pipeline.name }} aria-label={t('editor.edit_named', { name: pick(pipeline.title) || pipeline.name })} className={buttonClass('quiet')}><Pencil size={15} aria-hidden />{t('editor.edit')}</Link>
      </div>
    </li>
  );
}

function NameDialog({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [asked, setAsked] = useState(false);
  const good = /^[a-z0-9][a-z0-9-]{0,63}$/.test(name) && !taken.includes(name);
  const go = () => { setAsked(true); if (good) void navigate({ to: '/pipelines/$name/edit', params: { name } }); };
  return (
    <Dialog open title={t('editor.new_pipeline')} onClose={onClose} onGo={go} footer={<><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={Plus} onClick={go}>{t('editor.new_pipeline')}</Button></>}>
      <form onSubmit={(event) => { event.preventDefault(); go(); }}>
        <Field label={t('editor.name')} hint={t('editor.name.hint')} error={asked && !good ? t('editor.name.fault') : undefined} required>{(wiring) => <input {...wiring} spellCheck={false} className={inputClass} value={name} onChange={(event) => setName(event.target.value)} />}</Field>
      </form>
    </Dialog>
  );
}
