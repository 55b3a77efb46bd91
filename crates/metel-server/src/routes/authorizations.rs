//! Accounts by OAuth: the link that a person opens, how it stands, and the browser's way back.
//!
//! The way back is open to anybody, because a browser brings it: what it carries is worth something once, for ten
//! minutes, and only together with what metel kept. The first page shows nothing and goes on by itself, so that the
//! session's strict cookie comes along to the second.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use metel_engine::platform::{Came, NewAuthorization};
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::id::AuthorizationId;
use metel_model::lang::Lang;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{body as members, flag, list as list_of, maybe, of, text};
use crate::permission::Permission::{Connect, Open, Read};
use crate::plain::{escaped, page};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// Where authorisation servers send browsers back to.
pub const CALLBACK: &str = "/oauth/callback";

pub fn routes(routes: Routes) -> Routes {
    let new = members(
        json!({
            "scopes": maybe(&list_of(text())), "add_scopes": list_of(text()), "sandbox": flag(),
            "client_id": maybe(&text()), "client_secret": maybe(&text()),
        }),
        &[],
    );
    routes
        .post_secret("/v1/connections/{id}/authorize", Connect, "Make the link at which an account is granted", begin)
        .takes(new)
        .gives(201, of("Authorization"))
        .refuses(&[
            Code::NotFound,
            Code::OAuthUnsupported,
            Code::OAuthClientMissing,
            Code::LimitExceeded,
            Code::ConfigInvalid,
            Code::VaultUnreadable,
            Code::StoreCorrupt,
        ])
        .get("/v1/authorizations/{id}", Read, "Show how a link stands", show)
        .gives(200, of("Authorization"))
        .refuses(&[Code::NotFound])
        .get(CALLBACK, Open, "Come back from an authorisation server", callback)
        .gives_media(200, "text/html")
        .get("/oauth/finish", Open, "Take what an authorisation server answered", finish)
        .asks("state", text(), "As it was given")
        .asks("code", text(), "What was granted")
        .asks("error", text(), "Why nothing was")
        .asks("iss", text(), "Who answers (RFC 9207)")
        .gives_media(200, "text/html")
        .gives_media(400, "text/html")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    scopes: Option<Vec<String>>,
    #[serde(default)]
    add_scopes: Vec<String>,
    #[serde(default)]
    sandbox: bool,
    client_id: Option<String>,
    client_secret: Option<String>,
}

async fn begin(
    State(app): State<Shared>,
    caller: Caller,
    Path(service): Path<String>,
    headers: HeaderMap,
    Body(new): Body<New>,
) -> Answer {
    let sandbox = match (&app.sandbox, new.sandbox) {
        (Some(sandbox), true) => Some(sandbox.url.clone()),
        (None, true) => {
            return Err(Refused::field(
                "/sandbox",
                "no sandbox runs beside this server",
                "이 서버 곁에 샌드박스가 없어요",
            ));
        }
        (_, false) => None,
    };
    if new.client_secret.is_some() && new.client_id.is_none() {
        return Err(Refused::field("/client_secret", "comes with a client_id", "client_id와 함께 주어야 해요"));
    }
    let authorization = NewAuthorization {
        service,
        scopes: new.scopes,
        add_scopes: new.add_scopes,
        redirect_uri: format!("{}{CALLBACK}", own_address(&headers)),
        sandbox,
        client: new.client_id.map(|id| (id, new.client_secret.map(SecretString::from))),
        by: caller.actor(),
        by_page: caller.by_cookie,
    };
    let begun = app.platform()?.authorize(caller.workspace(), authorization).await?;
    Ok(body::created(&json!({
        "id": begun.id, "url": begun.url, "status": "waiting", "expires_at": begun.expires_at,
        "service": null, "connection": null, "scopes": null, "missing": null, "fault": null,
    })))
}

/// The address that the caller used, which the Host check has let through. Names other than loopback are reached
/// through somebody's encryption.
fn own_address(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("127.0.0.1");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    let near = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    format!("{}://{host}", if near { "http" } else { "https" })
}

async fn show(State(app): State<Shared>, caller: Caller, asked: Asked, Path(id): Path<String>) -> Answer {
    let id: AuthorizationId = id.parse().map_err(|e| Fault::new(Code::IdInvalid).about(e))?;
    let info = app.platform()?.authorization(caller.workspace(), id).await?;
    let fault = info.fault.as_ref().map(|f| metel_engine::gateway::views::problem(f, asked.lang));
    Ok(body::ok(&json!({
        "id": info.id, "url": null, "status": info.status, "expires_at": info.expires_at, "service": info.service,
        "connection": info.answered.as_ref().map(|a| a.connection),
        "scopes": info.answered.as_ref().map(|a| &a.scopes),
        "missing": info.answered.as_ref().map(|a| &a.missing),
        "fault": fault,
    })))
}

async fn callback(RawQuery(query): RawQuery) -> Response {
    let query: String = query.unwrap_or_default().chars().take(8_192).collect();
    let text = format!(
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=/oauth/finish?{0}\">\
         <link rel=icon href=/app/mark.svg><title>metel</title><a href=\"/oauth/finish?{0}\">metel</a>",
        escaped(&query).replace('\'', "&#39;")
    );
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

/// Servers add members of their own, and those are ignored (RFC 6749, section 4.1.2).
#[derive(Deserialize)]
struct Brought {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

async fn finish(
    State(app): State<Shared>,
    asked: Asked,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Result<Response, Refused> {
    let actor = match Caller::credential(&headers) {
        Some((clear, by_cookie)) => Caller::of(&app, &clear, by_cookie).await.ok().map(|caller| caller.actor()),
        None => None,
    };
    let outcome = match (brought.code, brought.error) {
        (_, Some(error)) => Err(error),
        (Some(code), None) => Ok(SecretString::from(code)),
        (None, None) => Err("no code".to_owned()),
    };
    let came = Came { state: brought.state, outcome, iss: brought.iss, actor };
    let done = match app.platform() {
        Ok(platform) => platform.answer_authorization(came).await,
        Err(fault) => Err(fault),
    };
    let lang = asked.lang;
    Ok(match done {
        Ok(done) => {
            let title = format!("{} · {}", escaped(&done.service), lang.pick("connected", "연결했어요"));
            let granted: String = done.scopes.iter().map(|s| format!("<li><code>{}</code>", escaped(s))).collect();
            let mut text = format!("<h1>{title}</h1><ul>{granted}</ul>");
            if !done.missing.is_empty() {
                let missing = escaped(&done.missing.join(", "));
                let word = lang.pick("Not granted", "허용하지 않은 권한");
                text.push_str(&format!("<p>{word}: <code>{missing}</code></p>"));
            }
            text.push_str(&end(lang));
            page(StatusCode::OK, lang, &title, false, &text)
        }
        Err(fault) => {
            let title = escaped(fault.code.title(lang));
            let detail = escaped(&fault.sentence(lang));
            let advice = escaped(fault.advice(lang));
            let code = fault.code.name();
            let text = format!(
                "<h1>{title}</h1><p>{detail}</p><p>{advice}</p><p><a href=/help/{code}>{code}</a></p>{}",
                end(lang)
            );
            page(StatusCode::BAD_REQUEST, lang, &title, false, &text)
        }
    })
}

fn end(lang: Lang) -> String {
    let word = lang.pick("Connections", "연결");
    let close = lang.pick("You can close this page.", "이 페이지는 닫아도 돼요.");
    format!("<p>{close} <a href=/app/connections>{word}</a></p>")
}
