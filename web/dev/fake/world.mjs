// A make-believe metel in memory, for building and testing the pages only: runs that move, stop for
// approval or information, retry, fail. It judges nothing; the shapes are those of docs/api.md.
import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { pipelines, plannedFor, tools } from './catalogue.mjs';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const newId = (noun) => `${noun}_${Array.from(randomBytes(26), (b) => ALPHABET[b % 32]).join('')}`;
export const digestOf = (value) => `sha256:${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`;
export const stamp = (ms) => new Date(ms).toISOString().replace('Z', '000Z');

export class Problem extends Error {
  constructor(status, code, kind, title, more = {}) { super(title.en); Object.assign(this, { status, code, kind, title, more }); }
}

export class World extends EventEmitter {
  constructor({ pace = 450, now = Date.now } = {}) {
    super();
    this.setMaxListeners(0);
    this.pace = pace;
    this.now = now;
    this.began = now();
    this.runs = new Map();
    this.approvals = new Map();
    this.plans = new Map();
    this.events = new Map();
    this.messages = new Map();
    this.timers = new Set();
    this.notes = [];
    this.dead = [];
    this.tokens = [];
    this.policy = { name: '', rules: [], inside: { domains: [], shared_channels: [] } };
    this.tools = tools();
    this.pipelines = pipelines();
    this.connections = ['notion', 'slack', 'sheets'].map((service, i) => ({
      id: newId('conn'), service, title: { notion: 'Notion', slack: 'Slack', sheets: 'Google Sheets' }[service], state: 'ready',
      scopes: { notion: ['pages:read', 'pages:write'], slack: ['chat:write', 'channels:read'], sheets: ['values:read', 'values:write'] }[service],
      sandbox: true, created_at: stamp(now() - 86_400_000 * (i + 1)), base_url: null,
    }));
  }

  stop() { this.timers.forEach(clearTimeout); this.timers.clear(); }

  later(ms, act) {
    const timer = setTimeout(() => { this.timers.delete(timer); act(); }, ms);
    this.timers.add(timer);
  }

  plan(request, lang) {
    const made = plannedFor(request, lang);
    if (!made) throw new Problem(422, 'METEL-4101', 'plan.refused', { en: 'No plan can be made from the tools at hand', ko: '지금 있는 도구로는 계획을 세울 수 없어요' }, { hint: { en: 'Say it differently, or connect the service that is needed.', ko: '다르게 말하거나 필요한 서비스를 연결하세요.' } });
    const plan = { id: newId('plan'), planner: 'template', template: 'notes_to_slack', model: null, ms: 3, assumptions: [], tools_considered: [], missing: [], request, ...made };
    plan.needs_approval = plan.actions.some((action) => action.approval);
    this.plans.set(plan.id, plan);
    return plan;
  }

  event(run, type, step, summary, data = {}, message = null, at = this.now()) {
    const list = this.events.get(run.id);
    const seq = list.length + 1;
    const before = list.at(-1)?.hash ?? '';
    list.push({ seq, type, at: stamp(at), actor: type.startsWith('approval_decided') || type === 'run_started' ? 'minji' : 'worker', step, summary, hash: createHash('sha256').update(before + type + seq + JSON.stringify(data)).digest('hex'), data });
    run.seq = seq;
    run.updated_at = stamp(at);
    if (message) {
      const full = { ...message, seq };
      this.messages.get(run.id).push(full);
      this.emit(`run:${run.id}`, full);
    }
    this.emit('run', this.summary(run));
  }

  summary(run) {
    const done = run.steps.filter((step) => step.status === 'succeeded' || step.status === 'skipped').length;
    run.steps_done = done;
    run.steps_total = run.steps.length;
    run.display = run.status === 'waiting' ? `waiting_${run.waiting}` : run.status;
    const { id, short, name, title, status, waiting, display, request, steps_done, steps_total, cost, tokens, created_at, updated_at, by, parent, error } = run;
    return { id, short, name, title, status, waiting, display, request, steps_done, steps_total, cost, tokens, created_at, updated_at, by, parent, error };
  }

