// What a run came to: its answer with links to what was made; a pipeline's texts where it gives no answer.
import { ArrowUpRight } from 'lucide-react';
import { isFinal } from '@/api/fold';
import type { Json, Run, Step } from '@/api/types';
import { useStepName } from '@/parts/stepName';
import { VisibleText } from '@/parts/VisibleText';
import { useT } from '@/words';

export function Outcome({ run }: { run: Run }) {
  const t = useT();
  const name = useStepName();
  const answer = run.answer;
  // A refusal at the only step is told by its fault already.
  const repeats = run.status === 'failed' && !answer?.links.length && run.steps_total <= 1;
  const said = !answer && run.status === 'completed' ? spoken(run.steps).map(({ step, group }) => ({ name: group ? `${name(group)} · ${name(step)}` : name(step), text: textOf(step.output) })) : [];
  const texts = said.length > 0 || answer || run.status !== 'completed' ? said : textsOf(run.output);
  if (!isFinal(run.status) || ((!answer || repeats) && texts.length === 0)) return null;
  const links = (answer?.links ?? []).filter((link) => /^https?:\/\//i.test(link.url) || link.url.startsWith('/'));
  return (
    <section aria-label={t('run.outcome')} className="mt-5 rounded-lg border border-line bg-card px-5 py-4 shadow-card">
      {answer ? <p className="text-md whitespace-pre-wrap">{withoutLinks(answer.text, links)}</p> : null}
      {texts.map(({ name, text }, index) => (
        <details key={name} open={index === texts.length - 1} className="border-b border-line py-2 first:pt-0 last:border-0 last:pb-0">
          <summary className="font-semibold">{name || t('run.outcome')}</summary>
          <p className="mt-1 max-h-96 overflow-y-auto whitespace-pre-wrap text-soft"><VisibleText text={text} /></p>
        </details>
      ))}
      {links.length > 0 ? (
        <ul className="mt-2.5 flex flex-wrap gap-2">
          {links.map((link) => (
            <li key={link.url}>
              <a href={link.url} target="_blank" rel="noreferrer noopener" className="inline-flex items-center gap-1.5 rounded-md border border-edge px-2.5 py-1 text-sm font-medium text-link hover:bg-hover">
                <VisibleText text={link.title || link.url} /><span className="font-normal text-mute capitalize">{serviceOf(run, link.url)}</span><ArrowUpRight size={14} aria-hidden /><span className="sr-only">{t('action.new_tab')}</span>
              </a>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

const SPOKEN_MAX = 12;

/** The steps in which an agent spoke, each with the group it is part of. */
export function spoken(steps: Step[]): { step: Step; group: Step | undefined }[] {
  const groups = new Set(steps.map((step) => step.parent));
  return steps
    .filter((step) => step.agent && step.status === 'succeeded' && !groups.has(step.id) && textOf(step.output) !== '')
    .map((step) => ({ step, group: steps.find((each) => each.id === step.parent) }))
    .slice(0, SPOKEN_MAX);
}

function textOf(output: Json): string {
  if (typeof output === 'string') return output;
  return output !== null && typeof output === 'object' && !Array.isArray(output) && typeof output.text === 'string' ? output.text : '';
}

/** The texts of an output, where it is a text or an object of texts. */
export function textsOf(output: Json): { name: string; text: string }[] {
  if (textOf(output)) return [{ name: '', text: textOf(output) }];
  if (output === null || typeof output !== 'object' || Array.isArray(output)) return [];
  return Object.entries(output).map(([name, value]) => ({ name, text: textOf(value) })).filter(({ text }) => text !== '');
}

/** The answer without the addresses that stand as links below it. */
export function withoutLinks(text: string, links: { url: string }[]): string {
  return links.reduce((rest, { url }) => rest.replace(` → ${url}`, ''), text).trim();
}

/** The service behind a link: the one of the step that made it. */
export function serviceOf(run: Run, url: string): string {
  const step = run.steps.find((each) => Object.values(each.products ?? {}).includes(url));
  return step?.tool?.split('.')[0] ?? '';
}
