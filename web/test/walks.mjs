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
    page.on('request', () => { asked += 1; });
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
};
