//! What a cause of failure means: its code first, then the service's own words.

use metel_model::contract::Contract;
use metel_model::plan::Action;

use super::{AGAIN, instead};

/// What a cause means for the failed action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Somebody said no: leave it out, or do as the reason says.
    Rejected,
    /// The tool is gone.
    ToolGone,
    /// A value comes from nowhere.
    Forgotten,
    /// The arguments do not fit the tool.
    Shape,
    /// The service refuses a value, or refuses at all.
    Refused,
    /// It may pass the next time.
    Again,
    /// It happened, and its result is not what was asked for.
    Unmet,
    /// Something was written, and nobody knows what: not once more.
    Unsure,
}

/// What a cause says beyond its code and the code's own sentence.
pub fn message(cause: &str) -> &str {
    let said = cause.split_once(':').map_or(cause, |(_, said)| said);
    let own = said.split_once(':').map(|(_, own)| own.trim());
    match cause.starts_with("approval.") {
        true => own.unwrap_or_default(),
        false => own.unwrap_or(said).trim(),
    }
}

pub fn remedy(cause: &str, contract: Option<&Contract>, action: &Action) -> Remedy {
    let kind = cause.split(':').next().unwrap_or_default().trim();
    let writes = contract.is_some_and(Contract::is_consequential);
    match kind {
        "approval.rejected" | "approval.expired" | "policy.denied" => Remedy::Rejected,
        "tool.disabled" | "tool.unknown" | "connection.missing" | "contract.changed" => Remedy::ToolGone,
        "reference.missing" => Remedy::Forgotten,
        "tool.payload" | "field.invalid" | "input.unexpected" => Remedy::Shape,
        "tool.failed"
            if speaks_of_value(cause)
                || instead::is_forbidden(message(cause))
                || instead::is_reached(contract, message(cause)) =>
        {
            Remedy::Refused
        }
        "criteria.unmet" => Remedy::Unmet,
        // What was written is not written twice.
        "tool.bad_answer" | "step.failed" if writes => Remedy::Unsure,
        _ if action.reason.starts_with(AGAIN) => Remedy::ToolGone,
        "tool.failed" if !message(cause).is_empty() && !passes(cause) => Remedy::Refused,
        _ => Remedy::Again,
    }
}

/// Whether an error is likely to pass.
fn passes(cause: &str) -> bool {
    const SIGNS: &[&str] = &[
        "timeout",
        "timed out",
        "rate",
        "429",
        "500",
        "502",
        "503",
        "504",
        "unavailable",
        "temporar",
        "try again",
        "overload",
        "busy",
        "reset",
        "시간 초과",
        "잠시",
    ];
    let lower = cause.to_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// Services say it in many ways that a name leads nowhere.
pub fn speaks_of_value(cause: &str) -> bool {
    const SIGNS: &[&str] = &[
        "not_found",
        "not found",
        "notfound",
        "invalid",
        "does not exist",
        "doesn't exist",
        "unknown",
        "no such",
        "unable to parse",
        "validation",
        "is_archived",
        "not_in_channel",
        "could not find",
        "cannot find",
        "bad request",
        "400",
        "404",
        "410",
        "malformed",
        "찾을 수 없",
        "없는",
        "없습니다",
        "없어요",
        "올바르지",
    ];
    let lower = cause.to_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}
