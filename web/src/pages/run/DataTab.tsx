// What went in, what each step made, what came out.
import type { Json, Run } from '@/api/types';
import { JsonView } from '@/parts/JsonView';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import { useStepName } from '@/parts/stepName';
import { useT } from '@/words';
import { Products } from './StepDetail';

const isBare = (value: Json): boolean => value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);

export function DataTab({ run }: { run: Run }) {
  const t = useT();
  const name = useStepName();
  const made = run.steps.filter((step) => Object.keys(step.products ?? {}).length > 0);
  return (
    <div className="flex flex-col gap-5">
      <Panel title={t('data.input')}>{isBare(run.input) ? <Empty title={t('data.none')} /> : <div className="p-4"><JsonView value={run.input} label={t('data.input')} /></div>}</Panel>
      <Panel title={t('data.products')}>
        {made.length === 0 ? <Empty title={t('data.no_products')} /> : (
          <ul className="flex flex-col gap-4 p-4">{made.map((step) => <li key={step.id}><p className="mb-1 text-sm font-medium">{name(step)}</p><Products products={step.products} /></li>)}</ul>
        )}
      </Panel>
      <Panel title={t('data.output')}>{isBare(run.output) ? <Empty title={t('data.none')} /> : <div className="p-4"><JsonView value={run.output} label={t('data.output')} /></div>}</Panel>
    </div>
  );
}
