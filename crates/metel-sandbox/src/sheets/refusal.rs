//! Google's error body: `error.code`, `error.message`, `error.status`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::Sandbox;
use crate::bearer::{bearer, find_token};

/// The scope that writing needs.
pub(super) const WRITE_SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: StatusCode,
    status: &'static str,
    pub message: String,
}

impl Refusal {
    pub(super) fn new(code: StatusCode, status: &'static str, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
    }

    pub(super) fn unparsable(range: &str) -> Self {
        Self::invalid(format!("Unable to parse range: {range}"))
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Requested entity was not found.")
    }

    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error encountered.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"error": {
            "code": self.code.as_u16(),
            "message": self.message,
            "status": self.status,
        }});
        let mut response = (self.code, Json(body)).into_response();
        if self.code == StatusCode::UNAUTHORIZED {
            let value = axum::http::HeaderValue::from_static(
                "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"",
            );
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        response
    }
}

/// Proof that a call carries a known token; a read-only one may not write.
pub(super) struct Admitted {
    may_write: bool,
}

impl Admitted {
    pub(super) fn writing(&self) -> Result<(), Refusal> {
        if self.may_write {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "Request had insufficient authentication scopes."))
    }
}

impl FromRequestParts<Sandbox> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Refusal> {
        let token = bearer(&parts.headers).and_then(|value| find_token(sandbox, "sheets", value));
        match token {
            Some(token) => Ok(Self { may_write: token.scopes.iter().any(|scope| scope == WRITE_SCOPE) }),
            None => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login \
                 cookie or other valid authentication credential. See \
                 https://developers.google.com/identity/sign-in/web/devconsole-project.",
            )),
        }
    }
}
