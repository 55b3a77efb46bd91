// The plans that a run has had, as its log tells them, and what one changed about the one before.
import type { Json, JsonObject, RunEvent } from '@/api/types';
import { changes, type Change } from '@/parts/flatten';

export interface PlannedAction { id: string; tool: string; args: JsonObject; requires: string[]; produces: string[]; reason: string }
export interface PlanVersion { version: number; seq: number; at: string; goal: string; planner: string; actions: PlannedAction[]; /** Why the plan before did not do. */ cause: string }

const object = (value: Json | undefined): JsonObject => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {});
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

export function planVersions(events: RunEvent[]): PlanVersion[] {
  const versions: PlanVersion[] = [];
  let cause = '';
  for (const event of events) {
    const data = object(event.data);
    if (event.type === 'replan_requested') cause = text(data.cause);
    if (event.type !== 'plan_accepted') continue;
    const plan = object(data.plan);
    if (!Array.isArray(plan.actions)) continue;
    versions.push({
      version: typeof data.version === 'number' ? data.version : versions.length + 1, seq: event.seq, at: event.at, goal: text(plan.goal), planner: text(plan.planner), cause,
      actions: plan.actions.map(object).map((action) => ({ id: text(action.id), tool: text(action.tool), args: object(action.args), requires: texts(action.requires), produces: texts(action.produces), reason: text(action.reason) })),
    });
    cause = '';
  }
  return versions;
}

export interface ActionDiff { kind: 'same' | 'changed' | 'added' | 'removed'; action: PlannedAction; changes: Change[] }

/** The actions of `after` in order, each beside the one of `before` that it stands for; then those that are gone. */
export function planDiff(before: PlannedAction[], after: PlannedAction[]): ActionDiff[] {
  const left = new Set(before);
  const partner = new Map<PlannedAction, PlannedAction>();
  const pair = (fits: (a: PlannedAction, b: PlannedAction) => boolean) => {
    for (const action of after) {
      if (partner.has(action)) continue;
      const found = [...left].find((each) => fits(each, action));
      if (found) { partner.set(action, found); left.delete(found); }
    }
  };
  pair((a, b) => a.id === b.id && a.tool === b.tool);
  pair((a, b) => a.tool === b.tool && changes(a.args, b.args).length === 0);
  pair((a, b) => a.tool === b.tool);
  return [
    ...after.map((action): ActionDiff => {
      const old = partner.get(action);
      if (!old) return { kind: 'added', action, changes: [] };
      const found = changes(old.args, action.args);
      return { kind: found.length > 0 ? 'changed' : 'same', action, changes: found };
    }),
    ...[...left].map((action): ActionDiff => ({ kind: 'removed', action, changes: [] })),
  ];
}
