//! `/v1/pages`: create, retrieve, update; archiving is an update.

use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use serde_json::Value;

use super::gate::{Version, answer, body, path_id};
use super::refusal::Refusal;
use super::state::wants_archived;
use crate::app::Sandbox;
use crate::effect::Intent;
use crate::intake::Caller;

pub(super) async fn create(
    State(sandbox): State<Sandbox>,
    version: Version,
    Extension(caller): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let body = body(&bytes)?;
    let mut world = sandbox.world();
    world.notion.plan(&body)?;
    let intent = Intent { service: "notion", op: "create_page", target: None, body };
    let effect = world.commit(&caller, intent).map_err(|_| Refusal::unsaved())?;
    let page = world.notion.pages.get(&effect.id).ok_or_else(Refusal::unsaved)?;
    Ok(answer(world.notion.render_page(page, sandbox.base(), version)))
}

pub(super) async fn retrieve(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "page_id")?;
    let world = sandbox.world();
    let page = world.notion.pages.get(&id).ok_or_else(|| Refusal::not_found("page", &id))?;
    Ok(answer(world.notion.render_page(page, sandbox.base(), version)))
}

pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "page_id")?;
    let body = body(&bytes)?;
    if version >= Version::InTrash && body.get("archived").is_some() {
        return Err(Refusal::body("body.archived", "not present", body.get("archived")));
    }
    let mut world = sandbox.world();
    world.notion.plan_update(&id, &body)?;
    let op = match wants_archived(&body)? {
        Some(true) => "archive_page",
        Some(false) => "restore_page",
        None => "update_page",
    };
    let intent = Intent { service: "notion", op, target: Some(id.clone()), body };
    world.commit(&caller, intent).map_err(|_| Refusal::unsaved())?;
    let page = world.notion.pages.get(&id).ok_or_else(Refusal::unsaved)?;
    let rendered: Value = world.notion.render_page(page, sandbox.base(), version);
    Ok(answer(rendered))
}
