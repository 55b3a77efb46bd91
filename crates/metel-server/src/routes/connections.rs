//! Connections: a workspace's accounts at services. Credentials go in and never come out.

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::StatusCode;
use metel_engine::platform::NewConnection;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::id::ConnectionId;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::page::PageQuery;
use crate::app::Shared;
use crate::body::{self, Body, Nothing, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{body as members, flag, list as list_of, maybe, nothing, of, page, text};
use crate::permission::Permission::{Connect, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let new = members(
        json!({
            "service": text(), "secret": maybe(&text()), "scopes": maybe(&list_of(text())),
            "base_url": maybe(&text()), "sandbox": flag(),
        }),
        &["service"],
    );
    routes
        .get("/v1/connections", Read, "List connections", list)
        .pages(text())
        .gives(200, page(of("Connection")))
        .post("/v1/connections", Connect, "Connect a service", add)
        .takes(new)
        .gives(201, of("Connection"))
        .refuses(&[Code::NotFound])
        .post("/v1/connections/{id}/test", Connect, "Try a connection", test)
        .takes(nothing())
        .gives(200, of("ConnectionTest"))
        .refuses(&[Code::NotFound])
        .delete("/v1/connections/{id}", Connect, "Revoke a connection", remove)
        .gives_nothing(204)
        .refuses(&[Code::NotFound])
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<PageQuery>) -> Answer {
    let accounts = app.platform()?.connections(caller.workspace()).await?;
    query.page()?.answer(accounts.iter().map(|account| json!(account)).collect(), "id")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    service: String,
    secret: Option<String>,
    scopes: Option<Vec<String>>,
    base_url: Option<String>,
    #[serde(default)]
    sandbox: bool,
}

async fn add(State(app): State<Shared>, caller: Caller, Body(new): Body<New>) -> Answer {
    let platform = app.platform()?;
    let workspace = caller.workspace();
    let base_url = if new.sandbox { Some(simulated(&app, &new)?) } else { real(new.base_url)? };
    let connection = NewConnection {
        service: new.service,
        secret: new.secret.map(SecretString::from),
        scopes: new.scopes,
        base_url,
        sandbox: new.sandbox,
        ..NewConnection::default()
    };
    let id = platform.connect(workspace, connection).await?;
    let account = platform.connections(workspace).await?.into_iter().find(|a| a.id == id);
    let account = account.ok_or_else(|| Fault::new(Code::NotFound).about(id))?;
    Ok(body::created(&json!(account)))
}

/// A sandbox connection may reach this machine's own simulator, so it goes nowhere else.
fn simulated(app: &Shared, new: &New) -> Result<String, Refused> {
    let refuse = |pointer: &str, en: &str, ko: &str| Err(Refused::field(pointer, en, ko));
    let Some(sandbox) = &app.sandbox else {
        return refuse("/sandbox", "no sandbox runs beside this server", "이 서버 곁에 샌드박스가 없어요");
    };
    let root = format!("{}/", sandbox.url.trim_end_matches('/'));
    match &new.base_url {
        Some(given) if given.starts_with(&root) && !given.contains("..") => Ok(given.clone()),
        Some(_) => refuse("/base_url", "is not in the sandbox", "샌드박스 주소가 아니에요"),
        None => {
            let service = app.platform()?.registry().service(&new.service);
            let path = service.and_then(|s| s.sandbox_path.clone());
            match path {
                Some(path) => Ok(format!("{}{path}", sandbox.url.trim_end_matches('/'))),
                None => refuse("/service", "has no simulator", "시뮬레이터가 없는 서비스예요"),
            }
        }
    }
}

fn real(base_url: Option<String>) -> Result<Option<String>, Refused> {
    let Some(url) = base_url else { return Ok(None) };
    let parsed = url.parse::<http::Uri>().ok().filter(|u| matches!(u.scheme_str(), Some("https" | "http")));
    let named = parsed.as_ref().and_then(http::Uri::authority).is_some_and(|a| !a.as_str().contains('@'));
    if !named || url.len() > 2_048 {
        return Err(Refused::field(
            "/base_url",
            "an https address without a user name",
            "사용자 이름이 없는 https 주소여야 해요",
        ));
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
}

fn id_of(text: &str) -> Result<ConnectionId, Refused> {
    text.parse().map_err(|e| Fault::new(Code::IdInvalid).about(e).into())
}

async fn test(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(_): Body<Nothing>,
) -> Answer {
    let outcome = app.platform()?.test_connection(caller.workspace(), id_of(&id)?).await?;
    let ok = outcome.fault.is_none();
    let fault = outcome.fault.as_ref().map(|f| metel_engine::gateway::views::problem(f, asked.lang));
    Ok(body::ok(&json!({"ok": ok, "status": outcome.status, "ms": outcome.ms, "fault": fault})))
}

async fn remove(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = id_of(&id)?;
    if !app.platform()?.disconnect(caller.workspace(), id).await? {
        return Err(Fault::new(Code::NotFound).about(id).into());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
