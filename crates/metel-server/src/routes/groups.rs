//! Groups of people that a policy may name as approvers. Changing one is changing who decides.

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::StatusCode;
use metel_engine::platform::MEMBERS_MAX;
use metel_model::code::Code;
use metel_store::GroupRow;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::PageQuery;
use super::users::name;
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, of, page, text};
use crate::permission::Permission::{Policy, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let people = json!({"type": "array", "items": name(), "maxItems": MEMBERS_MAX});
    routes
        .get("/v1/groups", Read, "List groups with their members", list)
        .pages(text())
        .gives(200, page(of("Group")))
        .get("/v1/groups/{name}", Read, "One group", show)
        .gives(200, of("Group"))
        .refuses(&[Code::NotFound])
        .put("/v1/groups/{name}", Policy, "Make a group, or give one other members", put)
        .takes(members(json!({"members": people}), &["members"]))
        .gives(200, of("Group"))
        .refuses(&[Code::FieldInvalid, Code::NotFound])
        .delete("/v1/groups/{name}", Policy, "Remove a group; rules that name it wait for nobody and expire", remove)
        .gives_nothing(204)
        .refuses(&[Code::NotFound])
}

fn view(group: &GroupRow) -> Value {
    let members: Vec<Value> =
        group.members.iter().map(|(name, active)| json!({"name": name, "active": active})).collect();
    json!({"name": group.name, "members": members, "created_at": group.created_at.rfc3339()})
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<PageQuery>) -> Answer {
    let groups = app.platform()?.groups(caller.workspace()).await?;
    query.page()?.answer(groups.iter().map(view).collect(), "name")
}

async fn show(State(app): State<Shared>, caller: Caller, Path(name): Path<String>) -> Answer {
    Ok(body::ok(&view(&app.platform()?.group(caller.workspace(), &name).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    members: Vec<String>,
}

async fn put(
    State(app): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Body(given): Body<Members>,
) -> Answer {
    if given.members.len() > MEMBERS_MAX {
        return Err(Refused::field("/members", "too many", "너무 많아요"));
    }
    Ok(body::ok(&view(&app.platform()?.put_group(caller.workspace(), &name, &given.members).await?)))
}

async fn remove(State(app): State<Shared>, caller: Caller, Path(name): Path<String>) -> Answer {
    app.platform()?.remove_group(caller.workspace(), &name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
