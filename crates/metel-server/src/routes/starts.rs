//! `POST /v1/runs`: a run begins from words, from a plan that was shown, or from a stored workflow.

use std::collections::BTreeMap;

use axum::extract::State;
use metel_engine::NewRun;
use metel_engine::gateway::request_text;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::id::{SessionId, WorkspaceId};
use metel_model::json::canonical;
use metel_model::lang::Lang;
use metel_model::plan::Request as Asking;
use metel_rules::graph::{Program, read_pipeline};
use metel_rules::run::PRIORITY_MAX;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::Body;
use crate::openapi::shape::{any, body, id, integer, lang, map, maybe, request};
use crate::permission::Permission::Start;
use crate::problem::{Answer, Refused};
use crate::starting::Starting;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .start("/v1/runs", Start, "Start a run from a request, a plan or a workflow", start)
        .takes_and_checks(shape())
        .gives_run()
        .refuses(&[Code::NotFound, Code::PlanInvalid, Code::LimitExceeded])
}

/// Longest deadline: a year.
const DEADLINE_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;

/// Whom a run is about.
fn subject() -> Value {
    json!({"type": "string", "pattern": "^[0-9A-Za-z][0-9A-Za-z._:-]{0,127}$"})
}

/// Exactly one of three; what belongs to another of them may only be null.
fn shape() -> Value {
    let members = json!({
        "plan": maybe(&json!({"type": "string"})), "inputs": maybe(&map(any())),
        "request": maybe(&request()), "session": maybe(&id("sess")), "lang": maybe(&lang()),
        "workflow": maybe(&json!({"type": "string"})), "input": any(),
        "priority": maybe(&integer(-100, Some(100))), "deadline_ms": maybe(&integer(1, Some(DEADLINE_MS_MAX))),
        "subject": maybe(&subject()),
    });
    let null = |names: &[&str]| -> Value { names.iter().map(|n| ((*n).to_owned(), json!({"type": "null"}))).collect() };
    let one = |name: &str, absent: &[&str]| {
        let mut properties = null(absent);
        properties[name] = json!({"type": "string"});
        json!({"required": [name], "properties": properties})
    };
    let mut out = body(members, &[]);
    out["oneOf"] = json!([
        one("plan", &["request", "session", "lang", "workflow", "input", "subject"]),
        one("request", &["plan", "inputs", "workflow", "input"]),
        one("workflow", &["plan", "inputs", "request", "session", "lang"]),
    ]);
    out["examples"] = json!([
        {"request": "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘"},
        {"workflow": "weekly-report", "input": {}},
    ]);
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    plan: Option<String>,
    inputs: Option<BTreeMap<String, Value>>,
    request: Option<String>,
    session: Option<SessionId>,
    workflow: Option<String>,
    input: Option<Value>,
    lang: Option<Lang>,
    priority: Option<i32>,
    deadline_ms: Option<u64>,
    subject: Option<String>,
}

async fn start(State(app): State<Shared>, starting: Starting, Body(new): Body<New>) -> Answer {
    let (priority, deadline_ms) = (new.priority.unwrap_or_default(), new.deadline_ms);
    if !(-PRIORITY_MAX..=PRIORITY_MAX).contains(&priority) {
        let (en, ko) =
            (format!("-{PRIORITY_MAX} to {PRIORITY_MAX}"), format!("-{PRIORITY_MAX}에서 {PRIORITY_MAX}까지예요"));
        return Err(Refused::field("/priority", en, ko));
    }
    if deadline_ms.is_some_and(|ms| !(1..=DEADLINE_MS_MAX).contains(&ms)) {
        return Err(Refused::field("/deadline_ms", "1 to a year, in milliseconds", "1밀리초에서 1년까지예요"));
    }
    // The draft of a plan was shown and kept in clear.
    refuse(new.plan.is_some() && new.subject.is_some(), "/subject")?;
    let run = match (new.plan, new.request, new.workflow) {
        (None, Some(text), None) => {
            refuse(new.inputs.is_some(), "/inputs")?;
            refuse(new.input.is_some(), "/input")?;
            request_run(&app, starting.workspace(), &text, new.lang, new.session).await?
        }
        (None, None, Some(name)) => {
            refuse(new.inputs.is_some(), "/inputs")?;
            refuse(new.session.is_some(), "/session")?;
            refuse(new.lang.is_some(), "/lang")?;
            workflow_run(&app, starting.workspace(), &name, new.input).await?
        }
        (Some(plan), None, None) => {
            refuse(new.input.is_some(), "/input")?;
            refuse(new.session.is_some(), "/session")?;
            refuse(new.lang.is_some(), "/lang")?;
            super::plans::planned_run(&app, starting.workspace(), &plan, new.inputs.unwrap_or_default()).await?
        }
        _ => {
            return Err(Refused::field(
                "",
                "give exactly one of plan, request and workflow",
                "plan, request, workflow 가운데 하나만 주세요",
            ));
        }
    };
    starting.begin(&app.engine, NewRun { priority, deadline_ms, subject: new.subject, ..run }).await
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
    workspace: WorkspaceId,
    text: &str,
    lang: Option<Lang>,
    session: Option<SessionId>,
) -> Result<NewRun, Refused> {
    let text = request_text(text)?.to_owned();
    let lang = lang.unwrap_or_else(|| Lang::of(&text));
    let name: String = text.chars().take(80).collect();
    let mentions = match &app.platform {
        Some(platform) => platform.mentions(workspace, session).await?,
        None => Vec::new(),
    };
    Ok(NewRun { mentions, name, request: Some(Asking { text, lang, session }), ..NewRun::default() })
}

/// A run of a stored workflow; without an input it gets an empty object.
pub async fn workflow_run(
    app: &Shared,
    workspace: WorkspaceId,
    name: &str,
    input: Option<Value>,
) -> Result<NewRun, Refused> {
    let digest = match &app.platform {
        Some(platform) => platform.newest_workflow(workspace, name).await?,
        None => app.engine.definitions(workspace).workflow(name),
    };
    let digest = digest.ok_or_else(|| Fault::new(Code::NotFound).about(format!("workflow {name}")))?;
    let input = input.unwrap_or_else(|| json!({}));
    checked("/input", &input)?;
    Ok(NewRun { name: name.to_owned(), workflow: Some(digest), input, ..NewRun::default() })
}

/// Values enter the record only in a form that every reader agrees on.
pub fn checked(pointer: &str, value: &Value) -> Result<(), Refused> {
    canonical(value).map(drop).map_err(|e| Refused::field(pointer, e.to_string(), format!("쓸 수 없는 숫자예요: {e}")))
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
