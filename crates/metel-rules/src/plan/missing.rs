//! How a missing value is asked for: the contract's own question, its schema, and what is known to fit.

use metel_model::contract::Contract;
use metel_model::lang::Text;
use metel_model::plan::{ActionPlan, MISSING, MissingField};
use serde_json::Value;

use super::catalogue::Catalogue;
use super::kinds::{self, Field};

/// Candidates shown for one field at most.
const CANDIDATES_MAX: usize = 20;

/// The question for one argument of an action.
pub fn ask(action: &str, contract: &Contract, field: &Field<'_>, catalogue: &Catalogue) -> MissingField {
    let own = field.schema.get("x-ask").and_then(|ask| serde_json::from_value::<Text>(ask.clone()).ok());
    let title = own.unwrap_or_else(|| {
        let word = field.schema.get("title").and_then(Value::as_str).unwrap_or(field.name);
        let tool = &contract.title;
        Text::new(format!("{}: {word}?", tool.en), format!("{}: {word} 값을 알려 주세요", tool.ko))
    });
    let named = if field.name == "range" { "tab" } else { field.name };
    let kinds_of_place = [field.kind.to_owned(), format!("{}.{named}", contract.service())];
    let mut candidates: Vec<Value> = Vec::new();
    for place in catalogue.places.iter().filter(|place| kinds_of_place.contains(&place.kind)) {
        if candidates.len() < CANDIDATES_MAX && !candidates.contains(&place.value) {
            candidates.push(place.value.clone());
        }
    }
    MissingField {
        action: action.to_owned(),
        field: field.name.to_owned(),
        title,
        schema: field.schema.clone(),
        candidates,
    }
}

/// The questions for everything in a plan that is still `MISSING`.
pub fn fields_of(plan: &ActionPlan, catalogue: &Catalogue) -> Vec<MissingField> {
    let mut out = Vec::new();
    for action in &plan.actions {
        let Some(contract) = catalogue.tool(&action.tool) else { continue };
        for field in kinds::fields(contract) {
            if action.args.get(field.name).is_some_and(|value| value == MISSING) {
                out.push(ask(&action.id, contract, &field, catalogue));
            }
        }
    }
    out
}
