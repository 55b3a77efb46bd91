// Home: what do I want done, and does anything need me?
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CornerDownRight, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { call } from '@/api/client';
import { queries, queryClient } from '@/api/queries';
import type { JsonObject, Plan, Run } from '@/api/types';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';
import { useLang } from '@/words/lang';
import { AskBox } from './AskBox';
import { Doings } from './Doings';
import { PlanPreview } from './PlanPreview';
import { keepSession, keptSession, newSession } from './session';

export function HomePage() {
  const t = useT();
  const lang = useLang();
  const navigate = useNavigate();
  const { ask: asked } = useSearch({ from: '/shell/' });
  const [text, setText] = useState(asked ?? '');
  const [session, setSession] = useState(keptSession());
  const [opened, setOpened] = useState(() => newSession());
  const status = useQuery(queries.status());
  const templates = useQuery({ ...queries.templates(), enabled: status.isSuccess && !status.data.sandbox });

  useEffect(() => { document.title = `${t('nav.home')} · metel`; }, [t]);
  useEffect(() => { if (asked) setText(asked); }, [asked]);

  const plan = useMutation({
    // The language is that of the request's own words, so the answer is in it, too.
    mutationFn: (request: string) => call<Plan>('/v1/plans', { method: 'POST', body: { request, session: session ?? opened } }),
  });
  const start = useMutation({
    mutationFn: ({ plan, inputs }: { plan: string; inputs: JsonObject }) =>
      call<Run>('/v1/runs', { method: 'POST', body: { plan, ...(Object.keys(inputs).length > 0 ? { inputs } : {}) } }),
    onSuccess: (run) => {
      if (run.session) keepSession(run.session);
      queryClient.setQueryData(queries.run(run.id).queryKey, run);
      void queryClient.invalidateQueries({ queryKey: ['runs'] });
      void navigate({ to: '/runs/$id', params: { id: run.id } });
    },
  });
  const discard = () => { plan.reset(); start.reset(); document.getElementById('ask')?.focus(); };
  const ask = (request: string) => { start.reset(); plan.mutate(request.trim()); };

  // In practice mode: requests that run as they stand. Otherwise what the templates name.
  const named = (templates.data ?? []).flatMap((template) => template.examples.filter((each) => /[가-힣]/.test(each) === (lang === 'ko')).slice(0, 1));
  const shown = status.data?.sandbox ? [...(session ? [t('home.example.4')] : []), t('home.example.1'), t('home.example.2'), t('home.example.3')] : named.slice(0, 4);

  return (
    <div className="mx-auto w-full max-w-[1080px] px-4 pt-8 pb-10 md:px-8 md:pt-12">
      <div className="mx-auto max-w-[760px]">
        <h1 className="mb-4 text-center text-xl font-bold tracking-tight">{t('home.title')}</h1>
        <AskBox text={text} onText={setText} onAsk={() => ask(text)} busy={plan.isPending} />
        {session ? (
          <p className="mt-2 flex items-center gap-1.5 pl-1 text-xs text-mute">
            <CornerDownRight size={13} aria-hidden />{t('home.session')}
            <button type="button" className="inline-flex items-center gap-0.5 rounded-sm px-1 font-medium text-link hover:underline" onClick={() => { keepSession(null); setSession(null); setOpened(newSession()); }}><X size={12} aria-hidden />{t('home.session.end')}</button>
          </p>
        ) : null}
        {!plan.data && !plan.isPending && shown.length > 0 ? (
          <ul aria-label={t('home.examples')} className="mt-3 flex flex-wrap justify-center gap-2">
            {shown.map((each) => (
              <li key={each} className="max-w-full">
                <button type="button" onClick={() => { setText(each); ask(each); }} className="max-w-full truncate rounded-full border border-edge bg-card px-3 py-1 text-sm text-soft transition-colors hover:bg-hover hover:text-ink">{each}</button>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      <div aria-live="polite">
        {plan.isError ? <ProblemNote error={plan.error} className="mx-auto mt-5 max-w-[760px]" /> : null}
        {plan.data ? (
          <PlanPreview
            key={plan.data.id}
            plan={plan.data}
            request={plan.variables ?? ''}
            busy={start.isPending}
            error={start.error}
            onRun={(inputs) => start.mutate({ plan: plan.data.id, inputs })}
            onDiscard={discard}
          />
        ) : null}
      </div>
      <Doings />
    </div>
  );
}
