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
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, of, page, text};
use crate::permission::Permission::Secrets;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/secrets", Secrets, "List secrets by name and last four characters", list)
        .pages(text())
        .gives(200, page(of("Secret")))
        .put("/v1/secrets/{name}", Secrets, "Set a secret", put)
        .takes(members(json!({"value": {"type": "string", "minLength": 1, "maxLength": 65_536}}), &["value"]))
        .gives(200, of("Secret"))
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

async fn remove(State(app): State<Shared>, caller: Caller, Path(name): Path<String>) -> Answer {
    if !app.platform()?.remove_secret(caller.workspace(), &name).await? {
        return Err(Fault::new(Code::NotFound).about(name).into());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
