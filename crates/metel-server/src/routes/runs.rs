//! Runs: listed and shown.

use axum::extract::{Path, State};
use metel_engine::gateway::views;
use metel_model::code::Code;
use metel_model::id::{RunId, SessionId};
use metel_model::status::{RunStatus, WaitingFor};
use metel_store::RunFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{id, of, page, text, words};
use crate::permission::Permission::Read;
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let statuses: Vec<String> = RunStatus::ALL
        .iter()
        .map(|s| s.key().to_owned())
        .chain(WaitingFor::ALL.iter().flat_map(|w| [w.key().to_owned(), format!("waiting_{}", w.key())]))
        .collect();
    let statuses: Vec<&str> = statuses.iter().map(String::as_str).collect();
    routes
        .get("/v1/runs", Read, "List runs, newest first", list)
        .asks("status", words(&statuses), "Only runs that stand or wait so")
        .asks("q", text(), "Only runs whose title or request holds this")
        .asks("session", id("sess"), "Only runs of this session")
        .asks("parent", text(), "Runs started by this run, instead of those that people started")
        .pages(id("run"))
        .gives(200, page(of("RunSummary")))
        .refuses(&[Code::IdInvalid, Code::RunNotFound])
        .get("/v1/runs/{id}", Read, "One run with its steps", show)
        .gives(200, of("Run"))
        .refuses(&[Code::RunNotFound])
        .get("/runs/{id}", Read, "One run with its steps", show)
        .gives(200, of("Run"))
        .refuses(&[Code::RunNotFound])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    status: Option<String>,
    q: Option<String>,
    session: Option<SessionId>,
    parent: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn list(State(app): State<Shared>, caller: Caller, asked: Asked, Query(query): Query<ListQuery>) -> Answer {
    let workspace = caller.workspace();
    let limit = limit(query.limit)?;
    let mut filter = RunFilter { text: query.q, session: query.session, limit: limit + 1, ..RunFilter::default() };
    match query.parent {
        Some(parent) => filter.parent = Some(app.engine.find_run(workspace, &parent).await?),
        None => filter.top = true,
    }
    if let Some(word) = &query.status {
        match (RunStatus::from_key(word), WaitingFor::from_key(word.strip_prefix("waiting_").unwrap_or(word))) {
            (Some(status), _) => filter.status = Some(status),
            (None, Some(waiting)) => filter.waiting = Some(waiting),
            (None, None) => return Err(one_of("status", RunStatus::ALL.iter().map(|s| s.key()))),
        }
    }
    filter.before = match query.cursor {
        Some(cursor) => Some(cursor.parse::<RunId>().map_err(|_| cursor_fault())?),
        None => None,
    };
    let mut headers = app.engine.store().list_runs(workspace, &filter).await?;
    let next = if headers.len() > limit as usize {
        headers.truncate(limit as usize);
        headers.last().map(|h| h.id)
    } else {
        None
    };
    let items: Vec<Value> = headers.iter().map(|h| views::run_summary(h, asked.lang)).collect();
    Ok(body::ok(&json!({"items": items, "next": next})))
}

/// A word that is not on the list.
pub fn one_of<'w>(pointer: &str, known: impl Iterator<Item = &'w str>) -> Refused {
    let known = known.collect::<Vec<_>>().join(", ");
    Refused::field(pointer, format!("one of {known}"), format!("가능한 값: {known}"))
}

/// 1 to 200, 50 when absent.
pub fn limit(asked: Option<u32>) -> Result<u32, Refused> {
    match asked {
        None => Ok(50),
        Some(n @ 1..=200) => Ok(n),
        Some(_) => Err(Refused::field("limit", "1 to 200", "1에서 200까지예요")),
    }
}

pub fn cursor_fault() -> Refused {
    Refused::field("cursor", "is not one that a list gave", "목록이 준 값이 아니에요")
}

async fn show(State(app): State<Shared>, caller: Caller, asked: Asked, Path(id): Path<String>) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    Ok(body::ok(&app.engine.run_view(workspace, run, asked.lang).await?))
}
