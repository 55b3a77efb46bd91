// What the make-believe metel says of costs, models, secrets, agents and figures: one workspace in the middle of
// a month. Figures are made up; sums hold.
import { Problem } from './world.mjs';

const NOW = () => new Date().toISOString();
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

/** The pipeline that the editor opens. */
const healing = {
  name: 'auto-healing', title: { en: 'Auto-Healing', ko: '자동 복구' }, entry_point: 'detect_issue',
  nodes: [
    { id: 'detect_issue', type: 'tool', label: { en: 'Look at the key', ko: '문제 감지' }, tool: 'notion.query_database', args: { database: '${input.service}' } },
    { id: 'diagnose', type: 'agent_call', label: { en: 'Diagnose', ko: '원인 분석' }, agents: ['coo'], task: '경고의 원인을 진단하세요.', input: { key: { $ref: 'detect_issue' } } },
    { id: 'bad', type: 'branch', label: { en: 'Is it bad?', ko: '심각한가요?' } },
    { id: 'await_approval', type: 'human_gate', label: { en: 'Approval', ko: '승인 대기' }, title: { en: 'Rotate the key?', ko: '키를 바꿀까요?' }, show: { plan: { $ref: 'diagnose' } } },
    { id: 'rounds', type: 'loop', label: { en: 'Until it holds', ko: '될 때까지' }, until: 'item.ok', max: 3, body: { entry_point: 'rotate', nodes: [{ id: 'rotate', type: 'tool', tool: 'sheets.append_rows', label: { en: 'Rotate', ko: '키 바꾸기' } }, { id: 'verify', type: 'tool', tool: 'sheets.get_range', label: { en: 'Check', ko: '확인' } }], edges: [{ from: 'rotate', to: 'verify' }] } },
    { id: 'notify', type: 'tool', label: { en: 'Tell the team', ko: '결과 알림' }, tool: 'slack.post_message', args: { channel: '#alerts', text: '${rounds.result}' } },
  ],
  edges: [{ from: 'detect_issue', to: 'diagnose' }, { from: 'diagnose', to: 'bad' }, { from: 'bad', to: 'await_approval', when: 'diagnose.severity > 2' }, { from: 'bad', to: 'notify' }, { from: 'await_approval', to: 'rounds' }, { from: 'rounds', to: 'notify' }],
};

export class Upkeep {
  credits = { available: 31_482_150, held: 2_000_000, spent: 16_517_850, granted: 50_000_000 };
  budgets = [
    { scope: 'credits', cap: null, held: 2_000_000, spent: 16_517_850 },
    { scope: 'day', cap: 5_000_000, held: 0, spent: 0 },
    { scope: `day:${NOW().slice(0, 10)}`, cap: 5_000_000, held: 250_000, spent: 4_102_400 },
    { scope: 'agent:critic', cap: 2_000_000, held: 0, spent: 2_000_310 },
    { scope: 'call', cap: 200_000, held: 0, spent: 0 },
  ];
  use = [
    { model: 'claude-haiku-4-5', purpose: 'planner', calls: 412, input_tokens: 1_204_330, output_tokens: 96_210, cached_tokens: 811_200, reasoning_tokens: 0, cost: 9_120_400, calls_without_cost: 0 },
    { model: 'gpt-5-mini', purpose: 'agent', calls: 188, input_tokens: 640_120, output_tokens: 120_400, cached_tokens: 64_000, reasoning_tokens: 48_000, cost: 7_397_450, calls_without_cost: 0 },
    { model: 'qwen2.5:7b', purpose: 'composer', calls: 57, input_tokens: 40_220, output_tokens: 9_120, cached_tokens: 0, reasoning_tokens: 0, cost: 0, calls_without_cost: 57 },
  ];
  models = {
    models: {
      main: { base_url: 'https://api.anthropic.com/v1', model: 'claude-haiku-4-5', protocol: 'anthropic', secret: 'model_main', limits: { concurrent_max: 16, requests_per_minute: 120 } },
      local: { base_url: 'http://127.0.0.1:11434/v1', model: 'qwen2.5:7b', limits: { concurrent_max: 1 } },
    },
    aliases: { planner: ['main', 'local'], fast: ['local'] },
  };
  secrets = [
    { name: 'model_main', last4: '9xQe', version: 2, updated_at: ago(3_000) },
    { name: 'notion_token', last4: 'a1Bz', version: 1, updated_at: ago(40_000) },
    { name: 'pin', last4: null, version: 4, updated_at: ago(90) },
  ];
  vault = { master: 'key-2026-11', earlier: ['key-2026-04'], kept: 'file', behind: 0 };
  agents = [
    ['coo', 'Operations lead', '운영 책임자', '문제의 원인을 찾고 복구할 순서를 정합니다. 확실하지 않은 것은 확실하지 않다고 말합니다.', null, 1024],
    ['critic', 'Critic', '비판자', '계획의 약한 곳을 찾습니다. 위험마다 근거와 막을 방법을 함께 적습니다.', 'judge', 1024],
    ['optimist', 'Optimist', '낙관론자', '할 수 있는 까닭과 얻는 것을 찾습니다.', null, 1024],
    ['writer', 'Writer', '작가', '읽는 사람에게 맞춰 짧고 분명하게 씁니다.', 'fast', 2048],
  ].map(([name, en, ko, persona, model, max_tokens]) => ({ name, title: { en, ko }, persona, model, cost_per_run: 0, parameters: { temperature: 0.2, max_tokens } }));

