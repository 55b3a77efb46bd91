// Opens every page in a real Chromium in both languages, both themes and two widths: takes a
// picture, runs axe (no serious or critical finding), and watches for errors and refused scripts
// or styles. Then walks through the doings that matter. Quickly: one language and theme, and no
// pictures unless a folder is named.
//   node test/pages.mjs [--base URL --token TOKEN] [--only NAME] [--out FOLDER] [--quick]
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, TOKEN } from '../dev/fake-server.mjs';
import { openBrowser } from './browser.mjs';
import { moreWalks } from './walks-more.mjs';
import { walks } from './walks.mjs';

const flag = (name) => { const at = process.argv.indexOf(`--${name}`); return at > 0 ? process.argv[at + 1] : undefined; };
const only = flag('only');
const out = flag('out') ?? join(tmpdir(), 'metel-pages');
const given = flag('base');
const quick = process.argv.includes('--quick');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

await mkdir(out, { recursive: true });
const fake = given ? null : await serve({ pace: 200 });
const base = given ?? fake.url;
const token = flag('token') ?? TOKEN;
const { context: browser, close: closeBrowser } = await openBrowser();

const faults = [];
const api = async (path) => (await fetch(base + path, { headers: { Authorization: `Bearer ${token}` } })).json();
const newest = async (query) => (await api(`/v1/runs?limit=1&${query}`)).items[0]?.id;

const named = async (name) => (await api('/v1/runs?limit=200')).items.find((run) => run.name === name)?.id;

const refusal = { title: '할 수 없는 일이에요', status: 403, code: 'METEL-7002', hint: '관리자에게 물어보세요.' };

/** A page that is signed in, in one language, theme and width; its complaints are kept. */
async function open({ lang = 'ko', theme = 'light', width = 1280, signedIn = true, stub = {} } = {}) {
  const page = await browser.newPage();
  for (const [path, [status, body]] of Object.entries(stub)) {
    await page.route((url) => url.pathname === path, (route) => route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) }));
  }
  await page.setViewportSize({ width, height: width < 500 ? 780 : 860 });
  await page.addInitScript(({ lang, theme, token }) => {
    if (!localStorage.getItem('metel.test')) { localStorage.setItem('metel.lang', lang); localStorage.setItem('metel.theme', theme); }
    if (token) sessionStorage.setItem('metel.token', token);
  }, { lang, theme, token: signedIn ? token : null });
  page.complaints = [];
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) page.complaints.push(message.text()); });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

