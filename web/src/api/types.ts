// The shapes of the HTTP interface (docs/api.md). Callers import names from here only, so that
// these can become aliases of types generated from /openapi.json without touching a caller.
import type { ApprovalStatus, Risk, RunStatus, StepStatus, WaitingFor } from '@/generated/words';

export type { ApprovalStatus, Risk, RunStatus, StepStatus, WaitingFor };

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
/** A sentence in both languages; a plain string is the same in both. */
export type Text = string | { en: string; ko: string };
/** RFC 3339, UTC, microseconds. */
export type Instant = string;
/** Integer micro-credits. */
export type Money = number;

export interface Page<T> { items: T[]; next: string | null }

/** RFC 9457. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  code?: string;
  kind?: string;
  detail?: string;
  instance?: string;
  where?: string;
  hint?: string;
  request_id?: string;
  errors?: { pointer: string; message: string }[];
}

/** A fault as a run's step carries it: a problem document, or the stored form with both languages. */
export interface Fault {
  code?: string;
  title?: Text;
  detail?: Text;
  place?: string;
  where?: string;
  hint?: Text;
}

export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: Json[];
  const?: Json;
  default?: Json;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  examples?: Json[];
  [key: string]: unknown;
}

export interface MissingField { key: string; title: Text; schema?: Schema | null; candidates?: Json[] }

export interface PlanAction {
  id: string;
  tool: string;
  title: Text;
  sentence: Text;
  args: JsonObject;
  risk: Risk[];
  requires: string[];
  produces: string[];
  approval: null | { rule: string; reason: Text };
}

export interface Plan {
  id: string;
  goal: string;
  planner: 'template' | 'model' | 'person';
  template: string | null;
  actions: PlanAction[];
  missing: MissingField[];
  assumptions: Text[];
  tools_considered: string[];
  needs_approval: boolean;
  model: string | null;
  ms: number;
  session?: string;
}

export interface RunSummary {
  id: string;
  short: string;
  name: string;
  title: Text;
  status: RunStatus;
  waiting: WaitingFor | null;
  display: string;
  request: string | null;
  steps_done: number;
  steps_total: number;
  cost: Money;
  tokens: number;
  created_at: Instant;
  updated_at: Instant;
  by: string;
  parent: null | { run: string; step: string };
  error: null | Fault;
}

export interface Step {
  id: string;
  label: Text;
  type: string;
  tool: string | null;
  agent: string | null;
  status: StepStatus;
  waiting: WaitingFor | null;
  attempt: number;
  /** Which call of the step it is. */
  intent: number;
  parent: string | null;
  started_at: Instant | null;
  ended_at: Instant | null;
  ms: number | null;
  payload: Json;
  output: Json;
  products: JsonObject;
  untrusted: boolean;
  error: null | Fault;
  wake_at: Instant | null;
  approval: string | null;
  child?: string | null;
  /** The message that it waits for. */
  message?: null | { name: string; correlation: string };
  /** The form that it waits for. */
  task?: null | Task;
  after: string[];
  risk: Risk[];
}

/** A form for a person: a JSON Schema, or where that is large, a reference to it. */
export interface Task { title: Text; form: Json; assignee: string | null; due: Instant | null }

export interface Answer { text: string; links: { title: string; url: string }[]; worded: boolean }

export interface Run extends RunSummary {
  workflow: string | null;
  plan: Plan | null;
  input: Json;
  output: Json;
  answer: Answer | null;
  session: string | null;
  simulated: boolean;
  /** Who holds it; nothing new begins. */
  paused?: string | null;
  /** What was done is being taken back. */
  undoing?: boolean;
  /** -100 to 100; larger goes first. */
  priority?: number;
  deadline?: Instant | null;
  seq: number;
  steps: Step[];
  missing: MissingField[];
  approvals: Approval[];
}

export interface RunEvent {
  seq: number;
  type: string;
  at: Instant;
  actor: string;
  step: string | null;
  summary: Text;
  hash: string | null;
  data: Json;
}

export interface EventPage { items: RunEvent[]; next: number | null }

export interface Replay {
  events: number;
  differences: number;
  outside_calls: number;
  state_hash: string;
  first_difference: null | { seq: number; what: string };
  ms: number;
}

export interface PiiMark { pointer: string; kind: string; masked: string }

export interface Verdict {
  effect: 'allow' | 'deny' | 'approval';
  rule: string;
  reasons?: Text[];
  pii?: PiiMark[];
  untrusted?: string[];
  outside?: boolean;
}

export interface Approval {
  id: string;
  short: string;
  run: string;
  step: string;
  status: ApprovalStatus;
  title: Text;
  tool: string | null;
  version: string | null;
  digest: string;
  payload: Json;
  preview: Text | null;
  risk: Risk[];
  verdict: Verdict;
  /** What people call a thing that the payload names by id or address, by JSON pointer. */
  names?: Record<string, string>;
  undo: Text | null;
  request: string | null;
  created_at: Instant;
  expires_at: Instant;
  decided: null | { by: string; channel: string; at: Instant; reason?: string | null };
}

