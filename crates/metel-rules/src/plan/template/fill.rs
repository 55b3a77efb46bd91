//! Which template a request means, and what of the request goes into its parameters.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::plan::{ActionPlan, PlanInput};
use metel_model::template::{Param, Template};
use serde_json::Value;

use super::wire::instantiate;
use crate::plan::catalogue::Catalogue;
use crate::plan::kinds::leaf;
use crate::plan::retrieve::terms;
use crate::plan::understand::clause::clauses;
use crate::plan::understand::literal::{Literal, slot};
use crate::plan::understand::mark::{Marked, What, mark};
use crate::plan::understand::residue;

/// How much of the shorter of two wordings must be shared for a template to be taken.
const LIKENESS_MIN: f64 = 0.6;

/// A plan from the template that the request is worded like, if one is.
pub fn plan_from(input: &PlanInput, catalogue: &Catalogue) -> Option<ActionPlan> {
    let text = &input.request.text;
    let marked = mark(text, catalogue);
    let words = words_of(&plain(&marked));
    let candidates = catalogue.skills().search(text, 5);
    let mut best: Option<(f64, &Template)> = None;
    for hit in &candidates {
        let Some(template) = catalogue.templates().iter().find(|template| template.skill == hit.id) else { continue };
        let likeness = template
            .examples
            .iter()
            .map(|example| likeness(&words, &words_of(&plain(&mark(example, catalogue)))))
            .fold(0.0, f64::max);
        if likeness >= LIKENESS_MIN && best.is_none_or(|(high, _)| likeness > high) {
            best = Some((likeness, template));
        }
    }
    let (_, template) = best?;
    let mut plan = instantiate(template, &values(template, &marked), input.request.lang, catalogue);
    plan.goal = text.trim().chars().take(500).collect();
    Some(plan)
}

/// The template with exactly a plan's tools in their order.
pub fn matching<'a>(plan: &ActionPlan, catalogue: &'a Catalogue) -> Option<&'a Template> {
    let tools: Vec<&str> = plan.actions.iter().map(|action| action.tool.as_str()).collect();
    catalogue
        .templates()
        .iter()
        .find(|template| {
            template.actions.len() == tools.len()
                && template.actions.iter().map(|action| action.tool()).eq(tools.iter().copied())
        })
        .map(AsRef::as_ref)
}

/// The request's words without what is particular to it: quotes, places, addresses.
fn plain(marked: &Marked) -> String {
    let mut out = String::new();
    let mut at = 0;
    for mark in &marked.marks {
        let particular = matches!(
            mark.what,
            What::Literal(_)
                | What::Channel { .. }
                | What::Cells { .. }
                | What::Database(_)
                | What::Spreadsheet(_)
                | What::Tab(_)
        );
        if particular && mark.start >= at {
            out.push_str(&marked.low()[at..mark.start]);
            out.push(' ');
            at = mark.end;
        }
    }
    out.push_str(&marked.low()[at..]);
    out.chars().map(|c| if slot(c).is_some() { ' ' } else { c }).collect()
}

fn words_of(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    terms(text, |term| {
        out.insert(term.to_owned());
    });
    out
}

/// Share of terms in common (Dice).
fn likeness(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    2.0 * a.intersection(b).count() as f64 / (a.len() + b.len()) as f64
}

/// What the request says for each parameter, by its type.
fn values(template: &Template, marked: &Marked) -> BTreeMap<String, Value> {
    let mut quotes = marked.lifted.literals.iter().filter_map(|literal| match literal {
        Literal::Quote(text) | Literal::Block(text) => Some(text.clone()),
        _ => None,
    });
    let titles: Vec<String> = clauses(marked).iter().filter_map(|clause| residue::said_title(marked, clause)).collect();
    let mut out = BTreeMap::new();
    // A title is what a quote most often is; longer texts come after.
    let mut params: Vec<(&String, &Param)> = template.params.iter().collect();
    params.sort_by_key(|(_, param)| leaf(&param.kind) != "title");
    for (name, param) in params {
        let found = match leaf(&param.kind) {
            "title" => titles.first().cloned().or_else(|| quotes.next()).map(Value::from),
            "text" | "query" | "content" | "markdown" => quotes.next().map(Value::from),
            "channel" => marked.marks.iter().find_map(|mark| match &mark.what {
                What::Channel { value, .. } => Some(Value::from(value.as_str())),
                _ => None,
            }),
            "url" => literal(marked, |literal| match literal {
                Literal::Url(url) => Some(Value::from(url.as_str())),
                _ => None,
            }),
            "email" => literal(marked, |literal| match literal {
                Literal::Email(mail) => Some(Value::from(mail.as_str())),
                _ => None,
            }),
            "database" | "database_id" => place(marked, |what| match what {
                What::Database(name) => Some(name.clone()),
                _ => None,
            }),
            "spreadsheet" => place(marked, |what| match what {
                What::Spreadsheet(name) => Some(name.clone()),
                _ => None,
            }),
            "range" | "sheet" | "tab" => place(marked, |what| match what {
                What::Cells { tab: Some(tab), cells } => Some(format!("{tab}!{cells}")),
                What::Tab(name) => Some(name.clone()),
                What::Cells { cells, .. } => Some(cells.clone()),
                _ => None,
            }),
            _ => None,
        };
        if let Some(found) = found {
            out.insert(name.clone(), found);
        }
    }
    out
}

fn literal(marked: &Marked, read: impl Fn(&Literal) -> Option<Value>) -> Option<Value> {
    marked.lifted.literals.iter().find_map(read)
}

fn place(marked: &Marked, read: impl Fn(&What) -> Option<String>) -> Option<Value> {
    marked.marks.iter().find_map(|mark| read(&mark.what)).map(Value::from)
}
