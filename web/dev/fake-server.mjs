// A make-believe server for building and testing the pages: answers docs/api.md from memory and
// serves dist/ under /app with the policy that the real one sends. Never shipped.
//   node dev/fake-server.mjs [PORT]      FAKE_PACE=450 milliseconds a step
import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { templates } from './fake/catalogue.mjs';
import { seed, startFor } from './fake/seed.mjs';
import { Upkeep } from './fake/upkeep.mjs';
import { digestOf, newId, Problem, World } from './fake/world.mjs';

const dist = new URL('../dist/', import.meta.url).pathname;
const CSP = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
export const TOKEN = 'mtl_dev';

/** Starts it; resolves to its address and the call that stops it. */
export async function serve({ port = 0, pace = Number(process.env.FAKE_PACE ?? 450), seeded = true } = {}) {
  const world = new World({ pace });
  world.upkeep = new Upkeep();
  const sandbox = 'http://127.0.0.1:7272';
  if (seeded) seed(world, sandbox);

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/' || url.pathname === '/dashboard' || url.pathname === '/app') return response.writeHead(302, { Location: '/app/' }).end();
    if (url.pathname === '/start') return response.writeHead(302, { Location: '/app/', 'Set-Cookie': 'metel_session=dev; HttpOnly; SameSite=Strict; Path=/' }).end();
    if (url.pathname.startsWith('/app/')) return page(request, response, url.pathname.slice(5));
    if (url.pathname === '/metrics') return response.writeHead(200, { 'Content-Type': 'text/plain' }).end(world.upkeep.figures());
    if (url.pathname === '/health/ready') return response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"status":"ok","version":"0.1.0"}');
    let text = '';
    request.on('data', (chunk) => { text += chunk; });
    request.on('end', () => {
      const ko = /^ko/.test(request.headers['accept-language'] ?? '');
      const say = (value) => (value && typeof value === 'object' && 'en' in value ? value[ko ? 'ko' : 'en'] : value);
      try {
        if (!signedIn(request)) throw new Problem(401, 'METEL-7001', 'auth.missing', { en: 'You are not signed in', ko: '로그인하지 않았어요' }, { hint: { en: 'Use the one-time link or a token.', ko: '일회용 링크나 토큰을 쓰세요.' } });
        if (request.method === 'POST' && !request.headers['idempotency-key']) throw new Problem(400, 'METEL-7009', 'idempotency.missing', { en: 'Idempotency-Key is missing', ko: 'Idempotency-Key가 없어요' });
        const [status, body] = answer(world, sandbox, request.method, url, text ? JSON.parse(text) : {}, ko);
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(body === null ? '' : JSON.stringify(body));
      } catch (fault) {
        if (!(fault instanceof Problem)) console.error(fault);
        const p = fault instanceof Problem ? fault : new Problem(500, 'METEL-7900', 'internal', { en: 'Something in metel went wrong', ko: 'metel 안에서 문제가 생겼어요' });
        response.writeHead(p.status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({
          type: `/help/${p.code}`, title: say(p.title), status: p.status, code: p.code, kind: p.kind, instance: url.pathname, request_id: randomUUID().slice(0, 8),
          ...(p.more.hint ? { hint: say(p.more.hint) } : {}), ...(p.more.detail ? { detail: say(p.more.detail) } : {}),
          ...(p.more.errors ? { errors: p.more.errors.map((each) => ({ ...each, message: say(each.message) })) } : {}),
        }));
      }
    });
  });

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://localhost');
    if (!signedIn(request) && url.searchParams.get('token') !== TOKEN) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const send = (message) => ws.readyState === ws.OPEN && ws.send(JSON.stringify(message));
      const on = (name, act) => { world.on(name, act); ws.on('close', () => world.off(name, act)); };
      const live = /^\/ws\/execution\/(.+)$/.exec(url.pathname);
      if (live) {
        const run = find(world.runs, decodeURIComponent(live[1]));
        if (!run) return ws.close(4404);
        const after = Number(url.searchParams.get('after') ?? 0);
        world.messages.get(run.id).filter((message) => message.seq > after).forEach(send);
        return on(`run:${run.id}`, send);
      }
      ws.on('message', (raw) => {
        const { subscribe } = JSON.parse(String(raw));
        if (subscribe === 'runs') on('run', (run) => send({ type: 'run', run }));
        if (subscribe === 'approvals') on('approval', (approval) => send({ type: 'approval', approval }));
      });
    });
  });

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    world,
    dropSockets: () => sockets.clients.forEach((ws) => ws.terminate()),
    stop: () => { world.stop(); sockets.clients.forEach((ws) => ws.terminate()); server.closeAllConnections(); return new Promise((resolve) => server.close(resolve)); },
  };
}

