//! How often planning anew is right: whether it recovers, what runs afterwards, and that nothing which
//! took effect or failed for good runs again. One line of JSON a case; totals come out.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::contract::Contract;
use metel_model::lang::Lang;
use metel_model::plan::{Action, ActionPlan, MISSING, PlanInput, Replan, Request};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Figures;
use crate::plan::catalogue::Catalogue;
use crate::plan::check::{produces_of, requires_of};
use crate::plan::fault::PlanRefusal;
use crate::plan::reference::{Reference, Use, uses};

/// The action that nothing comes from: a plan that forgot where a value comes from names it.
const NOWHERE: &str = "nowhere";

/// One labelled case.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    pub id: String,
    pub lang: Lang,
    pub text: String,
    plan: Vec<Planned>,
    done: Vec<Done>,
    failed: Failed,
    expect: Expect,
}

#[derive(Debug, Clone, Deserialize)]
struct Planned {
    id: String,
    tool: String,
    #[serde(default)]
    args: Map<String, Value>,
    #[serde(default)]
    uses: Vec<From>,
}

#[derive(Debug, Clone, Deserialize)]
struct From {
    from: Option<String>,
    product: String,
    #[serde(rename = "in")]
    field: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Done {
    index: usize,
    products: Value,
}

#[derive(Debug, Clone, Deserialize)]
struct Failed {
    index: usize,
    kind: String,
    error: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Expect {
    recovers: bool,
    rest: Vec<Vec<String>>,
    never_repeat: Vec<usize>,
}

/// Measures a planner on labelled cases. `all` are the tools at hand; the one that is gone is taken out.
pub fn evaluate_again<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    all: &Catalogue,
    mut planner: impl FnMut(&PlanInput, &Catalogue) -> Result<ActionPlan, PlanRefusal>,
) -> Result<Figures, String> {
    let mut figures = Figures::default();
    let mut without: BTreeMap<String, Catalogue> = BTreeMap::new();
    for (at, line) in lines.into_iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?;
        let input = case.input(all).ok_or_else(|| format!("line {}: an index lies outside the plan", at + 1))?;
        let gone = case.plan.get(case.failed.index).filter(|_| case.failed.kind == "tool_gone");
        let catalogue = match gone {
            Some(gone) => without.entry(gone.tool.clone()).or_insert_with(|| all.without(&gone.tool)),
            None => all,
        };
        let wrong = case.judge(planner(&input, catalogue));
        for kind in [case.failed.kind.as_str(), "all"] {
            let entry = figures.counts.entry((kind.to_owned(), case.lang.tag())).or_default();
            entry.0 += usize::from(wrong.is_none());
            entry.1 += 1;
        }
        if case.expect.recovers {
            let entry = figures.counts.entry(("recovers".to_owned(), case.lang.tag())).or_default();
            entry.0 += usize::from(wrong.is_none());
            entry.1 += 1;
        }
        if let Some((repeats, why)) = wrong {
            figures.repeats += usize::from(repeats);
            figures.failures.push((case.id, format!("{}: {why}", case.failed.kind)));
        }
    }
    Ok(figures)
}

impl Case {
    /// What a planner is given after such a failure.
    fn input(&self, catalogue: &Catalogue) -> Option<PlanInput> {
        let actions = self.plan.iter().map(|planned| planned.action(catalogue)).collect();
        let plan = ActionPlan { goal: self.text.clone(), actions, ..ActionPlan::default() };
        let done = self
            .done
            .iter()
            .map(|done| Some((self.plan.get(done.index)?.id.clone(), done.products.clone())))
            .collect::<Option<BTreeMap<String, Value>>>()?;
        let failed = self.plan.get(self.failed.index)?.id.clone();
        let code = match self.failed.kind.as_str() {
            "missing_requires" => "reference.missing: A reference points to nothing",
            "schema" => "tool.payload: The payload does not fit the tool's schema",
            "criteria" => "criteria.unmet: The result is not what was asked for",
            "rejected" => "approval.rejected: A person rejected the action",
            "tool_gone" => "tool.disabled: The tool is switched off",
            _ => "tool.failed: The service answered with an error",
        };
        let cause = format!("{code}: {}", self.failed.error);
        let request = Request { text: self.text.clone(), lang: self.lang, session: None };
        let replan = Some(Replan { plan, done, failed, cause });
        Some(PlanInput { request, mentions: Vec::new(), tools: BTreeMap::new(), replan })
    }

