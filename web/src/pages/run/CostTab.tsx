// What the run's models did and cost: by model, by step, call by call; a price that is not known is said to be so.
import { Cpu } from 'lucide-react';
import type { Run } from '@/api/types';
import { Figures, Table, type Column } from '@/parts/Figures';
import { Panel } from '@/parts/Page';
import { Empty, Skeleton } from '@/parts/States';
import { useStepName } from '@/parts/stepName';
import { useT } from '@/words';
import { count, duration, money } from '@/words/format';
import { useLang } from '@/words/lang';
import { modelCalls, sums, type Sum } from './calls';
import { useKnownEvents } from './StepPanel';

export function CostTab({ run }: { run: Run }) {
  const t = useT();
  const lang = useLang();
  const name = useStepName();
  const events = useKnownEvents(run.id, true);
  if (events.length === 0) return <Skeleton rows={4} />;
  const calls = modelCalls(events);
  const labels = new Map(run.steps.map((step) => [step.id, name(step)]));
  const total = (of: (call: (typeof calls)[number]) => number) => calls.reduce((sum, call) => sum + of(call), 0);
  const unknown = calls.filter((call) => call.cost === null).length;
  const price = (sum: Sum) => (sum.unknown === sum.calls ? t('spend.unknown') : `${money(sum.cost, lang)}${sum.unknown > 0 ? ` + ${t('spend.unknown_n', { n: sum.unknown })}` : ''}`);
  const columns = (first: string): Column<Sum>[] => [
    { name: first, cell: (sum) => labels.get(sum.name) ?? sum.name },
    { name: t('spend.calls'), cell: (sum) => count(sum.calls, lang) },
    { name: t('spend.input'), cell: (sum) => count(sum.input, lang) },
    { name: t('spend.output'), cell: (sum) => count(sum.output, lang) },
    { name: t('spend.cached'), cell: (sum) => count(sum.cached, lang) },
    { name: t('spend.time'), cell: (sum) => duration(sum.ms, lang) },
    { name: t('run.cost'), always: true, cell: price },
  ];
  return (
    <div className="flex flex-col gap-5">
      <Figures items={[
        { name: t('run.cost'), value: money(run.cost, lang), note: unknown > 0 ? t('spend.unknown_note', { n: unknown }) : undefined },
        { name: t('spend.calls_models'), value: count(calls.length, lang) },
        { name: t('spend.input'), value: count(total((call) => call.input), lang), note: t('spend.cached_note', { n: total((call) => call.cached) }) },
        { name: t('spend.output'), value: count(total((call) => call.output), lang) },
        { name: t('spend.time_models'), value: duration(total((call) => call.ms), lang) },
      ]} />
      {calls.length === 0 ? <Panel title={t('spend.by_model')}><Empty icon={Cpu} title={t('spend.no_calls')}>{t('spend.no_calls.lead')}</Empty></Panel> : (
        <>
          <Panel title={t('spend.by_model')}><Table label={t('spend.by_model')} columns={columns(t('spend.model'))} rows={sums(calls, (call) => call.model)} keyOf={(sum) => sum.name} /></Panel>
          <Panel title={t('spend.by_step')}><Table label={t('spend.by_step')} columns={columns(t('spend.step'))} rows={sums(calls, (call) => call.step)} keyOf={(sum) => sum.name} /></Panel>
        </>
      )}
    </div>
  );
}
