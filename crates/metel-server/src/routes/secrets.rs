//! Secrets: written and removed, told by name only.

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::StatusCode;
use metel_model::code::Code;
use metel_model::fault::Fault;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::page::PageQuery;
use crate::app::Shared;
use crate::body::{self, Body, Nothing, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{body as members, flag, nothing, of, page, text};
use crate::permission::Permission::Secrets;
use crate::problem::Answer;
use crate::table::Routes;

/// What trying a secret at its service may run into.
const TRIED: &[Code] = &[
    Code::NotFound,
    Code::ToolUnknown,
    Code::ToolFailed,
    Code::ToolBadAnswer,
    Code::ToolTimeout,
    Code::ToolDisabled,
    Code::NetworkFailed,
    Code::EgressRefused,
    Code::AnswerTooLarge,
    Code::ConnectionMissing,
    Code::ConnectionExpired,
    Code::ConnectionBroken,
    Code::ScopeMissing,
    Code::VaultUnreadable,
];

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/secrets", Secrets, "List secrets by name and last four characters", list)
        .pages(text())
        .gives(200, page(of("Secret")))
        .put("/v1/secrets/{name}", Secrets, "Set a secret", put)
        .takes(members(json!({"value": {"type": "string", "minLength": 1, "maxLength": 65_536}}), &["value"]))
        .gives(200, of("Secret"))
        .post("/v1/secrets/{name}/rotate", Secrets, "Replace a secret, if its service takes the new one", rotate)
        .takes(members(
            json!({"value": {"type": "string", "minLength": 1, "maxLength": 65_536}, "test": flag()}),
            &["value"],
        ))
        .gives(200, of("Secret"))
        .refuses(TRIED)
        .post("/v1/secrets/{name}/test", Secrets, "Try whether a secret opens and is taken", test)
        .takes(nothing())
        .gives(200, of("ConnectionTest"))
        .refuses(TRIED)
        .delete("/v1/secrets/{name}", Secrets, "Remove a secret", remove)
        .gives_nothing(204)
        .refuses(&[Code::NotFound])
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<PageQuery>) -> Answer {
    let secrets = app.platform()?.secrets(caller.workspace()).await?;
    query.page()?.answer(secrets.iter().map(|secret| json!(secret)).collect(), "name")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    value: String,
}

async fn put(State(app): State<Shared>, caller: Caller, Path(name): Path<String>, Body(given): Body<Value>) -> Answer {
    let platform = app.platform()?;
    platform.put_secret(caller.workspace(), &name, &SecretString::from(given.value)).await?;
    let info = platform.secrets(caller.workspace()).await?.into_iter().find(|s| s.name == name);
    Ok(body::ok(&json!(info)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Next {
    value: String,
    #[serde(default)]
    test: bool,
}

async fn rotate(State(app): State<Shared>, caller: Caller, Path(name): Path<String>, Body(next): Body<Next>) -> Answer {
    let value = SecretString::from(next.value);
    let info = app.platform()?.rotate_secret(caller.workspace(), &name, &value, next.test).await?;
    Ok(body::ok(&json!(info)))
}

async fn test(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(name): Path<String>,
    Body(_): Body<Nothing>,
) -> Answer {
    let told = match app.platform()?.test_secret(caller.workspace(), &name).await? {
        None => json!({"ok": true, "status": null, "ms": 0, "fault": null}),
        Some(outcome) => {
            let fault = outcome.fault.as_ref().map(|f| metel_engine::gateway::views::problem(f, asked.lang));
            json!({"ok": fault.is_none(), "status": outcome.status, "ms": outcome.ms, "fault": fault})
        }
    };
    Ok(body::ok(&told))
}

async fn remove(State(app): State<Shared>, caller: Caller, Path(name): Path<String>) -> Answer {
    if !app.platform()?.remove_secret(caller.workspace(), &name).await? {
        return Err(Fault::new(Code::NotFound).about(name).into());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
