// The dashboard's figures in Chromium, each against its goal: size of the first page, first paint, when it can be
// used, how soon an event is on the page, a run of ten thousand steps, a pipeline of five hundred nodes.
// Before the make-believe server, so that what is measured is the page; the machine should be idle.
//   npm run figures [-- --base URL --token TOKEN]   first paint and use of a real server
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { serve, TOKEN } from '../dev/fake-server.mjs';
import { openBrowser } from './browser.mjs';

const flag = (name) => { const at = process.argv.indexOf(`--${name}`); return at > 0 ? process.argv[at + 1] : undefined; };
const dist = new URL('../dist/', import.meta.url).pathname;
if (!existsSync(`${dist}index.html`)) { console.error('build the dashboard first: npm run build'); process.exit(1); }
const server = await serve({ pace: 60_000 });
const base = flag('base') ?? server.url;
const token = flag('token') ?? TOKEN;
const LOADS = 7;
const STEPS = 10_000;
const NODES = 500;

const rows = [];
const figure = (name, value, goal, unit) => rows.push({ name, value, goal, unit, good: value <= goal });
const sorted = (list) => [...list].sort((a, b) => a - b);
const share = (list, p) => sorted(list)[Math.min(list.length - 1, Math.ceil(list.length * p) - 1)];

/** What index.html loads and what that imports, as compressed on disk. */
function firstPage() {
  const seen = new Set();
  const visit = (path) => {
    if (seen.has(path) || !existsSync(dist + path)) return;
    seen.add(path);
    for (const [, from] of readFileSync(dist + path, 'utf8').matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)) visit(`assets/${from}`);
  };
  for (const [, src] of readFileSync(`${dist}index.html`, 'utf8').matchAll(/(?:src|href)="\/app\/([^"]+\.js)"/g)) visit(src);
  return [...seen].reduce((sum, path) => sum + readFileSync(existsSync(`${dist}${path}.gz`) ? `${dist}${path}.gz` : dist + path).length, 0) / 1024;
}

