// The main path in a real Chromium against the real binary and its simulated services, in both
// languages: sign in, ask, watch, reject, approve, follow the links, pipelines, audit, replay, and
// a server that goes away and comes back. Nothing here is make-believe but the services.
//   node test/real.mjs [--out FOLDER] [--dist]    METEL names another binary; --dist shows the pages of
//   dist/ instead of those in the binary
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from './definitions.mjs';
import { openBrowser } from './browser.mjs';
import { BINARY, Metel } from './metel.mjs';

const out = process.argv.includes('--out') ? process.argv[process.argv.indexOf('--out') + 1] : null;
if (out) await mkdir(out, { recursive: true });

const words = {
  ko: {
    ask: "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘", made: '주간 회의록', drop: '그 페이지를 지워줘',
    run: '실행', running: '실행 중', done: '완료', failed: '실패', asks: '승인을 물어봐요', hold: '길게 눌러 승인', reject: '거절', because: '아직 필요해요',
    refused: '사람이 거절했어요', approved: '승인함', open: '연결됨', away: '다시 연결 중', retry: '다시 시도 중', replay: '재생', same: '일치해요', approve: '승인',
    monitor: '실행 모니터', grant: '실행: 지원사업 공장', heal: '실행: 자동 복구', waits: '승인을 기다려요 →', audit: '지금 확인', whole: '기록이 온전해요',
    token: '토큰', signIn: '로그인', deny: '로켓을 발사해 줘', cannot: '지금 있는 도구로는 계획을 세울 수 없어요', post: "슬랙 #general 에 '오늘 점심은 12시예요' 라고 올려줘", outside: "슬랙 #partners 에 '담당자 010-1234-5678' 라고 올려줘", mask: '가리고 보내기', edited: '고쳐서 승인함',
    review: '실행: 계약 검토', advanced: '고급: 우선순위와 기한', priority: '우선순위', within: '이 시간 안에 끝내기', info: '정보 필요', submit: '제출', least: '꼭 필요해요', decide: '어떻게 할까요?', amount: '금액은 얼마인가요?', graph: '그래프', chosen: '고른 단계', rounds: '2번째 돌기', pause: '일시 정지', held: '멈춤', resume: '이어서 하기', publish: '메시지 보내기', publishThis: '이 메시지 보내기', content: '내용 (JSON)', took: '받아 감', waterfall: '시간 흐름', handed: '제출했어요.', item: /계약서를 보고 정해 주세요/,
    broken: '실행: 늘 실패하는 일', deadAll: /^모두 다시 시작/, deadAsk: '모두 다시 시작', again: '실행 1개를 다시 시작했어요', tokens: '토큰', make: '토큰 만들기', name: '이름', kept: '잘 적어 두었어요', revoke: '폐기', policy: '정책', add: '규칙 더하기', ruleName: '규칙 이름', then: '그러면', refuse: '거부', ruleTool: '도구가 이것일 때', ruleWhen: '그리고 이럴 때만 (CEL)', save: '적용', saved: '지금부터 적용돼요', denied: '워크스페이스 정책이 허용하지 않아요', remove: /^지우기: no-lunch/,
  },
  en: {
    ask: "Create a Notion page 'Weekly notes' and share the link in Slack #team", made: 'Weekly notes', drop: 'Delete that page',
    run: 'Run', running: 'Running', done: 'Completed', failed: 'Failed', asks: 'Will ask you', hold: 'Hold to approve', reject: 'Reject', because: 'Still needed',
    refused: 'A person rejected the action', approved: 'Approved', open: 'Live', away: 'Reconnecting', retry: 'Retrying', replay: 'Replay', same: 'It matches', approve: 'Approve',
    monitor: 'Execution monitor', grant: 'Run: Grant Factory', heal: 'Run: Auto-Healing', waits: 'It waits for your approval →', audit: 'Verify now', whole: 'The record is whole',
    token: 'Token', signIn: 'Sign in', deny: 'Launch the rocket', cannot: 'No plan can be made', post: "Post 'Lunch is at noon' in Slack #general", outside: "Post 'Call 010-1234-5678' in Slack #partners", mask: 'Mask and send', edited: 'Approved with edits',
    review: 'Run: Contract review', advanced: 'Advanced: priority and deadline', priority: 'Priority', within: 'Must be done within', info: 'Needs information', submit: 'Hand in', least: 'This is needed', decide: 'What is decided?', amount: 'For how much?', graph: 'Graph', chosen: 'The chosen step', rounds: '2 rounds', pause: 'Pause', held: 'Paused', resume: 'Resume', publish: 'Publish a message', publishThis: 'Publish it', content: 'Content (JSON)', took: 'Taken', waterfall: 'Waterfall', handed: 'Handed in.', item: /Read the contract and decide/,
    broken: 'Run: What always fails', deadAll: /^Start all again/, deadAsk: 'Start all again', again: '1 run started again', tokens: 'Tokens', make: 'Make a token', name: 'Name', kept: 'I have kept it', revoke: 'Revoke', policy: 'Policy', add: 'Add a rule', ruleName: 'Name of the rule', then: 'Then', refuse: 'Refuse', ruleTool: 'When the tool is', ruleWhen: 'And only if (CEL)', save: 'Put in force', saved: 'It is in force now', denied: 'does not allow this', remove: /^Remove: no-lunch/,
  },
};

