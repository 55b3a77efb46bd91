//! `POST …/token`: codes, refresh tokens and assertions for tokens (RFC 6749, section 5).

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::refusal::refuse;
use super::state::Issued;
use super::{CLIENT_ID, CLIENT_SECRET, assertion};
use crate::app::Sandbox;

pub(super) type Form = BTreeMap<String, String>;

/// The form, unless it is none or names something twice.
pub(super) fn form(headers: &HeaderMap, body: &[u8]) -> Option<Form> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let mut form = Form::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(form)
}

/// The registered client by Basic or by the form; both at once are refused.
pub(super) fn is_client(headers: &HeaderMap, form: &Form) -> bool {
    let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let text = value.strip_prefix("Basic ")?;
        String::from_utf8(STANDARD.decode(text).ok()?).ok()
    });
    match (basic, form.get("client_secret")) {
        (Some(pair), None) => pair == format!("{CLIENT_ID}:{CLIENT_SECRET}"),
        (None, Some(secret)) => form.get("client_id").is_some_and(|id| id == CLIENT_ID) && secret == CLIENT_SECRET,
        _ => false,
    }
}

pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(form) = form(&headers, &body) else { return refuse(&sandbox, &service, "invalid_request") };
    let error = sandbox.oauth().knobs.token_error.clone();
    if let Some(error) = error {
        return refuse(&sandbox, &service, &error);
    }
    let kind = form.get("grant_type").map(String::as_str).unwrap_or_default();
    if kind != assertion::KIND && !is_client(&headers, &form) {
        return refuse(&sandbox, &service, "invalid_client");
    }
    let given = match kind {
        "authorization_code" => code(&sandbox, &service, &form),
        "refresh_token" => refresh(&sandbox, &service, &form),
        assertion::KIND => assertion::exchange(&sandbox, &service, &form),
        _ => Err("unsupported_grant_type"),
    };
    match given {
        Ok(issued) => tell(&service, &issued),
        Err(error) => refuse(&sandbox, &service, error),
    }
}

fn code(sandbox: &Sandbox, service: &str, form: &Form) -> Result<Issued, &'static str> {
    let now = sandbox.now();
    let mut oauth = sandbox.oauth();
    let code = form.get("code").ok_or("invalid_request")?.clone();
    let known = oauth.codes.get(&code).cloned().ok_or("invalid_grant")?;
    if let Some(family) = known.family {
        // A code that comes twice was stolen: what came of it ends (RFC 6749, section 4.1.2).
        oauth.end(family);
        return Err("invalid_grant");
    }
    let verifier = form.get("code_verifier").ok_or("invalid_request")?;
    let proven = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == known.request.challenge;
    let exact = form.get("redirect_uri") == Some(&known.request.redirect_uri);
    if known.request.service != service || now >= known.ends_at || !proven || !exact {
        return Err("invalid_grant");
    }
    let family = oauth.begin(service, known.request.scopes.clone());
    if let Some(known) = oauth.codes.get_mut(&code) {
        known.family = Some(family);
    }
    oauth.counts.exchanged += 1;
    Ok(oauth.issue(family, true, now))
}

fn refresh(sandbox: &Sandbox, service: &str, form: &Form) -> Result<Issued, &'static str> {
    let now = sandbox.now();
    let mut oauth = sandbox.oauth();
    let token = form.get("refresh_token").ok_or("invalid_request")?.clone();
    let known = oauth.refresh.get(&token).cloned().ok_or("invalid_grant")?;
    let lives = oauth.families.get(&known.family).is_some_and(|f| !f.is_over && f.service == service);
    if !lives {
        return Err("invalid_grant");
    }
    let knobs = oauth.knobs.clone();
    if let Some((at, issued)) = known.used {
        if now - at <= knobs.grace_s * 1_000_000 {
            oauth.counts.repeated += 1;
            return Ok(issued);
        }
        // Used before: either the thief or the owner holds a stale one, and nobody knows who (RFC 9700, section 4.14).
        oauth.counts.reused += 1;
        oauth.end(known.family);
        return Err("invalid_grant");
    }
    let issued = oauth.issue(known.family, knobs.rotates, now);
    if knobs.rotates
        && let Some(known) = oauth.refresh.get_mut(&token)
    {
        known.used = Some((now, issued.clone()));
    }
    oauth.counts.refreshed += 1;
    Ok(issued)
}

fn tell(service: &str, issued: &Issued) -> Response {
    let mut body = match service {
        "slack" => json!({
            "ok": true, "token_type": "bot", "scope": issued.scopes.join(","), "bot_user_id": "U0SANDBOX",
            "app_id": "A0SANDBOX", "team": {"id": "T0SANDBOX", "name": "Sandbox"},
        }),
        "github" => json!({"token_type": "bearer", "scope": issued.scopes.join(",")}),
        _ => json!({"token_type": "Bearer", "scope": issued.scopes.join(" ")}),
    };
    body["access_token"] = json!(issued.access);
    if issued.life_s > 0 {
        body["expires_in"] = json!(issued.life_s);
    }
    if let Some(refresh) = &issued.refresh {
        body["refresh_token"] = json!(refresh);
    }
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
