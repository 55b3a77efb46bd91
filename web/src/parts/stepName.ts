// What a step is called: one of several agents by the agent's own name, planning in words, the rest
// by their labels. And what kind of step it is, where it has no tool or agent.
import type { Step } from '@/api/types';
import { usePick, useT, type PlainKey } from '@/words';

const kinds: Record<string, PlainKey> = {
  plan: 'step.kind.plan', validation: 'step.kind.validation', tool: 'step.kind.tool', agent_call: 'step.kind.agent_call', human_gate: 'step.kind.human_gate',
  branch: 'step.kind.branch', parallel: 'step.kind.parallel', join: 'step.kind.join', map: 'step.kind.map', wait: 'step.kind.wait',
  subworkflow: 'step.kind.subworkflow', finalize: 'step.kind.finalize',
};

export function useStepName(): (step: Step) => string {
  const t = useT();
  const pick = usePick();
  return (step) => {
    if (step.type === 'plan') return t('step.plan');
    if (step.agent && step.parent && step.id.endsWith(`#${step.agent}`)) return step.agent;
    return pick(step.label) || step.id;
  };
}

export function useStepKind(): (step: Step) => string {
  const t = useT();
  return (step) => {
    const key = kinds[step.type];
    return key ? t(key) : step.type;
  };
}

/** Where every plan begins: nothing happens there. */
export const isMark = (step: Step): boolean => step.id === '_start';
