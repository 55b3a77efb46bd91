//! One approval for a plan: what it would cover is shown, and given back sealed.

use axum::extract::{Path, State};
use http::HeaderMap;
use metel_model::approval::Channel;
use metel_model::code::Code;
use metel_model::envelope::{CALLS_MAX, Envelope};
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{body as members, digest, id, integer, list, maybe, object, of, text};
use crate::permission::Permission::{Decide, Read};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/runs/{id}/envelope", Read, "What one approval of the rest of a run's plan would cover", show)
        .gives(200, object(json!({"envelope": envelope(), "digest": digest(), "open": list(text())}), &[]))
        .refuses(&[Code::RunNotFound, Code::RunFinal, Code::NotFound])
        .post("/v1/runs/{id}/envelope", Decide, "Approve the rest of a run's plan, within these bounds", seal)
        .takes(members(json!({"envelope": envelope(), "digest": digest()}), &["envelope", "digest"]))
        .gives(200, of("Run"))
        .refuses(&[Code::RunNotFound, Code::RunFinal, Code::RunStale])
        .refuses(super::approvals::REFUSALS)
}

fn envelope() -> Value {
    members(
        json!({
            "run": id("run"), "workflow": digest(), "tools": list(text()), "recipients": list(text()),
            "amount_micros": maybe(&integer(0, None)), "calls": integer(1, Some(u64::from(CALLS_MAX))),
            "exact": list(digest()), "until": integer(0, None),
        }),
        &["run", "workflow", "tools", "calls", "until"],
    )
}

async fn show(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    let found = app.engine.proposed_envelope(workspace, run).await?;
    let digest = found.envelope.digest().map_err(|e| Fault::new(Code::Internal).about(e))?;
    Ok(body::ok(&json!({"envelope": found.envelope, "digest": digest, "open": found.open})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealing {
    envelope: Envelope,
    digest: Digest,
}

async fn seal(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(given): Body<Sealing>,
) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    if given.envelope.run != run {
        return Err(Fault::new(Code::ApprovalStale).about("envelope").into());
    }
    let browser = caller.by_cookie || headers.contains_key("sec-fetch-site");
    let channel = if browser { Channel::Web } else { Channel::Api };
    app.engine.seal(workspace, given.envelope, given.digest, &caller.actor(), channel).await?;
    Ok(body::ok(&app.engine.run_view(workspace, run, asked.lang).await?))
}
