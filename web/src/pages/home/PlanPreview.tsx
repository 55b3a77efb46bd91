// A plan before anything runs: its steps in words, what flows between them, what will be asked,
// what is still missing.
import { Bot, ChevronRight, Play, UserRound, Wrench } from 'lucide-react';
import { useState } from 'react';
import type { Json, JsonObject, Plan, PlanAction } from '@/api/types';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { MissingFields } from '@/parts/MissingFields';
import { PayloadTable } from '@/parts/PayloadTable';
import { ProblemNote } from '@/parts/States';
import { RiskChips } from '@/parts/Status';
import { useForm } from '@/parts/form';
import { usePick, useT } from '@/words';
import { duration } from '@/words/format';
import { useLang } from '@/words/lang';
import { circled, readable, wiresInto } from './wires';

interface Props { plan: Plan; request: string; busy: boolean; error: unknown; onRun: (inputs: JsonObject) => void; onDiscard: () => void }

export function PlanPreview({ plan, request, busy, error, onRun, onDiscard }: Props) {
  const t = useT();
  const pick = usePick();
  const lang = useLang();
  const form = useForm(plan.missing.map((field) => ({ name: field.key, schema: field.schema, required: true })));
  const run = () => { const inputs = form.read(); if (inputs) onRun(inputs); };
  const gates = plan.actions.filter((action) => action.approval).length;

  return (
    <section aria-label={t('plan.title')} className="mt-6 overflow-hidden rounded-xl border border-line bg-card shadow-lift">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-5 py-3">
        <h2 className="text-md font-semibold">{t('plan.title')}</h2>
        <span className="text-sm text-mute">{t('plan.steps', { n: plan.actions.length })}{gates ? ` · ${t('plan.gates', { n: gates })}` : ''}</span>
        <span className="flex-1" />
        {plan.planner === 'template' ? <Chip>{t('plan.by_template')}</Chip> : plan.planner === 'model' ? <Chip tone="violet" icon={Bot}>{plan.model ?? t('plan.by_model')}</Chip> : null}
        <span className="text-xs text-mute">{duration(plan.ms, lang)}</span>
      </header>
      <div className="grid md:grid-cols-[minmax(200px,280px)_minmax(0,1fr)]">
        <div className="border-line bg-sunk/60 px-5 py-4 max-md:border-b md:border-r">
          <p className="text-xs font-medium text-mute">{t('plan.request')}</p>
          <p className="mt-1 whitespace-pre-wrap">{request}</p>
          {plan.goal && plan.goal !== request ? <><p className="mt-4 text-xs font-medium text-mute">{t('plan.goal')}</p><p className="mt-1 text-soft">{plan.goal}</p></> : null}
          {plan.assumptions.length > 0 ? (
            <>
              <p className="mt-4 text-xs font-medium text-mute">{t('plan.assumptions')}</p>
              <ul className="mt-1 list-disc pl-4 text-sm text-soft">{plan.assumptions.map((each) => <li key={pick(each)}>{pick(each)}</li>)}</ul>
            </>
          ) : null}
          {plan.tools_considered.length > 0 ? (
            <details className="mt-4 text-sm text-soft">
              <summary className="text-xs font-medium text-mute">{t('plan.considered', { n: plan.tools_considered.length })}</summary>
              <ul className="mt-1 flex flex-col gap-0.5 font-mono text-xs">{plan.tools_considered.map((tool) => <li key={tool}>{tool}</li>)}</ul>
            </details>
          ) : null}
        </div>
        <ol className="divide-y divide-line">
          {plan.actions.map((action, index) => <ActionRow key={action.id} action={action} index={index} plan={plan} />)}
        </ol>
      </div>
      {plan.missing.length > 0 ? (
        <div className="border-t border-line bg-warn-wash/50 px-5 py-4">
          <p className="mb-3 font-semibold text-warn">{t('missing.title', { n: plan.missing.length })}</p>
          <MissingFields fields={plan.missing} form={form} />
        </div>
      ) : null}
      {error ? <ProblemNote error={error} className="mx-5 mt-4" /> : null}
      <footer className="flex flex-wrap items-center gap-2 border-t border-line px-5 py-3">
        <p className="min-w-0 flex-1 text-sm text-mute">{gates ? t('plan.will_ask') : t('plan.nothing_yet')}</p>
        <Button look="quiet" onClick={onDiscard} disabled={busy}>{t('plan.discard')}</Button>
        <Button look="primary" icon={Play} busy={busy} onClick={run}>{t('plan.run')}</Button>
      </footer>
    </section>
  );
}

function ActionRow({ action, index, plan }: { action: PlanAction; index: number; plan: Plan }) {
  const t = useT();
  const pick = usePick();
  const [open, setOpen] = useState(false);
  const wires = wiresInto(plan.actions, index);
  const missing = plan.missing.filter((field) => field.key.startsWith(`${action.id}.`));
  return (
    <li className="flex gap-3.5 px-5 py-3.5">
      <span aria-hidden className="mt-px flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-wash text-sm font-semibold text-link">{index + 1}</span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <h3 className="font-semibold">{pick(action.title)}</h3>
          <RiskChips risk={action.risk} />
          <code className="inline-flex items-center gap-1 text-xs text-mute"><Wrench size={12} aria-hidden />{action.tool}</code>
        </div>
        <p className="mt-0.5 whitespace-pre-line text-soft">{tidy(readable(pick(action.sentence), plan.actions))}</p>
        {wires.length > 0 ? (
          <ul className="mt-1.5 flex flex-wrap gap-1.5">
            {wires.map((wire) => (
              <li key={`${wire.from}.${wire.product}`} className="rounded-md border border-line bg-sunk px-2 text-xs leading-5.5 text-soft">
                <span className="text-sm">{circled(wire.from)}</span> <span className="font-mono">{wire.product}</span> → <span className="text-sm">{circled(index)}</span>
              </li>
            ))}
          </ul>
        ) : null}
        {action.approval ? (
          <p className="mt-2 flex items-start gap-2 rounded-md bg-warn-wash px-2.5 py-1.5 text-sm text-warn">
            <UserRound size={15} className="mt-0.5 shrink-0" aria-hidden />
            <span><span className="font-semibold">{t('plan.gate')}</span> · {pick(action.approval.reason)} <code className="text-xs">{action.approval.rule}</code></span>
          </p>
        ) : null}
        {missing.length > 0 ? <p className="mt-1.5 text-sm font-medium text-warn">{t('plan.lacks', { fields: missing.map((field) => pick(field.title)).join(', ') })}</p> : null}
        {Object.keys(action.args).length > 0 ? (
          <>
            <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="mt-1.5 -ml-1 inline-flex items-center gap-0.5 rounded-sm px-1 text-xs font-medium text-mute hover:text-ink">
              <ChevronRight size={13} className={open ? 'rotate-90' : ''} aria-hidden />{t('plan.details')}
            </button>
            {open ? <div className="mt-1.5 rounded-md border border-line"><PayloadTable payload={readable(action.args, plan.actions)} /></div> : null}
          </>
        ) : null}
      </div>
    </li>
  );
}

/** Blank lines of a message take no room in a preview; what is missing is asked for below. */
const tidy = (text: Json): string => String(text).replace(/\n{2,}/g, '\n').replace(/\bMISSING(?![A-Za-z0-9_])/g, '‹?›');
