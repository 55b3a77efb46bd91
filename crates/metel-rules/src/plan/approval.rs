//! Whether a plan as it stands will stop for a person: its risks, and personal data that would leave
//! the workspace. A forecast for the reader; the policy decides on the final payloads.

use metel_model::plan::ActionPlan;
use metel_model::status::Risk;
use serde_json::Value;

use super::catalogue::Catalogue;
use crate::pii;

/// Ids of the actions that will ask for approval, in plan order.
pub fn needs_approval(plan: &ActionPlan, catalogue: &Catalogue) -> Vec<String> {
    plan.actions
        .iter()
        .filter(|action| {
            let Some(tool) = catalogue.tool(&action.tool) else { return false };
            if tool.has_risk(Risk::Destructive) || tool.has_risk(Risk::Financial) {
                return true;
            }
            let personal = || action.args.values().any(|value| !pii::scan_value(value).is_empty());
            tool.is_consequential()
                && (tool.has_risk(Risk::ExternalSend) || is_outside(&action.args, catalogue))
                && personal()
        })
        .map(|action| action.id.clone())
        .collect()
}

/// Whether the arguments name a place that people outside can read.
fn is_outside(args: &serde_json::Map<String, Value>, catalogue: &Catalogue) -> bool {
    let plain = |text: &str| text.trim_start_matches('#').to_lowercase();
    args.values().filter_map(Value::as_str).any(|value| {
        catalogue.places.iter().filter(|place| place.outside).any(|place| {
            place.value.as_str().is_some_and(|known| plain(known) == plain(value))
                || place.names.iter().any(|name| plain(name) == plain(value))
        })
    })
}
