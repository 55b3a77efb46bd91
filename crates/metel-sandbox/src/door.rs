//! Every call comes through here: it is named, recorded, and, where a fault is set, disturbed
//! before or after its effect.

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::{MAX_BODY, Sandbox};
use crate::connection::Switch;
use crate::fault;
use crate::intake::{Caller, text};
use crate::requests::{RequestRecord, redacted};

/// The name of a call: the path prefix and the service's own word for the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub service: &'static str,
    pub op: String,
}

/// Names a call. Human pages and unknown paths belong to no service and are never disturbed.
pub(crate) fn name(method: &Method, path: &str) -> Option<Named> {
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let prefix = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.next().unwrap_or_default().split('/').collect();
    let (service, op) = match prefix {
        "notion" => ("notion", crate::notion::operation(method, &rest).to_owned()),
        "slack" => ("slack", crate::slack::operation(&rest)),
        "sheets" => ("sheets", crate::sheets::operation(method, &rest).to_owned()),
        "firecrawl" => ("firecrawl", crate::firecrawl::operation(method, &rest).to_owned()),
        "authority" => ("authority", crate::authority::operation(method, &rest).to_owned()),
        "ledgerbox" => ("ledgerbox", crate::ledgerbox::operation(method, &rest).to_owned()),
        "oauth" => ("oauth", crate::oauth::operation(method, &rest)),
        "openai" => ("openai", crate::model::operation(&rest).to_owned()),
        "anthropic" => ("anthropic", crate::model::operation(&rest).to_owned()),
        "gemini" => ("gemini", crate::model::operation(&rest).to_owned()),
        other => {
            let vendor = crate::vendors::find(other)?;
            (vendor.name, (vendor.operation)(method, &rest).to_owned())
        }
    };
    Some(Named { service, op })
}

/// The middleware around all routes.
pub(crate) async fn enter(
    State(sandbox): State<Sandbox>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
    next: Next,
) -> Response {
    let named = name(request.method(), request.uri().path());
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "request body is larger than 8 MiB\n").into_response();
    };
    let caller = Caller::of(&parts.headers, &body);
    let record = named.as_ref().map(|named| RequestRecord {
        n: 0,
        at: sandbox.now(),
        service: named.service.to_owned(),
        op: named.op.clone(),
        method: parts.method.to_string(),
        // Codes and states are as good as credentials.
        path: if named.service == "oauth" { parts.uri.path().to_owned() } else { parts.uri.to_string() },
        status: None,
        key: caller.key.clone(),
        run: caller.run.clone(),
        user_agent: text(&parts.headers, &HeaderName::from_static("user-agent")),
        fault: None,
        inside_retry_after: false,
        body: if named.service == "oauth" { String::new() } else { redacted(&body, &known_tokens(&sandbox)) },
    });
    parts.extensions.insert(caller);
    let body_text = String::from_utf8_lossy(&body).into_owned();
    let request = Request::from_parts(parts, Body::from(body));
    let (Some(named), Some(record)) = (named, record) else {
        return next.run(request).await;
    };
    let n = sandbox.requests().begin(record);
    let response = fault::play(&sandbox, &switch, &named, &body_text, n, request, next).await;
    let status = response.status().as_u16();
    sandbox.requests().amend(n, |record| record.status = Some(status));
    response
}

fn known_tokens(sandbox: &Sandbox) -> Vec<&str> {
    let tokens = &sandbox.config().tokens;
    tokens.iter().map(|token| token.value.as_str()).collect()
}