    /// What is wrong with an answer, and whether it does something again; or nothing.
    fn judge(&self, answer: Result<ActionPlan, PlanRefusal>) -> Option<(bool, String)> {
        let plan = answer.unwrap_or_default();
        let runs = running(&plan);
        let tools: Vec<&str> = runs.iter().map(|action| action.tool.as_str()).collect();
        let outline = || super::compare::outline(&plan);
        let done: BTreeMap<&str, &Value> = self
            .done
            .iter()
            .filter_map(|done| Some((self.plan.get(done.index)?.id.as_str(), &done.products)))
            .collect();
        for index in &self.expect.never_repeat {
            let Some(old) = self.plan.get(*index) else { continue };
            let old = (old.tool.as_str(), resolved(&old.action_args(), &done));
            if runs.iter().any(|new| new.tool == old.0 && resolved(&new.args, &done) == old.1) {
                return Some((true, format!("does {} again: {}", old.0, outline())));
            }
        }
        let recovers = !runs.is_empty() && runs.len() == plan.actions.len();
        if recovers != self.expect.recovers {
            return Some((false, format!("recovers {recovers}, wanted {:?}: {}", self.expect.rest, outline())));
        }
        let fits = self.expect.rest.iter().any(|rest| rest.iter().eq(tools.iter()));
        (!fits).then(|| (false, format!("wanted {:?}: {}", self.expect.rest, outline())))
    }
}

impl Planned {
    fn action_args(&self) -> Map<String, Value> {
        let mut args = self.args.clone();
        for one in &self.uses {
            let reference = format!("${{{}.{}}}", one.from.as_deref().unwrap_or(NOWHERE), one.product);
            let value = match args.get(&one.field) {
                Some(Value::String(text)) => format!("{text}\n{reference}"),
                _ => reference,
            };
            args.insert(one.field.clone(), Value::from(value));
        }
        args
    }

    fn action(&self, catalogue: &Catalogue) -> Action {
        let args = self.action_args();
        let produces = catalogue.tool(&self.tool).map(|tool: &std::sync::Arc<Contract>| produces_of(&self.id, tool));
        Action {
            id: self.id.clone(),
            tool: self.tool.clone(),
            requires: requires_of(&args),
            args,
            produces: produces.unwrap_or_default(),
            success_criteria: Vec::new(),
            reason: String::new(),
        }
    }
}

/// The actions that run without anybody being asked: none that waits for a value, none that needs what
/// such a one leaves.
fn running(plan: &ActionPlan) -> Vec<&Action> {
    let mut waits: BTreeSet<&str> = BTreeSet::new();
    for action in &plan.actions {
        let asks = action.args.values().any(|value| value == MISSING);
        let hangs = action.args.values().flat_map(uses).any(|one| match one {
            Use::Whole(reference) | Use::Inside(reference) => waits.contains(reference.root.as_str()),
            Use::Broken(_) => true,
        });
        if asks || hangs {
            waits.insert(&action.id);
        }
    }
    plan.actions.iter().filter(|action| !waits.contains(action.id.as_str())).collect()
}

/// Arguments with the products of what is done in their places.
fn resolved(args: &Map<String, Value>, done: &BTreeMap<&str, &Value>) -> Map<String, Value> {
    let place = |text: &str| -> String {
        let mut out = text.to_owned();
        for one in uses(&Value::from(text)) {
            if let Use::Whole(reference) | Use::Inside(reference) = one
                && let Some(value) = product(&reference, done)
            {
                let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                out = out.replace(&format!("${{{}.{}}}", reference.root, reference.path), &written);
            }
        }
        out
    };
    args.iter()
        .map(|(name, value)| match value {
            Value::String(text) => (name.clone(), Value::from(place(text))),
            other => (name.clone(), other.clone()),
        })
        .collect()
}

fn product<'v>(reference: &Reference, done: &BTreeMap<&str, &'v Value>) -> Option<&'v Value> {
    done.get(reference.root.as_str())?.get(reference.key())
}
