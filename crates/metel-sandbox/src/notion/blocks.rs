//! `/v1/blocks`: retrieve, delete, list and append children.

use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::{Version, answer, body, path_id};
use super::paging::Wish;
use super::refusal::Refusal;
use super::state::Notion;
use crate::app::Sandbox;
use crate::effect::Intent;
use crate::intake::Caller;

#[derive(Deserialize)]
pub(super) struct Cut {
    page_size: Option<String>,
    start_cursor: Option<String>,
}

pub(super) async fn retrieve(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "block_id")?;
    let world = sandbox.world();
    let (block, _) = world.notion.render_child(&id, version).ok_or_else(|| Refusal::not_found("block", &id))?;
    Ok(answer(block))
}

pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "block_id")?;
    let mut world = sandbox.world();
    match world.notion.render_child(&id, version) {
        None => return Err(Refusal::not_found("block", &id)),
        Some((_, true)) => return Err(Refusal::archived()),
        Some(_) if world.notion.databases.contains_key(&id) => {
            return Err(Refusal::validation("Databases cannot be deleted here."));
        }
        Some(_) => {}
    }
    let target = Some(id.clone());
    let intent = Intent { service: "notion", op: "delete_block", target, body: json!({}) };
    world.commit(&caller, intent).map_err(|_| Refusal::unsaved())?;
    let (block, _) = world.notion.render_child(&id, version).ok_or_else(Refusal::unsaved)?;
    Ok(answer(block))
}

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
    Query(cut): Query<Cut>,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "block_id")?;
    let size = cut.page_size.map(Value::from);
    let cursor = cut.start_cursor.map(Value::from);
    let wish = Wish::of("query", size.as_ref(), cursor.as_ref())?;
    let world = sandbox.world();
    let children = children_of(&world.notion, &id).ok_or_else(|| Refusal::not_found("block", &id))?;
    let items = rendered(&world.notion, children, version);
    Ok(answer(wish.cut(items, "block")?))
}

pub(super) async fn append(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "block_id")?;
    let body = body(&bytes)?;
    let Some(children) = body.get("children") else {
        return Err(Refusal::body("body.children", "defined", None));
    };
    let place = place(&body, version)?;
    let mut world = sandbox.world();
    world.notion.plan_append(&id, children, place.as_ref())?;
    let before = children_of(&world.notion, &id).map(<[String]>::to_vec).unwrap_or_default();
    let intent = Intent {
        service: "notion",
        op: "append_blocks",
        target: Some(id.clone()),
        body: json!({"children": children, "place": place}),
    };
    world.commit(&caller, intent).map_err(|_| Refusal::unsaved())?;
    let after = children_of(&world.notion, &id).unwrap_or_default();
    let new: Vec<String> = after.iter().filter(|child| !before.contains(child)).cloned().collect();
    let results: Vec<Value> = rendered(&world.notion, &new, version).into_iter().map(|(_, block)| block).collect();
    Ok(answer(json!({
        "object": "list",
        "results": results,
        "next_cursor": null,
        "has_more": false,
        "type": "block",
        "block": {},
    })))
}

/// Where an append goes: `{"after": id}`, `"start"`, or the end.
fn place(body: &Value, version: Version) -> Result<Option<Value>, Refusal> {
    if version < Version::InTrash {
        return match body.get("after") {
            None => Ok(None),
            Some(Value::String(id)) => Ok(Some(json!({"after": dashed(id)}))),
            Some(other) => Err(Refusal::body("body.after", "a string", Some(other))),
        };
    }
    if body.get("after").is_some() {
        return Err(Refusal::body("body.after", "not present", body.get("after")));
    }
    let Some(position) = body.get("position") else {
        return Ok(None);
    };
    match position.get("type").and_then(Value::as_str) {
        Some("start") => Ok(Some(json!("start"))),
        Some("end") => Ok(None),
        Some("after_block") => {
            let id = position.pointer("/after_block/id").and_then(Value::as_str);
            let id = id.ok_or_else(|| Refusal::body("body.position.after_block.id", "defined", None))?;
            Ok(Some(json!({"after": dashed(id)})))
        }
        _ => Err(Refusal::body(
            "body.position.type",
            "`\"after_block\"`, `\"start\"`, or `\"end\"`",
            position.get("type"),
        )),
    }
}

fn dashed(id: &str) -> String {
    uuid::Uuid::parse_str(id).map_or_else(|_| id.to_owned(), |id| id.to_string())
}

fn children_of<'a>(notion: &'a Notion, id: &str) -> Option<&'a [String]> {
    let page = notion.pages.get(id).map(|page| page.children.as_slice());
    page.or_else(|| notion.blocks.get(id).map(|block| block.children.as_slice()))
}

fn rendered(notion: &Notion, ids: &[String], version: Version) -> Vec<(String, Value)> {
    ids.iter()
        .filter_map(|id| {
            let (block, archived) = notion.render_child(id, version)?;
            (!archived).then(|| (id.clone(), block))
        })
        .collect()
}
