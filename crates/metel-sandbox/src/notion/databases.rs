//! `/v1/databases` and, from 2025-09-03 on, `/v1/data_sources`: retrieve and query.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

use super::filter;
use super::gate::{Version, answer, body, path_id};
use super::paging::Wish;
use super::refusal::Refusal;
use super::state::{Database, Notion, Page, Parent};
use crate::app::Sandbox;

pub(super) async fn retrieve(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "database_id")?;
    let world = sandbox.world();
    let found = world.notion.databases.get(&id).ok_or_else(|| Refusal::not_found("database", &id))?;
    Ok(answer(world.notion.render_database(found, sandbox.base(), version)))
}

pub(super) async fn retrieve_source(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    if version < Version::DataSources {
        return Err(Refusal::invalid_url());
    }
    let id = path_id(&id, "data_source_id")?;
    let world = sandbox.world();
    let found = world.notion.database_of(&id).ok_or_else(|| Refusal::not_found("data source", &id))?;
    Ok(answer(world.notion.render_source(found, sandbox.base(), version)))
}

pub(super) async fn query(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    if version >= Version::DataSources {
        return Err(Refusal::invalid_url());
    }
    let id = path_id(&id, "database_id")?;
    let body = body(&bytes)?;
    let world = sandbox.world();
    let found = world.notion.databases.get(&id).ok_or_else(|| Refusal::not_found("database", &id))?;
    run(&world.notion, found, &body, sandbox.base(), version, "page_or_database")
}

pub(super) async fn query_source(
    State(sandbox): State<Sandbox>,
    version: Version,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    if version < Version::DataSources {
        return Err(Refusal::invalid_url());
    }
    let id = path_id(&id, "data_source_id")?;
    let body = body(&bytes)?;
    let world = sandbox.world();
    let found = world.notion.database_of(&id).ok_or_else(|| Refusal::not_found("data source", &id))?;
    run(&world.notion, found, &body, sandbox.base(), version, "page_or_data_source")
}

fn run(
    notion: &Notion,
    found: &Database,
    body: &Value,
    base: &str,
    version: Version,
    kind: &str,
) -> Result<Response, Refusal> {
    let wish = Wish::of("body", body.get("page_size"), body.get("start_cursor"))?;
    let rows = notion
        .order
        .iter()
        .rev()
        .filter_map(|id| notion.pages.get(id))
        .filter(|page| !page.archived && page.parent == Parent::Database(found.id.clone()));
    let mut kept: Vec<&Page> = Vec::new();
    for page in rows {
        let passed = match body.get("filter") {
            None | Some(Value::Null) => true,
            Some(filter) => filter::passes(filter, &found.schema, page)?,
        };
        if passed {
            kept.push(page);
        }
    }
    if let Some(sorts) = body.get("sorts") {
        filter::sort(&mut kept, sorts, &found.schema)?;
    }
    let items = kept.into_iter().map(|page| (page.id.clone(), notion.render_page(page, base, version))).collect();
    Ok(answer(wish.cut(items, kind)?))
}