  stored = new Map();

  /** A stored pipeline with its definition; undefined where there is none. */
  pipeline(name) {
    const made = this.stored.get(name) ?? (name === 'auto-healing' ? { definition: healing, version: 3 } : null);
    if (!made) throw new Problem(404, 'METEL-7007', 'resource.not_found', { en: 'There is no such thing here', ko: '여기에는 없어요' });
    return { name, version: made.version, title: made.definition.title, description: null, input_schema: null, front: 'pipeline', digest: `sha256:${name}`, nodes: made.definition.nodes.length, created_at: ago(9_000), definition: made.definition };
  }

  faults(definition) {
    const ids = new Set(definition.nodes.map((node) => node.id));
    return [
      ...definition.nodes.flatMap((node, i) => (node.type === 'tool' && !node.tool ? [{ pointer: `/nodes/${i}/tool`, message: { en: 'is not a known tool', ko: '알려진 도구가 아니에요' } }] : [])),
      ...(definition.edges ?? []).flatMap((edge, i) => (ids.has(edge.to) ? [] : [{ pointer: `/edges/${i}/to`, message: { en: 'is no step', ko: '그런 단계가 없어요' } }])),
    ];
  }

  policy = () => ({});

  ledger() {
    return Array.from({ length: 24 }, (_, i) => ({
      number: i + 1, transfer: `01930000-0000-7000-8000-${String(i >> 1).padStart(12, '0')}`, account: ['source', 'available', 'held', 'spent'][i < 2 ? i : 1 + ((i >> 1) % 3)],
      amount: i < 2 ? (i ? 50_000_000 : -50_000_000) : (i % 2 ? 1 : -1) * 750_000, kind: i < 2 ? 'grant' : ['reserve', 'settle', 'release'][(i >> 1) % 3], note: i < 2 ? 'user:owner · 11월 예산' : '', at: ago(4_000 - i * 100),
    }));
  }

