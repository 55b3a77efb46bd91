//! The answer to a request, made from what a run's events say: it cannot claim what did not happen.

use metel_model::event::{Answer, Link};
use metel_model::fault::Fault;
use metel_model::run::Run;
use metel_model::status::StepStatus;
use metel_model::time::Micros;
use serde_json::Value;

use crate::run::Library;

/// Words a run's outcome without a model.
pub fn of_run(run: &Run, library: &dyn Library, error: Option<&Fault>, now: Micros) -> Answer {
    let lang = run.request.as_ref().map(|r| r.lang).unwrap_or_default();
    let mut links = Vec::new();
    let mut lines = Vec::new();
    for action in run.plan.iter().flat_map(|plan| &plan.actions) {
        let contract = run.pins.get(&action.tool).and_then(|digest| library.contract(digest));
        let title = contract.map_or(action.tool.clone(), |c| c.contract.title.get(lang).to_owned());
        match run.steps.get(&action.id) {
            Some(step) if step.status == StepStatus::Succeeded => {
                lines.push(format!("✓ {title}"));
                for value in step.products.values() {
                    if let Value::String(url) = value {
                        if url.starts_with("http://") || url.starts_with("https://") {
                            links.push(Link { title: title.clone(), url: url.clone() });
                        }
                    }
                }
            }
            Some(step) if step.status == StepStatus::Failed => {
                let why = step.error.as_ref().map(|e| e.sentence(lang)).unwrap_or_default();
                lines.push(format!("✕ {title}: {why}"));
            }
            _ => lines.push(format!("– {title}")),
        }
    }
    let head = match error {
        None => lang.pick("Done.", "다 했어요.").to_owned(),
        Some(error) => format!("{} {}", lang.pick("Not finished:", "끝내지 못했어요:"), error.sentence(lang)),
    };
    let _ = now;
    lines.insert(0, head);
    Answer { text: lines.join("\n"), links, worded: false }
}
