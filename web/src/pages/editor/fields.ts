// Which fields a node of each type has, and how each is typed in.
import type { PlainKey } from '@/words';
import type { NodeType } from './draft';

export type Way = 'text' | 'long' | 'number' | 'lines' | 'json' | 'both' | 'tool' | 'pipeline';
export interface NodeField { name: string; way: Way }

const f = (way: Way, ...names: string[]): NodeField[] => names.map((name) => ({ name, way }));

export const fieldsOf: Record<NodeType, NodeField[]> = {
  tool: [...f('tool', 'tool'), ...f('json', 'args')],
  agent_call: [...f('lines', 'agents'), ...f('long', 'task'), ...f('json', 'input'), ...f('lines', 'tools'), ...f('number', 'rounds'), ...f('json', 'output_schema')],
  validation: f('json', 'value', 'schema', 'rules'),
  human_gate: [...f('both', 'title'), ...f('json', 'show'), ...f('number', 'expires_ms')],
  human_task: [...f('both', 'title'), ...f('json', 'show', 'form'), ...f('text', 'assignee'), ...f('number', 'due_ms', 'expires_ms')],
  branch: [],
  parallel: [],
  join: f('json', 'mode'),
  wait: [...f('number', 'duration_ms'), ...f('text', 'until', 'message', 'correlation'), ...f('number', 'timeout_ms')],
  emit: [...f('text', 'message', 'correlation'), ...f('json', 'payload'), ...f('number', 'ttl_ms')],
  map: [...f('json', 'items'), ...f('number', 'concurrency'), ...f('text', 'on_item_error'), ...f('json', 'body')],
  loop: [...f('text', 'until'), ...f('number', 'max'), ...f('text', 'on_limit'), ...f('json', 'first', 'body')],
  subworkflow: [...f('pipeline', 'workflow'), ...f('json', 'input')],
  finalize: f('json', 'output'),
};
/** What every node may have beside. */
export const commonFields: NodeField[] = [...f('text', 'success'), ...f('number', 'timeout_ms'), ...f('json', 'retry', 'on_error', 'undo')];

export const typeWords: Record<NodeType, PlainKey> = {
  tool: 'step.kind.tool', agent_call: 'step.kind.agent_call', validation: 'step.kind.validation', human_gate: 'step.kind.human_gate', human_task: 'step.kind.human_task', branch: 'step.kind.branch', parallel: 'step.kind.parallel',
  join: 'step.kind.join', wait: 'step.kind.wait', emit: 'step.kind.emit', map: 'step.kind.map', loop: 'step.kind.loop', subworkflow: 'step.kind.subworkflow', finalize: 'step.kind.finalize',
};