  /** The answer, or undefined where the question is not for these. */
  answer(key, { id, verb, body, url }) {
    const need = (found) => { if (!found) throw new Error(`fake: ${key} ${id}`); return found; };
    switch (key) {
      case 'GET credits': return id === 'ledger' ? { items: this.ledger().filter((line) => line.number > Number(url.searchParams.get('after') ?? 0)) } : this.credits;
      case 'POST credits': this.credits = { ...this.credits, available: this.credits.available + body.amount, granted: this.credits.granted + body.amount }; return this.credits;
      case 'GET budgets': return { items: this.budgets };
      case 'PUT budgets': {
        const old = this.budgets.find((each) => each.scope === id);
        if (old) old.cap = body.cap; else this.budgets.push({ scope: id, cap: body.cap, held: 0, spent: 0 });
        return { items: this.budgets };
      }
      case 'GET model-usage': return { items: this.use };
      case 'GET model-settings': return this.models;
      case 'PUT model-settings': this.models = body; return body;
      case 'POST model-settings': {
        const entry = need(this.models.models[id]);
        const bad = /wrong/.test(entry.model);
        return { ok: !bad, model: entry.model, ms: 640, answer: bad ? null : 'ok', usage: null, fault: bad ? 'METEL-4002 the provider refused the key' : null };
      }
      case 'GET model-prices': return { model: id, known: /claude|gpt/.test(id), price: /claude|gpt/.test(id) ? { input: 1_000_000, output: 5_000_000, cached: 100_000, cache_written: 1_250_000 } : null };
      case 'GET models': return { object: 'list', data: [], items: [{ name: 'rules', default: true, simulated: true }], default: 'rules', next: null };
      case 'GET secrets': return { items: this.secrets, next: null };
      case 'PUT secrets': { const made = { name: id, last4: body.value.slice(-4), version: 1, updated_at: NOW() }; this.secrets = [...this.secrets.filter((each) => each.name !== id), made]; return made; }
      case 'POST secrets': {
        const secret = need(this.secrets.find((each) => each.name === id));
        if (verb === 'test') return { ok: true, status: secret.name === 'notion_token' ? 200 : null, ms: 41, fault: null };
        Object.assign(secret, { version: secret.version + 1, last4: body.value.slice(-4), updated_at: NOW() });
        return secret;
      }
      case 'DELETE secrets': this.secrets = this.secrets.filter((each) => each.name !== id); return {};
      case 'GET vault': return this.vault;
      case 'POST vault': this.vault = { ...this.vault, master: 'key-fresh', earlier: [this.vault.master, ...this.vault.earlier] }; return { ...this.vault, rewrapped: 3, shut: 0, resealed: body.data_keys ? 3 : 0 };
      case 'GET agents': return { items: this.agents, next: null };
      case 'POST prompts': return { name: 'agent', tokens: 212, sections: [{ name: 'persona', tokens: 120, text: this.agents.find((each) => each.name === body.agent)?.persona ?? '' }, { name: 'task', tokens: 92, text: body.text }] };
      case 'GET workflows': return id ? this.pipeline(id) : undefined;
      case 'POST workflows': {
        if (verb === 'migrate') return undefined;
        const faults = this.faults(body.definition);
        if (faults.length) throw new Problem(422, 'METEL-1203', 'definition.invalid', { en: 'The definition does not hold', ko: '정의에 문제가 있어요' }, { errors: faults });
        if (id === 'validate') return { ok: true, digest: 'sha256:1', nodes: body.definition.nodes.length };
        this.stored.set(body.name, { definition: body.definition, version: (this.stored.get(body.name)?.version ?? 3) + 1 });
        return this.pipeline(body.name);
      }
      case 'GET policy': return id === 'versions' ? { items: [2, 1].map((version) => ({ version, digest: `sha256:${version}`, by: 'user:owner', created_at: ago(9_000 / version), policy: version === 1 ? { name: 'hanbit', rules: [] } : this.policy() })) } : undefined;
      case 'POST policy': {
        const change = (effect) => ({ run: 'run_01J00000000000000000000001', step: 'a2', tool: 'slack.post_message', before: 'allow', after: effect, rule: 'ask-before-general', reasons: [{ en: 'Everybody reads #general.', ko: '모두가 읽는 채널이에요.' }] });
        if (id === 'simulate') return { runs: body.runs, calls: 214, denied: [], asked: [change('approval')], freed: [] };
        return { decision: 'approval', rule: 'asked.target', reasons: [{ en: 'The receiver comes from content that outsiders may have written.', ko: '받는 곳이 외부에서 온 내용에 적힌 곳이에요.' }], risk: ['write', 'external_send'], asked_for: false, tainted: true, acts: ['send'], outside: true, pii: [], signs: [{ why: 'order', excerpt: 'forward this' }], fields: [{ pointer: '/channel', role: 'target', origin: 'untrusted_tool', vouched: false, highlight: true }] };
      }
      default: return undefined;
    }
  }

  figures() {
    return ['metel_uptime_seconds 86400', 'metel_store_bytes 48234496', 'metel_tasks_due 3', 'metel_tasks_held 2', 'metel_tasks_oldest_due_milliseconds 2100', 'metel_effects_in_flight 2', 'metel_runs{status="completed"} 214']
      .map((line) => `# HELP ${line.split(/[ {]/)[0]} A figure of the make-believe server.\n# TYPE ${line.split(/[ {]/)[0]} gauge\n${line}\n`).join('');
  }
}
