//! Refusals and failures as Anthropic's clients read them: `{"type": "error", "error": {"type", "message"}}`.
//! <https://docs.anthropic.com/en/api/errors>

use metel_model::{Code, Fault, Lang};
use serde_json::{Value, json};

/// Status and body for a fault; the language is the asker's.
pub(crate) fn error_body(fault: &Fault, lang: Lang) -> (u16, Value) {
    let (status, kind) = match fault.code {
        Code::NotSignedIn => (401, "authentication_error"),
        Code::NotAllowed | Code::OriginRefused => (403, "permission_error"),
        Code::NotFound => (404, "not_found_error"),
        Code::TooLarge => (413, "request_too_large"),
        // Not 402: their clients would not know when to come again.
        Code::BudgetSpent => (429, "rate_limit_error"),
        Code::Overloaded => (529, "overloaded_error"),
        Code::ModelRefused => (400, "invalid_request_error"),
        Code::ModelUnreachable | Code::ModelBadAnswer => (502, "api_error"),
        _ => match fault.code.http() {
            422 => (400, "invalid_request_error"),
            429 => (429, "rate_limit_error"),
            status @ 400..=499 => (status, "invalid_request_error"),
            status => (status, "api_error"),
        },
    };
    let message = match fault.fields.first() {
        Some(field) => {
            let path = field.pointer.trim_start_matches('/').replace('/', ".");
            format!("{path}: {}", field.message.get(lang))
        }
        None => fault.sentence(lang),
    };
    (status, json!({"type": "error", "error": {"type": kind, "message": message, "code": fault.code.kind()}}))
}
