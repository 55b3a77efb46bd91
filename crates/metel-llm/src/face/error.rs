//! Refusals and failures as OpenAI's clients read them: `{"error": {"message", "type", "param", "code"}}`.

use metel_model::{Code, Fault, Lang};
use serde_json::{Value, json};

/// Status and body for a fault; the language is the asker's.
pub fn error_body(fault: &Fault, lang: Lang) -> (u16, Value) {
    let (status, kind) = match fault.code {
        Code::NotSignedIn => (401, "invalid_request_error"),
        Code::NotAllowed | Code::OriginRefused => (403, "permission_error"),
        Code::NotFound => (404, "invalid_request_error"),
        Code::BudgetSpent => (429, "insufficient_quota"),
        Code::ModelUnreachable | Code::ModelBadAnswer => (502, "server_error"),
        Code::ModelRefused => (400, "invalid_request_error"),
        _ => match fault.code.http() {
            // OpenAI's clients know a wrong member as 400.
            422 => (400, "invalid_request_error"),
            status @ 400..=499 => (status, "invalid_request_error"),
            status => (status, "server_error"),
        },
    };
    let code = match fault.code {
        Code::NotSignedIn => "invalid_api_key",
        Code::NotFound => "model_not_found",
        Code::BudgetSpent => "insufficient_quota",
        _ => fault.code.kind(),
    };
    let message = match fault.fields.first() {
        Some(field) => format!("{} {}", field.pointer, field.message.get(lang)),
        None => fault.sentence(lang),
    };
    let param = fault.fields.first().map(|field| field.pointer.trim_start_matches('/').replace('/', "."));
    (status, json!({"error": {"message": message, "type": kind, "param": param, "code": code}}))
}