  full(run) {
    this.summary(run);
    const { script, ended, ...shown } = run;
    return { ...shown, approvals: [...this.approvals.values()].filter((approval) => approval.run === run.id) };
  }

  /** Starts a run of scripted steps and lets time move it. */
  start({ name, title, request = null, plan = null, script, by = 'minji', at = this.now(), cost = 0, simulated = true, input = {}, session = newId('sess') }) {
    const id = newId('run');
    const run = {
      id, short: id.slice(-6), name, title, status: 'running', waiting: null, request, steps_done: 0, steps_total: script.length, cost, tokens: 0,
      created_at: stamp(at), updated_at: stamp(at), by, parent: null, error: null, workflow: digestOf(name), plan, input, output: {}, answer: null,
      session, simulated, seq: 0, missing: [], script,
      steps: script.map((each, i) => ({
        id: each.id, label: each.label, type: each.type ?? (each.tool ? 'tool' : 'agent'), tool: each.tool ?? null, agent: each.agent ?? null, status: 'pending',
        waiting: null, attempt: 1, parent: each.parent ?? null, started_at: null, ended_at: null, ms: null, payload: null, output: null, products: {},
        untrusted: !!each.untrusted, error: null, wake_at: null, approval: null, after: i ? [script[i - 1].id] : ['_start'], risk: each.risk ?? ['read'],
      })),
    };
    this.runs.set(id, run);
    this.events.set(id, []);
    this.messages.set(id, []);
    this.event(run, 'run_started', null, { en: 'The run began', ko: '실행을 시작했어요' }, { name }, null, at);
    this.event(run, 'plan_accepted', null, { en: 'The plan was accepted', ko: '계획을 받아들였어요' }, { version: 1, plan: plan ? { goal: plan.goal, planner: plan.planner, actions: plan.actions.map(({ id, tool, args, requires, produces }) => ({ id, tool, args, requires, produces })) } : null }, null, at);
    return run;
  }

  /** Moves a run by one step, then again after a while, until it stops by itself. */
  go(run, instant = false, at = this.now()) {
    if (run.status !== 'running') return;
    const index = run.steps.findIndex((step) => step.status === 'pending' || step.status === 'ready');
    if (index < 0) return this.finish(run, at);
    const step = run.steps[index];
    const script = run.script[index];
    if (script.missing && !script.given) {
      Object.assign(step, { status: 'waiting', waiting: 'input' });
      Object.assign(run, { status: 'waiting', waiting: 'input', missing: script.missing });
      return this.event(run, 'input_requested', step.id, { en: 'Information is needed', ko: '정보가 필요해요' }, { fields: script.missing.map((m) => m.key) }, { type: 'input_required', fields: script.missing }, at);
    }
    step.payload = script.payload ?? null;
    if (script.gate && !script.approved) return this.ask(run, step, script, at);
    Object.assign(step, { status: 'running', waiting: null, started_at: step.started_at ?? stamp(at) });
    this.event(run, 'effect_intended', step.id, { en: `${step.tool ?? step.agent ?? step.id}: about to be sent`, ko: `${step.tool ?? step.agent ?? step.id}: 보내려고 해요` }, { n: step.attempt, payload: script.payload ?? {} }, { type: 'step_start', node_id: step.id, label: step.label }, at);
    const ms = script.ms ?? 120;
    const wait = instant ? 0 : Math.max(this.pace, script.slow ? this.pace * 4 : 0);
    const next = () => this.settle(run, step, script, instant, instant ? at + ms : this.now(), ms);
    if (instant) return next();
    if (script.stream) script.stream.forEach((chunk, i) => this.later(((i + 1) * wait) / (script.stream.length + 1), () => this.emit(`run:${run.id}`, { type: 'agent_streaming', node_id: step.id, chunk, seq: run.seq })));
    this.later(wait, next);
  }

