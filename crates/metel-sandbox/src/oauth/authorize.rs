//! `GET …/authorize`: who asks for what, and a person's yes or no. What cannot be trusted to come from the client is
//! never redirected to: an unknown client or address gets a page.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::CLIENT_ID;
use super::metadata::issuer;
use super::state::{Code, Request};
use crate::app::Sandbox;

/// Services that grant accounts here.
const SERVICES: [&str; 8] = ["slack", "sheets", "drive", "gmail", "calendar", "github", "notion", "firecrawl"];

#[derive(Deserialize)]
pub(super) struct Asked {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// Loopback only, whatever the port (RFC 8252), and exactly metel's path.
fn is_registered(redirect_uri: &str) -> bool {
    url::Url::parse(redirect_uri).is_ok_and(|url| {
        url.scheme() == "http"
            && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
            && url.path() == "/oauth/callback"
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

pub(super) async fn ask(
    State(sandbox): State<Sandbox>,
    Path(service): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let redirect_uri = asked.redirect_uri.clone().unwrap_or_default();
    if asked.client_id.as_deref() != Some(CLIENT_ID)
        || !is_registered(&redirect_uri)
        || !SERVICES.contains(&service.as_str())
    {
        return page(
            StatusCode::BAD_REQUEST,
            "<h1>Unknown client or address</h1><p>등록되지 않은 앱이나 주소예요.</p>",
        );
    }
    let scopes: Vec<String> = asked.scope.as_deref().unwrap_or_default().split([' ', ',']).map(str::to_owned).collect();
    let scopes: Vec<String> = scopes.into_iter().filter(|scope| !scope.is_empty()).collect();
    let challenge = asked.code_challenge.clone().unwrap_or_default();
    let request = Request { service: service.clone(), redirect_uri, scopes, state: asked.state, challenge };
    let proof = asked.code_challenge_method.as_deref() == Some("S256") && request.challenge.len() == 43;
    if asked.response_type.as_deref() != Some("code") || !proof {
        return back(&sandbox, &request, Err("invalid_request"));
    }
    let knobs = sandbox.oauth().knobs.clone();
    if let Some(error) = knobs.authorize_error {
        return back(&sandbox, &request, Err(&error));
    }
    if knobs.consents {
        return consent(&sandbox, request);
    }
    let listed: String = request.scopes.iter().map(|scope| format!("<li><code>{}</code>", escaped(scope))).collect();
    let ticket = {
        let mut oauth = sandbox.oauth();
        let ticket = oauth.fresh("t");
        oauth.tickets.insert(ticket.clone(), request);
        ticket
    };
    page(
        StatusCode::OK,
        &format!(
            "<h1>metel → {service}</h1><p>metel asks for this access. metel이 이 권한을 요청해요.</p><ul>{listed}</ul>\
             <p><a href=\"decide?ticket={ticket}&amp;allow=1\">Allow · 허용</a> \
             <a href=\"decide?ticket={ticket}&amp;allow=0\">Deny · 거절</a></p>"
        ),
    )
}

#[derive(Deserialize)]
pub(super) struct Decision {
    ticket: String,
    allow: u8,
}

pub(super) async fn decide(State(sandbox): State<Sandbox>, Query(decision): Query<Decision>) -> Response {
    let request = sandbox.oauth().tickets.remove(&decision.ticket);
    match request {
        None => page(StatusCode::GONE, "<h1>Decided already</h1><p>이미 정한 요청이에요.</p>"),
        Some(request) if decision.allow == 1 => consent(&sandbox, request),
        Some(request) => back(&sandbox, &request, Err("access_denied")),
    }
}

fn consent(sandbox: &Sandbox, mut request: Request) -> Response {
    let now = sandbox.now();
    let code = {
        let mut oauth = sandbox.oauth();
        request.scopes.retain(|scope| !oauth.knobs.leaves_out.contains(scope));
        oauth.counts.consented += 1;
        let code = oauth.fresh("code-");
        let ends_at = now + oauth.knobs.code_life_s * 1_000_000;
        oauth.codes.insert(code.clone(), Code { request: request.clone(), ends_at, family: None });
        code
    };
    back(sandbox, &request, Ok(&code))
}

/// Back to the client, with its state and our name.
fn back(sandbox: &Sandbox, request: &Request, outcome: Result<&str, &str>) -> Response {
    let Ok(mut url) = url::Url::parse(&request.redirect_uri) else {
        return page(StatusCode::BAD_REQUEST, "<h1>Unknown address</h1>");
    };
    let knobs = sandbox.oauth().knobs.clone();
    {
        let mut query = url.query_pairs_mut();
        match outcome {
            Ok(code) => query.append_pair("code", code),
            Err(error) => query.append_pair("error", error),
        };
        if let Some(state) = &request.state {
            let state = if knobs.bends_state { format!("{state}x") } else { state.clone() };
            query.append_pair("state", &state);
        }
        match knobs.issuer.as_deref() {
            Some("") => {}
            Some(other) => drop(query.append_pair("iss", other)),
            None => drop(query.append_pair("iss", &issuer(sandbox, &request.service))),
        }
    }
    (StatusCode::SEE_OTHER, [(LOCATION, url.as_str()), (CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer")])
        .into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn page(status: StatusCode, body: &str) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, format!("<!doctype html><meta charset=utf-8><title>OAuth · sandbox</title>{body}"))
        .into_response()
}
