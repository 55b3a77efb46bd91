//! What an approved envelope covers. Whatever is not plainly within its bounds is outside: it asks.

use std::collections::BTreeSet;

use metel_model::contract::Contract;
use metel_model::envelope::Sealed;
use metel_model::hash::Digest;
use metel_model::policy::Verdict;
use metel_model::status::Risk;
use metel_model::time::Micros;
use serde_json::Value;

use crate::contract::Compiled;
use crate::policy::{is_steered, receivers};

/// One action that asks for an approval.
pub struct Action<'a> {
    pub contract: &'a Compiled,
    pub payload: &'a Value,
    /// The approval digest: tool, version, payload, run.
    pub digest: Digest,
    pub verdict: &'a Verdict,
    pub now: Micros,
}

/// Why an action is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    Expired,
    Calls,
    Tool,
    /// It was covered once and went out.
    Spent,
    /// It deletes, moves money or gives personal data away, and is not named payload by payload.
    Exact,
    Recipient,
    Amount,
    /// An outsider's value says where it goes.
    Steered,
    /// Certain people, or several, have to approve it.
    Needs,
}

/// Whether the action is within the envelope.
pub fn covers(sealed: &Sealed, action: &Action<'_>) -> Result<(), Outside> {
    let envelope = &sealed.envelope;
    if action.now >= envelope.until {
        return Err(Outside::Expired);
    }
    if sealed.used >= envelope.calls {
        return Err(Outside::Calls);
    }
    if !envelope.tools.contains(&action.contract.contract.id) {
        return Err(Outside::Tool);
    }
    if !action.verdict.needs.is_empty() {
        return Err(Outside::Needs);
    }
    if envelope.exact.contains(&action.digest) {
        return if sealed.spent.contains(&action.digest) { Err(Outside::Spent) } else { Ok(()) };
    }
    if wants_exact(&action.contract.contract, action.verdict) {
        return Err(Outside::Exact);
    }
    within_bounds(&envelope.recipients, envelope.amount_micros, action)
}

/// Destruction, money and personal data going outside enter by their exact payloads only.
pub fn wants_exact(contract: &Contract, verdict: &Verdict) -> bool {
    let sends = verdict.outside || contract.has_risk(Risk::ExternalSend);
    contract.has_risk(Risk::Destructive) || contract.has_risk(Risk::Financial) || sends && !verdict.pii.is_empty()
}

/// Whether an action reaches these only, names no larger amount, and is steered by nobody outside.
pub(crate) fn within_bounds(
    recipients: &BTreeSet<String>,
    amount_most: Option<i64>,
    action: &Action<'_>,
) -> Result<(), Outside> {
    let found = receivers(action.contract, action.payload);
    let strange = found.iter().any(|receiver| !recipients.contains(*receiver));
    let nobody = found.is_empty() && action.contract.contract.audience.is_some();
    if strange || nobody {
        return Err(Outside::Recipient);
    }
    if let Some(amount) = amount_micros(action.payload)
        && amount_most.is_none_or(|most| amount > most)
    {
        return Err(Outside::Amount);
    }
    if is_steered(&action.contract.contract, action.verdict) {
        return Err(Outside::Steered);
    }
    Ok(())
}

/// The largest amount that a payload names, in millionths; one that cannot be read is larger than any.
pub fn amount_micros(payload: &Value) -> Option<i64> {
    crate::policy::amounts(payload)
        .into_iter()
        .map(|amount| if amount.is_finite() && amount.abs() < 9e12 { (amount * 1e6) as i64 } else { i64::MAX })
        .max()
}
