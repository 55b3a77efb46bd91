//! Conditions whose outcome depends on when, in which order or how often things happen.
//!
//! A run with faults that should not matter is held against the same run without them: the first condition
//! that comes out otherwise is named, as long as nothing before it failed.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::Code;
use metel_model::event::Event;
use metel_model::lang::Text;
use metel_rules::graph::{Kind, Program, split_step, step_in};

use super::{Flaw, Suspect};
use crate::torture::fault::Kind as Fault;
use crate::torture::trace::{Told, Trace};

/// How the conditions of a run came out, by workflow and step, in order.
pub(in crate::torture) struct Ways {
    outcomes: BTreeMap<(String, String), String>,
    order: Vec<(String, String)>,
    failed: BTreeSet<(String, String)>,
}

impl Ways {
    pub fn of(trace: &Trace) -> Self {
        let mut ways = Self { outcomes: BTreeMap::new(), order: Vec::new(), failed: BTreeSet::new() };
        for told in &trace.runs {
            ways.add(told);
        }
        ways
    }

    fn add(&mut self, told: &Told) {
        for (at, (entry, event)) in told.events.iter().enumerate() {
            let outcome = match event {
                Event::StepSucceeded { step, to, .. } => holds(told, step, to, *entry, at).map(|how| (step, how)),
                Event::StepFailed { step, error, .. } => {
                    let node = told.program.node_of(step);
                    let computed = matches!(
                        error.code,
                        Code::FieldInvalid | Code::StepFailed | Code::ExpressionFailed | Code::ReferenceMissing
                    );
                    let reads = node.is_some_and(|node| {
                        let condition = matches!(node.kind, Kind::Branch | Kind::Validation { .. } | Kind::Loop { .. });
                        condition || node.success.is_some() || error.code == Code::ReferenceMissing
                    });
                    if !(computed && reads) {
                        self.failed.insert((told.run.name.clone(), step.clone()));
                        self.order.push((told.run.name.clone(), step.clone()));
                        continue;
                    }
                    Some((step, "fails".to_owned()))
                }
                _ => None,
            };
            if let Some((step, how)) = outcome {
                let place = (told.run.name.clone(), step.clone());
                self.order.push(place.clone());
                self.outcomes.insert(place, how);
            }
        }
        let end = (told.run.name.clone(), String::new());
        if told.program.success.is_some()
            && let Some((_, last)) = told.events.last()
        {
            let how = match last {
                Event::RunCompleted { .. } => "holds",
                Event::RunFailed { error, .. } if error.code == Code::StepFailed && error.place.is_none() => "fails",
                _ => return,
            };
            self.order.push(end.clone());
            self.outcomes.insert(end, how.to_owned());
        }
    }

    /// Edges taken and steps that were done, for coverage.
    pub fn covers(&self) -> impl Iterator<Item = String> {
        self.outcomes.iter().map(|((workflow, step), how)| format!("{workflow} {} {how}", split_step(step).0))
    }
}

/// How a condition came out whose step succeeded.
fn holds(told: &Told, step: &str, to: &[String], entry: usize, at: usize) -> Option<String> {
    let program = &told.program;
    let node = program.node_of(step)?;
    match &node.kind {
        Kind::Branch => Some(chosen(told, program, step, to, entry, at)),
        Kind::Loop { .. } => {
            let rounds =
                |(_, event): &&(usize, Event)| matches!(event, Event::ItemStarted { step: of, .. } if of == step);
            Some(format!("{} rounds", told.events.iter().filter(rounds).count()))
        }
        Kind::Validation { .. } => Some("holds".to_owned()),
        _ if node.success.is_some() => Some("holds".to_owned()),
        _ => None,
    }
}

/// The edges that a branch took, by where they lead.
fn chosen(told: &Told, program: &Program, step: &str, to: &[String], entry: usize, at: usize) -> String {
    let (id, scope, _) = split_step(step);
    let Some(node) = program.find(id) else { return String::new() };
    let skipped = |target: &str| {
        let later = told.events[at..].iter().take_while(|(of, _)| *of == entry);
        later.into_iter().any(|(_, event)| matches!(event, Event::StepSkipped { step, .. } if step == target))
    };
    let mut targets = Vec::new();
    for out in &node.outs {
        let target = &program.nodes[out.to];
        let place = step_in(&target.id, scope);
        let taken = if target.ins > 1 { to.contains(&place) } else { !skipped(&place) };
        if taken && !out.on_error {
            targets.push(target.id.as_str());
        }
    }
    targets.join("+")
}

pub(super) fn compare(clean: &Ways, now: &Ways, trace: &Trace) -> Option<Suspect> {
    for place in &now.order {
        let (before, after) = (clean.outcomes.get(place), now.outcomes.get(place));
        match (before, after) {
            (Some(before), Some(after)) if before != after => return Some(suspect(place, before, after, trace)),
            // What failed, or was not gone before, explains whatever follows.
            (None, Some(how)) if how == "fails" => return Some(suspect(place, "holds", how, trace)),
            _ if now.failed.contains(place) && !clean.failed.contains(place) => return None,
            _ => {}
        }
    }
    None
}

fn suspect((workflow, step): &(String, String), before: &str, after: &str, trace: &Trace) -> Suspect {
    let kinds: Vec<Fault> = trace.schedule.faults().map(|act| act.kind).collect();
    let clock = kinds.iter().any(|kind| matches!(kind, Fault::Clock(_)));
    let order = kinds.contains(&Fault::Reverse);
    let name = if step.is_empty() { workflow } else { split_step(step).0 };
    let cause = match (clock, order) {
        (true, _) => Text::new("at another time", "다른 시각에"),
        (_, true) => Text::new("in another order", "다른 순서로 끝나면"),
        _ => Text::new("after the fault", "고장 뒤에"),
    };
    let mend = match (clock, order) {
        (true, _) => Text::new(
            "Do not read `now` in the condition: let an earlier step or the input hold the time, and compare with that.",
            "조건에서 `now`를 읽지 말고, 입력이나 앞 단계가 남긴 시각과 비교하세요.",
        ),
        (_, true) => Text::new(
            "Read only what must have ended before: join all branches whose values the condition reads.",
            "반드시 먼저 끝난 것만 읽으세요. 조건이 읽는 값의 가지를 모두 모은 뒤에(join: all) 판단하세요.",
        ),
        _ => Text::new(
            "Do not decide on a value that a repeated reading changes: keep it in a step of its own that is not repeated, or decide on something that stays.",
            "다시 읽으면 바뀌는 값으로 판단하지 마세요. 바뀌지 않는 값으로 판단하거나, 한 번만 읽어 남긴 값을 쓰세요.",
        ),
    };
    Suspect {
        flaw: Flaw::UnsteadyCondition,
        workflow: workflow.clone(),
        step: split_step(step).0.to_owned(),
        what: Text::new(
            format!("{name} came out otherwise {}: {after} instead of {before}", cause.en),
            format!("{name} 조건이 {} 다르게 나왔어요: {before} 대신 {after}", cause.ko),
        ),
        mend,
    }
}
