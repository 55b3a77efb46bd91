//! Gates that stand after the effect that they are meant to guard.
//!
//! A person says no, and yet an effect was carried out before, stands, and nobody had agreed to it. Many
//! workflows do something harmless before they ask; so it counts only where the gate fits that effect better
//! than everything that still follows: what it shows, then how grave it is.

use metel_model::approval::Decision;
use metel_model::event::Event;
use metel_model::lang::Text;
use metel_model::status::Risk;
use metel_rules::graph::{Kind, Program, UNDO, split_step};
use metel_rules::refs::{Reference, Template};
use serde_json::Value;

use super::order::precedes;
use super::{Flaw, Suspect};
use crate::torture::fault::Kind as Fault;
use crate::torture::ground::Ground;
use crate::torture::trace::{Told, Trace, of};

pub(super) fn look(ground: &Ground, trace: &Trace) -> Vec<Suspect> {
    if trace.schedule.0.iter().any(|act| !act.kind.is_choice())
        || !trace.schedule.0.iter().any(|act| act.kind == Fault::Reject)
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    for told in &trace.runs {
        for (at, (_, event)) in told.events.iter().enumerate() {
            if let Event::ApprovalDecided { step, decision: Decision::Reject { .. }, .. } = event {
                found.extend(rejected(ground, trace, told, step, at));
            }
        }
    }
    found
}

/// How well a gate fits an effect: whether it shows all (2), some (1) or nothing (0) of what the effect says,
/// then how grave the effect is.
type Fit = (u8, Option<Risk>);

fn rejected(ground: &Ground, trace: &Trace, told: &Told, step: &str, decided: usize) -> Option<Suspect> {
    let program = &told.program;
    let gate = program.position(split_step(step).0)?;
    let Kind::Gate { show, .. } = &program.nodes[gate].kind else { return None };
    let shown = show.as_ref().map(mentions);
    let fit = |node: usize, above: bool| -> Option<Fit> {
        let Kind::Tool { tool, args } = &program.nodes[node].kind else { return None };
        let contract = &ground.tool(tool)?.compiled.contract;
        let own = &program.nodes[node].id;
        let fits = shown.as_ref().map_or(1, |shown| {
            let args = mentions(args);
            let own = |one: &Mention| matches!(one, Mention::Value(one) if above && one.root == *own);
            let covered = args.iter().filter(|other| shown.iter().any(|one| one.is_same(other))).count();
            match covered {
                0 if !shown.iter().any(own) => 0,
                all if all > 0 && all == args.len() => 2,
                _ => 1,
            }
        });
        contract.is_consequential().then(|| (fits, contract.risk.iter().max().copied()))
    };
    let effects = || (0..program.nodes.len()).filter(|node| *node != gate);
    let after = effects().filter(|node| precedes(program, gate, *node)).filter_map(|node| fit(node, false)).max();
    let stands = |node: usize| {
        let id = &program.nodes[node].id;
        of(&trace.calls, told.run.id).any(|call| {
            let undone = format!("{}{UNDO}", call.step);
            let is_done = |(at, (_, event)): (usize, &(usize, Event))| {
                at < decided && matches!(event, Event::StepSucceeded { step, .. } if *step == call.step)
            };
            let taken_back = told
                .events
                .iter()
                .any(|(_, event)| matches!(event, Event::StepSucceeded { step, .. } if *step == undone));
            split_step(&call.step).0 == id && call.acted && !taken_back && told.events.iter().enumerate().any(is_done)
        })
    };
    let own_yes = |node: usize| {
        told.events.iter().any(|(_, event)| match event {
            Event::ApprovalDecided { step, decision, .. } => {
                split_step(step).0 == program.nodes[node].id && !matches!(decision, Decision::Reject { .. })
            }
            _ => false,
        })
    };
    let is_guarded = |node: usize| {
        // The policy asked about this very call.
        if own_yes(node) {
            return true;
        }
        let gates = effects().filter(|other| matches!(program.nodes[*other].kind, Kind::Gate { .. }));
        gates.into_iter().any(|other| precedes(program, other, node))
    };
    let before = effects()
        .filter(|node| !precedes(program, gate, *node) && !is_guarded(*node) && stands(*node))
        .filter_map(|node| Some((fit(node, true)?, node)))
        .max_by_key(|(fit, _)| *fit)?;
    let (fit_before, node) = before;
    let worse = match after {
        Some(after) => fit_before > after,
        None => fit_before.0 > 0,
    };
    worse.then(|| suspect(told, program, gate, node))
}

fn suspect(told: &Told, program: &Program, gate: usize, node: usize) -> Suspect {
    let (gate, effect) = (&program.nodes[gate].id, &program.nodes[node].id);
    Suspect {
        flaw: Flaw::LateGate,
        workflow: told.run.name.clone(),
        step: gate.clone(),
        what: Text::new(
            format!("{effect} had been carried out when somebody said no at {gate}, and it stands"),
            format!("{gate}에서 거절했는데 {effect} 단계는 이미 실행됐고 그대로 남아 있어요"),
        ),
        mend: Text::new(
            format!("Put {gate} before {effect}, or give {effect} an `undo`."),
            format!("{gate} 단계를 {effect} 앞에 두거나, {effect} 단계에 `undo`를 넣으세요."),
        ),
    }
}

/// Shortest text that tells one thing from another.
const TELLING: usize = 3;

/// What a template speaks of.
enum Mention {
    Value(Reference),
    Text(String),
}

fn mentions(template: &Template) -> Vec<Mention> {
    let mut found = Vec::new();
    template.visit(&mut |_, reference, _| found.push(Mention::Value(reference.clone())));
    texts(template, &mut found);
    found
}

fn texts(template: &Template, found: &mut Vec<Mention>) {
    match template {
        Template::Literal(value) => of_value(value, found),
        Template::List(items) => items.iter().for_each(|item| texts(item, found)),
        Template::Object(members) => members.iter().for_each(|(_, item)| texts(item, found)),
        Template::Whole(_) | Template::Text(_) => {}
    }
}

fn of_value(value: &Value, found: &mut Vec<Mention>) {
    match value {
        Value::String(text) if text.chars().count() >= TELLING => found.push(Mention::Text(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| of_value(item, found)),
        Value::Object(members) => members.values().for_each(|item| of_value(item, found)),
        _ => {}
    }
}

impl Mention {
    /// Whether two mention the same thing, or one a part of the other.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Value(one), Self::Value(other)) => {
                let root = |reference: &Reference| match reference.root.as_str() {
                    "params" => "input".to_owned(),
                    root => root.to_owned(),
                };
                let shorter = one.path.len().min(other.path.len());
                root(one) == root(other) && one.path[..shorter] == other.path[..shorter]
            }
            _ => false,
        }
    }
}
