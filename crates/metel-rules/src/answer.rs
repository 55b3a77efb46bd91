//! What became of a run's actions, handed to the composer: an answer cannot claim what did not happen.

use metel_model::event::Answer;
use metel_model::fault::Fault;
use metel_model::lang::Lang;
use metel_model::plan::{Action, PlannerKind};
use metel_model::run::{Run, Step};
use metel_model::status::StepStatus;
use metel_model::time::Micros;
use serde_json::Value;

use crate::plan::compose::{Done, Outcome, Spent, compose};
use crate::run::Library;

/// Arguments that tell a reader what an action was about, the most telling first.
const TELLING: &[&str] = &["title", "name", "channel", "to", "database", "spreadsheet", "query", "url"];
/// Longest "about", in characters.
const ABOUT_CHARS_MAX: usize = 60;

/// Words a run's outcome without a model. `error` is why the run as a whole did not get through.
pub fn of_run(run: &Run, library: &dyn Library, error: Option<&Fault>, now: Micros) -> Answer {
    let lang = run.request.as_ref().map(|r| r.lang).unwrap_or_default();
    let request = run.request.as_ref().map(|r| r.text.as_str()).unwrap_or_default();
    let actions: Vec<Done> = run
        .plan
        .iter()
        .flat_map(|plan| &plan.actions)
        .map(|action| {
            let contract = run.pins.get(&action.tool).and_then(|digest| library.contract(digest));
            let title = contract.map_or(action.tool.clone(), |c| c.contract.title.get(lang).to_owned());
            Done { title, about: about(action), outcome: outcome(run.steps.get(&action.id), lang) }
        })
        .collect();
    // A plan that was previewed was paid for before the run began.
    let planned = run.laws >= 2 && run.plan.as_ref().is_some_and(|plan| plan.planner == PlannerKind::Model);
    let spent = Spent { cost: run.cost, ms: now.millis_since(run.created_at), model: run.tokens > 0 || planned };
    let mut answer = compose(lang, request, &actions, spent);
    if let Some(error) = error {
        let sentence = error.sentence(lang);
        let is_said = actions.iter().any(|done| matches!(&done.outcome, Outcome::Failed { why } if *why == sentence));
        if !is_said {
            answer.text = format!("{} {sentence}\n{}", lang.pick("Not finished:", "끝내지 못했어요:"), answer.text);
        }
    }
    answer
}

/// What an action is about, for a reader: its most telling literal argument, or nothing.
pub fn about(action: &Action) -> String {
    let literal = |key: &&str| {
        let text = action.args.get(*key).and_then(Value::as_str)?;
        (!text.is_empty() && !text.contains("${") && !text.contains("{{") && text != metel_model::plan::MISSING)
            .then(|| text.chars().take(ABOUT_CHARS_MAX).collect::<String>())
    };
    TELLING.iter().find_map(literal).unwrap_or_default()
}

fn outcome(step: Option<&Step>, lang: Lang) -> Outcome {
    let why = |step: &Step| step.error.as_ref().map(|error| error.sentence(lang)).unwrap_or_default();
    match step {
        Some(step) => match step.status {
            StepStatus::Succeeded => Outcome::Succeeded {
                products: step.products.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            },
            StepStatus::Failed => Outcome::Failed { why: why(step) },
            _ => Outcome::Skipped { why: why(step) },
        },
        None => Outcome::Skipped { why: String::new() },
    }
}
