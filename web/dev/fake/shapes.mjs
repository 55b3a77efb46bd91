// Runs of the make-believe metel that stand still in every shape: side by side, in rounds, waiting
// for a form or a message, held, taken back; and what was given up, said, and allowed.
import { newId, stamp } from './world.mjs';

const T = (en, ko) => ({ en, ko });
const MINUTE = 60_000;

const form = {
  type: 'object', required: ['decision', 'amount'], additionalProperties: false,
  description: '계약서를 읽고 채워 주세요.',
  properties: {
    decision: { type: 'string', title: 'Decision', 'x-ask': T('What is decided?', '어떻게 할까요?'), enum: ['go', 'hold', 'stop'] },
    amount: { type: 'integer', title: 'Amount', 'x-ask': T('For how much (₩)?', '금액은 얼마인가요 (원)?'), minimum: 1000, examples: [1200000] },
    urgent: { type: 'boolean', title: 'Urgent', 'x-ask': T('Is it urgent?', '급한가요?') },
    note: { type: 'string', title: 'Note', 'x-ask': T('Anything to add?', '덧붙일 말이 있나요?'), maxLength: 4000 },
  },
};

export function shapes(world) {
  const now = world.now();
  const at = (minutes, seconds = 0) => stamp(now - minutes * MINUTE + seconds * 1000);
  const run = (minutes, name, title, steps, more = {}) => {
    const made = world.start({ name, title, script: [], at: now - minutes * MINUTE });
    Object.assign(made, { steps: steps.map((each) => ({
      id: each.id, label: each.label, type: each.type ?? 'tool', tool: each.tool ?? null, agent: each.agent ?? null, status: each.status ?? 'pending', waiting: each.waiting ?? null,
      attempt: 1, parent: each.parent ?? null, started_at: each.from === undefined ? null : at(minutes, each.from), ended_at: each.to === undefined ? null : at(minutes, each.to),
      ms: each.to === undefined ? null : Math.round((each.to - each.from) * 1000), payload: each.payload ?? null, output: each.output ?? null, products: {}, untrusted: false, error: each.error ?? null,
      wake_at: null, approval: null, message: each.message ?? null, task: each.task ?? null, child: null, after: each.after ?? [], risk: each.risk ?? ['read'],
    })), ...more });
    world.event(made, 'step_started', null, T('It goes on', '이어서 해요'), {}, null, now - minutes * MINUTE + 1000);
    made.updated_at = more.ended === undefined ? made.updated_at : at(minutes, more.ended);
    return made;
  };
  const done = 'succeeded';
  const lacks = { code: 'METEL-2104', title: T('The connection lacks a permission', '연결에 권한이 모자라요'), hint: T('Add it under Connections, then retry from this step.', '연결에서 권한을 더한 뒤 이 단계부터 다시 하세요.') };

  run(400, 'order-refund', T('Refund an order', '주문 환불'), [
    { id: 'hold_stock', label: T('Hold the stock', '재고 잡기'), tool: 'sheets.append_rows', status: done, from: 0, to: 0.4, risk: ['write'] },
    { id: 'page', label: T('Write it down', '기록 남기기'), tool: 'notion.create_page', status: done, from: 0.5, to: 1.3, after: ['hold_stock'], risk: ['write'] },
    { id: 'refund', label: T('Refund', '환불하기'), tool: 'slack.post_message', status: 'failed', from: 1.4, to: 3.9, after: ['page'], risk: ['financial'], error: lacks },
    { id: 'page!undo', label: T('Take back: Write it down', '되돌리기: 기록 남기기'), type: 'undo', tool: 'notion.archive_page', status: done, from: 4, to: 4.6, risk: ['destructive'] },
    { id: 'hold_stock!undo', label: T('Take back: Hold the stock', '되돌리기: 재고 잡기'), type: 'undo', tool: 'sheets.append_rows', status: done, from: 4.7, to: 5, risk: ['write'] },
  ], { status: 'failed', error: lacks, ended: 5 });

  run(33, 'contract-review', T('Contract review', '계약 검토'), [
    { id: 'read', label: T('Read the contract', '계약서 읽기'), tool: 'notion.query_database', status: done, from: 0, to: 1.1 },
    { id: 'split', label: T('Side by side', '나란히 보기'), type: 'parallel', status: done, from: 1.1, to: 1.1, after: ['read'] },
    { id: 'law', label: T('Legal view', '법무 의견'), type: 'agent_call', agent: 'lawyer', status: done, from: 1.2, to: 14.2, after: ['split'] },
    { id: 'money', label: T('Figures', '금액 확인'), tool: 'sheets.get_range', status: done, from: 1.2, to: 1.9, after: ['split'] },
    { id: 'risk', label: T('Weigh the risk', '위험 따지기'), type: 'agent_call', agent: 'critic', status: done, from: 2, to: 9.4, after: ['money'] },
    { id: 'meet', label: T('Bring together', '모으기'), type: 'join', status: done, from: 14.2, to: 14.3, after: ['law', 'risk'] },
    { id: 'polish', label: T('Polish until it holds', '다듬기'), type: 'loop', status: done, from: 14.4, to: 31, after: ['meet'], output: { rounds: 3, result: { ok: true } } },
    { id: 'draft[2]', label: T('Draft[2]', '초안 쓰기[2]'), type: 'agent_call', agent: 'writer', status: done, from: 25, to: 28, parent: 'polish' },
    { id: 'check[2]', label: T('Check[2]', '초안 확인[2]'), type: 'agent_call', agent: 'critic', status: done, from: 28, to: 31, parent: 'polish', after: ['draft'] },
    { id: 'fill', label: T('A person fills in', '담당자 확인'), type: 'human_task', status: 'waiting', waiting: 'input', from: 31.2, after: ['polish'], payload: { contract: '한빛소프트 유지보수 계약', customer: '한빛소프트', text: '제3조 (기간) 계약 기간은 2026년 1월 1일부터 1년으로 해요.' }, task: { title: T('Check the contract and say how to go on', '계약서를 확인하고 어떻게 할지 알려 주세요'), form, assignee: 'minji', due: stamp(now + 95 * MINUTE) } },
    { id: 'await', label: T('Signed', '서명 기다리기'), type: 'wait', after: ['fill'] },
    { id: 'tell', label: T('Tell the team', '팀에 알리기'), tool: 'slack.post_message', after: ['await'], risk: ['write'] },
  ], { status: 'waiting', waiting: 'input', priority: 20, deadline: stamp(now + 600 * MINUTE) });

  run(52, 'interview', T('Interview', '면접 일정'), [
    { id: 'ask', label: T('Ask for a day', '날짜 묻기'), type: 'human_task', status: 'waiting', waiting: 'input', from: 0.2, payload: {}, task: { title: T('Which day suits?', '어느 날이 좋을까요?'), form: { type: 'object', required: ['day'], properties: { day: { type: 'string', title: '날짜', examples: ['2026-12-01'] } } }, assignee: 'hr', due: stamp(now - 20 * MINUTE) } },
    { id: 'book', label: T('Book it', '일정 잡기'), tool: 'notion.create_page', after: ['ask'], risk: ['write'] },
  ], { status: 'waiting', waiting: 'input' });

  run(70, 'order-intake', T('Order intake', '주문 접수'), [
    { id: 'take', label: T('Take the order', '주문 받기'), tool: 'sheets.append_rows', status: done, from: 0, to: 0.5, risk: ['write'] },
    { id: 'paid', label: T('Payment', '입금 기다리기'), type: 'wait', status: 'waiting', waiting: 'message', from: 0.6, after: ['take'], message: { name: 'order.paid', correlation: 'A-1042' } },
    { id: 'ship', label: T('Ship', '보내기'), tool: 'slack.post_message', after: ['paid'], risk: ['external_send'] },
  ], { status: 'waiting', waiting: 'message' });

  run(88, 'monthly-close', T('Monthly close', '월 마감'), [
    { id: 'sum', label: T('Sum up', '합계 내기'), tool: 'sheets.get_range', status: done, from: 0, to: 0.8 },
    { id: 'post', label: T('Post', '올리기'), tool: 'slack.post_message', status: 'ready', after: ['sum'], risk: ['write'] },
  ], { status: 'waiting', waiting: 'paused', paused: 'jihun' });

  world.notes = [
    ['order.paid', 'A-1041', { amount: 45000, by: '카드' }, 'taken', 4, false], ['order.paid', 'A-0999', { amount: 12000 }, 'kept', 16, true],
    ['page.changed', '', { page: '주간 회의록' }, 'given', 18, true], ['deploy.done', 'web', null, 'new', 19, true],
  ].map(([name, correlation, payload, state, minutes, untrusted]) => ({ id: newId('msg'), name, correlation, payload, untrusted, by: untrusted ? 'user:hook' : 'worker', at: at(minutes), expires: stamp(now + 1440 * MINUTE), state }));
  const failed = [...world.runs.values()].filter((each) => each.status === 'failed');
  const busy = { code: 'METEL-5004', title: T('The service answered with an error', '서비스가 오류를 돌려줬어요'), hint: T('See the service\'s own message.', '서비스의 메시지를 보세요.') };
  world.dead = [
    ...failed.map((each) => ({ run: each.id, step: each.steps.find((step) => step.status === 'failed')?.id ?? 'a1', code: 'METEL-2104', error: lacks, at: each.updated_at, attempts: 2 })),
    ...Array.from({ length: 3 }, (_, i) => ({ run: newId('run'), step: 'post', code: 'METEL-5004', error: busy, at: at(500 + i * 40), attempts: 5 })),
  ];
  world.tokens = [
    { id: newId('tok'), name: '명령줄', role: 'owner', owner: newId('user'), created_at: at(9000), expires_at: null, used_at: at(3), revoked_at: null },
    { id: newId('tok'), name: 'nightly report', role: 'operator', owner: newId('user'), created_at: at(4000), expires_at: stamp(now + 40_000 * MINUTE), used_at: null, revoked_at: null },
    { id: newId('tok'), name: '예전 서버', role: 'viewer', owner: newId('user'), created_at: at(90_000), expires_at: null, used_at: at(50_000), revoked_at: at(20_000) },
  ];
  world.policy = { name: 'hanbit', rules: [
    { id: 'ask-before-general', when: { tool: 'slack.post_message', condition: "input.channel == '#general'" }, effect: 'approval', reason: T('Everybody reads #general.', '모두가 읽는 채널이에요.') },
    { id: 'no-money', when: { risk: ['financial'] }, effect: 'deny', reason: T('Money is not moved from here.', '여기서는 돈을 옮기지 않아요.') },
  ], inside: { domains: ['hanbit.example'], shared_channels: ['partners'] }, approval_expires_ms: 86_400_000 };
}
