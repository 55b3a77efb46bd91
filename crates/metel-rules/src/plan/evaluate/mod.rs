//! How often a planner is right on labelled requests: exactly the wanted actions, values, data flow,
//! questions and gates. One line of JSON a request; totals per kind and language come out.

mod again;
mod compare;
mod found;

pub use again::evaluate_again;
pub use found::{Found, Sizes, Wanting, evaluate_retrieval};

use std::collections::BTreeMap;

use metel_model::lang::Lang;
use metel_model::plan::{ActionPlan, PlanInput, Request};
use metel_model::time::Micros;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::approval::needs_approval;
use super::catalogue::Catalogue;
use super::fault::PlanRefusal;
use super::planner::plan_without_model;

/// One labelled request.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    pub id: String,
    pub lang: Lang,
    pub text: String,
    pub steps: usize,
    pub expect: Expect,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Expect {
    #[serde(default)]
    pub refused: bool,
    #[serde(default)]
    pub actions: Vec<Wanted>,
    /// `tool.argument`.
    #[serde(default)]
    pub missing: Vec<String>,
    #[serde(default)]
    pub needs_approval: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Wanted {
    pub tool: String,
    #[serde(default)]
    pub args: Map<String, Value>,
    #[serde(default)]
    pub contains: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub uses: Vec<WantedUse>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WantedUse {
    pub from: usize,
    pub product: String,
    #[serde(rename = "in")]
    pub field: String,
}

/// Right and all, per kind (`one`, `two`, `three`, `missing`, `impossible`, `all`) and language.
#[derive(Debug, Default)]
pub struct Figures {
    pub counts: BTreeMap<(String, &'static str), (usize, usize)>,
    /// Id and what was wrong, for sets whose failures may be looked at.
    pub failures: Vec<(String, String)>,
    /// Plans that do something again that took effect or failed for good.
    pub repeats: usize,
}

/// In the order in which a table shows them: of requests, then of failures.
const KINDS: [&str; 14] = [
    "one",
    "two",
    "three",
    "more",
    "missing",
    "impossible",
    "missing_requires",
    "schema",
    "criteria",
    "permanent_error",
    "rejected",
    "tool_gone",
    "recovers",
    "all",
];

impl Figures {
    pub fn share(&self, kind: &str) -> f64 {
        let (right, all) = ["ko", "en"]
            .iter()
            .filter_map(|lang| self.counts.get(&(kind.to_owned(), *lang)))
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        if all == 0 { 0.0 } else { right as f64 / all as f64 }
    }

    /// One line per kind: ko, en, both.
    pub fn table(&self) -> String {
        let mut out = String::new();
        for kind in KINDS {
            let cell = |lang| self.counts.get(&(kind.to_owned(), lang)).copied().unwrap_or_default();
            let ((kr, ka), (er, ea)) = (cell("ko"), cell("en"));
            if ka + ea > 0 {
                let share = (kr + er) as f64 * 100.0 / (ka + ea) as f64;
                out.push_str(&format!("{kind:<16} ko {kr:>3}/{ka:<3}  en {er:>3}/{ea:<3}  {share:>5.1} %\n"));
            }
        }
        out
    }
}

/// Measures the template planner.
pub fn evaluate<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    catalogue: &Catalogue,
    now: Micros,
) -> Result<Figures, String> {
    evaluate_with(lines, catalogue, |input| plan_without_model(input, catalogue, now))
}

/// Measures any planner.
pub fn evaluate_with<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    catalogue: &Catalogue,
    mut planner: impl FnMut(&PlanInput) -> Result<ActionPlan, PlanRefusal>,
) -> Result<Figures, String> {
    let mut figures = Figures::default();
    for (at, line) in lines.into_iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?;
        let request = Request { text: case.text.clone(), lang: case.lang, session: None };
        let input = PlanInput { request, mentions: Vec::new(), tools: BTreeMap::new(), replan: None };
        let wrong = judge(&case, planner(&input), catalogue);
        let lang = case.lang.tag();
        for kind in [kind(&case), "all"] {
            let entry = figures.counts.entry((kind.to_owned(), lang)).or_default();
            entry.0 += usize::from(wrong.is_none());
            entry.1 += 1;
        }
        if let Some(wrong) = wrong {
            figures.failures.push((case.id, wrong));
        }
    }
    Ok(figures)
}

fn kind(case: &Case) -> &'static str {
    match () {
        () if case.expect.refused => "impossible",
        () if !case.expect.missing.is_empty() => "missing",
        () => match case.steps {
            1 => "one",
            2 => "two",
            3 => "three",
            _ => "more",
        },
    }
}

/// What is wrong with an answer, or nothing.
fn judge(case: &Case, answer: Result<ActionPlan, PlanRefusal>, catalogue: &Catalogue) -> Option<String> {
    match (answer, case.expect.refused) {
        (Err(_), true) => None,
        (Err(refusal), false) => Some(format!("refused: {}", refusal.reason.en)),
        (Ok(plan), true) => Some(format!("not refused: {}", compare::outline(&plan))),
        (Ok(plan), false) => {
            if let Some(why) = compare::actions(&plan, &case.expect.actions, catalogue) {
                return Some(format!("{why}: {}", compare::outline(&plan)));
            }
            let mut asked: Vec<String> = plan
                .missing
                .iter()
                .filter_map(|field| {
                    let action = plan.actions.iter().find(|action| action.id == field.action)?;
                    Some(format!("{}.{}", action.tool, field.field))
                })
                .collect();
            let mut wanted = case.expect.missing.clone();
            asked.sort();
            wanted.sort();
            if asked != wanted {
                return Some(format!("asks {asked:?} instead of {wanted:?}: {}", compare::outline(&plan)));
            }
            let gated = !needs_approval(&plan, catalogue).is_empty();
            (gated != case.expect.needs_approval).then(|| format!("approval {gated}: {}", compare::outline(&plan)))
        }
    }
}

#[cfg(test)]
mod floors;
