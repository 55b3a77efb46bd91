// What a step is called: one of several agents by the agent's own name, planning in words, the rest
// by their labels. And what kind of step it is, where it has no tool or agent.
import type { Step } from '@/api/types';
import { usePick, useT, type PlainKey } from '@/words';

const kinds: Record<string, PlainKey> = {
  plan: 'step.kind.plan', validation: 'step.kind.validation', tool: 'step.kind.tool', agent_call: 'step.kind.agent_call', human_gate: 'step.kind.human_gate',
  branch: 'step.kind.branch', parallel: 'step.kind.parallel', join: 'step.kind.join', map: 'step.kind.map', wait: 'step.kind.wait',
  subworkflow: 'step.kind.subworkflow', finalize: 'step.kind.finalize', loop: 'step.kind.loop', emit: 'step.kind.emit',
  human_task: 'step.kind.human_task', undo: 'step.kind.undo',
};

export function useStepName(): (step: Step) => string {
  const t = useT();
  const pick = usePick();
  return (step) => {
    if (step.id === '@plan') return t('step.plan');
    if (step.agent && step.parent && step.id.endsWith(`#${step.agent}`)) return step.agent;
    const label = pick(step.label) || step.id;
    // A part of an item or round is named with its numbers, from 1.
    const scope = /((?:\[\d+\])+)$/.exec(step.id)?.[1];
    if (!scope) return label;
    const n = [...scope.matchAll(/\d+/g)].map((match) => String(Number(match[0]) + 1)).join('.');
    return t('step.part', { label: label.endsWith(scope) ? label.slice(0, -scope.length) : label, n });
  };
}

export function useStepKind(): (step: Step) => string {
  const t = useT();
  return (step) => {
    const key = kinds[step.type];
    return key ? t(key) : step.type;
  };
}

/** Where every plan begins, and the clock of a deadline: nothing happens there. */
export const isMark = (step: Step): boolean => step.id === '_start' || step.id === '@deadline';
