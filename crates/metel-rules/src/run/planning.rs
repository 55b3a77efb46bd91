//! Planning within a run: a plan is proposed, checked, accepted, and made anew when it gets stuck.
//!
//! A proposal is data. It becomes the run's workflow only when every tool in it exists, every
//! reference holds, and its graph passes the same checks as any other definition.

use std::collections::BTreeMap;

use metel_model::Code;
use metel_model::contract::{Contract, Retry};
use metel_model::effect::{EffectKind, Outcome};
use metel_model::event::{Answer, Event};
use metel_model::fault::{Fault, FieldFault};
use metel_model::hash::Digest;
use metel_model::json;
use metel_model::plan::{ACTIONS_MAX, Action, ActionPlan, PlanInput, Replan};
use metel_model::run::{Run, Step};
use metel_model::status::StepStatus;
use metel_model::workflow::NodeKind;
use serde_json::Value;

use super::observe::again as try_again;
use super::tool::intend;
use super::turn::{Refusal, Turn};
use super::{COMPOSE_STEP, PLAN_STEP, finish, schedule};
use crate::graph::{Program, Tools, check, workflow_of_plan};

/// Most plans after the first.
pub const REPLANS_MAX: u32 = 3;

/// Asks for a plan.
pub(super) fn ask(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    let Some(request) = turn.run.request.clone() else { return Err(Refusal::Stale) };
    let input =
        PlanInput { request, mentions: turn.run.mentions.clone(), tools: BTreeMap::new(), replan: replan_of(turn)? };
    if !turn.may_begin(PLAN_STEP) {
        turn.emit(Event::StepReady { step: PLAN_STEP.to_owned() });
        return Ok(());
    }
    let payload = serde_json::to_value(input).unwrap_or_default();
    let stored = turn.store(payload).map_err(Refusal::Fault)?;
    let target = planner_name(turn);
    intend(turn, PLAN_STEP, EffectKind::Plan, target, Some(stored), None)
}

fn planner_name(turn: &Turn<'_, '_>) -> &'static str {
    if turn.env.facts.model { "model" } else { "template" }
}

/// What a stuck plan has done and where it got stuck.
fn replan_of(turn: &Turn<'_, '_>) -> Result<Option<Replan>, Refusal> {
    let Some(plan) = turn.run.plan.as_deref() else { return Ok(None) };
    let mut done = BTreeMap::new();
    let mut failed = (String::new(), String::new());
    for action in &plan.actions {
        let Some(step) = turn.run.steps.get(&action.id) else { continue };
        match step.status {
            StepStatus::Succeeded => {
                done.insert(action.id.clone(), Value::Object(step.products.clone().into_iter().collect()));
            }
            StepStatus::Failed => {
                let cause =
                    step.error.as_ref().map(|e| format!("{}: {}", e.code.kind(), e.sentence(metel_model::Lang::En)));
                failed = (action.id.clone(), cause.unwrap_or_default());
            }
            _ => {}
        }
    }
    Ok(Some(Replan { plan: plan.clone(), done, failed: failed.0, cause: failed.1 }))
}

/// A step of metel's own comes up again.
pub(super) fn activate(turn: &mut Turn<'_, '_>, step: &str) -> Result<(), Refusal> {
    match step {
        PLAN_STEP => {
            if turn.run.steps.get(PLAN_STEP).is_some_and(|s| s.payload.is_some()) {
                if !turn.may_begin(PLAN_STEP) {
                    turn.emit(Event::StepReady { step: PLAN_STEP.to_owned() });
                    return Ok(());
                }
                let target = planner_name(turn);
                return intend(turn, PLAN_STEP, EffectKind::Plan, target, None, None);
            }
            ask(turn)
        }
        COMPOSE_STEP => compose(turn),
        _ => Err(Refusal::Stale),
    }
}

/// A proposal came back.
pub(super) fn proposed(turn: &mut Turn<'_, '_>, id: &str, outcome: &Outcome) -> Result<(), Refusal> {
    if let Some(fault) = &outcome.fault {
        let passing = matches!(
            fault.code,
            Code::ModelUnreachable | Code::ModelBadAnswer | Code::Overloaded | Code::NetworkFailed
        );
        if passing || outcome.retry_after_ms.is_some() {
            return try_again(turn, id, &Retry { attempts: 3, ..Retry::default() }, outcome, fault.clone(), false);
        }
        return failed(turn, id, fault.clone());
    }
    let output = turn.load(&outcome.output)?;
    let plan = output.get("plan").cloned().unwrap_or_default();
    match serde_json::from_value::<ActionPlan>(plan) {
        Ok(plan) => accept(turn, plan),
        Err(error) => failed(turn, id, Fault::new(Code::PlanInvalid).about(error)),
    }
}

