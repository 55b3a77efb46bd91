//! People of the workspace: who is there and what they may do. Nobody is made an owner but by an owner.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use metel_engine::platform::NAME_CHARS_MAX;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_store::UserRow;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::PageQuery;
use super::runs::one_of;
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, flag, maybe, of, page, text, words};
use crate::permission::Permission::{Read, Tokens};
use crate::permission::Role;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let role = words(&Role::ALL.map(Role::name));
    routes
        .get("/v1/users", Read, "List people, in order of names", list)
        .pages(text())
        .gives(200, page(of("User")))
        .put("/v1/users/{name}", Tokens, "Add somebody, or give somebody another role", put)
        .takes(members(json!({"role": role, "active": maybe(&flag())}), &["role"]))
        .gives(200, of("User"))
        .refuses(&[Code::FieldInvalid])
}

/// How names look in a description.
pub fn name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX})
}

fn view(user: &UserRow, groups: &BTreeMap<&str, Vec<&str>>) -> Value {
    json!({
        "name": user.name,
        "role": user.role,
        "active": user.active,
        "groups": groups.get(user.name.as_str()).cloned().unwrap_or_default(),
        "created_at": user.created_at.rfc3339(),
    })
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<PageQuery>) -> Answer {
    let (platform, workspace) = (app.platform()?, caller.workspace());
    let groups = platform.groups(workspace).await?;
    let mut of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for group in &groups {
        for (member, _) in &group.members {
            of.entry(member).or_default().push(&group.name);
        }
    }
    let users = platform.people(workspace).await?;
    query.page()?.answer(users.iter().map(|user| view(user, &of)).collect(), "name")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    role: String,
    active: Option<bool>,
}

async fn put(
    State(app): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Body(person): Body<Person>,
) -> Answer {
    let role = Role::from_name(&person.role).ok_or_else(|| one_of("/role", Role::ALL.iter().map(|r| r.name())))?;
    let (platform, workspace) = (app.platform()?, caller.workspace());
    let known = platform.people(workspace).await?.into_iter().find(|user| user.name == name);
    let touches_owner = role == Role::Owner || known.is_some_and(|user| user.role == Role::Owner.name());
    if touches_owner && !caller.roles.iter().all(|role| *role == Role::Owner) {
        return Err(Fault::new(Code::NotAllowed)
            .detail("only an owner makes and changes owners", "소유자는 소유자만 정하고 바꿀 수 있어요")
            .into());
    }
    let row = platform.put_person(workspace, &name, role.name(), person.active.unwrap_or(true)).await?;
    Ok(body::ok(&view(&row, &BTreeMap::new())))
}