  settle(run, step, script, instant, at, ms) {
    if (run.status !== 'running') return;
    if (script.fails && step.attempt <= script.fails.times) {
      const error = script.fails.error;
      if (script.fails.forever && step.attempt === script.fails.times) {
        Object.assign(step, { status: 'failed', error, ended_at: stamp(at), ms });
        this.event(run, 'step_failed', step.id, { en: 'The step failed', ko: '단계가 실패했어요' }, { error }, { type: 'step_failed', node_id: step.id, error }, at);
        Object.assign(run, { status: 'failed', error });
        return this.event(run, 'run_failed', null, { en: 'The run failed', ko: '실행이 실패했어요' }, { error }, { type: 'execution_complete', status: 'failed', total_cost: run.cost, answer: null }, at);
      }
      step.attempt += 1;
      const wake = stamp(at + 1000);
      Object.assign(step, { status: 'waiting', waiting: 'timer', wake_at: wake, error });
      this.event(run, 'step_retry', step.id, { en: 'It will be tried again', ko: '다시 시도해요' }, { attempt: step.attempt, error }, { type: 'step_retry', node_id: step.id, attempt: step.attempt, at: wake, error }, at);
      const again = () => { Object.assign(step, { status: 'ready', waiting: null, wake_at: null }); this.go(run, instant, instant ? at + 1000 : this.now()); };
      return instant ? again() : this.later(this.pace, again);
    }
    const began = step.started_at ? Date.parse(step.started_at) : at - ms;
    Object.assign(step, { status: 'succeeded', waiting: null, wake_at: null, error: null, ended_at: stamp(Math.max(at, began + ms)), ms, output: script.output ?? {}, products: script.products ?? {} });
    run.cost += script.cost ?? 0;
    run.tokens += script.tokens ?? 0;
    this.event(run, 'effect_observed', step.id, { en: 'An answer came', ko: '답이 왔어요' }, { status: 200, ms, output: script.output ?? {}, ...(script.tokens ? { usage: { model: 'claude-haiku-4-5', input_tokens: Math.round(script.tokens * 0.8), output_tokens: Math.round(script.tokens * 0.2), cost: script.cost ?? 0 } } : {}) }, null, at);
    this.event(run, 'step_succeeded', step.id, { en: `Done: ${step.label.en ?? step.label}`, ko: `끝: ${step.label.ko ?? step.label}` }, { products: step.products }, { type: 'step_complete', node_id: step.id, duration_ms: ms }, at);
    this.go(run, instant, instant ? at + ms + 30 : this.now());
  }

  ask(run, step, script, at) {
    const id = newId('appr');
    const approval = {
      id, short: id.slice(-6), run: run.id, step: step.id, status: 'pending', title: script.gate.title, tool: step.tool, version: '1.0.0',
      digest: digestOf([step.tool, script.payload, run.id]), payload: script.payload, preview: script.gate.preview ?? null, risk: step.risk,
      verdict: { effect: 'approval', pii: [], untrusted: [], outside: false, reasons: [], ...script.gate.verdict }, undo: script.gate.undo ?? null,
      request: run.request, created_at: stamp(at), expires_at: stamp(this.now() + (script.gate.minutes ?? 24) * 60_000), decided: null,
    };
    this.approvals.set(id, approval);
    Object.assign(step, { status: 'waiting', waiting: 'approval', approval: id, started_at: stamp(at) });
    Object.assign(run, { status: 'waiting', waiting: 'approval' });
    this.event(run, 'approval_requested', step.id, { en: 'Approval is needed', ko: '승인이 필요해요' }, { approval: id, rule: approval.verdict.rule }, { type: 'approval_required', approval_id: id, node_id: step.id, title: approval.title }, at);
    this.emit('approval', approval);
  }