/// A step of metel's own failed for good.
pub(super) fn failed(turn: &mut Turn<'_, '_>, step: &str, error: Fault) -> Result<(), Refusal> {
    if step == COMPOSE_STEP {
        // Wording is a nicety: the answer made from events stands.
        turn.emit(succeeded(step));
        return Ok(());
    }
    // When planning anew leads nowhere, what went wrong first is what a person needs to know.
    let first = turn.run.plan.as_deref().and_then(|plan| {
        plan.actions
            .iter()
            .find_map(|a| turn.run.steps.get(&a.id).filter(|s| s.status == StepStatus::Failed)?.error.clone())
    });
    turn.emit(Event::StepFailed { step: step.to_owned(), error: error.clone(), to: Vec::new(), dead: Vec::new() });
    finish::fail_run(turn, first.unwrap_or(error))
}

fn succeeded(step: &str) -> Event {
    Event::StepSucceeded {
        step: step.to_owned(),
        output: None,
        products: BTreeMap::new(),
        to: Vec::new(),
        dead: Vec::new(),
        untrusted: false,
    }
}

/// Checks a plan and makes it the run's workflow.
pub(super) fn accept(turn: &mut Turn<'_, '_>, plan: ActionPlan) -> Result<(), Refusal> {
    let done = done_actions(turn, &plan);
    let (program, pins) = match compile(turn, &plan, &done) {
        Ok(compiled) => compiled,
        Err(faults) => {
            let fault = Fault::new(Code::PlanInvalid).fields(faults);
            // A run that was to begin with this plan does not begin.
            if turn.run.version == 0 {
                return Err(fault.into());
            }
            return failed(turn, PLAN_STEP, fault);
        }
    };
    void_waiting(turn);
    let missing = plan.missing.clone();
    let mut kept = plan;
    // The stored plan names all its actions, those that stand already included.
    let mut actions = done;
    actions.append(&mut kept.actions);
    kept.actions = actions;
    let version = turn.run.plan_version + 1;
    turn.emit(Event::PlanAccepted { version, plan: Box::new(kept), workflow: program.digest, pins });
    turn.program = Some(std::sync::Arc::new(program));
    if !missing.is_empty() {
        turn.emit(Event::InputRequested { step: PLAN_STEP.to_owned(), fields: missing });
        return Ok(());
    }
    answered(turn)
}

/// All facts are there: go.
pub(super) fn answered(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    if turn.run.plan_version <= 1 && turn.run.settled == 0 { schedule::begin(turn) } else { schedule::resume(turn) }
}

fn done_actions(turn: &Turn<'_, '_>, plan: &ActionPlan) -> Vec<Action> {
    let Some(before) = turn.run.plan.as_deref() else { return Vec::new() };
    before
        .actions
        .iter()
        .filter(|a| turn.run.steps.get(&a.id).is_some_and(|s| s.status == StepStatus::Succeeded))
        .filter(|a| plan.actions.iter().all(|new| new.id != a.id))
        .cloned()
        .collect()
}