async function judge(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of violations.filter((each) => each.impact === 'serious' || each.impact === 'critical')) {
    faults.push(`${name}: axe ${v.id} (${v.impact}) ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any?.[0]?.message ?? ''}`).join(' | ')}`);
  }
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) faults.push(`${name}: ${over} px wider than the screen`);
  page.complaints.splice(0).forEach((each) => faults.push(`${name}: ${each.slice(0, 300)}`));
}

const toEnd = async (page) => { await page.waitForSelector('main nav ~ div section'); await page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight)); };

const pages = [
  ['home', '/app/'],
  ['plan', '/app/', async (page) => { await page.fill('#ask', '매출 시트의 이번 주 숫자를 슬랙에 올려 줘'); await page.press('#ask', 'Enter'); await page.waitForSelector('ol li h3'); }],
  ['plan-gate', '/app/', async (page) => { await page.fill('#ask', '오늘 회의록을 Notion에 정리하고 파트너에게 공유해 줘'); await page.press('#ask', 'Enter'); await page.waitForSelector('ol li h3'); }],
  ['refused', '/app/', async (page) => { await page.fill('#ask', '로켓을 발사해 줘'); await page.press('#ask', 'Enter'); await page.waitForSelector('[role=alert]'); }],
  ['runs', '/app/runs'],
  ['run-done', async () => `/app/runs/${await newest('status=completed')}`],
  ['run-step', async () => `/app/runs/${await newest('status=completed')}?step=a2`],
  ['run-failed', async () => `/app/runs/${await newest('status=failed')}`],
  ['run-live', async () => `/app/runs/${await newest('status=running')}`],
  ['run-approval', async () => `/app/runs/${(await api('/v1/approvals?status=pending')).items.at(-1)?.run}`],
  ['run-input', async () => `/app/runs/${(await api('/v1/runs?status=waiting')).items.find((run) => run.waiting === 'input')?.id}`],
  ['run-events', async () => `/app/runs/${await newest('status=completed')}?tab=events`],
  ['run-data', async () => `/app/runs/${await newest('status=completed')}?tab=data`],
  ['run-replay', async () => `/app/runs/${await newest('status=completed')}`, async (page) => { await page.getByRole('button', { name: /재생|Replay/ }).click(); await page.waitForSelector('dialog dl'); }],
  ['run-plan', async () => `/app/runs/${await newest('status=completed')}?tab=plan`],
  ['run-cost', async () => `/app/runs/${await newest('status=completed')}?tab=cost`],
  ['run-scrub', async () => `/app/runs/${await newest('status=completed')}?tab=replay&at=6`, (page) => page.waitForSelector('main input[type=range]')],
  ['run-fork', async () => `/app/runs/${await newest('status=completed')}`, async (page) => { await page.getByRole('button', { name: /^(이 실행으로 더 하기|More with this run)$/ }).click(); await page.getByRole('menuitem', { name: /^(분기|Fork)/ }).click(); await page.waitForSelector('dialog textarea'); }],
  ['run-menu', async () => `/app/runs/${await newest('status=completed')}`, async (page) => { await page.getByRole('button', { name: /^(이 실행으로 더 하기|More with this run)$/ }).click(); await page.waitForSelector('[role=menu]'); }],
  ['run-envelope', async () => `/app/runs/${(await api('/v1/approvals?status=pending')).items.at(-1)?.run}`, async (page) => { await page.getByRole('button', { name: /^(살펴보기|Look at it)$/ }).click(); await page.getByRole('button', { name: /길게 눌러 계획 승인|Hold to approve the plan/ }).waitFor(); }],
  ['run-graph', async () => `/app/runs/${await named('contract-review')}?tab=graph`, toEnd],
  ['run-graph-step', async () => `/app/runs/${await named('contract-review')}?tab=graph&step=check%5B2%5D`, async (page) => { await page.waitForSelector('section h2'); await toEnd(page); }],
  ['run-waterfall', async () => `/app/runs/${await named('contract-review')}?tab=waterfall`, toEnd],
  ['run-form', async () => `/app/runs/${await named('contract-review')}`],
  ['run-message', async () => `/app/runs/${await named('order-intake')}?step=paid`],
  ['run-paused', async () => `/app/runs/${await named('monthly-close')}`],
  ['run-undone', async () => `/app/runs/${await named('order-refund')}?tab=graph`],
  ['run-pause', async () => `/app/runs/${await newest('status=running')}`, async (page) => { await page.getByRole('button', { name: /^(일시 정지|Pause)$/ }).click(); await page.waitForSelector('dialog input'); }],
  ['work', '/app/work'],
  ['work-form', '/app/work', async (page) => { await page.locator('main li button[data-row]').first().click(); await page.waitForSelector('main form'); }],
  ['messages', '/app/messages'],
  ['message', async () => `/app/messages?open=${(await api('/v1/messages')).items[0]?.id}`, (page) => page.waitForSelector('dialog dl')],
  ['publish', '/app/messages?publish=order.paid&correlation=A-1042', (page) => page.waitForSelector('dialog textarea')],
  ['dead', '/app/dead', async (page) => { await page.locator('main input[type=checkbox]').first().check(); }],
  ['dead-ask', '/app/dead', async (page) => { await page.getByRole('button', { name: /^(모두 다시 시작|Start all again)/ }).first().click(); await page.waitForSelector('dialog p'); }],
  ['costs', '/app/costs', (page) => page.waitForSelector('main [role=meter]')],
  ['budget', '/app/costs', async (page) => { await page.getByRole('button', { name: /^(예산 정하기|Set a budget)$/ }).click(); await page.waitForSelector('dialog select'); }],
  ['costs-none', '/app/costs', undefined, { stub: { '/v1/budgets': [200, { items: [] }], '/v1/model-usage': [200, { items: [] }], '/v1/credits/ledger': [200, { items: [] }], '/v1/credits': [200, { available: 0, held: 0, spent: 0, granted: 0 }] } }],
  ['models', '/app/models', async (page) => { await page.getByRole('button', { name: /^(시험|Test): main/ }).click(); await page.waitForSelector('main [role=status]'); }],
  ['model-add', '/app/models?add=true', async (page) => { await page.waitForSelector('dialog input'); await page.locator('dialog summary').click(); }],
  ['model-names', '/app/models', async (page) => { await page.getByRole('button', { name: /^(바꾸기|Change): planner/ }).click(); await page.waitForSelector('dialog input'); }],
  ['models-none', '/app/models', undefined, { stub: { '/v1/model-settings': [200, { models: {}, aliases: {} }] } }],
  ['secrets', '/app/secrets', async (page) => { await page.getByRole('button', { name: /^(시험|Test): notion/ }).click(); await page.waitForSelector('main [role=status]'); }],
  ['secret-rotate', '/app/secrets', async (page) => { await page.getByRole('button', { name: /^(바꾸기|Rotate): pin/ }).click(); await page.waitForSelector('dialog input'); }],
  ['secrets-refused', '/app/secrets', undefined, { stub: { '/v1/secrets': [403, refusal] } }],
  ['operations', '/app/operations', async (page) => { await page.waitForSelector('main dl'); await page.locator('main summary').click(); }],
  ['agents', '/app/agents'],
  ['agent', '/app/agents?open=critic', async (page) => { await page.locator('dialog input').fill('이 계획을 따져 줘'); await page.locator('dialog form button').click(); await page.waitForSelector('dialog details'); }],
  ['settings', '/app/settings'],
  ['tokens', '/app/settings?part=tokens'],
  ['token-make', '/app/settings?part=tokens&make=true', (page) => page.waitForSelector('dialog select')],
  ['policy', '/app/settings?part=policy', async (page) => { await page.locator('main ol button[aria-expanded]').first().click(); await page.waitForSelector('main ol textarea'); }],
  ['work-none', '/app/work', undefined, { stub: { '/v1/runs': [200, { items: [], next: null }] } }],
  ['messages-none', '/app/messages', undefined, { stub: { '/v1/messages': [200, { items: [], next: null }] } }],
  ['dead-none', '/app/dead', undefined, { stub: { '/v1/dead/counts': [200, { items: [] }] } }],
  ['dead-refused', '/app/dead', undefined, { stub: { '/v1/dead/counts': [403, refusal] } }],
  ['tokens-refused', '/app/settings?part=tokens', undefined, { stub: { '/v1/tokens': [403, refusal] } }],
  ['policy-read', '/app/settings?part=policy', undefined, { stub: { '/v1/me': [200, { user: 'jihun', workspace: 'hanbit', role: 'viewer', lang: 'ko' }] } }],
  ['approvals', '/app/approvals'],
  ['approval-pii', async () => `/app/approvals/${(await api('/v1/approvals?status=pending')).items.find((each) => each.verdict.pii?.length)?.id}`],
  ['approval-hidden', async () => `/app/approvals/${(await api('/v1/approvals?status=pending')).items.find((each) => each.verdict.untrusted?.length)?.id}`],
  ['approval-edit', async () => `/app/approvals/${(await api('/v1/approvals?status=pending')).items.find((each) => each.verdict.untrusted?.length)?.id}`, async (page) => {
    await page.getByRole('button', { name: /^(고치기|Edit)$/ }).click();
    const area = page.locator('article textarea');
    await area.fill((await area.inputValue()).replace('#general', '#random'));
  }],
  ['pipelines', '/app/pipelines'],
  ['pipeline-start', '/app/pipelines?start=grant-factory', async (page) => { await page.waitForSelector('dialog input'); await page.locator('dialog summary').click(); }],
  ['pipeline-monitor', async () => `/app/pipelines?run=${await newest('status=running')}`],
  ['editor', '/app/pipelines/auto-healing/edit', (page) => page.waitForSelector('#node-notify')],
  ['editor-node', '/app/pipelines/auto-healing/edit', async (page) => { await page.locator('#node-bad').click(); await page.waitForSelector('fieldset input'); }],
  ['editor-fault', '/app/pipelines/auto-healing/edit', async (page) => { await page.waitForSelector('#node-notify'); await page.locator('select').first().selectOption('tool'); await page.locator('main section li button').first().waitFor(); }],
  ['editor-list', '/app/pipelines/auto-healing/edit', (page) => page.getByRole('button', { name: /^(목록|List)$/ }).click()],
  ['editor-json', '/app/pipelines/auto-healing/edit', (page) => page.getByRole('button', { name: 'JSON', exact: true }).click()],
  ['editor-new', '/app/pipelines/weekly-report/edit'],
  ['migrate', '/app/pipelines/auto-healing/edit', async (page) => { await page.getByRole('button', { name: /^(이 파이프라인으로 더 하기|More with this pipeline)$/ }).click(); await page.getByRole('menuitem', { name: /^(실행을 새 판으로|Move runs)/ }).click(); await page.waitForSelector('dialog ul'); }],
  ['bench', '/app/settings?part=bench', async (page) => { await page.getByRole('button', { name: /^(지난 실행에 적용해 보기|Try against history)$/ }).click(); await page.waitForSelector('table'); await page.getByRole('button', { name: /^(판단하기|Judge it)$/ }).click(); await page.waitForSelector('form [role=status]'); }],
  ['palette', '/app/runs', async (page) => { await page.keyboard.press('Control+k'); await page.waitForSelector('[role=combobox]'); await page.keyboard.type('공유'); await page.waitForTimeout(400); }],
  ['tools', '/app/tools'],
  ['tool', '/app/tools/slack.post_message'],
  ['connections', '/app/connections'],
  ['connect', '/app/connections?connect=new', (page) => page.waitForSelector('dialog input')],
  ['audit', '/app/audit', async (page) => { await page.locator('main button').first().click(); await page.waitForSelector('main dl'); }],
  ['sandbox', '/app/sandbox'],
  ['keys', '/app/runs', async (page) => { await page.keyboard.press('?'); await page.waitForSelector('dialog kbd'); }],
  ['missing', '/app/nowhere'],
  ['sign-in', '/app/sign-in', undefined, { signedIn: false }],
];

let looked = 0;
let pictures = 0;
async function picture(page, label) {
  if (quick && !flag('out')) return;
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(120);
  await page.screenshot({ path: join(out, `${label}.png`) });
  pictures += 1;
}

/** One page in one language, theme and width; quickly, the same page is then made narrow. */
async function look([name, where, act, more], { lang, theme, width }) {
  const label = `${name}-${lang}-${theme}-${width}`;
  const page = await open({ lang, theme, width, ...more });
  try {
    await page.goto(base + (typeof where === 'string' ? where : await where()), { waitUntil: 'load' });
    await page.waitForSelector('h1', { timeout: 8000 });
    await page.waitForFunction(() => !document.querySelector('.skeleton'), undefined, { timeout: 8000 });
    await act?.(page);
    await picture(page, label);
    await judge(page, label);
    looked += 1;
    if (quick) {
      await page.setViewportSize({ width: 375, height: 780 });
      await picture(page, `${name}-${lang}-${theme}-375`);
      await judge(page, `${name}-${lang}-${theme}-375`);
      looked += 1;
    }
  } catch (error) {
    faults.push(`${label}: ${String(error).split('\n')[0]}`);
    await page.screenshot({ path: join(out, `${label}-fault.png`) }).catch(() => undefined);
  }
  // What one page left unsaved is not the next one's.
  await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('metel.draft.')).forEach((key) => localStorage.removeItem(key))).catch(() => undefined);
  await page.close();
}

for (const lang of quick ? ['ko'] : ['ko', 'en']) {
  for (const theme of quick ? ['light'] : ['light', 'dark']) {
    for (const width of quick ? [1280] : [1280, 375]) {
      for (const each of pages.filter(([name]) => !only || only.split(',').some((each) => name.startsWith(each)))) await look(each, { lang, theme, width });
    }
  }
}

let walked = 0;
const walkOnly = flag('walk');
if ((!only || walkOnly) && !given) {
  for (const [name, walk] of Object.entries({ ...walks, ...moreWalks }).filter(([name]) => !walkOnly || name.includes(walkOnly))) {
    const server = await serve({ pace: 150 });
    const page = await open({ lang: 'ko' });
    try {
      await walk({ page, base: server.url, server, another: () => open({ lang: 'ko' }) });
      walked += 1;
      page.complaints.forEach((each) => faults.push(`${name}: ${each.slice(0, 300)}`));
    } catch (error) {
      faults.push(`walk "${name}": ${String(error).split('\n').slice(0, 3).join(' ')}`);
      await page.screenshot({ path: join(out, `walk-${name.replaceAll(' ', '-')}-fault.png`) }).catch(() => undefined);
    }
    await page.close();
    await server.stop();
  }
}

await closeBrowser();
await fake?.stop();
faults.forEach((fault) => console.error(`✕ ${fault}`));
if (pictures > 0) console.log(`${pictures} pictures in ${out}`);
console.log(`pages: ${looked + walked} passed, ${faults.length} failed`);
process.exitCode = faults.length ? 1 : 0;
