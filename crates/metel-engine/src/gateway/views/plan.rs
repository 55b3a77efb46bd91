//! A plan before it runs: what it would do, with which risks, and what will ask for approval.
//!
//! The approval shown is an estimate made on the arguments known now; the binding verdict is made on
//! the final payload when the step runs.

use metel_model::facts::Facts;
use metel_model::id::PlanId;
use metel_model::lang::{Lang, Text};
use metel_model::plan::{Action, ActionPlan, MissingField};
use metel_model::policy::PolicyEffect;
use metel_model::time::Micros;
use metel_rules::policy::{Case, evaluate};
use serde_json::{Value, json};

use super::both;
use crate::library::Definitions;

/// What is known of a plan beside its text.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    pub id: Option<PlanId>,
    pub by: String,
    pub tools_considered: Vec<String>,
    pub model: Option<String>,
    pub ms: u64,
}

pub fn plan(plan: &ActionPlan, definitions: &dyn Definitions, facts: &Facts, now: Micros, about: &Proposal) -> Value {
    let actions: Vec<Value> = plan.actions.iter().map(|a| action(a, definitions, facts, now, &about.by)).collect();
    let needs_approval = actions.iter().any(|a| !a["approval"].is_null());
    json!({
        "id": about.id,
        "goal": plan.goal,
        "planner": plan.planner,
        "template": plan.template,
        "actions": actions,
        "missing": plan.missing.iter().map(missing).collect::<Vec<_>>(),
        "assumptions": plan.assumptions.iter().map(both).collect::<Vec<_>>(),
        "tools_considered": about.tools_considered,
        "needs_approval": needs_approval,
        "model": about.model,
        "ms": about.ms,
    })
}

/// One value that is asked of the person.
pub(crate) fn missing(field: &MissingField) -> Value {
    json!({"key": field.key(), "title": both(&field.title), "schema": field.schema, "candidates": field.candidates})
}

fn action(action: &Action, definitions: &dyn Definitions, facts: &Facts, now: Micros, by: &str) -> Value {
    let args = Value::Object(action.args.clone());
    let contract = definitions.current(&action.tool);
    let (title, sentence, risk, approval) = match &contract {
        Some(contract) => {
            let case = Case { contract, payload: &args, untrusted: &[], requester: by, now, facts };
            let verdict = evaluate(&case);
            let approval = (verdict.effect == PolicyEffect::Approval).then(|| {
                let reason = verdict.reasons.first().cloned().unwrap_or_default();
                json!({"rule": verdict.rule, "reason": both(&reason)})
            });
            let sentence = Text::new(contract.preview(Lang::En, &args), contract.preview(Lang::Ko, &args));
            let risk: Vec<&str> = contract.contract.risk.iter().map(|r| r.key()).collect();
            (contract.contract.title.clone(), sentence, risk, approval)
        }
        None => {
            let words = if action.reason.is_empty() { &action.tool } else { &action.reason };
            (Text::both(action.tool.clone()), Text::both(words.clone()), vec!["read"], None)
        }
    };
    json!({
        "id": action.id,
        "tool": action.tool,
        "title": both(&title),
        "sentence": both(&sentence),
        "args": args,
        "risk": risk,
        "requires": action.requires,
        "produces": action.produces,
        "approval": approval,
    })
}
