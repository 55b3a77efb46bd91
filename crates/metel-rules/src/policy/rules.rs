//! A workspace's own rules: which hold for an action.

use metel_model::fault::FieldFault;
use metel_model::lang::Text;
use metel_model::policy::{Policy, PolicyEffect, PolicyRule, Verdict, When};
use serde_json::{Value, json};
use std::borrow::Cow;

use super::Case;
use crate::cel;

/// Names that a rule's condition may read.
const NAMES: &[&str] = &["input", "tool", "service", "risk", "pii", "untrusted", "outside", "requester", "now"];

/// Every rule that holds, in order, with its reason.
pub(super) fn first<'c>(case: &Case<'c>, verdict: &Verdict) -> Vec<(&'c PolicyRule, Text)> {
    case.facts
        .policy
        .rules
        .iter()
        .filter(|rule| holds(case, &rule.when, rule.effect, verdict))
        .map(|rule| (rule, rule.reason.clone()))
        .collect()
}

fn holds(case: &Case<'_>, when: &When, effect: PolicyEffect, verdict: &Verdict) -> bool {
    let contract = &case.contract.contract;
    let tool = when.tool.as_ref().is_none_or(|pattern| matches(pattern, &contract.id));
    let service = when.service.as_ref().is_none_or(|service| service == contract.service());
    let risk = when.risk.is_empty() || when.risk.iter().any(|risk| contract.has_risk(*risk));
    if !(tool && service && risk && when.agent.is_none()) {
        return false;
    }
    let Some(condition) = &when.condition else { return true };
    // A condition that cannot be computed never allows and always holds back.
    let unknown = effect != PolicyEffect::Allow;
    let Ok(program) = cel::Program::compile(condition) else { return unknown };
    let vars = Names {
        input: case.payload,
        facts: json!({
            "tool": contract.id,
            "service": contract.service(),
            "risk": contract.risk,
            "pii": verdict.pii.iter().map(|mark| &mark.kind).collect::<Vec<_>>(),
            "untrusted": verdict.untrusted,
            "outside": verdict.outside,
            "requester": case.requester,
            "now": case.now.rfc3339(),
        }),
    };
    program.truth(&vars, cel::Fuel::default()).unwrap_or(unknown)
}

struct Names<'n> {
    input: &'n Value,
    facts: Value,
}

impl cel::Resolve for Names<'_> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        let value = if name == "input" { Some(self.input) } else { self.facts.get(name) };
        value.map(Cow::Borrowed)
    }
}

fn matches(pattern: &str, tool: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => tool.starts_with(head),
        None => tool == pattern,
    }
}

/// Every fault of a policy document, with its place.
pub fn check(policy: &Policy) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for (i, rule) in policy.rules.iter().enumerate() {
        if rule.id.is_empty() || policy.rules[..i].iter().any(|other| other.id == rule.id) {
            faults.push(FieldFault::new(
                format!("/rules/{i}/id"),
                "must be there and be unique",
                "있어야 하고 겹치지 않아야 해요",
            ));
        }
        if let Some(condition) = &rule.when.condition {
            match cel::Program::compile(condition) {
                Err(error) => faults.push(FieldFault::new(
                    format!("/rules/{i}/when/condition"),
                    error.to_string(),
                    format!("식을 읽을 수 없어요: {error}"),
                )),
                Ok(program) => {
                    for name in program.references().filter(|name| !NAMES.contains(name)) {
                        faults.push(FieldFault::new(
                            format!("/rules/{i}/when/condition"),
                            format!("`{name}` is not known: use {}", NAMES.join(", ")),
                            format!("`{name}`은 알 수 없어요. {} 가운데서 쓰세요", NAMES.join(", ")),
                        ));
                    }
                }
            }
        }
    }
    faults
}
