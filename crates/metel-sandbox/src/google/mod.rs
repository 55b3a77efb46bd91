//! Google's older JSON interfaces: Drive, Gmail, Calendar, and Firebase's messages. They share one
//! error body, one kind of token and one way of paging.
//! Source: <https://developers.google.com/workspace/drive/api/guides/handle-errors>.

pub(crate) mod calendar;
pub(crate) mod drive;
pub(crate) mod fcm;
pub(crate) mod gmail;
mod mail;
mod search;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::asked::Asked;

/// A refusal as Google words it.
pub(crate) fn refuse(code: u16, reason: &str, status: &str, message: &str) -> Response {
    let body = json!({"error": {
        "code": code,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": reason}],
        "status": status,
    }});
    (StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

pub(crate) fn invalid(message: &str) -> Response {
    refuse(400, "invalid", "INVALID_ARGUMENT", message)
}

pub(crate) fn not_found(message: &str) -> Response {
    refuse(404, "notFound", "NOT_FOUND", message)
}

pub(crate) fn internal() -> Response {
    refuse(500, "backendError", "INTERNAL", "Internal error encountered.")
}

/// Google's answer to too many requests, or when it fails.
pub(crate) fn failure(status: StatusCode) -> Response {
    match status.as_u16() {
        429 => refuse(429, "rateLimitExceeded", "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Queries'."),
        503 => refuse(503, "backendError", "UNAVAILABLE", "The service is currently unavailable."),
        504 => refuse(504, "backendError", "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
        _ => internal(),
    }
}

/// A known token with one of the scopes, or Google's refusal.
pub(crate) fn admit(sandbox: &Sandbox, asked: &Asked, service: &str, scopes: &[&str]) -> Result<(), Box<Response>> {
    let Some(token) = asked.token(sandbox, service) else {
        let mut response = refuse(
            401,
            "authError",
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
             valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        );
        let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        response
            .headers_mut()
            .insert(axum::http::header::WWW_AUTHENTICATE, axum::http::HeaderValue::from_static(challenge));
        return Err(Box::new(response));
    };
    if scopes.iter().any(|scope| token.scopes.iter().any(|granted| granted == scope)) {
        return Ok(());
    }
    let message = "Request had insufficient authentication scopes.";
    Err(Box::new(refuse(403, "insufficientPermissions", "PERMISSION_DENIED", message)))
}

/// One page of a list and the token of the next.
pub(crate) fn page<T>(
    asked: &Asked,
    size: &str,
    otherwise: usize,
    most: usize,
    all: Vec<T>,
) -> Result<(Vec<T>, Option<String>), Box<Response>> {
    let size = asked.number(size, otherwise);
    if size == 0 || size > most {
        return Err(Box::new(invalid("Invalid value for the page size.")));
    }
    let begin = match asked.q("pageToken") {
        None => 0,
        Some(token) => token
            .strip_prefix("~!!~")
            .and_then(|text| text.parse::<usize>().ok())
            .ok_or_else(|| Box::new(invalid("Invalid Value")))?,
    };
    let more = all.len() > begin + size;
    let items = all.into_iter().skip(begin).take(size).collect();
    Ok((items, more.then(|| format!("~!!~{}", begin + size))))
}

/// A JSON answer.
pub(crate) fn answer(value: Value) -> Response {
    Json(value).into_response()
}
