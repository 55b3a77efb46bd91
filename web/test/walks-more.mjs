// Further doings, each against a fresh server: going back over a run, approving a plan as a whole, costs and models,
// making a pipeline, the policy's bench, finding things, a break in the middle of a text, two people at one approval.
import { strict as assert } from 'node:assert';

const seen = (page, text) => page.getByText(text).first().waitFor({ timeout: 8000 });
const hold = async (page, name) => {
  const button = page.getByRole('button', { name });
  await button.scrollIntoViewIfNeeded();
  await button.hover();
  await page.mouse.down();
  await page.waitForTimeout(1_200);
  await page.mouse.up();
};

export const moreWalks = {
  async 'a run is looked at as it stood, and forked from there'({ page, base, server }) {
    const run = [...server.world.runs.values()].find((each) => each.status === 'completed');
    await page.goto(`${base}/app/runs/${run.id}?tab=replay`);
    const slider = page.locator('main input[type=range]');
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByText('1 / ').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await seen(page, 'effect_intended');
    await page.locator('#node-a1, [id^=node-]').first().getByRole('img', { name: '실행 중' }).waitFor();
    await page.waitForURL(/at=3/);
    await page.getByRole('button', { name: '여기서 분기' }).click();
    assert.equal(await page.locator('dialog input').first().inputValue(), '3');
    await page.locator('dialog').getByRole('button', { name: '새 실행 시작' }).click();
    await page.waitForURL((url) => !url.pathname.includes(run.id));
    await page.getByRole('heading', { level: 1 }).waitFor();
  },

  async 'the rest of a plan is approved at once'({ page, base, server }) {
    const approval = [...server.world.approvals.values()].find((each) => each.status === 'pending' && each.verdict.pii?.length);
    await page.goto(`${base}/app/runs/${approval.run}`);
    await page.getByRole('button', { name: '살펴보기' }).click();
    await seen(page, '그대로 승인할 내용');
    const button = page.getByRole('button', { name: '길게 눌러 계획 승인' });
    await button.click();
    assert.equal(approval.status, 'pending');
    await hold(page, /계획 승인|누르고/);
    await page.waitForFunction(() => !document.body.textContent.includes('승인 대기'), undefined, { timeout: 8000 }).catch(() => undefined);
    assert.equal(approval.status, 'approved');
  },

  async 'a budget is set, refused when unreadable, and lifted'({ page, base, server }) {
    await page.goto(`${base}/app/costs`);
    await page.getByRole('button', { name: '예산 정하기' }).click();
    const dialog = page.locator('dialog');
    await dialog.getByLabel('대상').selectOption({ label: '호출 한 번' });
    await dialog.getByLabel('상한').fill('비싸게');
    await dialog.getByRole('button', { name: '정하기' }).click();
    await seen(page, '달러 금액으로 적어 주세요');
    await dialog.getByLabel('상한').fill('0.75');
    await page.keyboard.press('Control+Enter');
    await page.getByText('/ $0.75').waitFor();
    assert.equal(server.world.upkeep.budgets.find((each) => each.scope === 'call').cap, 750_000);
    await page.getByRole('button', { name: '바꾸기: 호출 한 번' }).click();
    await dialog.getByRole('button', { name: '상한 없애기' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(server.world.upkeep.budgets.find((each) => each.scope === 'call').cap, null);
  },

  async 'a model is added with its key, tried at once, and taken out again'({ page, base, server }) {
    await page.goto(`${base}/app/models?add=true`);
    const dialog = page.locator('dialog');
    await dialog.getByRole('button', { name: 'OpenAI' }).click();
    await dialog.getByLabel('여기서 부를 이름').fill('main');
    await seen(page, '같은 이름의 모델이 있어요');
    await dialog.getByLabel('여기서 부를 이름').fill('mini');
    await dialog.getByLabel('키', { exact: true }).or(dialog.getByLabel(/^키/)).first().fill('sk-made-believe-1234');
    await dialog.getByRole('button', { name: '더하고 시험하기' }).click();
    await seen(page, '만에 답했어요');
    assert.deepEqual(server.world.upkeep.models.models.mini, { base_url: 'https://api.openai.com/v1', model: 'gpt-5-mini', secret: 'model_mini' });
    assert.equal(await page.evaluate(() => document.documentElement.innerHTML.includes('sk-made-believe')), false);
    await dialog.getByRole('button', { name: '닫기' }).last().click();
    await page.getByRole('button', { name: '빼기: mini' }).click();
    await dialog.getByRole('button', { name: '빼기' }).click();
    await page.getByRole('button', { name: '빼기: mini' }).waitFor({ state: 'detached' });
    assert.equal('mini' in server.world.upkeep.models.models, false);
  },

  async 'a secret is rotated and never shown'({ page, base, server }) {
    await page.goto(`${base}/app/secrets`);
    await page.getByRole('button', { name: '바꾸기: pin' }).click();
    const dialog = page.locator('dialog');
    await dialog.getByLabel('값', { exact: true }).or(dialog.locator('input[type=password]')).first().fill('fresh-value-77ab');
    await dialog.getByRole('button', { name: '바꾸기' }).click();
    await page.getByText('••••77ab').waitFor();
    assert.equal(server.world.upkeep.secrets.find((each) => each.name === 'pin').version, 5);
  },

  async 'a pipeline is changed, refused by the server, mended, undone, redone and saved'({ page, base, server }) {
    await page.goto(`${base}/app/pipelines/auto-healing/edit`);
    await page.locator('#node-diagnose').click();
    await page.getByLabel('단계 더하기').selectOption('tool');
    await page.locator('#node-tool').waitFor();
    await page.getByRole('button', { name: /알려진 도구가 아니에요/ }).click();
    assert.equal(await page.getByRole('button', { name: '새 판으로 저장' }).isDisabled(), true);
    const tool = page.getByLabel('tool', { exact: true });
    await tool.fill('slack.post_message');
    await tool.press('Enter');
    await seen(page, '문제없어요');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: '되돌리기', exact: true }).click();
    await page.getByRole('button', { name: '되돌리기', exact: true }).click();
    await page.locator('#node-tool').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '다시 하기', exact: true }).click();
    await page.getByRole('button', { name: '다시 하기', exact: true }).click();
    await page.locator('#node-tool').waitFor();
    await page.getByRole('button', { name: '새 판으로 저장' }).click();
    await seen(page, '4판');
    const { definition } = server.world.upkeep.stored.get('auto-healing');
    assert.deepEqual(definition.edges.filter((edge) => edge.from === 'diagnose' || edge.from === 'tool').map((edge) => [edge.from, edge.to]), [['tool', 'bad'], ['diagnose', 'tool']]);
    assert.equal(await page.evaluate(() => localStorage.getItem('metel.draft.auto-healing')), null);
  },

  async 'a draft outlives the page, and is thrown away on purpose'({ page, base }) {
    await page.goto(`${base}/app/pipelines/auto-healing/edit`);
    await page.getByLabel('단계 더하기').selectOption('join');
    await page.locator('#node-join').waitFor();
    await page.reload();
    await page.locator('#node-join').waitFor();
    await page.getByRole('button', { name: '이 파이프라인으로 더 하기' }).click();
    await page.getByRole('menuitem', { name: '바꾼 것 버리기' }).click();
    await page.locator('#node-join').waitFor({ state: 'detached' });
  },

  async 'anything is found with Ctrl+K'({ page, base, server }) {
    const run = [...server.world.runs.values()].find((each) => each.status === 'completed');
    await page.goto(`${base}/app/`);
    await page.focus('#ask');
    const find = async (text) => { await page.keyboard.press('Control+k'); await page.locator('input[role=combobox]').waitFor(); await page.keyboard.type(text); };
    await find('ㅂㅇ');
    await page.locator('[role=option][aria-selected=true]').filter({ hasText: '비용' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/costs/);
    await find(run.short);
    // Not the offer to ask for these letters, which is there before the run is found.
    await page.getByRole('option', { name: `${run.short} ·` }).click();
    await page.waitForURL(new RegExp(run.id));
    await find('auto-heal');
    await page.getByRole('option', { name: /자동 복구/ }).click();
    await page.waitForURL(/start=auto-healing/);
  },

  async 'rules are tried against history before they are in force'({ page, base, server }) {
    await page.goto(`${base}/app/settings?part=bench`);
    const text = page.getByLabel('정책 (JSON)');
    const before = JSON.stringify(server.world.policy);
    await text.fill('{"rules": [');
    await seen(page, '읽을 수 없어요');
    await text.fill('{"name": "hanbit", "rules": []}');
    await page.getByRole('button', { name: '지난 실행에 적용해 보기' }).click();
    await seen(page, '새로 물어봄');
    assert.equal(JSON.stringify(server.world.policy), before);
    await page.getByRole('button', { name: '적용', exact: true }).click();
    await seen(page, '지금부터 적용돼요');
    assert.deepEqual(server.world.policy, { name: 'hanbit', rules: [] });
  },

  async 'a break in the middle of a text loses none of it'({ page, base, server }) {
    const run = [...server.world.runs.values()].findLast((each) => each.status === 'running');
    const step = run.steps.find((each) => each.status === 'running') ?? run.steps[0];
    step.status = 'running';
    await page.goto(`${base}/app/runs/${run.id}`);
    await page.getByRole('status').filter({ hasText: '연결됨' }).waitFor();
    const tell = (chunk) => server.world.emit(`run:${run.id}`, { type: 'agent_streaming', node_id: step.id, chunk, seq: run.seq });
    await page.waitForTimeout(400);
    tell('첫 문장이에요. ');
    await seen(page, '첫 문장이에요.');
    server.dropSockets();
    await page.waitForTimeout(2_000);
    // A server that is returned to tells everything so far as one chunk, then goes on.
    tell('첫 문장이에요. 끊긴 사이의 문장이에요. ');
    tell('마지막 문장이에요.');
    await page.waitForFunction(() => document.body.textContent.includes('첫 문장이에요. 끊긴 사이의 문장이에요. 마지막 문장이에요.'), undefined, { timeout: 8000 });
    assert.equal((await page.locator('main').textContent()).split('첫 문장이에요.').length, 2);
  },

  async 'two browsers decide one approval, and one decision counts'({ page, base, server, another }) {
    const approval = [...server.world.approvals.values()].find((each) => each.status === 'pending' && each.verdict.untrusted.length > 0);
    const other = await another();
    // The second one hears nothing of the first: its page is old when it decides.
    await other.routeWebSocket(/.*/, () => undefined);
    for (const each of [page, other]) {
      await each.goto(`${base}/app/approvals/${approval.id}`);
      await each.getByRole('button', { name: '거절', exact: true }).click();
      await each.locator('article textarea').fill(each === page ? '첫 번째' : '두 번째');
    }
    await page.locator('article form').getByRole('button', { name: '거절' }).click();
    await seen(page, '“첫 번째”');
    await other.locator('article form').getByRole('button', { name: '거절' }).click();
    await seen(other, '첫 번째');
    assert.equal(approval.decided.reason, '첫 번째');
    assert.equal([...server.world.events.get(approval.run)].filter((event) => event.type === 'approval_decided' && event.step === approval.step).length, 1);
    await other.close();
  },
};
