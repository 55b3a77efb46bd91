// The state that the make-believe metel starts with, and what a start begins.
import { archive, broken, figures, grant, minutes, poisoned } from './scripts.mjs';
import { shapes } from './shapes.mjs';
import { Problem } from './world.mjs';

const T = (en, ko) => ({ en, ko });
const MINUTE = 60_000;

export function seed(world, sandbox) {
  const now = world.now();
  const past = (minutes, options) => {
    const at = now - minutes * MINUTE;
    const run = world.start({ ...options, at });
    world.go(run, true, at);
    return run;
  };
  const calm = (script) => script.map(({ gate, missing, ...rest }) => rest);
  past(2900, { name: 'notes_to_slack', title: T('Share the minutes', '회의록 공유'), request: '어제 회의록 정리해서 공유해 줘', script: calm(minutes(sandbox)) });
  past(1560, { name: 'sheet_report', title: T('Weekly figures', '주간 매출 공유'), request: '이번 주 매출 숫자를 #team 채널에 올려 줘', script: calm(figures(sandbox, '#team')) });
  past(1430, { name: 'grant-factory', title: T('Grant Factory', '지원사업 서류 만들기'), script: grant(), input: { company: '한빛소프트', field: 'AI' } });
  past(320, { name: 'weekly_report', title: T('Weekly report', '주간 보고'), request: '매출 시트로 주간 보고 페이지를 만들고 #team 에 알려 줘', script: broken() });
  past(190, { name: 'sheet_report', title: T('Post this week\'s figures', '이번 주 숫자 올리기'), request: 'Post this week\'s figures of the sales sheet to #team', script: calm(figures(sandbox, '#team')) });
  const stopped = past(95, { name: 'archive', title: T('Archive old pages', '오래된 페이지 보관'), request: '작년 회의록 페이지를 모두 보관해 줘', script: archive() });
  world.cancel(stopped, '잘못 눌렀어요');
  past(41, { name: 'notes_to_slack', title: T('Share the design review', '디자인 검토 공유'), request: '디자인 검토 내용을 정리해서 마케팅 팀에 알려 줘', script: calm(minutes(sandbox)) });
  past(12, { name: 'archive', title: T('Archive last week\'s minutes', '지난주 회의록 보관'), request: '지난주 회의록 페이지를 보관해 줘', script: archive() });
  past(9, { name: 'trend_digest', title: T('Trend digest', '트렌드 요약 공유'), request: '오늘의 트렌드 기사를 요약해서 #general 에 올려 줘', script: poisoned() });
  past(7, { name: 'sheet_report', title: T('Share the sales figures', '매출 숫자 공유'), request: '매출 시트의 이번 주 숫자를 슬랙에 올려 줘', script: figures(sandbox) });
  past(4, { name: 'notes_to_slack', title: T('Share the minutes', '회의록 공유'), request: '오늘 회의록을 Notion에 정리하고 파트너에게 공유해 줘', script: minutes(sandbox) });
  shapes(world);
  const live = world.start({ name: 'grant-factory', title: T('Grant Factory', '지원사업 서류 만들기'), script: grant().map((each) => (each.id === 'fit' ? { ...each, ms: 600_000, forever: true } : each)), at: now - 41_000, input: { company: '새봄바이오', field: '바이오' } });
  hold(world, live, now - 41_000);
}

/** Leaves a run in the middle of its third step. */
function hold(world, run, at) {
  for (const [index, step] of run.steps.entries()) {
    const began = new Date(at + index * 3000).toISOString();
    if (index < 2) {
      Object.assign(step, { status: 'succeeded', started_at: began, ended_at: new Date(at + index * 3000 + run.script[index].ms).toISOString(), ms: run.script[index].ms });
      world.event(run, 'step_succeeded', step.id, { en: `Done: ${step.label.en}`, ko: `끝: ${step.label.ko}` }, {}, { type: 'step_complete', node_id: step.id, duration_ms: step.ms }, at + index * 3000);
    } else if (index === 2) {
      Object.assign(step, { status: 'running', started_at: new Date(at + 6000).toISOString() });
      world.event(run, 'effect_intended', step.id, { en: 'The agent works', ko: '에이전트가 일해요' }, {}, { type: 'step_start', node_id: step.id, label: step.label }, at + 6000);
    }
  }
  run.cost = 40_000_000;
}

export function startFor(world, sandbox, body) {
  let run;
  if (body.workflow) {
    const pipeline = world.pipelines.find((each) => each.name === body.workflow);
    const lacking = (pipeline?.input_schema.required ?? []).filter((name) => body.input?.[name] === undefined);
    if (lacking.length) throw new Problem(422, 'METEL-1002', 'field.invalid', T('A field has the wrong shape', '값의 모양이 맞지 않아요'), { errors: lacking.map((name) => ({ pointer: `/input/${name}`, message: T('is required', '꼭 필요해요') })) });
    run = world.start({ name: body.workflow, title: pipeline.title, script: grant(), input: body.input });
  } else {
    const plan = body.plan ? world.plans.get(body.plan) : world.plan(body.request ?? '', 'ko');
    const tools = plan.actions.map((action) => action.tool).join();
    const script = tools.includes('archive') ? archive() : tools.includes('sheets') ? figures(sandbox, body.inputs?.['a2.channel'] ?? (plan.missing.length ? undefined : '#team')) : minutes(sandbox);
    run = world.start({ name: plan.template, title: { en: plan.goal, ko: plan.goal }, request: plan.request, plan, script });
  }
  world.later(world.pace / 2, () => world.go(run));
  return run;
}
