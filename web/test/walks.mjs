// The doings that matter, from the first key press to the result, each against a fresh server.
import { strict as assert } from 'node:assert';

const seen = (page, text) => page.getByText(text).first().waitFor({ timeout: 8000 });

export const walks = {
  async 'ask, plan, run, mask, done'({ page, base }) {
    await page.goto(`${base}/app/`);
    await page.fill('#ask', '오늘 회의록을 Notion에 정리하고 파트너에게 공유해 줘');
    await page.press('#ask', 'Enter');
    await seen(page, '승인을 물어봐요');
    await page.getByRole('button', { name: '실행', exact: true }).click();
    await page.waitForURL(/\/app\/runs\/run_/);
    await page.getByRole('button', { name: '가리고 보내기' }).click();
    await seen(page, '고쳐서 승인함');
    await seen(page, 'Notion에 “9월 출시 회의록” 페이지를 만들고');
    assert.equal(await page.locator('header [aria-live] span').last().textContent(), '완료');
  },

  async 'a composing Enter does not submit'({ page, base }) {
    await page.goto(`${base}/app/`);
    await page.waitForSelector('#ask');
    let asked = 0;
    page.on('request', (request) => { if (request.url().endsWith('/v1/plans')) asked += 1; });
    await page.fill('#ask', '회의록 정');
    await page.evaluate(() => document.getElementById('ask').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true })));
    await page.press('#ask', 'Shift+Enter');
    assert.equal(asked, 0);
    assert.match(await page.inputValue('#ask'), /\n/);
    await page.press('#ask', 'Enter');
    await page.waitForSelector('ol li h3');
    assert.equal(asked, 1);
  },

  async 'what is missing is asked before and during a run'({ page, base }) {
    await page.goto(`${base}/app/`);
    await page.fill('#ask', '매출 시트의 이번 주 숫자를 슬랙에 올려 줘');
    await page.press('#ask', 'Enter');
    await page.getByRole('button', { name: '실행', exact: true }).click();
    await seen(page, '꼭 필요해요');
    await page.getByRole('button', { name: '#team' }).click();
    await page.getByRole('button', { name: '실행', exact: true }).click();
    await page.waitForURL(/\/app\/runs\/run_/);
    await seen(page, '이번 주 매출을 Slack에 올렸어요');
    await page.locator('#step-a2 > button').click();
    await seen(page, '안 된 시도');
  },

  async 'a run comes back after the connection breaks'({ page, base, server }) {
    await page.goto(`${base}/app/`);
    await page.fill('#ask', '매출 시트의 이번 주 숫자를 #team 채널에 올려 줘');
    await page.press('#ask', 'Enter');
    await page.getByRole('button', { name: '실행', exact: true }).click();
    await page.waitForURL(/\/app\/runs\/run_/);
    server.dropSockets();
    await seen(page, '이번 주 매출을 Slack에 올렸어요');
    await page.getByRole('status').filter({ hasText: '연결됨' }).waitFor({ timeout: 8000 });
  },

  async 'no request repeats by itself while nothing happens'({ page, base, server }) {
    const run = [...server.world.runs.values()].at(-1);
    await page.goto(`${base}/app/runs/${run.id}`);
    await page.waitForSelector('ol li');
    await page.waitForLoadState('networkidle');
    let asked = 0;
    // A part of the page that is fetched once, when there is time, is no repeated question.
    page.on('request', (request) => { asked += Number(new URL(request.url()).pathname.startsWith('/v1/')); });
    await page.waitForTimeout(2500);
    assert.equal(asked, 0);
  },

  async 'a risky approval needs the whole payload read and a long press'({ page, base, server }) {
    const approval = [...server.world.approvals.values()].find((each) => each.risk.includes('destructive') && each.status === 'pending');
    await page.goto(`${base}/app/approvals/${approval.id}`);
    const button = page.getByRole('button', { name: '길게 눌러 승인' });
    await button.waitFor();
    await button.hover();
    await page.mouse.down();
    await page.waitForTimeout(300);
    await page.mouse.up();
    assert.equal(approval.status, 'pending');
    await page.mouse.down();
    await page.waitForTimeout(1150);
    await page.mouse.up();
    await seen(page, '승인함');
    assert.equal(approval.status, 'approved');
    await seen(page, 'minji');
  },

  async 'on a phone a risky payload that was not on the screen is not approved'({ page, base, server }) {
    await page.setViewportSize({ width: 375, height: 600 });
    const approval = [...server.world.approvals.values()].find((each) => each.verdict.pii.length > 0 && each.status === 'pending');
    await page.goto(`${base}/app/approvals/${approval.id}`);
    const button = page.getByRole('button', { name: '길게 눌러 승인' });
    await button.waitFor();
    await page.waitForTimeout(300);
    assert.equal(await button.isDisabled(), true);
    await page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
    await page.waitForFunction(() => [...document.querySelectorAll('button')].some((each) => each.textContent.includes('길게') && !each.disabled));
  },

  async 'the keyboard alone holds and approves'({ page, base, server }) {
    const approval = [...server.world.approvals.values()].find((each) => each.risk.includes('destructive') && each.status === 'pending');
    await page.goto(`${base}/app/approvals/${approval.id}`);
    const button = page.getByRole('button', { name: '길게 눌러 승인' });
    await button.focus();
    await page.keyboard.down('Enter');
    await page.waitForTimeout(1150);
    await page.keyboard.up('Enter');
    await seen(page, '승인함');
    assert.equal(approval.status, 'approved');
  },

  async 'an edit that does not fit is refused beside the field'({ page, base, server }) {
    const approval = [...server.world.approvals.values()].find((each) => each.verdict.untrusted.length > 0 && each.status === 'pending');
    await page.goto(`${base}/app/approvals/${approval.id}`);
    await page.getByRole('button', { name: '고치기', exact: true }).click();
    const area = page.locator('article textarea');
    const text = await area.inputValue();
    await area.fill(text.replace('#general', 'general'));
    await page.getByRole('button', { name: '고친 내용으로 승인' }).click();
    await seen(page, '#으로 시작해야 해요');
    await area.fill(text.replace('#general', '#random'));
    await page.getByRole('button', { name: '고친 내용으로 승인' }).click();
    await seen(page, '고쳐서 승인함');
    assert.equal(approval.payload.channel, '#random');
  },

  async 'a decision made elsewhere is told'({ page, base, server }) {
    const approval = [...server.world.approvals.values()].find((each) => each.verdict.untrusted.length > 0 && each.status === 'pending');
    await page.goto(`${base}/app/approvals/${approval.id}`);
    await page.getByRole('button', { name: '거절', exact: true }).waitFor();
    server.world.decide(approval, { decision: 'reject', digest: approval.digest, reason: '다른 채널로' }, 'jihun');
    await seen(page, '다른 채널로');
    await seen(page, 'jihun');
  },

  async 'a failed run is retried'({ page, base, server }) {
    const run = [...server.world.runs.values()].find((each) => each.status === 'failed');
    await page.goto(`${base}/app/runs/${run.id}`);
    await seen(page, '연결에 권한이 모자라요');
    await page.getByRole('button', { name: '실패한 단계부터 다시' }).click();
    await page.getByText('완료', { exact: true }).first().waitFor({ timeout: 8000 });
  },

  async 'a run is stopped'({ page, base, server }) {
    const run = [...server.world.runs.values()].at(-1);
    await page.goto(`${base}/app/runs/${run.id}`);
    await page.getByRole('button', { name: '중지' }).click();
    await page.getByLabel('이유').fill('그만');
    await page.locator('dialog').getByRole('button', { name: '중지' }).click();
    await seen(page, '취소됨');
  },

  async 'a pipeline starts from its form and is watched'({ page, base }) {
    await page.goto(`${base}/app/pipelines`);
    await page.getByRole('button', { name: '실행: 지원사업 서류 만들기' }).click();
    await page.locator('dialog').getByRole('button', { name: '실행' }).click();
    await seen(page, '꼭 필요해요');
    await page.getByLabel('회사 이름').fill('한빛소프트');
    await page.getByLabel('분야').selectOption({ label: 'AI' });
    await page.keyboard.press('Control+Enter');
    await page.getByRole('region', { name: '실행 모니터' }).waitFor();
    await seen(page, '입력 검증');
    await seen(page, '총 비용');
    await page.getByRole('region', { name: '실행 모니터' }).getByText('완료', { exact: true }).waitFor({ timeout: 9000 });
  },

  async 'language and theme change without reload'({ page, base }) {
    await page.goto(`${base}/app/runs`);
    await page.evaluate(() => { globalThis.kept = 1; localStorage.setItem('metel.test', '1'); });
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await page.getByRole('button', { name: 'Dark theme' }).click();
    assert.equal(await page.evaluate(() => `${globalThis.kept} ${document.documentElement.lang} ${document.documentElement.dataset.theme}`), '1 en dark');
    await page.reload();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await page.evaluate(() => localStorage.clear());
  },

  async 'filters live in the address'({ page, base }) {
    await page.goto(`${base}/app/runs`);
    await page.getByRole('button', { name: '실패' }).click();
    await page.waitForURL(/status=failed/);
    await seen(page, '주간 보고');
    await page.fill('#runs-search', '없는 말');
    await page.waitForURL(/q=/);
    await seen(page, '조건에 맞는 실행이 없어요');
    await page.goto(`${base}/app/runs?status=completed&q=${encodeURIComponent('매출')}`);
    await seen(page, '주간 매출 공유');
  },

  async 'someone who is not signed in is asked to'({ page, base }) {
    await page.addInitScript(() => sessionStorage.removeItem('metel.token'));
    await page.goto(`${base}/app/audit`);
    await page.waitForURL(/sign-in/);
    await page.getByLabel('토큰').fill('wrong');
    await page.getByRole('button', { name: '로그인' }).click();
    await seen(page, '로그인하지 않았어요');
    await page.getByLabel('토큰').fill('mtl_dev');
    await page.getByRole('button', { name: '로그인' }).click();
    await page.getByRole('heading', { name: '감사 기록' }).waitFor();
  },

  async 'letters go to pages, not while typing'({ page, base }) {
    await page.goto(`${base}/app/runs`);
    await page.getByRole('heading', { name: '실행' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForURL(/approvals/);
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.waitForSelector('#ask');
    await page.focus('#ask');
    await page.keyboard.type('gr');
    assert.equal(await page.inputValue('#ask'), 'gr');
    assert.match(page.url(), /\/app\/?$/);
  },

  async 'a run is paused with a word, and goes on'({ page, base, server }) {
    const run = [...server.world.runs.values()].at(-1);
    await page.goto(`${base}/app/runs/${run.id}`);
    await page.getByRole('button', { name: '일시 정지' }).click();
    await page.getByLabel('이유').fill('점심 먹고 이어서');
    await page.locator('dialog').getByRole('button', { name: '일시 정지' }).click();
    await seen(page, '멈춘 사람: minji.');
    assert.equal(await page.getByRole('button', { name: '일시 정지' }).count(), 0);
    await page.getByRole('button', { name: '이어서 하기' }).click();
    await page.getByRole('button', { name: '일시 정지' }).waitFor();
    assert.equal(run.paused, null);
  },

  async 'a pause made elsewhere is told'({ page, base, server }) {
    const run = [...server.world.runs.values()].at(-1);
    await page.goto(`${base}/app/runs/${run.id}`);
    await page.getByRole('button', { name: '일시 정지' }).waitFor();
    await page.getByRole('status').filter({ hasText: '연결됨' }).waitFor();
    server.world.pause(run, 'jihun');
    await seen(page, '멈춘 사람: jihun.');
  },

  async 'a form is found, refused beside its field, and handed in'({ page, base, server }) {
    const run = [...server.world.runs.values()].find((each) => each.name === 'contract-review');
    await page.goto(`${base}/app/work`);
    await page.getByRole('button', { name: /계약서를 확인하고/ }).click();
    await page.getByRole('button', { name: '제출' }).click();
    await seen(page, '꼭 필요해요');
    await page.getByLabel('어떻게 할까요?').selectOption({ label: 'go' });
    await page.getByLabel('금액은 얼마인가요 (원)?').fill('10');
    await page.getByRole('button', { name: '제출' }).click();
    await seen(page, '1000 이상이어야 해요');
    await page.getByLabel('금액은 얼마인가요 (원)?').fill('1,200,000');
    await page.getByRole('button', { name: '제출' }).click();
    await seen(page, '제출했어요.');
    assert.deepEqual(run.steps.find((step) => step.id === 'fill').output, { decision: 'go', amount: 1_200_000 });
    await page.getByRole('button', { name: /계약서를 확인하고/ }).waitFor({ state: 'detached' });
  },

  async 'a message lets the step go on that waits for it'({ page, base, server }) {
    const run = [...server.world.runs.values()].find((each) => each.name === 'order-intake');
    await page.goto(`${base}/app/runs/${run.id}?step=paid`);
    await page.getByRole('link', { name: '이 메시지 보내기' }).click();
    const dialog = page.locator('dialog');
    assert.equal(await dialog.getByLabel('이름').inputValue(), 'order.paid');
    await dialog.getByLabel('내용 (JSON)').fill('{"amount": 45000');
    await dialog.getByRole('button', { name: '메시지 보내기' }).click();
    await seen(page, '올바른 JSON이 아니에요');
    await dialog.getByLabel('내용 (JSON)').fill('{"amount": 45000}');
    await page.keyboard.press('Control+Enter');
    await seen(page, '단계가 받아서 이어서 했어요.');
    assert.deepEqual(run.steps.find((step) => step.id === 'paid').output, { amount: 45_000 });
  },

  async 'what was given up is started again: one, and all of a kind'({ page, base, server }) {
    await page.goto(`${base}/app/dead`);
    const before = server.world.dead.length;
    await page.getByRole('button', { name: /^다시 시도: 실행/ }).last().click();
    await seen(page, '실행 1개를 다시 시작했어요');
    assert.equal(server.world.dead.length, before - 1);
    await page.getByRole('button', { name: '모두 다시 시작: 연결에 권한이 모자라요' }).click();
    await page.locator('dialog').getByRole('button', { name: '모두 다시 시작' }).click();
    await page.getByRole('button', { name: '모두 다시 시작: 연결에 권한이 모자라요' }).waitFor({ state: 'detached' });
    await seen(page, '실행 1개를 다시 시작했어요');
    // Whose run is not there any more is told, and the others stay.
    await page.locator('main input[type=checkbox]').first().check();
    await page.getByRole('button', { name: '고른 것 다시 시작' }).click();
    await seen(page, '그런 실행이 없어요');
  },

  async 'a token is made, shown once, and revoked'({ page, base, server }) {
    await page.goto(`${base}/app/settings`);
    await page.getByRole('link', { name: '토큰' }).click();
    await page.getByRole('button', { name: '토큰 만들기' }).click();
    const dialog = page.locator('dialog');
    await dialog.getByRole('button', { name: '토큰 만들기' }).click();
    await seen(page, '꼭 필요해요');
    await dialog.getByLabel('이름').fill('야간 보고');
    await dialog.getByLabel('역할').selectOption({ label: '보는 사람' });
    await dialog.getByLabel('기간').selectOption({ label: '7일' });
    await dialog.getByRole('button', { name: '토큰 만들기' }).click();
    await page.waitForFunction(() => document.querySelector('dialog input')?.value === 'metel_made_believe_7Kd2');
    await dialog.getByRole('button', { name: '잘 적어 두었어요' }).click();
    const made = server.world.tokens.at(-1);
    assert.deepEqual([made.name, made.role, Math.round((Date.parse(made.expires_at) - Date.now()) / 86_400_000)], ['야간 보고', 'viewer', 7]);
    await page.getByRole('button', { name: '폐기: 야간 보고' }).click();
    await dialog.getByRole('button', { name: '폐기' }).click();
    await page.getByRole('button', { name: '폐기: 야간 보고' }).waitFor({ state: 'detached' });
    assert.ok(made.revoked_at);
  },

  async 'a rule of the policy is refused beside its field, mended, and put in force'({ page, base, server }) {
    await page.goto(`${base}/app/settings?part=policy`);
    await page.getByRole('button', { name: '규칙 더하기' }).click();
    const rule = page.locator('main ol > li').last();
    await rule.getByLabel('규칙 이름').fill('no-web-to-general');
    await rule.getByLabel('그러면').selectOption({ label: '거부' });
    await rule.getByLabel('도구가 이것일 때').fill('slack.*');
    await rule.getByLabel('그리고 이럴 때만 (CEL)').fill('input.channel = "#general"');
    await rule.getByLabel('보여 줄 이유 (한국어)').fill('웹에서 온 글은 올리지 않아요');
    await page.getByRole('button', { name: '적용' }).click();
    await seen(page, '식을 읽을 수 없어요');
    await rule.getByLabel('그리고 이럴 때만 (CEL)').fill('input.channel == "#general"');
    await page.getByRole('button', { name: '적용' }).click();
    await seen(page, '지금부터 적용돼요');
    assert.deepEqual(server.world.policy.rules.at(-1), { id: 'no-web-to-general', effect: 'deny', when: { tool: 'slack.*', condition: 'input.channel == "#general"' }, reason: { en: '웹에서 온 글은 올리지 않아요', ko: '웹에서 온 글은 올리지 않아요' } });
    assert.equal(server.world.policy.approval_expires_ms, 86_400_000);
  },

  async 'the graph is walked with the keyboard, and a step opens'({ page, base, server }) {
    const run = [...server.world.runs.values()].find((each) => each.name === 'order-intake');
    await page.goto(`${base}/app/runs/${run.id}?tab=graph`);
    await page.locator('#node-take').focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'node-paid');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: '고른 단계' }).getByText('order.paid').waitFor();
    assert.match(page.url(), /step=paid/);
    const wide = () => page.locator('#node-take').evaluate((node) => node.getBoundingClientRect().width);
    const before = await wide();
    await page.keyboard.press('+');
    await page.waitForFunction((was) => document.getElementById('node-take').getBoundingClientRect().width > was, before);
    await page.keyboard.press('0');
  },

  async 'five hundred steps are drawn and dragged smoothly'({ page, base, server }) {
    const run = [...server.world.runs.values()].find((each) => each.name === 'order-intake');
    const [one] = run.steps;
    run.steps = [{ ...one, id: 'all', type: 'map', label: { en: 'All', ko: '모두' } }, ...Array.from({ length: 500 }, (_, i) => ({ ...one, id: `${['read', 'weigh', 'write', 'check', 'send'][i % 5]}[${Math.floor(i / 5)}]`, parent: 'all', after: i % 5 ? [['read', 'weigh', 'write', 'check', 'send'][(i % 5) - 1]] : [] }))];
    await page.goto(`${base}/app/runs/${run.id}?tab=graph`);
    await page.locator('[id="node-send[99]"]').waitFor({ state: 'attached' });
    assert.equal(await page.locator('[id^="node-"]').count(), 501);
    const view = page.locator('main [role=group][aria-describedby]');
    // Frames while the view is pulled from end to end: the slowest tenth is left out, as other work has its turn.
    const late = await view.evaluate(async (box) => {
      const times = [];
      for (let i = 0; i < 60; i += 1) {
        const from = performance.now();
        box.scrollTop = (box.scrollHeight * i) / 60;
        await new Promise((done) => requestAnimationFrame(done));
        times.push(performance.now() - from);
      }
      return times.sort((a, b) => a - b)[53];
    });
    assert.ok(late < 120, `a frame took ${late} ms`);
    const frame = await view.boundingBox();
    await view.evaluate((box) => box.scrollTo(0, 0));
    await page.mouse.move(frame.x + 8, frame.y + 200);
    await page.mouse.down();
    await page.mouse.move(frame.x + 8, frame.y + 60, { steps: 4 });
    await page.mouse.up();
    assert.equal(await view.evaluate((box) => box.scrollTop), 140);
  },

  async 'a letter after g goes to a page and decides nothing'({ page, base, server }) {
    const approval = [...server.world.approvals.values()].find((each) => each.verdict.untrusted.length > 0 && each.status === 'pending');
    await page.goto(`${base}/app/approvals/${approval.id}`);
    await page.getByRole('button', { name: '거절', exact: true }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForTimeout(300);
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.waitForURL(/messages/);
    assert.equal(approval.status, 'pending');
  },

  async 'a pipeline starts with a priority and a deadline'({ page, base, server }) {
    await page.goto(`${base}/app/pipelines?start=auto-healing`);
    await page.locator('dialog summary').click();
    await page.getByLabel('우선순위').fill('101');
    await page.locator('dialog').getByRole('button', { name: '실행' }).click();
    await seen(page, '정수여야 해요');
    await page.getByLabel('우선순위').fill('-5');
    await page.getByLabel('이 시간 안에 끝내기').fill('2');
    const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/v1/runs'));
    await page.locator('dialog').getByRole('button', { name: '실행' }).click();
    assert.deepEqual((await sent).postDataJSON(), { workflow: 'auto-healing', input: {}, priority: -5, deadline_ms: 7_200_000 });
    await page.getByRole('region', { name: '실행 모니터' }).waitFor();
  },
};
