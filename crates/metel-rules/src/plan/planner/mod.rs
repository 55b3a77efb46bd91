//! Planning without a model: the request is read into acts, the acts are connected by what they
//! leave and need, and a tool is chosen for each. The same request and catalogue always give the
//! same plan. What cannot be done is refused with its reason; what is not said is asked for.

mod choose;
mod emit;
mod flow;
mod refuse;
mod slots;

use metel_model::lang::Lang;
use metel_model::plan::{ActionPlan, Mention, PlanInput};
use metel_model::time::Micros;

use super::catalogue::Catalogue;
use super::fault::PlanRefusal;
use super::understand::clause::clauses;
use super::understand::lexicon::{Intent, Object};
use super::understand::mark::mark;
use super::understand::read::{Lacking, Reading};
use super::understand::seed::Act;

/// Makes a plan from templates and rules alone. Never panics; bounded by the request's length.
pub fn plan_without_model(input: &PlanInput, catalogue: &Catalogue, now: Micros) -> Result<ActionPlan, PlanRefusal> {
    let _ = now;
    let text = &input.request.text;
    if text.trim().is_empty() {
        return Err(PlanRefusal::new("The request is empty", "요청이 비어 있어요"));
    }
    let korean = Lang::of(text) == Lang::Ko;
    let marked = mark(text, catalogue);
    let mut reading = Reading::default();
    let clauses = clauses(&marked);
    for clause in &clauses {
        reading.read(&marked, clause, korean);
    }
    if let Some(what) = reading.lacking.iter().find(|what| !provided(what, catalogue)) {
        return Err(refuse::lacking(what, catalogue));
    }
    resolve_pronouns(&mut reading, &input.mentions);
    let seeds = flow::connect(reading, &input.mentions);
    if seeds.is_empty() {
        return Err(refuse::nothing(catalogue));
    }
    emit::emit(&seeds, text, input.request.lang, &input.mentions, catalogue)
}

/// A named service may have tools after all.
fn provided(what: &Lacking, catalogue: &Catalogue) -> bool {
    match what {
        Lacking::Service(service) => catalogue.services().contains(service.as_str()),
        _ => false,
    }
}

/// `그거 지워줘`: the newest thing decides what sort of deleting is meant.
fn resolve_pronouns(reading: &mut Reading, mentions: &[Mention]) {
    for seed in &mut reading.seeds {
        if seed.act != Act::Other(Intent::Delete, Object::Result) {
            continue;
        }
        if let Some(newest) = mentions.first() {
            seed.act = match super::kinds::leaf(&newest.kind) {
                leaf if leaf.starts_with("page") => Act::ArchivePage,
                leaf if leaf.starts_with("message") || leaf == "permalink" || leaf == "ts" => Act::DeleteMessage,
                _ => seed.act,
            };
        }
    }
}
