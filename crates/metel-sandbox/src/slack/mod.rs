//! Slack's Web API: HTTP 200 with `ok:false` for almost every refusal.
//! Source: <https://api.slack.com/web> and <https://api.slack.com/methods>.

mod answer;
mod arguments;
mod chat;
mod conversations;
mod files;
mod session;
mod state;
mod users;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, OriginalUri, Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use serde_json::json;

use crate::app::Sandbox;
use crate::intake::Caller;
use answer::{finish, refuse};
use arguments::Arguments;
pub(crate) use state::{Channel, Slack};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/api/{method}", any(call)).route("/upload/v1/{key}", post(files::upload))
}

/// Names a call by its path after `/slack/`: the Web API method.
pub(crate) fn operation(rest: &[&str]) -> String {
    match rest {
        ["api", method] if method.len() <= 64 => (*method).to_owned(),
        ["upload", "v1", _] => "files.upload".to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// Slack's answer to too many requests.
pub(crate) fn rate_limited() -> Response {
    let body = json!({"ok": false, "error": "ratelimited"});
    (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
}

/// Slack's answer when it fails.
pub(crate) fn server_error(status: StatusCode) -> Response {
    let error = match status {
        StatusCode::SERVICE_UNAVAILABLE => "service_unavailable",
        StatusCode::GATEWAY_TIMEOUT => "request_timeout",
        _ => "fatal_error",
    };
    (status, Json(json!({"ok": false, "error": error}))).into_response()
}

async fn call(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    OriginalUri(uri): OriginalUri,
    http_method: Method,
    headers: HeaderMap,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Response {
    let arguments = match Arguments::read(&http_method, uri.query(), &headers, &body) {
        Ok(arguments) => arguments,
        Err(error) => return finish(Err(refuse(error)), None, &[]),
    };
    let warnings = arguments.warnings();
    let scope = match name.as_str() {
        "api.test" | "auth.test" => None,
        "chat.postMessage" | "chat.delete" | "chat.update" => Some("chat:write"),
        "conversations.list" | "conversations.info" | "users.conversations" => Some("channels:read"),
        "conversations.history" | "conversations.replies" => Some("channels:history"),
        "users.list" | "users.info" => Some("users:read"),
        "chat.getPermalink" => None,
        "files.getUploadURLExternal" | "files.completeUploadExternal" => Some("files:write"),
        _ => return finish(Err(refuse("unknown_method")), None, &warnings),
    };
    let token = match session::enter(&sandbox, &headers, &arguments) {
        Ok(token) => token,
        Err(refusal) => return finish(Err(refusal), None, &warnings),
    };
    if let Some(scope) = scope
        && !token.scopes.iter().any(|granted| granted == scope)
    {
        let provided = token.scopes.join(",");
        let refusal = json!({
            "ok": false, "error": "missing_scope", "needed": scope, "provided": provided,
        });
        return finish(Err(refusal), Some(&token.scopes), &warnings);
    }
    let result = match name.as_str() {
        "api.test" => Ok(json!({"args": arguments.all()})),
        "auth.test" => Ok(session::test(&sandbox)),
        "chat.postMessage" => chat::post(&sandbox, &caller, &arguments),
        "chat.update" => chat::update(&sandbox, &caller, &arguments),
        "chat.delete" => chat::delete(&sandbox, &caller, &arguments),
        "chat.getPermalink" => chat::permalink(&sandbox, &arguments),
        "conversations.list" => conversations::list(&sandbox, &arguments, false),
        "users.conversations" => conversations::list(&sandbox, &arguments, true),
        "conversations.info" => conversations::info(&sandbox, &arguments),
        "conversations.history" => conversations::history(&sandbox, &arguments),
        "conversations.replies" => conversations::replies(&sandbox, &arguments),
        "files.getUploadURLExternal" => files::ticket(&sandbox, &caller, &arguments),
        "files.completeUploadExternal" => files::share(&sandbox, &caller, &arguments),
        "users.list" => users::list(&arguments),
        "users.info" => users::info(&arguments),
        _ => Err(refuse("unknown_method")),
    };
    finish(result, Some(&token.scopes), &warnings)
}
