//! Whether an action reaches people outside the workspace.

use metel_model::contract::AudienceKind;
use serde_json::Value;

use super::Case;

pub(super) fn is_outside(case: &Case<'_>) -> bool {
    let Some(audience) = &case.contract.contract.audience else { return false };
    let inside = &case.facts.policy.inside;
    let named = |value: &Value| value.as_str().unwrap_or_default().trim().trim_start_matches('#').to_lowercase();
    let receivers: Vec<String> = match case.payload.get(&audience.field) {
        Some(Value::Array(items)) => items.iter().map(named).collect(),
        Some(value) => vec![named(value)],
        None => Vec::new(),
    };
    match audience.kind {
        AudienceKind::Public => true,
        AudienceKind::Channel => receivers
            .iter()
            .any(|r| inside.shared_channels.iter().any(|s| s.trim_start_matches('#').to_lowercase() == *r)),
        AudienceKind::Email => receivers.iter().any(|r| {
            let domain = r.rsplit('@').next().unwrap_or_default();
            !inside.domains.iter().any(|own| own.to_lowercase() == domain)
        }),
    }
}
