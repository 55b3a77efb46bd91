//! Whether the record stands as it was written, and what outsiders need to find out by themselves.

use axum::body::{Body as Bytes, Bytes as Chunk};
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use futures::StreamExt;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use metel_model::checkpoint::Checkpoint;
use metel_model::code::Code;
use metel_model::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::runs::{cursor_fault, limit};
use crate::app::Shared;
use crate::body::{self, Body, Nothing, Query};
use crate::caller::Caller;
use crate::openapi::shape::{integer, list, nothing, of, page, text};
use crate::permission::Permission::{Policy, Read};
use crate::problem::Answer;
use crate::table::Routes;

/// The media type of an export: one JSON value a line.
const LINES: &str = "application/x-ndjson";

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/audit/verify", Read, "Check the chain of one run, or of all with the signed checkpoints", verify)
        .asks("run", text(), "Only this run")
        .gives(200, of("Audit"))
        .refuses(&[Code::IdInvalid, Code::RunNotFound])
        .get("/v1/audit/checkpoints", Read, "List signed checkpoints, oldest first", checkpoints)
        .pages(integer(0, None))
        .gives(200, page(of("Checkpoint")))
        .get("/v1/audit/checkpoints/{number}", Read, "A checkpoint, or the `newest`, with the chains it names", one)
        .gives(200, of("NamedCheckpoint"))
        .refuses(&[Code::NotFound])
        .get("/v1/audit/keys", Read, "List the public keys that sign or have signed checkpoints", keys)
        .gives(200, list(of("NotaryKey")))
        .post("/v1/audit/keys", Policy, "Let another key sign checkpoints from now on", rotate)
        .takes(nothing())
        .gives(201, of("NotaryKey"))
        .get("/v1/audit/export", Read, "The whole record as JSON lines, for metel-verify", export)
        .gives_media(200, LINES)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    run: Option<String>,
}

async fn verify(State(app): State<Shared>, caller: Caller, Query(which): Query<Which>) -> Answer {
    let workspace = caller.workspace();
    let began = std::time::Instant::now();
    let (report, signed) = match which.run {
        Some(run) => {
            let run = app.engine.find_run(workspace, &run).await?;
            (app.engine.audit_run(workspace, run).await?, Default::default())
        }
        None => (app.engine.audit(workspace).await?, app.engine.audit_checkpoints(workspace).await?),
    };
    let fault = |run: Value, seq: Value, checkpoint: Value, what: &str| json!({"run": run, "seq": seq, "checkpoint": checkpoint, "what": what});
    let first = match (report.first_fault, signed.fault, report.clock, signed.clock) {
        (Some((run, seq, what)), ..) => Some(fault(json!(run), json!(seq), Value::Null, what)),
        (_, Some((number, what)), ..) => Some(fault(Value::Null, Value::Null, json!(number), what)),
        (_, _, Some((run, seq)), _) => Some(fault(json!(run), json!(seq), Value::Null, "clock")),
        (_, _, _, Some(number)) => Some(fault(Value::Null, Value::Null, json!(number), "clock")),
        _ => None,
    };
    Ok(body::ok(&json!({
        "ok": first.is_none(),
        "runs": report.runs,
        "events": report.events,
        "signed_events": report.signed,
        "checkpoints": signed.checkpoints,
        "newest_checkpoint": signed.newest.map(|at| at.rfc3339()),
        "first_fault": first,
        "ms": began.elapsed().as_millis() as u64,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn checkpoints(State(app): State<Shared>, caller: Caller, Query(pages): Query<Pages>) -> Answer {
    let limit = limit(pages.limit)?;
    let after = match pages.cursor.as_deref().map(str::parse) {
        None => 0,
        Some(Ok(after)) if after <= metel_model::json::INTEGER_MAX as u64 => after,
        Some(_) => return Err(cursor_fault()),
    };
    let items = app.engine.checkpoints(caller.workspace(), after, limit + 1).await?;
    let next = (items.len() > limit as usize).then(|| items[limit as usize - 1].number.to_string());
    let items = &items[..items.len().min(limit as usize)];
    Ok(body::ok(&json!({"items": items, "next": next})))
}

async fn one(State(app): State<Shared>, caller: Caller, Path(number): Path<String>) -> Answer {
    let workspace = caller.workspace();
    let missing = || Fault::new(Code::NotFound).about(format!("checkpoint {number}"));
    let found: Option<Checkpoint> = match number.parse::<u64>() {
        _ if number == "newest" => app.engine.newest_checkpoint(workspace).await?,
        Ok(number @ 1..=9_007_199_254_740_991) => app.engine.checkpoints(workspace, number - 1, 1).await?.pop(),
        _ => None,
    };
    let found = found.filter(|found| number == "newest" || found.number.to_string() == number).ok_or_else(missing)?;
    let mut answer = json!(found);
    answer["named"] = json!(app.engine.named_chains(workspace, found.number).await?);
    Ok(body::ok(&answer))
}

async fn keys(State(app): State<Shared>, caller: Caller) -> Answer {
    Ok(body::ok(&json!(app.engine.notary_keys(caller.workspace()).await?)))
}

async fn rotate(State(app): State<Shared>, caller: Caller, Body(_): Body<Nothing>) -> Answer {
    let key = app.platform()?.rotate_notary_key(caller.workspace(), &caller.actor()).await?;
    Ok(body::with(http::StatusCode::CREATED, &json!(key)))
}

async fn export(State(app): State<Shared>, caller: Caller) -> Answer {
    // A few pieces ahead of the reader, who sets the pace.
    let (to, from) = tokio::sync::mpsc::channel(4);
    let (engine, workspace, made_by) = (app.engine.clone(), caller.workspace(), format!("metel {}", app.version));
    tokio::spawn(async move { engine.export(workspace, &made_by, to).await });
    // Fused: whoever compresses it asks once more after its end.
    let chunks = futures::stream::unfold(from, |mut from| async move { Some((from.recv().await?, from)) }).fuse();
    let chunks =
        chunks.map(|chunk: Result<Chunk, Fault>| chunk.map_err(|fault| std::io::Error::other(fault.to_string())));
    let name = "attachment; filename=\"metel-record.jsonl\"";
    Ok(([(CONTENT_TYPE, LINES), (CONTENT_DISPOSITION, name)], Bytes::from_stream(chunks)).into_response())
}
