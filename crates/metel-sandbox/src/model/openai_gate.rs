//! OpenAI's key check, error bodies and model list.

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::bearer::{bearer, is_admitted};

const MODELS: [&str; 3] = ["sandbox-model", "sandbox-model-mini", "sandbox-embedding"];

fn refuse(status: StatusCode, kind: &str, code: Option<&str>, param: Option<&str>, message: &str) -> Response {
    let body = json!({"error": {"message": message, "type": kind, "param": param, "code": code}});
    (status, Json(body)).into_response()
}

/// OpenAI's error body for a status.
pub(crate) fn error(status: StatusCode) -> Response {
    match status.as_u16() {
        401 => refuse(status, "invalid_request_error", Some("invalid_api_key"), None, "Incorrect API key provided."),
        404 => refuse(
            status,
            "invalid_request_error",
            Some("model_not_found"),
            Some("model"),
            "The model does not exist or you do not have access to it.",
        ),
        429 => refuse(
            status,
            "requests",
            Some("rate_limit_exceeded"),
            None,
            "Rate limit reached for requests. Please try again later.",
        ),
        503 => {
            refuse(status, "server_error", None, None, "The engine is currently overloaded, please try again later.")
        }
        500..=599 => refuse(
            status,
            "server_error",
            None,
            None,
            "The server had an error while processing your request. Sorry about that!",
        ),
        _ => refuse(status, "invalid_request_error", None, None, "The request is invalid."),
    }
}

/// A refusal of one parameter.
pub(crate) fn bad_parameter(param: &str, message: &str) -> Response {
    refuse(StatusCode::BAD_REQUEST, "invalid_request_error", None, Some(param), message)
}

/// Proof that a call carries a known key.
pub(crate) struct Admitted;

impl FromRequestParts<Sandbox> for Admitted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Response> {
        if is_admitted(sandbox, "openai", &parts.headers) {
            return Ok(Self);
        }
        let kind = "invalid_request_error";
        Err(match bearer(&parts.headers) {
            None => refuse(
                StatusCode::UNAUTHORIZED,
                kind,
                None,
                None,
                "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.",
            ),
            Some(_) => error(StatusCode::UNAUTHORIZED),
        })
    }
}

/// A JSON body with its model name.
pub(super) fn body(bytes: &[u8]) -> Result<(Value, String), Box<Response>> {
    let Some(body) = crate::intake::object(bytes) else {
        let message = "We could not parse the JSON body of your request.";
        return Err(Box::new(refuse(StatusCode::BAD_REQUEST, "invalid_request_error", None, None, message)));
    };
    let model = body.get("model").and_then(Value::as_str).filter(|model| !model.is_empty());
    match model.map(str::to_owned) {
        None => Err(Box::new(bad_parameter("model", "you must provide a model parameter"))),
        Some(model) if model.starts_with("missing") => Err(Box::new(error(StatusCode::NOT_FOUND))),
        Some(model) => Ok((body, model)),
    }
}

fn shown(id: &str) -> Value {
    json!({"id": id, "object": "model", "created": 1_767_571_200, "owned_by": "metel-sandbox"})
}

pub(super) async fn models(_admitted: Admitted) -> Json<Value> {
    Json(json!({"object": "list", "data": MODELS.map(shown)}))
}

pub(super) async fn model(_admitted: Admitted, Path(id): Path<String>) -> Response {
    if MODELS.contains(&id.as_str()) { Json(shown(&id)).into_response() } else { error(StatusCode::NOT_FOUND) }
}
