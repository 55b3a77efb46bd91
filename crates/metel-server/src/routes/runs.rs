//! Runs: start, list, show, answer, cancel, retry, replay.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use metel_engine::NewRun;
use metel_engine::gateway::{request_text, views};
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::event::Entry;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::id::{RunId, SessionId, WorkspaceId};
use metel_model::json::canonical;
use metel_model::lang::{Lang, Text};
use metel_model::plan::Request as Asking;
use metel_model::status::{RunStatus, WaitingFor};
use metel_rules::graph::{Program, read_pipeline};
use metel_store::RunFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::idempotency::StartKey;
use crate::permission::Permission::{Control, Read, Start};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .start("/v1/runs", Start, "Start a run from a request, a plan or a workflow", start)
        .get("/v1/runs", Read, "List runs, newest first", list)
        .get("/v1/runs/{id}", Read, "One run with its steps", show)
        .get("/v1/runs/{id}/events", Read, "The events of a run", events)
        .post("/v1/runs/{id}/input", Control, "Give values that a run waits for", input)
        .post("/v1/runs/{id}/cancel", Control, "Cancel a run", cancel)
        .post("/v1/runs/{id}/retry", Control, "Start a failed run again from where it failed", retry)
        .post("/v1/runs/{id}/replay", Read, "Replay a run from its record and compare", replay)
        .post("/v1/runs/{id}/steps/{step}/resolve", Control, "Settle whether a doubtful step happened", resolve)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBody {
    plan: Option<String>,
    inputs: Option<BTreeMap<String, Value>>,
    request: Option<String>,
    session: Option<SessionId>,
    workflow: Option<String>,
    input: Option<Value>,
    lang: Option<Lang>,
}

async fn start(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    key: Option<Extension<StartKey>>,
    headers: HeaderMap,
    Body(new): Body<NewBody>,
) -> Answer {
    let key = key.map(|Extension(key)| key).unwrap_or_default();
    let run = match (new.plan, new.request, new.workflow) {
        (None, Some(text), None) => {
            refuse(new.inputs.is_some(), "/inputs")?;
            refuse(new.input.is_some(), "/input")?;
            request_run(&app, &caller, &text, new.lang, new.session).await?
        }
        (None, None, Some(name)) => {
            refuse(new.inputs.is_some(), "/inputs")?;
            workflow_run(&app, &caller, &name, new.input.unwrap_or_else(|| json!({})))?
        }
        (Some(plan), None, None) => {
            refuse(new.input.is_some(), "/input")?;
            refuse(new.session.is_some(), "/session")?;
            super::plans::planned_run(&app, &caller, &plan, new.inputs.unwrap_or_default()).await?
        }
        _ => {
            return Err(Refused::field(
                "",
                "give exactly one of plan, request and workflow",
                "plan, request, workflow 가운데 하나만 주세요",
            ));
        }
    };
    begin(&app, &caller, &asked, run, key, patience(&headers)?).await
}

fn refuse(given: bool, pointer: &str) -> Result<(), Refused> {
    if given {
        Err(Refused::field(pointer, "does not belong to this kind of start", "이 시작 방법에는 쓰지 않아요"))
    } else {
        Ok(())
    }
}

/// A run of a request in words: its plan is made first.
pub async fn request_run(
    app: &Shared,
    caller: &Caller,
    text: &str,
    lang: Option<Lang>,
    session: Option<SessionId>,
) -> Result<NewRun, Refused> {
    let text = request_text(text)?.to_owned();
    let lang = lang.unwrap_or_else(|| Lang::of(&text));
    let title: String = text.chars().take(80).collect();
    let mentions = match &app.platform {
        Some(platform) => platform.mentions(caller.workspace(), session).await?,
        None => Vec::new(),
    };
    Ok(NewRun {
        mentions,
        name: title,
        request: Some(Asking { text, lang, session }),
        by: caller.actor(),
        ..NewRun::default()
    })
}

/// A run of a stored workflow.
pub fn workflow_run(app: &Shared, caller: &Caller, name: &str, input: Value) -> Result<NewRun, Refused> {
    let definitions = app.engine.definitions(caller.workspace());
    let digest =
        definitions.workflow(name).ok_or_else(|| Fault::new(Code::NotFound).about(format!("workflow {name}")))?;
    checked(&input)?;
    Ok(NewRun { name: name.to_owned(), workflow: Some(digest), input, by: caller.actor(), ..NewRun::default() })
}

/// Values enter the record only in a form that every reader agrees on.
pub fn checked(value: &Value) -> Result<(), Refused> {
    canonical(value).map(drop).map_err(|e| Refused::field("", e.to_string(), format!("쓸 수 없는 숫자예요: {e}")))
}