fn compile(
    turn: &mut Turn<'_, '_>,
    plan: &ActionPlan,
    done: &[Action],
) -> Result<(Program, BTreeMap<String, Digest>), Vec<FieldFault>> {
    if plan.actions.is_empty() && done.is_empty() {
        return Err(vec![FieldFault::new("/actions", "a plan needs an action", "계획에 할 일이 없어요")]);
    }
    if plan.actions.len() > ACTIONS_MAX {
        return Err(vec![FieldFault::new(
            "/actions",
            format!("more than {ACTIONS_MAX} actions"),
            format!("할 일이 {ACTIONS_MAX}개를 넘어요"),
        )]);
    }
    let stands = |id: &str| turn.run.steps.get(id).is_some_and(|s| s.status == StepStatus::Succeeded);
    if let Some(again) = plan.actions.iter().find(|a| stands(&a.id)) {
        return Err(vec![FieldFault::new(
            "/actions",
            format!("`{}` is done already", again.id),
            format!("`{}`는 이미 했어요", again.id),
        )]);
    }
    let library = turn.env.library;
    let workflow = workflow_of_plan(plan, done, &|tool| library.agent_step(tool));
    let mut pins = BTreeMap::new();
    let mut contracts = BTreeMap::new();
    let mut faults = Vec::new();
    for (i, node) in workflow.nodes.iter().enumerate() {
        let NodeKind::Tool { tool, .. } = &node.kind else { continue };
        // A tool that an earlier plan used keeps its version.
        let kept = turn.run.pins.get(tool).and_then(|digest| library.contract(digest));
        match kept.or_else(|| library.current(tool)) {
            Some(contract) => {
                pins.insert(tool.clone(), contract.digest);
                contracts.insert(tool.clone(), contract);
            }
            None => faults.push(FieldFault::new(
                format!("/actions/{}/tool", i.saturating_sub(1)),
                format!("there is no tool `{tool}`"),
                format!("`{tool}`이라는 도구가 없어요"),
            )),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    struct Known<'k>(&'k BTreeMap<String, std::sync::Arc<crate::contract::Compiled>>, &'k dyn super::Library);
    impl Tools for Known<'_> {
        fn contract(&self, id: &str) -> Option<&Contract> {
            self.0.get(id).map(|c| &c.contract)
        }
        fn has_workflow(&self, name: &str) -> bool {
            self.1.workflow(name).is_some()
        }
        fn has_agent(&self, name: &str) -> bool {
            self.1.has_agent(name)
        }
    }
    let program = Program::compile(workflow)?;
    let faults = check(&program, &Known(&contracts, library));
    if !faults.is_empty() {
        return Err(faults);
    }
    let text =
        serde_json::to_value(&program.workflow).ok().and_then(|value| json::canonical(&value).ok()).unwrap_or_default();
    turn.keep_blob(program.digest, text);
    Ok((program, pins))
}

/// Questions of a plan that no longer holds are taken back.
fn void_waiting(turn: &mut Turn<'_, '_>) {
    let open: Vec<_> =
        turn.run.steps.iter().filter_map(|(id, step)| step.approval.as_ref().map(|a| (a.id, id.clone()))).collect();
    for (approval, step) in open {
        turn.emit(Event::ApprovalVoided { approval, step });
    }
}

/// A step of a plan failed: ask for another plan, unless enough were tried.
pub(super) fn again(turn: &mut Turn<'_, '_>, step: &str, error: &Fault) -> Result<(), Refusal> {
    let hopeless = matches!(error.code, Code::ApprovalExpired | Code::LimitExceeded | Code::Denied);
    if hopeless || turn.run.plan_version > REPLANS_MAX {
        return finish::fail_run(turn, error.clone());
    }
    let cause = format!("{}: {}", error.code.kind(), error.sentence(metel_model::Lang::En));
    turn.queue.clear();
    turn.emit(Event::ReplanRequested { step: step.to_owned(), cause });
    Ok(())
}

/// Whether another plan was asked for and none is in the making yet.
pub(super) fn is_wanted(run: &Run) -> bool {
    run.plan.is_some() && run.steps.get(PLAN_STEP).is_some_and(|s| s.status == StepStatus::Pending)
}

/// Whether a step has sent something: it is brought to its end whatever is planned next, so that
/// the next plan knows what was done.
pub(super) fn began(run: &Run, id: &str) -> bool {
    run.steps.get(id).is_some_and(|s| s.since.is_some() && s.effect != Some(EffectKind::Author))
}

/// A new plan was asked for. What has not begun is dropped; what has comes to its end first.
pub(super) fn ask_when_idle(turn: &mut Turn<'_, '_>) -> Result<bool, Refusal> {
    if !is_wanted(turn.run) {
        return Ok(false);
    }
    let own = |id: &str| id.starts_with('@');
    let idle = |(id, step): &(&String, &Step)| {
        !own(id) && matches!(step.status, StepStatus::Ready | StepStatus::Waiting) && !began(turn.run, id)
    };
    let idle: Vec<String> = turn.run.steps.iter().filter(idle).map(|(id, _)| id.clone()).collect();
    turn.drop_steps(idle);
    let moves = |step: &Step| {
        matches!(step.status, StepStatus::Running | StepStatus::Ready | StepStatus::Waiting | StepStatus::InDoubt)
    };
    if !turn.run.steps.iter().any(|(id, step)| !own(id) && moves(step)) {
        ask(turn)?;
    }
    Ok(true)
}

/// Asks a model to word the answer.
pub(super) fn compose(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    if !turn.may_begin(COMPOSE_STEP) {
        turn.emit(Event::StepReady { step: COMPOSE_STEP.to_owned() });
        return Ok(());
    }
    let draft = answer(turn, None)?;
    let stored = turn.store(serde_json::to_value(draft).unwrap_or_default()).map_err(Refusal::Fault)?;
    intend(turn, COMPOSE_STEP, EffectKind::Compose, "composer", Some(stored), None)
}

pub(super) fn composed(turn: &mut Turn<'_, '_>, id: &str, _outcome: &Outcome) -> Result<(), Refusal> {
    turn.emit(succeeded(id));
    Ok(())
}

/// The answer to a request, from what the events say. A model's wording is used where there is one.
pub(super) fn answer(turn: &Turn<'_, '_>, error: Option<&Fault>) -> Result<Option<Box<Answer>>, Refusal> {
    if turn.run.request.is_none() {
        return Ok(None);
    }
    let worded =
        turn.run.steps.get(COMPOSE_STEP).filter(|s| s.status == StepStatus::Succeeded).and_then(|s| s.output.clone());
    if let (Some(stored), None) = (worded, error)
        && let Ok(answer) = serde_json::from_value::<Answer>(turn.load(&stored)?.as_ref().clone())
    {
        return Ok(Some(Box::new(answer)));
    }
    Ok(Some(Box::new(crate::answer::of_run(turn.run, turn.env.library, error, turn.now))))
}
