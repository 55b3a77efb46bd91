//! `/v1/search`: pages and databases by title, last edited first.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::gate::{Version, answer, body};
use super::paging::Wish;
use super::refusal::Refusal;
use crate::app::Sandbox;

pub(super) async fn search(
    State(sandbox): State<Sandbox>,
    version: Version,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let body = body(&bytes)?;
    let wish = Wish::of("body", body.get("page_size"), body.get("start_cursor"))?;
    let wanted = match body.get("query") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.to_lowercase(),
        Some(other) => return Err(Refusal::body("body.query", "a string", Some(other))),
    };
    let table = if version >= Version::DataSources { "data_source" } else { "database" };
    let only = match body.get("filter") {
        None | Some(Value::Null) => None,
        Some(filter) => {
            let value = filter.get("value").and_then(Value::as_str);
            let property = filter.get("property").and_then(Value::as_str);
            match (property, value) {
                (Some("object"), Some(value)) if value == "page" || value == table => Some(value),
                _ => {
                    return Err(Refusal::body(
                        "body.filter.value",
                        &format!("`\"page\"` or `\"{table}\"`"),
                        filter.get("value"),
                    ));
                }
            }
        }
    };
    let world = sandbox.world();
    let notion = &world.notion;
    let mut found: Vec<(i64, String, Value)> = Vec::new();
    if only != Some("page") {
        for database in notion.databases.values() {
            if database.title.to_lowercase().contains(&wanted) {
                let shown = if version >= Version::DataSources {
                    (database.source.clone(), notion.render_source(database, sandbox.base(), version))
                } else {
                    (database.id.clone(), notion.render_database(database, sandbox.base(), version))
                };
                found.push((database.created, shown.0, shown.1));
            }
        }
    }
    if only != Some(table) {
        for page in notion.order.iter().filter_map(|id| notion.pages.get(id)) {
            if !page.archived && page.title().to_lowercase().contains(&wanted) {
                let shown = notion.render_page(page, sandbox.base(), version);
                found.push((page.edited, page.id.clone(), shown));
            }
        }
    }
    let ascending = body.pointer("/sort/direction").and_then(Value::as_str) == Some("ascending");
    found.sort_by_key(|(edited, _, _)| if ascending { *edited } else { edited.saturating_neg() });
    let items = found.into_iter().map(|(_, id, item)| (id, item)).collect();
    let kind = if version >= Version::DataSources { "page_or_data_source" } else { "page_or_database" };
    Ok(answer(wish.cut(items, kind)?))
}