/// A workflow of one step, made on the spot: kept by its content like any other.
pub async fn single(app: &Shared, workspace: WorkspaceId, name: &str, definition: &Value) -> Result<Digest, Refused> {
    let faulty = |faults| Fault::new(Code::DefinitionInvalid).about(name).fields(faults);
    let program = Program::compile(read_pipeline(name, definition).map_err(faulty)?).map_err(faulty)?;
    let text = canonical(&serde_json::to_value(&program.workflow).unwrap_or_default())
        .map_err(|e| Fault::new(Code::DefinitionInvalid).about(e))?;
    app.engine.store().put_blob(workspace, text).await?;
    Ok(app.engine.keep_program(program).digest)
}

/// Starts the run and answers with it: 200 when it came to rest in time, else 202.
pub async fn begin(
    app: &Shared,
    caller: &Caller,
    asked: &Asked,
    mut run: NewRun,
    key: StartKey,
    wait: Option<Duration>,
) -> Answer {
    let workspace = caller.workspace();
    run.client_key = key.0;
    let started = match wait {
        Some(patience) => app.engine.start_and_wait(workspace, run, patience).await?,
        None => app.engine.start(workspace, run).await?,
    };
    let view = app.engine.run_view(workspace, started.run, asked.lang).await?;
    let moving = matches!(view["status"].as_str(), Some("queued" | "running"));
    let status = if wait.is_some() && !moving { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = body::with(status, &view);
    if let Ok(place) = format!("/v1/runs/{}", started.run).parse() {
        response.headers_mut().insert(http::header::LOCATION, place);
    }
    Ok(response)
}

/// `Prefer: wait=N` (RFC 7240), at most 60 seconds.
pub fn patience(headers: &HeaderMap) -> Result<Option<Duration>, Refused> {
    let texts = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
    for preference in texts.flat_map(|text| text.split(',')) {
        let Some(n) = preference.trim().strip_prefix("wait=") else { continue };
        return match n.trim_matches('"').parse::<u64>() {
            Ok(n) if n <= 60 => Ok(Some(Duration::from_secs(n))),
            _ => Err(Refused::field("Prefer", "wait takes whole seconds up to 60", "wait는 60까지의 초예요")),
        };
    }
    Ok(None)
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
        let word = word.strip_prefix("waiting_").unwrap_or(word);
        match (RunStatus::from_key(word), WaitingFor::from_key(word)) {
            (Some(status), _) => filter.status = Some(status),
            (None, Some(waiting)) => filter.waiting = Some(waiting),
            (None, None) => {
                let known: Vec<&str> = RunStatus::ALL.iter().map(|s| s.key()).collect();
                return Err(Refused::field(
                    "status",
                    format!("one of {}", known.join(", ")),
                    format!("가능한 값: {}", known.join(", ")),
                ));
            }
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
    answer(&app, &caller, &asked, &id).await
}

/// The run as it is now.
pub async fn answer(app: &Shared, caller: &Caller, asked: &Asked, id: &str) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, id).await?;
    Ok(body::ok(&app.engine.run_view(workspace, run, asked.lang).await?))
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
    let after = query.after.unwrap_or(0);
    let limit = match query.limit {
        None => 200,
        Some(n @ 1..=1_000) => n as usize,
        Some(_) => return Err(Refused::field("limit", "1 to 1000", "1에서 1000까지예요")),
    };
    let header = app.engine.store().header(workspace, run).await?.ok_or(Code::RunNotFound)?;
    let program = app.engine.labels(workspace, header.workflow).await;
    let label = |step: &str| match program.as_ref().and_then(|p| p.node_of(step)) {
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
        let entries = app.engine.store().entries(workspace, run, from, count).await?;
        if from == 1 || entries.first().is_some_and(|e| e.seq <= after + 1) {
            return Ok(entries);
        }
        back = back.saturating_mul(16);
    }
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
    for value in given.values.values() {
        checked(value)?;
    }
    let command = Command::Input { values: given.values, by: caller.actor() };
    command_run(&app, &caller, &asked, &id, command).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelBody {
    reason: Option<String>,
}

async fn cancel(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(given): Body<CancelBody>,
) -> Answer {
    let command = Command::Cancel { by: caller.actor(), reason: given.reason };
    command_run(&app, &caller, &asked, &id, command).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

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
        checked(output)?;
    }
    let command = Command::Resolve { step, happened: given.happened, output: given.output, by: caller.actor() };
    command_run(&app, &caller, &asked, &id, command).await
}

async fn command_run(app: &Shared, caller: &Caller, asked: &Asked, id: &str, command: Command) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, id).await?;
    app.engine.command(workspace, run, command, &caller.actor()).await?;
    Ok(body::ok(&app.engine.run_view(workspace, run, asked.lang).await?))
}

async fn replay(State(app): State<Shared>, caller: Caller, Path(id): Path<String>, Body(_): Body<Nothing>) -> Answer {
    replayed(&app, &caller, &id).await
}

/// Replays a run and tells how it compares.
pub async fn replayed(app: &Shared, caller: &Caller, id: &str) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, id).await?;
    let result = app.engine.replay(workspace, run).await?;
    Ok(body::ok(&replay_view(&result)))
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
        "state_hash": report.state,
        "first_difference": first,
        "ms": result.ms,
    })
}
