//! What people tell a run: values it asked for, cancel, retry, whether a doubtful step happened; and
//! the replay of its record.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use metel_engine::gateway::NewFork;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::fault::Fault;
use metel_model::json::pointer_push;
use metel_model::stored::Stored;
use serde::Deserialize;
use serde_json::{Value, json};

use super::starts::checked;
use crate::app::Shared;
use crate::body::{self, Body, Nothing};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{any, body as members, integer, map, maybe, nothing, of, reason as reason_text};
use crate::permission::Permission::{Control, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// The media type of a capsule (IANA's name for SQLite files).
const CAPSULE: &str = "application/vnd.sqlite3";

/// Longest reason that a person gives.
pub const REASON_CHARS_MAX: usize = 2_000;

pub fn routes(routes: Routes) -> Routes {
    let moved = &[Code::RunNotFound, Code::RunFinal, Code::RunStale];
    routes
        .post("/v1/runs/{id}/input", Control, "Give values that a run waits for", input)
        .takes(members(json!({"values": map(any())}), &["values"]))
        .gives(200, of("Run"))
        .refuses(moved)
        .refuses(&[Code::InputUnexpected])
        .post("/v1/runs/{id}/cancel", Control, "Cancel a run", cancel)
        .takes(members(json!({"reason": maybe(&reason_text())}), &[]))
        .gives(200, of("Run"))
        .refuses(moved)
        .post("/v1/runs/{id}/pause", Control, "Let what is under way end and begin nothing new", pause)
        .takes(members(json!({"reason": maybe(&reason_text())}), &[]))
        .gives(200, of("Run"))
        .refuses(moved)
        .post("/v1/runs/{id}/resume", Control, "Let a paused run go on", resume)
        .takes(nothing())
        .gives(200, of("Run"))
        .refuses(moved)
        .post("/v1/runs/{id}/steps/{step}/submit", Control, "Hand in the form that a step waits for", submit)
        .takes(members(json!({"values": map(any())}), &["values"]))
        .gives(200, of("Run"))
        .refuses(moved)
        .refuses(&[Code::StepUnknown, Code::InputUnexpected, Code::WaitTimeout])
        .post("/v1/runs/{id}/fork", Control, "Begin a run with this one's past, up to an event", fork)
        .takes(members(
            json!({"at": maybe(&integer(1, None)), "input": any(), "workflow": maybe(&json!({"type": "string"}))}),
            &[],
        ))
        .gives(202, of("Run"))
        .refuses(&[Code::RunNotFound, Code::NotFound, Code::ForkUnfit, Code::MigrationBlocked, Code::RunStale])
        .post("/v1/runs/{id}/retry", Control, "Start a failed run again from where it failed", retry)
        .takes(nothing())
        .gives(200, of("Run"))
        .refuses(moved)
        .post("/v1/runs/{id}/replay", Read, "Replay a run from its record and compare", replay)
        .takes(nothing())
        .gives(200, of("Replay"))
        .refuses(&[Code::RunNotFound])
        .get("/v1/runs/{id}/capsule", Read, "A run with all that its replay needs, as one SQLite file", capsule)
        .gives_media(200, CAPSULE)
        .refuses(&[Code::RunNotFound, Code::LimitExceeded])
        .post("/runs/{id}/replay", Read, "Replay a run from its record and compare", replay)
        .takes(nothing())
        .gives(200, of("Replay"))
        .refuses(&[Code::RunNotFound])
        .post("/v1/runs/{id}/steps/{step}/resolve", Control, "Settle whether a doubtful step happened", resolve)
        .takes(members(
            json!({"happened": {"type": "boolean"}, "intent": integer(1, Some(u64::from(u32::MAX))), "output": any()}),
            &["happened"],
        ))
        .gives(200, of("Run"))
        .refuses(moved)
        .refuses(&[Code::StepUnknown])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InputBody {
    values: BTreeMap<String, Value>,
}

async fn input(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(given): Body<InputBody>,
) -> Answer {
    for (key, value) in &given.values {
        checked(&pointer_push("/values", key), value)?;
    }
    let command = Command::Input { values: given.values, by: caller.actor() };
    command_run(&app, &caller, &asked, &id, command).await.map_err(|mut refused| {
        // The run speaks of its values; whoever sent them, of the body that held them.
        refused.0.fields.iter_mut().for_each(|field| field.pointer.insert_str(0, "/values"));
        refused
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelBody {
    reason: Option<String>,
}

async fn pause(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(given): Body<CancelBody>,
) -> Answer {
    reason(given.reason.as_deref())?;
    let command = Command::Pause { by: caller.actor(), reason: given.reason };
    command_run(&app, &caller, &asked, &id, command).await
}

async fn resume(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(_): Body<Nothing>,
) -> Answer {
    command_run(&app, &caller, &asked, &id, Command::Resume { by: caller.actor() }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubmitBody {
    values: serde_json::Map<String, Value>,
}

async fn submit(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path((id, step)): Path<(String, String)>,
    Body(given): Body<SubmitBody>,
) -> Answer {
    let values = Value::Object(given.values);
    checked("/values", &values)?;
    let command = Command::Submit { step, values: Stored::inline(values), by: caller.actor() };
    command_run(&app, &caller, &asked, &id, command).await.map_err(|mut refused| {
        refused.0.fields.iter_mut().for_each(|field| field.pointer.insert_str(0, "/values"));
        refused
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForkBody {
    at: Option<u64>,
    input: Option<Value>,
    workflow: Option<String>,
}

async fn fork(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(given): Body<ForkBody>,
) -> Answer {
    let workspace = caller.workspace();
    let from = app.engine.find_run(workspace, &id).await?;
    if let Some(input) = &given.input {
        checked("/input", input)?;
    }
    let workflow = match &given.workflow {
        Some(name) => {
            let digest = app.engine.definitions(workspace).workflow(name);
            Some(digest.ok_or_else(|| Fault::new(Code::NotFound).about(format!("workflow {name}")))?)
        }
        None => None,
    };
    let new = NewFork { from, at: given.at, input: given.input, workflow, by: caller.actor() };
    let header = app.engine.fork(workspace, new).await?;
    let answer = body::with(StatusCode::ACCEPTED, &app.engine.run_view(workspace, header.id, asked.lang).await?);
    Ok(body::at(answer, &format!("/v1/runs/{}", header.id)))
}

async fn cancel(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(given): Body<CancelBody>,
) -> Answer {
    reason(given.reason.as_deref())?;
    let command = Command::Cancel { by: caller.actor(), reason: given.reason };
    command_run(&app, &caller, &asked, &id, command).await
}

async fn retry(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(_): Body<Nothing>,
) -> Answer {
    command_run(&app, &caller, &asked, &id, Command::Retry { by: caller.actor() }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResolveBody {
    intent: Option<u32>,
    happened: bool,
    output: Option<Value>,
}

async fn resolve(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path((id, step)): Path<(String, String)>,
    Body(given): Body<ResolveBody>,
) -> Answer {
    if let Some(output) = &given.output {
        checked("/output", output)?;
    }
    let command = Command::Resolve {
        step,
        intent: given.intent,
        happened: given.happened,
        output: given.output,
        by: caller.actor(),
    };
    command_run(&app, &caller, &asked, &id, command).await
}

async fn command_run(app: &Shared, caller: &Caller, asked: &Asked, id: &str, command: Command) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, id).await?;
    app.engine.command(workspace, run, command, &caller.actor()).await?;
    Ok(body::ok(&app.engine.run_view(workspace, run, asked.lang).await?))
}

/// A person's reason, short enough for a record that is kept for good.
pub fn reason(given: Option<&str>) -> Result<(), Refused> {
    if given.is_some_and(|text| text.chars().count() > REASON_CHARS_MAX) {
        let (en, ko) = (format!("at most {REASON_CHARS_MAX} characters"), format!("{REASON_CHARS_MAX}자까지예요"));
        return Err(Refused::field("/reason", en, ko));
    }
    Ok(())
}

async fn replay(State(app): State<Shared>, caller: Caller, Path(id): Path<String>, Body(_): Body<Nothing>) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    Ok(body::ok(&replay_view(&app.engine.replay(workspace, run).await?)))
}

async fn capsule(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    let capsule = app.engine.capsule(workspace, run, &format!("metel {}", app.version)).await?;
    let bytes = tokio::task::spawn_blocking(move || capsule.to_bytes()).await;
    let bytes = bytes.map_err(|e| Fault::new(Code::Internal).about(e))??;
    let name = format!("attachment; filename=\"{run}.capsule\"");
    Ok(([(CONTENT_TYPE, CAPSULE.to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}

fn replay_view(result: &metel_engine::gateway::ReplayReport) -> Value {
    let report = &result.report;
    let mut first = report.diverged.as_ref().map(|(seq, what)| json!({"seq": seq, "what": what}));
    if first.is_none() && !result.same_head {
        first = Some(json!({"seq": report.events, "what": "the end is not the one recorded"}));
    }
    json!({
        "events": report.events,
        "differences": u8::from(first.is_some()),
        "outside_calls": 0,
        "erased": result.erased,
        "state_hash": report.state,
        "first_difference": first,
        "ms": result.ms,
    })
}
