//! The paths of the source designs that speak in bodies of their own: thin doors onto the same acts.

use axum::extract::{Path, State};
use metel_model::approval::{Channel, Decision};
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::status::ApprovalStatus;
use metel_store::ApprovalFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::run_commands::reason;
use super::starts::{request_run, workflow_run};
use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{
    any, body as members, flag, id, list, maybe, object, of, reason as reason_text, request, text,
};
use crate::permission::Permission::{Decide, Start};
use crate::problem::{Answer, Refused};
use crate::starting::Starting;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let names = maybe(&list(text()));
    let mut start_body = members(
        json!({"request": request(), "goal": request(), "connected_services": names, "tool_candidates": names}),
        &[],
    );
    start_body["oneOf"] = json!([{"required": ["request"]}, {"required": ["goal"]}]);
    let approve_body = members(
        json!({
            "approval_id": maybe(&text()), "action_id": maybe(&text()), "approved": flag(), "reason": maybe(&reason_text()),
        }),
        &["approved"],
    );
    routes
        .start("/runs", Start, "Start a run from a request", start)
        .takes_and_checks(start_body)
        .gives_run()
        .post("/runs/{id}/approve", Decide, "Approve or reject what waits", approve)
        .takes(approve_body)
        .gives(200, of("Run"))
        .refuses(&[Code::RunNotFound, Code::NotFound, Code::RunStale])
        .refuses(super::approvals::REFUSALS)
        .start("/orchestrate/pipeline/start", Start, "Start a pipeline", pipeline)
        .takes(members(json!({"pipeline_id": text(), "input": any()}), &["pipeline_id"]))
        .gives(202, object(json!({"execution_id": id("run"), "status": text()}), &[]))
        .refuses(&[Code::NotFound])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartBody {
    #[serde(alias = "goal")]
    request: String,
    /// What the caller believes to be connected. The workspace's own connections decide.
    connected_services: Option<Vec<String>>,
    tool_candidates: Option<Vec<String>>,
}

async fn start(State(app): State<Shared>, starting: Starting, Body(new): Body<StartBody>) -> Answer {
    let facts = app.engine.facts(starting.workspace()).await?;
    for (i, service) in new.connected_services.iter().flatten().enumerate() {
        if !facts.facts.connections.contains_key(service) {
            return Err(Refused::field(
                &format!("/connected_services/{i}"),
                format!("{service} is not connected"),
                format!("{service} 서비스가 연결되어 있지 않아요"),
            ));
        }
    }
    let definitions = app.engine.definitions(starting.workspace());
    for (i, tool) in new.tool_candidates.iter().flatten().enumerate() {
        if definitions.current(tool).is_none() && definitions.agent_step(tool).is_none() {
            return Err(Refused::field(
                &format!("/tool_candidates/{i}"),
                "there is no such tool",
                "그런 도구는 없어요",
            ));
        }
    }
    let run = request_run(&app, starting.workspace(), &new.request, None, None).await?;
    starting.begin(&app.engine, run).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproveBody {
    approval_id: Option<String>,
    action_id: Option<String>,
    approved: bool,
    reason: Option<String>,
}

/// Decides on what waits now; the digest is the one that is stored, so nothing newer slips in.
async fn approve(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
    Body(given): Body<ApproveBody>,
) -> Answer {
    reason(given.reason.as_deref())?;
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    let mut waiting = match &given.approval_id {
        Some(id) => {
            let id = app.engine.find_approval(workspace, id).await?;
            let one = app.engine.approval(workspace, id).await?;
            if one.run != run {
                return Err(Fault::new(Code::NotFound).about(id).into());
            }
            vec![one]
        }
        None => {
            let filter = ApprovalFilter {
                status: Some(ApprovalStatus::Pending),
                run: Some(run),
                limit: 1_000,
                ..ApprovalFilter::default()
            };
            app.engine.approvals(workspace, &filter).await?
        }
    };
    if let Some(action) = &given.action_id {
        waiting.retain(|a| a.ask.step == *action);
    }
    if waiting.is_empty() {
        return Err(Fault::new(Code::ApprovalGone)
            .detail("nothing here waits for a decision", "결정을 기다리는 것이 없어요")
            .into());
    }
    let channel = if caller.by_cookie { Channel::Web } else { Channel::Api };
    for approval in waiting {
        let decision = if given.approved {
            Decision::Approve { all_like_this: false }
        } else {
            Decision::Reject { reason: given.reason.clone() }
        };
        let decided = app
            .engine
            .decide(workspace, approval.ask.id, approval.ask.digest, decision, &caller.actor(), channel)
            .await;
        match decided {
            Ok(_) => {}
            // The first rejection may end the run and void the rest.
            Err(fault) if fault.code == Code::ApprovalGone && !given.approved => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(body::ok(&app.engine.run_view(workspace, run, asked.lang).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PipelineBody {
    pipeline_id: String,
    input: Option<Value>,
}

async fn pipeline(State(app): State<Shared>, starting: Starting, Body(new): Body<PipelineBody>) -> Answer {
    let workspace = starting.workspace();
    let run = workflow_run(&app, workspace, &new.pipeline_id, new.input).await?;
    let started = app.engine.start(workspace, starting.keyed(run)).await?;
    let header = app.engine.store().header(workspace, started.run).await?;
    let header = header.ok_or_else(|| Fault::new(Code::RunNotFound).about(started.run))?;
    let answer = json!({"execution_id": started.run, "status": header.status.key()});
    Ok(body::with(http::StatusCode::ACCEPTED, &answer))
}