export type Decision =
  | { decision: 'approve'; digest: string; all_like_this: boolean }
  | { decision: 'edit'; digest: string; payload: Json }
  | { decision: 'mask'; digest: string }
  | { decision: 'reject'; digest: string; reason?: string };

export interface Tool {
  id: string;
  version: string;
  title: Text;
  description: Text;
  risk: Risk[];
  scopes?: string[];
  service: string;
  connected: boolean;
  trust: string;
  idempotency: string | { type: string };
  input_schema: Schema;
  output_schema?: Schema | null;
  produces?: Record<string, { path?: string; type?: string; optional?: boolean }> | string[];
  digest: string;
  enabled: boolean;
  undo?: Text | null;
  examples?: string[];
}

export interface Connection {
  id: string;
  service: string;
  title: Text;
  state: string;
  scopes: string[];
  sandbox: boolean;
  created_at: Instant;
  base_url: string | null;
  kind: 'oauth' | 'service_account' | 'key' | 'none';
  expires_at: Instant | null;
  trouble: Text | null;
}

export interface ConnectionTest { ok: boolean; status: number | null; ms: number; fault?: Fault | null }

export interface Pipeline {
  name: string;
  version: number | string;
  title: Text;
  description: Text;
  input_schema: Schema | null;
  front: string | null;
  digest: string;
  nodes: number;
  created_at: Instant;
}

export interface Template {
  skill: string;
  title: Text;
  description: Text;
  examples: string[];
  params: Record<string, unknown>;
}

export interface AuditReport {
  ok: boolean;
  runs: number;
  events: number;
  signed_events: number;
  checkpoints: number;
  newest_checkpoint: string | null;
  first_fault: null | { run: string | null; seq: number | null; checkpoint: number | null; what: string };
  ms: number;
}

export interface Me { user: string; workspace: string; role: string; lang?: 'ko' | 'en' }

export interface Status {
  version: string;
  store: 'sqlite' | 'postgres';
  runs: Record<string, number>;
  pending_tasks: number;
  approvals_pending: number;
  model: string | null;
  simulated: boolean;
  sandbox: null | { url: string; services: (string | { name: string; title?: Text; url?: string })[] };
  uptime_s: number;
}

export type MessageState = 'new' | 'kept' | 'given' | 'taken';

export interface Message {
  id: string;
  name: string;
  correlation: string;
  payload: Json;
  untrusted: boolean;
  by: string;
  at: Instant;
  expires: Instant;
  state: MessageState;
}

/** A step that failed for good. */
export interface Dead { run: string; step: string; code: string; error: Fault; at: Instant; attempts: number }
export interface DeadCount { code: string; steps: number }
export interface DeadRetry { retried: string[]; refused: { run: string; problem: Problem }[]; more: boolean }

export type Role = 'owner' | 'admin' | 'builder' | 'operator' | 'approver' | 'member' | 'viewer' | 'agent';

export interface Token {
  id: string;
  name: string;
  role: string;
  owner: string;
  created_at: Instant;
  expires_at: Instant | null;
  used_at: Instant | null;
  revoked_at: Instant | null;
}
export interface NewToken extends Token { /** Shown this once. */ token: string }

export type Effect = 'allow' | 'deny' | 'approval';
export interface PolicyWhen { tool?: string | null; service?: string | null; risk?: Risk[]; agent?: string | null; condition?: string | null }
export interface PolicyRule { id: string; when?: PolicyWhen; effect: Effect; reason?: Text }
export interface Policy {
  name?: string;
  rules?: PolicyRule[];
  inside?: { domains?: string[]; shared_channels?: string[] };
  approval_expires_ms?: number | null;
}

/** Messages of `WS /ws/execution/{run}`; each carries the number of the event it tells of. */
export type LiveMessage = { seq: number } & (
  | { type: 'step_start'; node_id: string; label: Text }
  | { type: 'step_complete'; node_id: string; duration_ms: number }
  | { type: 'step_failed'; node_id: string; error: Fault }
  | { type: 'step_retry'; node_id: string; attempt: number; at: Instant; error: Fault }
  | { type: 'approval_required'; approval_id: string; node_id: string; title: Text }
  | { type: 'approval_decided'; approval_id: string; decision: string; by: string }
  | { type: 'input_required'; fields: MissingField[] }
  | { type: 'plan_revised'; version: number; actions: unknown[] }
  | { type: 'agent_streaming'; node_id: string; chunk: string }
  | { type: 'execution_complete'; status: RunStatus; total_cost: Money; answer: null | { text: string; links?: Answer['links']; worded?: boolean }; error?: Fault | null }
);

/** Messages of `WS /v1/stream`. */
export type StreamMessage =
  | { type: 'run'; run: RunSummary }
  | { type: 'approval'; approval: Approval }
  | { type: 'resync' };