  /** What one approval of the rest would cover. */
  envelope(run) {
    const left = run.steps.filter((step) => step.tool && ['pending', 'ready', 'waiting'].includes(step.status));
    const envelope = { run: run.id, workflow: run.workflow, tools: [...new Set(left.map((step) => step.tool))], recipients: left.some((step) => step.tool.startsWith('slack')) ? ['#partners'] : [], calls: left.length, exact: left.filter((step) => step.waiting === 'approval').map((step) => digestOf(step.id)), until: (this.now() + 86_400_000) * 1000 };
    return { envelope, digest: digestOf(envelope.tools), open: left.filter((step) => step.risk.includes('destructive')).map((step) => step.id) };
  }

  seal(run, { digest }) {
    if (digest !== this.envelope(run).digest) throw new Problem(409, 'METEL-2202', 'approval.stale', { en: 'The payload is not the one that was shown', ko: '보여 드린 내용과 달라졌어요' });
    this.event(run, 'envelope_sealed', null, { en: 'The plan was approved', ko: '계획을 통째로 승인했어요' }, { digest });
    for (const approval of this.approvals.values()) if (approval.run === run.id && approval.status === 'pending') this.decide(approval, { decision: 'approve', digest: approval.digest });
  }

  fork(run, { at }) {
    const made = this.start({ name: run.name, title: run.title, request: run.request, plan: run.plan, script: structuredClone(run.script) });
    this.event(made, 'run_forked', null, { en: `Forked after event ${at}`, ko: `이벤트 ${at} 뒤에서 갈라졌어요` }, { from: run.id, seq: at });
    this.later(this.pace, () => this.go(made));
    return made;
  }

  finish(run, at) {
    const end = run.script.at(-1)?.answer ?? { text: '끝났어요.', links: [], worded: false };
    Object.assign(run, { status: 'completed', waiting: null, answer: end, output: Object.assign({}, ...run.steps.map((step) => step.products)) });
    this.event(run, 'run_completed', null, { en: 'The run completed', ko: '실행을 마쳤어요' }, { output: run.output }, { type: 'execution_complete', status: 'completed', total_cost: run.cost, answer: end }, at);
  }

  decide(approval, body, by = 'minji') {
    if (approval.status !== 'pending') throw new Problem(409, 'METEL-2201', 'approval.decided', { en: 'This approval has already been decided or is void', ko: '이미 처리되었거나 무효가 된 승인이에요' }, { hint: { en: 'Look at it again.', ko: '다시 확인하세요.' } });
    if (body.digest !== approval.digest) throw new Problem(409, 'METEL-2202', 'approval.stale', { en: 'The payload is not the one that was shown', ko: '보여 드린 내용과 달라졌어요' }, { hint: { en: 'Read it again and decide on what it says now.', ko: '다시 읽고 지금 내용으로 결정하세요.' } });
    const run = this.runs.get(approval.run);
    const step = run.steps.find((each) => each.id === approval.step);
    const script = run.script.find((each) => each.id === approval.step);
    let payload = approval.payload;
    if (body.decision === 'edit') {
      if (typeof body.payload?.channel === 'string' && !body.payload.channel.startsWith('#')) {
        throw new Problem(422, 'METEL-5003', 'tool.payload', { en: 'The payload does not fit the tool\'s schema', ko: '도구가 받는 모양과 달라요' }, { hint: { en: 'Correct the fields listed.', ko: '적힌 항목을 고쳐 주세요.' }, errors: [{ pointer: '/channel', message: { en: 'must begin with #', ko: '#으로 시작해야 해요' } }] });
      }
      payload = body.payload;
    }
    if (body.decision === 'mask') payload = JSON.parse(approval.verdict.pii.reduce((text, mark) => text.replace(new RegExp(mark.masked.replace(/[-+.()]/g, '\\$&').replace(/\*/g, '.')), mark.masked), JSON.stringify(payload)));
    approval.status = { approve: 'approved', edit: 'approved_with_edits', mask: 'approved_with_edits', reject: 'rejected' }[body.decision];
    approval.payload = payload;
    approval.decided = { by, channel: 'web', at: stamp(this.now()), reason: body.reason ?? null };
    step.approval = null;
    run.waiting = null;
    this.emit('approval', approval);
    if (body.decision === 'reject') {
      const error = { code: 'METEL-2204', title: { en: 'A person rejected the action', ko: '사람이 거절했어요' }, ...(body.reason ? { detail: body.reason } : {}) };
      Object.assign(step, { status: 'failed', waiting: null, error });
      Object.assign(run, { status: 'failed', error });
      this.event(run, 'approval_decided', step.id, { en: 'Rejected', ko: '거절했어요' }, { decision: 'reject' }, { type: 'approval_decided', approval_id: approval.id, decision: 'reject', by });
      return this.event(run, 'run_failed', null, { en: 'The run ended', ko: '실행이 끝났어요' }, { error }, { type: 'execution_complete', status: 'failed', total_cost: run.cost, answer: null });
    }
    script.approved = true;
    script.payload = payload;
    Object.assign(step, { status: 'ready', waiting: null });
    run.status = 'running';
    this.event(run, 'approval_decided', step.id, { en: 'Approved', ko: '승인했어요' }, { decision: body.decision }, { type: 'approval_decided', approval_id: approval.id, decision: body.decision, by });
    this.later(this.pace / 3, () => this.go(run));
    return undefined;
  }

