//! `POST /orchestrate/agent/invoke`: one agent answers a conversation, as a run of one step, so that
//! it is recorded and bounded like everything else.

use std::time::Duration;

use axum::extract::State;
use metel_engine::NewRun;
use metel_model::code::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::RunStatus;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::starts::single;
use crate::app::Shared;
use crate::body::{self, Body};
use crate::openapi::shape::{body as members, flag, id, integer, maybe, object, text, words};
use crate::permission::Permission::Start;
use crate::problem::{Answer, Refused};
use crate::starting::Starting;
use crate::table::Routes;

/// How long the caller waits for the agent.
const PATIENCE: Duration = Duration::from_secs(120);
const MESSAGES_MAX: usize = 100;

pub fn routes(routes: Routes) -> Routes {
    let message =
        members(json!({"role": words(&["system", "user", "assistant"]), "content": text()}), &["role", "content"]);
    let messages = json!({"type": "array", "items": message, "minItems": 1, "maxItems": MESSAGES_MAX});
    let usage = object(
        json!({"input_tokens": integer(0, None), "output_tokens": integer(0, None), "total_tokens": integer(0, None)}),
        &[],
    );
    let answer = json!({
        "content": text(), "usage": maybe(&usage), "model": maybe(&text()), "cost": {"type": "integer"}, "simulated": flag(), "run": id("run"),
    });
    routes
        .start("/orchestrate/agent/invoke", Start, "Ask one agent", invoke)
        .takes(members(json!({"agent_id": text(), "messages": messages}), &["agent_id", "messages"]))
        .gives(200, object(answer, &[]))
        .refuses(&[Code::NotFound, Code::StepFailed, Code::RunTimeout])
        .refuses(&[Code::ModelUnreachable, Code::ModelRefused, Code::ModelBadAnswer])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    agent_id: String,
    messages: Vec<Message>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Message {
    role: Role,
    content: String,
}

#[derive(Deserialize, Serialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Role {
    System,
    User,
    Assistant,
}

async fn invoke(State(app): State<Shared>, starting: Starting, Body(ask): Body<Ask>) -> Answer {
    let workspace = starting.workspace();
    if !app.engine.definitions(workspace).has_agent(&ask.agent_id) {
        return Err(Fault::new(Code::NotFound).about(format!("agent {}", ask.agent_id)).into());
    }
    if ask.messages.len() > MESSAGES_MAX {
        return Err(Refused::field(
            "/messages",
            format!("at most {MESSAGES_MAX}"),
            format!("{MESSAGES_MAX}개까지예요"),
        ));
    }
    let task = ask.messages.iter().rev().find(|m| m.role == Role::User).map(|m| m.content.clone());
    let task =
        task.ok_or_else(|| Refused::field("/messages", "one of the user's is needed", "user의 메시지가 있어야 해요"))?;
    let definition = json!({
        "nodes": [{"id": "agent", "type": "agent_call", "agents": [ask.agent_id], "task": "${input.task}", "input": "${input.messages}"}],
        "entry_point": "agent"
    });
    let workflow = single(&app, workspace, &ask.agent_id, &definition).await?;
    let run = NewRun {
        name: ask.agent_id.clone(),
        workflow: Some(workflow),
        input: json!({"task": task, "messages": ask.messages}),
        ..NewRun::default()
    };
    let started = app.engine.start_and_wait(workspace, starting.keyed(run), PATIENCE).await?;
    let run = app.engine.load(workspace, started.run).await?;
    match run.status {
        RunStatus::Completed => {}
        RunStatus::Failed => return Err(run.error.unwrap_or_else(|| Fault::new(Code::StepFailed)).into()),
        _ => return Err(Fault::new(Code::RunTimeout).at(started.run).into()),
    }
    let output = match run.steps.get("agent").and_then(|s| s.output.as_ref()).or(run.output.as_ref()) {
        Some(stored) => app.engine.stored(workspace, stored).await?,
        None => Value::Null,
    };
    let content = match output {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let mut usage = json!(null);
    let mut model = json!(null);
    for entry in app.engine.log(workspace, started.run).await? {
        for event in entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))? {
            if let Event::EffectObserved { outcome, .. } = event
                && let Some(used) = outcome.usage
            {
                usage = json!({"input_tokens": used.input_tokens, "output_tokens": used.output_tokens, "total_tokens": used.input_tokens + used.output_tokens});
                model = json!(used.model);
            }
        }
    }
    let simulated = app.platform.as_ref().is_none_or(|p| !p.model().1);
    Ok(body::ok(&json!({
        "content": content, "usage": usage, "model": model, "cost": run.cost, "simulated": simulated, "run": started.run,
    })))
}