const signedIn = (request) => request.headers.authorization === `Bearer ${TOKEN}` || /metel_session=dev/.test(request.headers.cookie ?? '');
const find = (map, id) => map.get(id) ?? [...map.values()].find((each) => each.id.endsWith(id));
const need = (value) => { if (!value) throw new Problem(404, 'METEL-7007', 'resource.not_found', { en: 'There is no such thing here', ko: '여기에는 없어요' }, { hint: { en: 'Check the id.', ko: 'id를 확인하세요.' } }); return value; };
const list = (items, url) => {
  const limit = Number(url.searchParams.get('limit') ?? 50);
  const from = Number(url.searchParams.get('cursor') ?? 0);
  return { items: items.slice(from, from + limit), next: from + limit < items.length ? String(from + limit) : null };
};

function answer(world, sandbox, method, url, body, ko) {
  const [, version, noun, id, verb, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  if (version !== 'v1') need(null);
  const key = `${method} ${noun}`;
  world.upkeep.policy = () => world.policy;
  const kept = world.upkeep.answer(key, { id, verb, body, url });
  if (kept !== undefined) return [200, kept];
  switch (key) {
    case 'GET me': return [200, { user: 'minji', workspace: 'hanbit', role: 'owner', lang: 'ko' }];
    case 'GET status': {
      const by = {};
      for (const run of world.runs.values()) by[run.status] = (by[run.status] ?? 0) + 1;
      return [200, { version: '0.1.0', store: 'sqlite', runs: by, pending_tasks: 0, approvals_pending: [...world.approvals.values()].filter((each) => each.status === 'pending').length, model: null, simulated: true, sandbox: { url: sandbox, services: ['notion', 'slack', 'sheets', 'firecrawl'] }, uptime_s: Math.round((world.now() - world.began) / 1000) }];
    }
    case 'POST plans': return [200, world.plan(body.request ?? '', body.lang ?? 'ko')];
    case 'GET runs': {
      if (id && verb === 'events') {
        const run = need(find(world.runs, id));
        const after = Number(url.searchParams.get('after') ?? 0);
        const limit = Number(url.searchParams.get('limit') ?? 50);
        const items = world.events.get(run.id).filter((event) => event.seq > after).slice(0, limit);
        const last = items.at(-1)?.seq ?? after;
        return [200, { items, next: last < run.seq ? last : null }];
      }
      if (id && verb === 'envelope') return [200, world.envelope(need(find(world.runs, id)))];
      if (id && verb === 'capsule') { need(find(world.runs, id)); return [200, { capsule: id }]; }
      if (id) return [200, world.full(need(find(world.runs, id)))];
      const status = url.searchParams.get('status');
      const q = (url.searchParams.get('q') ?? '').normalize('NFC').toLowerCase();
      const runs = [...world.runs.values()].sort((a, b) => b.created_at.localeCompare(a.created_at)).map((run) => world.summary(run))
        .filter((run) => (!status || run.status === status || run.display === status) && (!q || `${run.title.ko} ${run.title.en} ${run.request ?? ''} ${run.name}`.normalize('NFC').toLowerCase().includes(q)));
      return [200, list(runs, url)];
    }
    case 'POST runs': {
      if (!id) return [202, world.full(startFor(world, sandbox, body))];
      const run = need(find(world.runs, id));
      if (verb === 'cancel') world.cancel(run, body.reason);
      else if (verb === 'retry') world.retry(run);
      else if (verb === 'pause') world.pause(run);
      else if (verb === 'resume') world.resume(run);
      else if (verb === 'steps' && rest[1] === 'submit') world.submit(run, need(run.steps.find((each) => each.id === rest[0])), body.values ?? {});
      else if (verb === 'envelope') world.seal(run, body);
      else if (verb === 'fork') return [202, world.full(world.fork(run, body))];
      else if (verb === 'input') world.give(run, body.values ?? {});
      else if (verb === 'replay') return [200, { events: run.seq, differences: 0, outside_calls: 0, state_hash: digestOf(run.steps), first_difference: null, ms: 38 }];
      else if (verb === 'steps' && rest[1] === 'resolve') {
        const step = need(run.steps.find((each) => each.id === rest[0]));
        Object.assign(step, { status: body.happened ? 'succeeded' : 'ready', waiting: null });
        Object.assign(run, { status: 'running', waiting: null });
        world.event(run, 'doubt_resolved', step.id, { en: 'A person said what happened', ko: '사람이 확인해 줬어요' }, { happened: body.happened });
        world.later(world.pace, () => world.go(run));
      } else need(null);
      return [200, world.full(run)];
    }
    case 'GET messages': {
      if (id) return [200, need(world.notes.find((each) => each.id === id))];
      const [name, state] = [url.searchParams.get('name'), url.searchParams.get('state')];
      return [200, list(world.notes.filter((each) => (!name || each.name === name) && (!state || each.state === state)), url)];
    }
    case 'POST messages': {
      if (!body.name) throw new Problem(422, 'METEL-1002', 'field.invalid', { en: 'A field has the wrong shape', ko: '값의 모양이 맞지 않아요' }, { errors: [{ pointer: '/name', message: { en: 'is required', ko: '꼭 필요해요' } }] });
      return [202, world.publish(body)];
    }
    case 'GET dead': {
      if (id === 'counts') return [200, { items: [...new Set(world.dead.map((each) => each.code))].map((code) => ({ code, steps: world.dead.filter((each) => each.code === code).length })) }];
      return [200, list(world.dead.filter((each) => each.code === url.searchParams.get('code')), url)];
    }
    case 'POST dead': return [200, world.redrive(body)];
    case 'GET tokens': return [200, list(world.tokens, url)];
    case 'POST tokens': {
      const made = { id: newId('tok'), name: body.name, role: body.role ?? 'owner', owner: newId('user'), created_at: new Date().toISOString(), expires_at: body.expires_at ?? null, used_at: null, revoked_at: null };
      world.tokens.push(made);
      return [201, { ...made, token: 'metel_made_believe_7Kd2' }];
    }
    case 'DELETE tokens': need(world.tokens.find((each) => each.id === id)).revoked_at = new Date().toISOString(); return [204, null];
    case 'GET policy': return [200, world.policy];
    case 'PUT policy': {
      const errors = (body.rules ?? []).flatMap((rule, i) => (/ = |^\s*$/.test(rule.when?.condition ?? 'x') ? [{ pointer: `/rules/${i}/when/condition`, message: { en: 'can not be read', ko: '식을 읽을 수 없어요' } }] : []));
      if (errors.length) throw new Problem(422, 'METEL-1002', 'field.invalid', { en: 'A field has the wrong shape', ko: '값의 모양이 맞지 않아요' }, { errors });
      world.policy = body;
      return [200, body];
    }
    case 'GET approvals': {
      if (id) return [200, need(find(world.approvals, id))];
      const status = url.searchParams.get('status');
      const run = url.searchParams.get('run');
      return [200, list([...world.approvals.values()].filter((each) => (!status || each.status === status) && (!run || each.run === run)), url)];
    }
    case 'POST approvals': { const approval = need(find(world.approvals, id)); world.decide(approval, body); return [200, approval]; }
    case 'GET tools': {
      if (id) return [200, need(world.tools.find((tool) => tool.id === id))];
      const q = (url.searchParams.get('q') ?? '').normalize('NFC').toLowerCase();
      return [200, list(world.tools.filter((tool) => !q || JSON.stringify([tool.id, tool.title, tool.description]).toLowerCase().includes(q)), url)];
    }
    case 'GET connections': return [200, list(world.connections, url)];
    case 'POST connections': {
      if (verb === 'test') { const connection = need(world.connections.find((each) => each.id === id)); return [200, { ok: connection.service !== 'broken', status: 200, ms: 14 }]; }
      if (!/^[a-z0-9-]+$/.test(body.service ?? '')) throw new Problem(422, 'METEL-1002', 'field.invalid', { en: 'A field has the wrong shape', ko: '값의 모양이 맞지 않아요' }, { errors: [{ pointer: '/service', message: { en: 'must be a service name', ko: '서비스 이름이어야 해요' } }] });
      const made = { id: newId('conn'), service: body.service, title: body.service, state: 'ready', scopes: [], sandbox: !!body.sandbox, created_at: new Date().toISOString(), base_url: body.base_url ?? null };
      world.connections.push(made);
      return [201, made];
    }
    case 'DELETE connections': world.connections = world.connections.filter((each) => each.id !== id); return [200, {}];
    case 'GET workflows': return [200, list(world.pipelines, url)];
    case 'POST workflows': return [200, { workflow: id, version: 3, to: 'sha256:3', dry_run: body.dry_run ?? false, moved: body.dry_run ? 0 : 1, runs: [{ run: newId('run'), from: 'sha256:2', blockers: [] }, { run: newId('run'), from: 'sha256:2', blockers: [{ step: 'review', message: ko ? '새 판에 이 단계가 없어요' : 'is gone in the new version' }] }] }];
    case 'GET templates': return [200, list(templates(), url)];
    case 'GET audit': {
      const events = [...world.events.values()].reduce((n, each) => n + each.length, 0);
      return [200, { ok: true, runs: world.runs.size, events, checkpoints: 3, signed_events: events, first_fault: null, ms: 21 }];
    }
    default: return need(null);
  }
}

function page(request, response, path) {
  const wanted = normalize(join(dist, decodeURIComponent(path)));
  const real = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
  const encoding = ['br', 'gz'].find((each) => existsSync(`${real}.${each}`) && (request.headers['accept-encoding'] ?? '').includes(each === 'gz' ? 'gzip' : each));
  response.writeHead(200, {
    'Content-Type': types[extname(real)] ?? 'application/octet-stream',
    'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer',
    'Cache-Control': real.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(encoding ? { 'Content-Encoding': encoding === 'gz' ? 'gzip' : encoding, Vary: 'Accept-Encoding' } : {}),
  });
  createReadStream(encoding ? `${real}.${encoding}` : real).pipe(response);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: Number(process.argv[2] ?? 7171) });
  console.log(`${url}/start?c=DEV    token: ${TOKEN}`);
}