async function opened(address, key) {
  const { context, close } = await openBrowser({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  await page.addInitScript((value) => {
    localStorage.setItem('metel.lang', 'ko');
    sessionStorage.setItem('metel.token', value);
  }, key);
  if (address) await page.goto(address);
  return { page, close };
}

figure('first page, JavaScript compressed (gzip)', Math.round(firstPage() * 10) / 10, 180, 'KiB');

const paints = [];
const uses = [];
for (let i = 0; i < LOADS; i += 1) {
  // A fresh profile each time: nothing is in a cache.
  const { page, close } = await opened(null, token);
  await page.addInitScript(() => {
    const look = () => { const box = document.querySelector('#ask'); if (box && !box.disabled) globalThis.usable = performance.now(); else requestAnimationFrame(look); };
    requestAnimationFrame(look);
  });
  await page.goto(`${base}/app/`);
  await page.waitForFunction(() => globalThis.usable !== undefined);
  const [paint, use] = await page.evaluate(() => [performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN, globalThis.usable]);
  paints.push(paint);
  uses.push(use);
  await close();
}
figure(`first contentful paint, median of ${LOADS} loads`, Math.round(share(paints, 0.5)), 600, 'ms');
figure(`usable (the box to ask in), median of ${LOADS} loads`, Math.round(share(uses, 0.5)), 1000, 'ms');

const model = [...server.world.runs.values()].find((run) => run.name === 'order-intake');
{
  // Steps that begin and end under the reader's eyes.
  const run = [...server.world.runs.values()].findLast((each) => each.status === 'running');
  const [step] = model.steps;
  run.steps = Array.from({ length: 60 }, (_, i) => ({ ...step, id: `s${i}`, label: { en: `Step ${i}`, ko: `단계 ${i}` }, status: 'pending', started_at: null, ended_at: null, ms: null, after: [] }));
  const { page, close } = await opened(`${server.url}/app/runs/${run.id}`, TOKEN);
  await page.waitForSelector('#step-s59');
  await page.getByRole('status').filter({ hasText: '연결됨' }).waitFor();
  // The run's own socket opens beside the workspace's.
  await page.waitForTimeout(600);
  const late = [];
  for (let i = 0; i < 50; i += 1) {
    const seen = page.evaluate((id) => new Promise((done) => {
      const row = document.getElementById(id);
      const before = row.innerHTML;
      const watch = new MutationObserver(() => { if (row.innerHTML !== before) { watch.disconnect(); done(performance.timeOrigin + performance.now()); } });
      watch.observe(row, { subtree: true, childList: true, attributes: true, characterData: true });
      setTimeout(() => done(Infinity), 5000);
    }), `step-s${i}`);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    const sent = performance.timeOrigin + performance.now();
    Object.assign(run.steps[i], { status: 'succeeded', started_at: new Date().toISOString(), ended_at: new Date().toISOString(), ms: 5 });
    server.world.event(run, 'step_succeeded', `s${i}`, { en: 'done', ko: '끝' }, {}, { type: 'step_complete', node_id: `s${i}`, duration_ms: 5 });
    late.push((await seen) - sent);
  }
  figure('an event is on the page, p95 of 50', Math.round(share(late, 0.95)), 150, 'ms');
  await close();
}
{
  const [step] = model.steps;
  model.steps = [{ ...step, id: 'all', type: 'map', tool: null, label: { en: 'All', ko: '모두' } }, ...Array.from({ length: STEPS - 1 }, (_, i) => ({ ...step, id: `each[${i}]`, parent: 'all', after: [], label: { en: `Item ${i}`, ko: `항목 ${i}` } }))];
  const { page, close } = await opened(null, TOKEN);
  const from = Date.now();
  await page.goto(`${server.url}/app/runs/${model.id}`);
  await page.locator('[id="step-each[0]"]').waitFor();
  const took = Date.now() - from;
  const frames = await page.evaluate(async () => {
    const main = document.getElementById('main');
    const times = [];
    let last = await new Promise(requestAnimationFrame);
    for (let i = 1; i <= 240; i += 1) {
      main.scrollTop += 180;
      const now = await new Promise(requestAnimationFrame);
      times.push(now - last);
      last = now;
    }
    return times;
  });
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  figure('a run of 10,000 steps: a frame while scrolling, p95', Math.round(share(frames, 0.95) * 10) / 10, 20, 'ms');
  figure('a run of 10,000 steps: DOM nodes', nodes, 2500, '');
  rows.push({ name: 'a run of 10,000 steps: opened', value: took, goal: null, unit: 'ms', good: true });
  await close();
}
{
  const definition = { name: 'wide', title: { en: 'Wide', ko: '넓은 것' }, entry_point: 'n0', nodes: Array.from({ length: NODES }, (_, i) => ({ id: `n${i}`, type: 'validation' })), edges: Array.from({ length: NODES - 1 }, (_, i) => ({ from: `n${Math.floor(i / 3)}`, to: `n${i + 1}` })) };
  server.world.upkeep.stored.set('wide', { definition, version: 1 });
  const times = [];
  for (let i = 0; i < 3; i += 1) {
    const { page, close } = await opened(null, TOKEN);
    await page.addInitScript((last) => {
      const look = () => { if (document.getElementById(last)) globalThis.drawn = performance.now(); else requestAnimationFrame(look); };
      requestAnimationFrame(look);
    }, `node-n${NODES - 1}`);
    await page.goto(`${server.url}/app/pipelines/wide/edit`);
    await page.waitForFunction(() => globalThis.drawn !== undefined);
    times.push(await page.evaluate(() => globalThis.drawn));
    await close();
  }
  figure('the editor with 500 nodes, from the address to the drawing, median of 3', Math.round(share(times, 0.5)), 1500, 'ms');
}
await server.stop();

console.log(`${cpus().length} cores, ${cpus()[0]?.model ?? ''}`);
for (const { name, value, goal, unit, good } of rows) console.log(`${goal === null ? ' ' : good ? '✓' : '✕'} ${name}: ${value.toLocaleString('en')} ${unit}${goal === null ? '' : ` (goal ${goal.toLocaleString('en')})`}`);
process.exitCode = rows.every((row) => row.good) ? 0 : 1;