  give(run, values) {
    if (run.waiting !== 'input') throw new Problem(409, 'METEL-6006', 'input.unexpected', { en: 'The run is not waiting for this', ko: '실행이 이 값을 기다리고 있지 않아요' });
    const lacking = run.missing.filter((field) => values[field.key] === undefined);
    if (lacking.length) throw new Problem(422, 'METEL-1002', 'field.invalid', { en: 'A field has the wrong shape', ko: '값의 모양이 맞지 않아요' }, { errors: lacking.map((field) => ({ pointer: `/values/${field.key}`, message: { en: 'is required', ko: '꼭 필요해요' } })) });
    const index = run.steps.findIndex((step) => step.waiting === 'input');
    const script = run.script[index];
    script.given = true;
    script.payload = { ...script.payload, ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key.split('.').at(-1), value])) };
    Object.assign(run.steps[index], { status: 'ready', waiting: null });
    Object.assign(run, { status: 'running', waiting: null, missing: [] });
    this.event(run, 'input_given', run.steps[index].id, { en: 'The information was given', ko: '정보를 받았어요' }, { values });
    this.later(this.pace / 3, () => this.go(run));
  }

  pause(run, by = 'minji') {
    Object.assign(run, { paused: by, held: [run.status, run.waiting], status: 'waiting', waiting: 'paused' });
    this.event(run, 'run_paused', null, { en: `Paused by ${by}`, ko: `잠시 멈췄어요 (${by})` }, { by });
  }

  resume(run, by = 'minji') {
    const [status, waiting] = run.held ?? ['running', null];
    Object.assign(run, { paused: null, status, waiting });
    this.event(run, 'run_resumed', null, { en: `Resumed by ${by}`, ko: `다시 이어서 해요 (${by})` }, { by });
  }

  submit(run, step, values) {
    const { form } = step.task ?? {};
    if (!form) throw new Problem(409, 'METEL-6006', 'input.unexpected', { en: 'The run is not waiting for this', ko: '실행이 이 값을 기다리고 있지 않아요' });
    const errors = (form.required ?? []).filter((name) => values[name] === undefined).map((name) => ({ pointer: `/values/${name}`, message: { en: 'is required', ko: '꼭 필요해요' } }));
    for (const [name, { minimum }] of Object.entries(form.properties)) if (minimum !== undefined && values[name] < minimum) errors.push({ pointer: `/values/${name}`, message: { en: `must be ${minimum} or more`, ko: `${minimum} 이상이어야 해요` } });
    if (errors.length) throw new Problem(422, 'METEL-1002', 'field.invalid', { en: 'A field has the wrong shape', ko: '값의 모양이 맞지 않아요' }, { errors });
    Object.assign(step, { status: 'succeeded', waiting: null, task: null, output: values, ended_at: stamp(this.now()) });
    const next = run.steps.find((each) => each.status === 'pending');
    if (next) Object.assign(next, { status: 'waiting', waiting: 'message', started_at: stamp(this.now()), message: { name: 'contract.signed', correlation: 'C-7' } });
    Object.assign(run, { status: 'waiting', waiting: 'message' });
    this.event(run, 'task_submitted', step.id, { en: 'The form was filled in', ko: '양식을 채웠어요' }, { values });
  }

  /** A message comes; a step that waits for it goes on. */
  publish(body) {
    const note = { id: newId('msg'), name: body.name, correlation: body.correlation ?? '', payload: body.payload ?? null, untrusted: true, by: 'minji', at: stamp(this.now()), expires: stamp(this.now() + (body.ttl_ms ?? 86_400_000)), state: 'kept' };
    this.notes.unshift(note);
    for (const run of this.runs.values()) {
      const step = run.steps.find((each) => each.status === 'waiting' && each.message?.name === note.name && each.message.correlation === note.correlation);
      if (!step) continue;
      note.state = 'taken';
      Object.assign(step, { status: 'succeeded', waiting: null, message: null, output: note.payload, ended_at: stamp(this.now()) });
      Object.assign(run, { status: 'running', waiting: null });
      this.event(run, 'message_received', step.id, { en: 'A message came', ko: '메시지가 왔어요' }, { message: note.id });
    }
    return { id: note.id, known: false };
  }

  redrive({ runs, code }) {
    const wanted = new Set(runs ?? this.dead.filter((each) => each.code === code).map((each) => each.run));
    const [retried, refused] = [[], []];
    for (const id of wanted) {
      const run = this.runs.get(id);
      if (!run) { refused.push({ run: id, problem: { title: '그런 실행이 없어요', status: 404, code: 'METEL-6001' } }); continue; }
      this.dead = this.dead.filter((each) => each.run !== id);
      if (run.script.length > 0) this.retry(run);
      retried.push(id);
    }
    return { retried, refused, more: false };
  }

  cancel(run, reason) {
    if (['completed', 'failed', 'cancelled'].includes(run.status)) throw new Problem(409, 'METEL-6002', 'run.final', { en: 'The run has already ended', ko: '이미 끝난 실행이에요' });
    for (const approval of this.approvals.values()) if (approval.run === run.id && approval.status === 'pending') { approval.status = 'void'; this.emit('approval', approval); }
    run.steps.forEach((step) => { if (step.status !== 'succeeded') Object.assign(step, { status: 'cancelled', waiting: null }); });
    Object.assign(run, { status: 'cancelled', waiting: null, missing: [] });
    this.event(run, 'run_cancelled', null, { en: 'The run was stopped', ko: '실행을 중지했어요' }, { reason: reason ?? null }, { type: 'execution_complete', status: 'cancelled', total_cost: run.cost, answer: null });
  }

  retry(run) {
    if (run.status !== 'failed') throw new Problem(409, 'METEL-6002', 'run.final', { en: 'The run has already ended', ko: '이미 끝난 실행이에요' });
    const step = run.steps.find((each) => each.status === 'failed');
    const script = run.script.find((each) => each.id === step?.id);
    if (script) delete script.fails;
    if (step) Object.assign(step, { status: 'ready', error: null, attempt: step.attempt + 1 });
    Object.assign(run, { status: 'running', error: null });
    this.event(run, 'run_retried', null, { en: 'Started again from the failed step', ko: '실패한 단계부터 다시 시작했어요' }, { steps: [step?.id] });
    this.later(this.pace / 2, () => this.go(run));
  }
}
