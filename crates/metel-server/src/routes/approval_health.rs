//! How approvals go: how many, how long, who says yes to everything; and planted ones that must be rejected.

use axum::extract::State;
use metel_engine::NewRun;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::time::Micros;
use metel_store::{ApprovalFilter, DeciderRow};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::starts::{checked, single};
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{any, body as members, flag, id, integer, list, map, maybe, object, text, time};
use crate::permission::Permission::{Policy, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// Under so many seconds nobody has read what they approve.
const QUICK_S: u64 = 2;
/// Fewer decisions tell nothing about somebody.
const DECIDED_MIN: u64 = 5;

pub fn routes(routes: Routes) -> Routes {
    let share = json!({"type": "number", "minimum": 0, "maximum": 1});
    let count = || integer(0, None);
    let person = object(
        json!({"by": text(), "decided": count(), "approved": count(), "quick": count(), "missed_canaries": count(), "always_yes": flag()}),
        &[],
    );
    let health = object(
        json!({
            "since": time(), "asked": count(), "pending": count(), "decided": count(), "expired": count(), "void": count(),
            "median_ms": maybe(&count()), "p95_ms": maybe(&count()),
            "share_rejected": share, "share_edited": share, "share_expired": share,
            "runs": count(), "asked_per_run": json!({"type": "number", "minimum": 0}),
            "quick_s": count(), "people": list(person),
            "canaries": object(json!({"planted": count(), "caught": count(), "missed": count()}), &[]),
        }),
        &[],
    );
    let canary = json!({"tool": text(), "args": map(any())});
    routes
        .get("/v1/approvals/health", Read, "How approvals go", health_of)
        .asks("since", time(), "From when on; thirty days ago when absent")
        .asks("quick_s", integer(1, Some(3_600)), "Yes within so many seconds is quick; 2 when absent")
        .gives(200, health)
        .post(
            "/v1/approvals/canaries",
            Policy,
            "Plant an approval that must be rejected; nothing follows either way",
            plant,
        )
        .takes(members(canary, &["tool", "args"]))
        .gives(201, object(json!({"run": id("run"), "approval": maybe(&id("appr"))}), &[]))
        .refuses(&[Code::ToolUnknown, Code::PayloadInvalid, Code::DefinitionInvalid, Code::Overloaded])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    since: Option<String>,
    quick_s: Option<u64>,
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { (part as f64 / of as f64 * 10_000.0).round() / 10_000.0 }
}

async fn health_of(State(app): State<Shared>, caller: Caller, Query(query): Query<Since>) -> Answer {
    let quick_s = query.quick_s.unwrap_or(QUICK_S);
    if !(1..=3_600).contains(&quick_s) {
        return Err(Refused::field("quick_s", "is from 1 to 3600", "1부터 3600까지예요"));
    }
    let month: i64 = 30 * 24 * 60 * 60 * 1_000_000;
    let since = match &query.since {
        None => Micros((app.engine.now().0 - month).max(0)),
        Some(text) => Micros::parse(text)
            .ok_or_else(|| Refused::field("since", "a time, RFC 3339", "RFC 3339 시각이어야 해요"))?,
    };
    let (store, workspace) = (app.engine.store(), caller.workspace());
    let totals = store.decision_totals(workspace, since).await?;
    let (median, p95) = store.decision_times(workspace, since).await?;
    let people = store.deciders(workspace, since, (quick_s * 1_000_000) as i64).await?;
    let decided = totals.approved + totals.edited + totals.rejected;
    let ms = |micros: Option<i64>| micros.map(|micros| micros.max(0) / 1_000);
    let person = |row: &DeciderRow| {
        let always = row.decided >= DECIDED_MIN && row.approved == row.decided && row.quick == row.decided;
        json!({
            "by": row.by, "decided": row.decided, "approved": row.approved, "quick": row.quick,
            "missed_canaries": row.missed, "always_yes": always,
        })
    };
    Ok(body::ok(&json!({
        "since": since.rfc3339(),
        "asked": totals.asked,
        "pending": totals.pending,
        "decided": decided,
        "expired": totals.expired,
        "void": totals.void,
        "median_ms": ms(median),
        "p95_ms": ms(p95),
        "share_rejected": share(totals.rejected, decided),
        "share_edited": share(totals.edited, decided),
        "share_expired": share(totals.expired, totals.asked),
        "runs": totals.runs,
        "asked_per_run": if totals.runs == 0 { 0.0 } else { (totals.asked as f64 / totals.runs as f64 * 100.0).round() / 100.0 },
        "quick_s": quick_s,
        "people": people.iter().map(person).collect::<Vec<_>>(),
        "canaries": {"planted": totals.planted, "caught": totals.caught, "missed": totals.missed},
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Canary {
    tool: String,
    args: Map<String, Value>,
}

/// A run of one gate that shows what a call would show. There is no step that could call anything.
async fn plant(State(app): State<Shared>, caller: Caller, Body(canary): Body<Canary>) -> Answer {
    let workspace = caller.workspace();
    let definitions = app.engine.definitions(workspace);
    let contract =
        definitions.current(&canary.tool).ok_or_else(|| Fault::new(Code::ToolUnknown).about(&canary.tool))?;
    let args = Value::Object(canary.args);
    let faults = contract.check_input(&args);
    if !faults.is_empty() {
        return Err(Fault::new(Code::PayloadInvalid).about(&canary.tool).fields(faults).into());
    }
    checked("/args", &args)?;
    let title = &contract.contract.title;
    let definition = json!({
        "nodes": [{"id": "call", "type": "human_gate", "title": {"en": title.en, "ko": title.ko}, "show": {"$ref": "input"}}],
        "entry_point": "call",
    });
    let workflow = single(&app, workspace, &canary.tool, &definition).await?;
    let run = NewRun {
        name: canary.tool.clone(),
        workflow: Some(workflow),
        input: args,
        by: caller.actor(),
        ..NewRun::default()
    };
    let started = app.engine.start(workspace, run).await?;
    let store = app.engine.store();
    store.add_canary(workspace, started.run, &canary.tool, &caller.actor(), app.engine.now()).await?;
    let filter = ApprovalFilter { run: Some(started.run), limit: 1, ..ApprovalFilter::default() };
    let asked = store.approvals(workspace, &filter).await?;
    Ok(body::created(&json!({"run": started.run, "approval": asked.first().map(|a| a.ask.id)})))
}
