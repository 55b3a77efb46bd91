//! Whether an action reaches people outside the workspace. What cannot be read is outside.

use metel_model::contract::AudienceKind;
use serde_json::Value;

use super::Case;
use crate::contract::Compiled;

/// Who a payload reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The contract names no receiver, or the payload none.
    Unknown,
    Inside,
    Outside,
}

/// The receivers that a payload names, as it writes them.
pub fn receivers<'p>(contract: &Compiled, payload: &'p Value) -> Vec<&'p str> {
    let Some(audience) = &contract.contract.audience else { return Vec::new() };
    match payload.get(&audience.field) {
        Some(Value::Array(items)) => items.iter().map(|item| item.as_str().unwrap_or_default()).collect(),
        Some(value) => vec![value.as_str().unwrap_or_default()],
        None => Vec::new(),
    }
}

pub(super) fn reach(case: &Case<'_>) -> Reach {
    let Some(audience) = &case.contract.contract.audience else { return Reach::Unknown };
    if audience.kind == AudienceKind::Public {
        return Reach::Outside;
    }
    let receivers = receivers(case.contract, case.payload);
    let inside = &case.facts.policy.inside;
    let outside = |receiver: &&str| match audience.kind {
        AudienceKind::Public => true,
        AudienceKind::Channel => inside.shared_channels.iter().any(|shared| channel(shared) == channel(receiver)),
        AudienceKind::Email => !is_own(receiver, &inside.domains),
    };
    match (receivers.is_empty(), receivers.iter().any(outside)) {
        (true, _) => Reach::Unknown,
        (_, true) => Reach::Outside,
        (_, false) => Reach::Inside,
    }
}

fn channel(name: &str) -> String {
    name.trim().trim_start_matches('#').trim().to_lowercase()
}

/// Whether every address in a receiver's text is of one of our own domains. One text may hold several
/// addresses, with names beside them (RFC 5322); one without any is nobody we know.
fn is_own(receiver: &str, domains: &[String]) -> bool {
    let cut = |c: char| c.is_whitespace() || ",;<>()\"".contains(c);
    let mut addresses = receiver.split(cut).filter(|part| part.contains('@')).peekable();
    let own = |address: &str| match address.split_once('@') {
        Some((name, domain)) => {
            !name.is_empty() && domains.iter().any(|own| own.to_lowercase() == domain.to_lowercase())
        }
        None => false,
    };
    addresses.peek().is_some() && addresses.all(own)
}
