//! The events of a run, page by page.

use axum::extract::{Path, State};
use metel_engine::gateway::views;
use metel_model::code::Code;
use metel_model::event::Entry;
use metel_model::fault::Fault;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::lang::Text;
use metel_rules::graph::{Kind, PNode};
use serde::Deserialize;
use serde_json::json;

use crate::app::Shared;
use crate::body::{self, Query};
use crate::caller::Caller;
use crate::openapi::shape::{integer, list, object, of};
use crate::permission::Permission::Read;
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// Most events of one page.
const EVENTS_MAX: u32 = 1_000;

pub fn routes(routes: Routes) -> Routes {
    let next = json!({"type": ["integer", "null"], "description": "Give it as `after` for the next page."});
    routes
        .get("/v1/runs/{id}/events", Read, "The events of a run", events)
        .asks("after", integer(0, None), "Only events after this number")
        .asks("limit", integer(1, Some(u64::from(EVENTS_MAX))), "Events of one page; 200 when absent")
        .gives(200, object(json!({"items": list(of("Event")), "next": next}), &[]))
        .refuses(&[Code::RunNotFound])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    after: Option<u64>,
    limit: Option<u32>,
}

async fn events(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<EventsQuery>,
) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    let after = body::after(query.after)?;
    let limit = match query.limit {
        None => 200,
        Some(n @ 1..=EVENTS_MAX) => n as usize,
        Some(_) => return Err(Refused::field("limit", "1 to 1000", "1에서 1000까지예요")),
    };
    let header = app.engine.store().header(workspace, run).await?.ok_or(Code::RunNotFound)?;
    let program = app.engine.labels(workspace, header.workflow).await;
    let definitions = app.engine.definitions(workspace);
    let label = |step: &str| match program.as_ref().and_then(|p| p.node_of(step)) {
        // A planned step is called by what it does, as in the plan.
        Some(PNode { kind: Kind::Tool { tool, .. }, label, .. }) if header.request.is_some() => {
            definitions.current(tool).map_or_else(|| label.clone(), |c| c.contract.title.clone())
        }
        Some(node) if !node.label.en.is_empty() => node.label.clone(),
        _ => Text::both(step),
    };
    let mut items = Vec::new();
    let mut next = None;
    'pages: for entry in entries_around(&app, workspace, run, after, limit as u32).await? {
        let events = entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
        let last = events.len().saturating_sub(1);
        for (i, event) in events.iter().enumerate() {
            let seq = entry.seq + i as u64;
            if seq <= after {
                continue;
            }
            if items.len() == limit {
                next = Some(seq - 1);
                break 'pages;
            }
            let hash = (i == last).then_some(entry.hash);
            items.push(views::event(seq, event, entry.at, &entry.actor, hash, &label));
        }
    }
    if next.is_none() {
        // The page of entries may have ended before the log did.
        let told = items.last().and_then(|e| e["seq"].as_u64()).unwrap_or(after);
        if !items.is_empty() && told + 1 < header.seq {
            next = Some(told);
        }
    }
    Ok(body::ok(&json!({"items": items, "next": next})))
}

/// Entries from the one that holds the event after `after`: it may begin before that number.
async fn entries_around(
    app: &Shared,
    workspace: WorkspaceId,
    run: RunId,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, Refused> {
    let mut back = 64;
    loop {
        let from = after.saturating_sub(back).max(1);
        let count = u32::try_from(back).unwrap_or(u32::MAX).saturating_add(limit).saturating_add(1);
        let entries = app.engine.entries(workspace, run, from, count).await?;
        if from == 1 || entries.first().is_some_and(|e| e.seq <= after + 1) {
            return Ok(entries);
        }
        back = back.saturating_mul(16);
    }
}