/** How the simulated Notion marks a page that was deleted. */
const TRASH = '휴지통에 있는 페이지입니다.';

/** The simulated services in a process of their own, so that they outlive the server. */
async function simulated() {
  const child = spawn(BINARY, ['sandbox', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`the simulated services ended with ${code}`)));
    child.stdout.on('data', (data) => { const found = /^listening (\S+)/m.exec(String(data))?.[1]; if (found) done(found); });
  });
  const fault = async (settings) => {
    const answer = await fetch(`${url}/_control/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(settings) });
    assert.equal(answer.status, 201, await answer.text());
  };
  const heal = () => fetch(`${url}/_control/faults`, { method: 'DELETE' });
  const stop = () => new Promise((done) => { child.once('exit', done); child.kill('SIGTERM'); });
  return { url: url.replace(/\/$/, ''), fault, heal, stop };
}

const services = await simulated();
const metel = await Metel.start(['--sandbox', services.url]);
const local = process.argv.includes('--dist');
// Pages that do not come over the network count as foreign to it, and would not get a socket.
const browser = await openBrowser({ viewport: { width: 1280, height: 860 }, locale: 'ko-KR' }, local ? ['--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets'] : []);

if (local) {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  await browser.context.route(`${metel.base}/app/**`, (route) => {
    const wanted = join(dist, new URL(route.request().url()).pathname.slice(5));
    return route.fulfill({ path: /\.\w+$/.test(wanted) && existsSync(wanted) ? wanted : join(dist, 'index.html') });
  });
}

const results = [];
const complaints = [];
let shots = 0;

async function step(lang, name, act) {
  const from = Date.now();
  try {
    await act();
    if (complaints.length > 0) throw new Error(`the console says: ${complaints.splice(0).join(' | ')}`);
    results.push(true);
    console.log(`ok  ${lang}  ${name} (${Date.now() - from} ms)`);
  } catch (error) {
    results.push(false);
    complaints.length = 0;
    console.error(`FAILED  ${lang}  ${name}: ${String(error.stack ?? error).split('\n').slice(0, 6).join('\n  ')}`);
    if (out) await page?.screenshot({ path: join(out, `fault-${lang}-${name.replaceAll(/\W+/g, '-')}.png`) }).catch(() => undefined);
  }
}

async function shot(name, settle = 400) {
  if (!out) return;
  shots += 1;
  await page.evaluate(() => document.fonts.ready);
  // What the sockets told is replaced by what the server says a moment later.
  await page.waitForTimeout(settle);
  await page.screenshot({ path: join(out, `${String(shots).padStart(2, '0')}-${name}.png`) });
}

/** What a browser says by itself of answers that the walk asks for: a wrong token, a request that is refused, a server that is away. */
const expected = (text, url) => /net::ERR_CONNECTION_(REFUSED|RESET)/.test(text)
  || (/status of 401/.test(text) && url.endsWith('/v1/me'))
  || (/status of 422/.test(text) && url.endsWith('/v1/plans'));

let page;
function watched() {
  page.on('console', (message) => { if (message.type() === 'error' && !expected(message.text(), message.location().url)) complaints.push(`${message.text().slice(0, 300)} ${message.location().url}`); });
  page.on('pageerror', (error) => complaints.push(String(error).slice(0, 300)));
}
const seen = (text, where = page) => where.getByText(text, { exact: typeof text === 'string' }).first().waitFor({ timeout: 10_000 });
const status = (text) => page.locator('header [aria-live]').getByText(text, { exact: true }).waitFor({ timeout: 10_000 });
const press = (name, where = page) => where.getByRole('button', { name, exact: true }).click();
const text = async (url) => (await fetch(`${url.split('#')[0]}?lang=ko`)).text();

async function plan(request) {
  await page.goto(`${metel.base}/app/`);
  await page.fill('#ask', request);
  await page.press('#ask', 'Enter');
  await page.waitForSelector('ol li h3, [role=alert]');
}
async function start(w, request) {
  await plan(request);
  await press(w.run);
  await page.waitForURL(/\/app\/runs\/run_/);
}
async function hold(w) {
  const button = page.getByRole('button', { name: w.hold });
  await button.scrollIntoViewIfNeeded();
  await page.waitForFunction((name) => [...document.querySelectorAll('button')].some((each) => each.textContent.includes(name) && !each.disabled), w.hold);
  await button.hover();
  await page.mouse.down();
  await page.waitForTimeout(1_150);
  await page.mouse.up();
}

async function walk(lang) {
  const w = words[lang];
  let link = '';

  await step(lang, 'a request becomes a plan, a run that moves while one looks, an answer with links', async () => {
    await services.fault({ service: 'notion', operation: 'create_page', kind: 'latency', delay_ms: 1_200, times: 1 });
    await services.fault({ service: 'slack', operation: 'chat.postMessage', kind: 'latency', delay_ms: 1_200, times: 1 });
    await plan(w.ask);
    await shot(`plan-${lang}`);
    await press(w.run);
    await page.waitForURL(/\/app\/runs\/run_/);
    await status(w.running);
    await page.locator('#step-a1').getByRole('img', { name: w.done }).waitFor({ timeout: 10_000 });
    await page.locator('#step-a2').getByRole('img', { name: w.running }).waitFor({ timeout: 10_000 });
    await shot(`live-${lang}`, 0);
    await status(w.done);
    const links = page.locator('main section a[target=_blank]');
    assert.equal(await links.count(), 2);
    assert.match(await links.first().textContent(), new RegExp(w.made));
    link = await links.first().getAttribute('href');
    assert.ok((await text(link)).includes(w.made), 'the page is in Notion');
    assert.ok((await text(await links.nth(1).getAttribute('href'))).includes(link), 'its link is in Slack');
    await shot(`run-${lang}`);
  });

  await step(lang, 'the page that was made shows under the practice services', async () => {
    await page.goto(`${metel.base}/app/sandbox`);
    await page.locator(`main a[href="${link}"]`).first().waitFor();
    await shot(`sandbox-${lang}`);
  });

  await step(lang, 'a deletion names its page, is rejected, and nothing is deleted', async () => {
    await plan(w.drop);
    await seen(w.asks);
    await press(w.run);
    await page.waitForURL(/\/app\/runs\/run_/);
    await seen(`“${w.made}”`, page.locator('article'));
    await shot(`approval-${lang}`);
    await press(w.reject, page.locator('article'));
    await page.locator('article textarea').fill(w.because);
    await press(w.reject, page.locator('article'));
    await status(w.failed);
    await seen(w.refused);
    const left = await text(link);
    assert.ok(left.includes(w.made) && !left.includes(TRASH));
  });

  await step(lang, 'the deletion is approved in the inbox by a long press, and done', async () => {
    await start(w, w.drop);
    await page.locator('article').waitFor();
    const run = page.url();
    await page.goto(`${metel.base}/app/approvals`);
    await seen(`“${w.made}”`, page.locator('article'));
    await hold(w);
    await seen(w.approved, page.locator('article'));
    await page.goto(run);
    await status(w.done);
    assert.ok((await text(link)).includes(TRASH), 'the page is in the trash');
  });

  await step(lang, 'what goes outside with a phone number is masked', async () => {
    await start(w, w.outside);
    await press(w.mask, page.locator('article'));
    await seen(w.edited, page.locator('article'));
    await status(w.done);
  });

  await step(lang, 'a call that was refused for now is tried again', async () => {
    await services.fault({ service: 'slack', operation: 'chat.postMessage', kind: '429', retry_after: 2, times: 3 });
    await start(w, w.post);
    await status(w.retry);
    await services.heal();
    await status(w.done);
  });

  await step(lang, 'a request that no tool can do is refused in words', async () => {
    await plan(w.deny);
    await seen(new RegExp(w.cannot), page.getByRole('alert'));
  });

  await step(lang, 'pipelines run in the monitor; one waits for a person', async () => {
    await page.goto(`${metel.base}/app/pipelines`);
    await press(w.grant);
    await page.locator('dialog input').first().fill('AI 솔루션');
    await page.keyboard.press('Control+Enter');
    const monitor = page.getByRole('region', { name: w.monitor });
    await seen(w.done, monitor);
    await shot(`pipeline-${lang}`);
    await press(w.heal);
    await page.locator('dialog input').first().fill('sheets');
    await page.keyboard.press('Control+Enter');
    await monitor.getByRole('link', { name: w.waits }).click();
    await press(w.approve, page.locator('article'));
    await status(w.done);
  });

  await step(lang, 'a run replays the same, and the record is whole', async () => {
    await press(w.replay);
    await seen(w.same, page.locator('dialog'));
    await page.goto(`${metel.base}/app/audit`);
    await press(w.audit);
    await seen(w.whole);
    await shot(`audit-${lang}`);
  });

  await step(lang, 'a run waits for a form and a message, is held, goes on; its graph and waterfall show it', async () => {
    await page.goto(`${metel.base}/app/pipelines`);
    await press(w.review);
    const dialog = page.locator('dialog');
    await dialog.locator('input').first().fill(`C-${lang}`);
    await dialog.locator('summary').click();
    await dialog.getByLabel(w.priority).fill('5');
    await dialog.getByLabel(w.within, { exact: false }).fill('2');
    await page.keyboard.press('Control+Enter');
    const monitor = page.getByRole('region', { name: w.monitor });
    await monitor.getByRole('link').last().click();
    await status(w.info);
    await seen('+5', page.locator('header'));
    await shot(`form-${lang}`);
    const run = page.url();
    await page.goto(`${metel.base}/app/work`);
    await page.getByRole('button', { name: w.item }).click();
    await press(w.submit);
    await seen(w.least);
    await page.getByLabel(w.decide).selectOption({ label: 'go' });
    await page.getByLabel(w.amount).fill('5,000');
    await shot(`work-${lang}`);
    await press(w.submit);
    await seen(w.handed);
    await page.goto(run);
    await page.getByRole('link', { name: w.graph }).click();
    await seen(w.rounds, page.locator('#node-polish'));
    await page.locator('#node-signed').click();
    await seen('contract.signed', page.getByRole('region', { name: w.chosen }));
    await shot(`graph-${lang}`);
    await press(w.pause);
    await press(w.pause, page.locator('dialog'));
    await status(w.held);
    await shot(`paused-${lang}`);
    await press(w.resume);
    await page.getByRole('button', { name: w.pause }).waitFor();
    await page.getByRole('link', { name: w.publishThis }).click();
    await page.locator('dialog').getByLabel(w.content).fill('{"ok": true}');
    await press(w.publish, page.locator('dialog'));
    await page.locator('dialog dl').waitFor();
    await page.keyboard.press('Escape');
    await page.goto(run);
    await status(w.done);
    await page.getByRole('link', { name: w.waterfall }).click();
    await page.locator('main ol li').nth(3).waitFor();
    await shot(`waterfall-${lang}`);
    await page.goto(`${metel.base}/app/messages?state=taken`);
    await seen(w.took, page.locator('main li'));
  });

  await step(lang, 'what failed for good is listed by its cause and started again', async () => {
    await page.goto(`${metel.base}/app/pipelines`);
    await press(w.broken);
    await page.keyboard.press('Control+Enter');
    await seen(w.failed, page.getByRole('region', { name: w.monitor }));
    await page.goto(`${metel.base}/app/dead`);
    const group = page.locator('main section').filter({ hasText: 'METEL-1002' });
    await group.locator('li').first().waitFor();
    await shot(`dead-${lang}`);
    await group.locator('li').first().getByRole('button').click();
    await seen(w.again);
    // It fails again, and is listed again by itself.
    await group.locator('li').first().waitFor();
  });

  await step(lang, 'a token is made, signs in, and is revoked', async () => {
    await page.goto(`${metel.base}/app/settings?part=tokens`);
    await press(w.make);
    await page.locator('dialog').getByLabel(w.name).fill(`report ${lang}`);
    await press(w.make, page.locator('dialog'));
    await page.waitForFunction(() => document.querySelector('dialog input[readonly]')?.value.length > 20);
    const token = await page.locator('dialog input[readonly]').inputValue();
    const me = () => fetch(`${metel.base}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await (await me()).json()).role, 'operator');
    await press(w.kept, page.locator('dialog'));
    await shot(`tokens-${lang}`);
    await page.getByRole('button', { name: `${w.revoke}: report ${lang}` }).click();
    await press(w.revoke, page.locator('dialog'));
    await page.getByRole('button', { name: `${w.revoke}: report ${lang}` }).waitFor({ state: 'detached' });
    assert.equal((await me()).status, 401);
  });

  await step(lang, 'a rule of the policy is put in force, refuses, and is taken away', async () => {
    await page.goto(`${metel.base}/app/settings?part=policy`);
    await press(w.add);
    const rule = page.locator('main ol > li').last();
    await rule.getByLabel(w.ruleName).fill('no-lunch');
    await rule.getByLabel(w.then, { exact: true }).selectOption({ label: w.refuse });
    await rule.getByLabel(w.ruleTool).fill('slack.post_*');
    await rule.getByLabel(w.ruleWhen).fill('input.text.contains(lunch)');
    await press(w.save);
    await rule.locator('[aria-invalid]').waitFor();
    complaints.length = 0;
    await rule.getByLabel(w.ruleWhen).fill("input.channel == '#general' || input.channel == 'general'");
    await press(w.save);
    await seen(w.saved);
    await shot(`policy-${lang}`);
    const posted = await metel.call('/v1/runs', { request: w.post });
    assert.deepEqual([posted.status, posted.error?.code], ['failed', 'METEL-2001']);
    await page.getByRole('button', { name: w.remove }).click();
    await press(w.save);
    await seen(w.saved);
    assert.deepEqual((await metel.call('/v1/policy')).rules, []);
  });

  await step(lang, 'every page opens without a complaint', async () => {
    for (const [path, ready] of [['', '#ask'], ['runs', 'main li a'], ['approvals?view=done', 'article'], ['pipelines', 'main li'], ['tools', 'main li a'], ['tools/notion.create_page', 'main dl'], ['connections', 'main li'], ['sandbox', 'main li a'], ['audit', 'main button'], ['work', 'main h1'], ['messages', 'main li'], ['dead', 'main li'], ['settings', 'main fieldset'], ['settings?part=tokens', 'main li'], ['settings?part=policy', 'main form']]) {
      await page.goto(`${metel.base}/app/${path}`);
      await page.waitForSelector(ready, { timeout: 10_000 });
      await page.waitForFunction(() => !document.querySelector('.skeleton'));
      assert.equal(await page.locator('[role=alert]').count(), 0, path);
      assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
    }
  });
}

async function comesBack(w) {
  await step('ko', 'a run goes on live after the server was stopped and started again', async () => {
    await services.fault({ service: 'slack', operation: 'chat.postMessage', kind: 'latency', delay_ms: 400, times: 1 });
    await start(w, w.ask);
    await status(w.done);
    await start(w, w.drop);
    await page.locator('article').waitFor();
    await page.evaluate(() => { globalThis.kept = true; });
    const pill = page.getByRole('status').filter({ hasText: w.open });
    await pill.waitFor();
    await metel.down();
    await page.getByRole('status').filter({ hasText: w.away }).waitFor({ timeout: 10_000 });
    await metel.up(Number(new URL(metel.base).port));
    await pill.waitFor({ timeout: 20_000 });
    const id = page.url().split('/').at(-1);
    const waiting = (await metel.call(`/v1/approvals?status=pending&run=${id}`)).items;
    assert.equal(waiting.length, 1, 'the approval still waits');
    // Decided elsewhere: the page hears of it on its own.
    await metel.call(`/v1/approvals/${waiting[0].id}/decision`, { decision: 'approve', digest: waiting[0].digest });
    await status(w.done);
    assert.equal(await page.evaluate(() => globalThis.kept), true, 'without loading the page again');
  });
}

const began = Date.now();
try {
  for (const definition of definitions) await metel.call('/v1/workflows', { name: definition.name, definition });
  page = browser.context.pages()[0];
  watched();
  await step('ko', 'the one-time link signs in, once', async () => {
    await page.goto(metel.link);
    await page.waitForURL(/\/app\/$/);
    await page.waitForSelector('#ask');
    await page.getByRole('status').filter({ hasText: words.ko.open }).waitFor();
    assert.equal((await fetch(metel.link)).status, 401);
    await shot('home-ko');
  });
  await walk('ko');
  await comesBack(words.ko);

  const before = page;
  page = await browser.context.newPage();
  await before.close();
  await browser.context.clearCookies();
  await page.addInitScript(() => { localStorage.setItem('metel.lang', 'en'); localStorage.setItem('metel.theme', 'dark'); });
  watched();
  await step('en', 'a token signs in, and a wrong one does not', async () => {
    await page.goto(`${metel.base}/app/audit`);
    await page.waitForURL(/sign-in/);
    await page.getByLabel(words.en.token).fill('metel_wrong');
    await press(words.en.signIn);
    await page.getByRole('alert').waitFor();
    await page.getByLabel(words.en.token).fill(metel.token);
    await press(words.en.signIn);
    await page.waitForURL(/audit/);
  });
  await walk('en');
} finally {
  await browser.close();
  await metel.stop();
  await services.stop();
}
const passed = results.filter(Boolean).length;
console.log(`${((Date.now() - began) / 1000).toFixed(1)} s`);
console.log(`real: ${passed} passed, ${results.length - passed} failed`);
process.exitCode = passed === results.length ? 0 : 1;
