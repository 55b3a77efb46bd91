//! The workspace's policy document.

use axum::extract::State;
use metel_engine::platform::{Change, SIMULATED_RUNS_MAX};
use metel_model::policy::{Policy, PolicyEffect};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, digest, effect, id, integer, list, object, of, text, time};
use crate::permission::Permission::{Policy as Alter, Read};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/policy", Read, "The policy in force", show)
        .gives(200, of("Policy"))
        .put("/v1/policy", Alter, "Put another policy in force", put)
        .takes(of("Policy"))
        .gives(200, of("Policy"))
        .get("/v1/policy/versions", Read, "Every version of the policy, newest first", versions)
        .gives(200, object(json!({"items": list(version())}), &[]))
        .post("/v1/policy/simulate", Read, "Judge the calls of past runs under another policy; nothing is called or written", simulate)
        .takes(members(json!({"policy": of("Policy"), "runs": integer(1, Some(u64::from(SIMULATED_RUNS_MAX)))}), &["policy", "runs"]))
        .gives(200, object(json!({"runs": integer(0, None), "calls": integer(0, None), "denied": list(change()), "asked": list(change()), "freed": list(change())}), &[]))
}

fn version() -> Value {
    object(
        json!({"version": integer(1, None), "digest": digest(), "by": text(), "created_at": time(), "policy": of("Policy")}),
        &[],
    )
}

fn change() -> Value {
    object(
        json!({"run": id("run"), "step": text(), "tool": text(), "before": effect(), "after": effect(), "rule": text(), "reasons": list(of("Text"))}),
        &[],
    )
}

async fn show(State(app): State<Shared>, caller: Caller) -> Answer {
    Ok(body::ok(&json!(app.platform()?.policy(caller.workspace()).await?)))
}

async fn put(State(app): State<Shared>, caller: Caller, Body(policy): Body<Policy>) -> Answer {
    app.platform()?.set_policy(caller.workspace(), &policy, &caller.actor()).await?;
    Ok(body::ok(&json!(policy)))
}

async fn versions(State(app): State<Shared>, caller: Caller) -> Answer {
    let mut items = Vec::new();
    for kept in app.platform()?.policies(caller.workspace()).await? {
        items.push(json!({
            "version": kept.version, "digest": kept.digest, "by": kept.by, "created_at": kept.created_at.rfc3339(), "policy": kept.policy,
        }));
    }
    Ok(body::ok(&json!({ "items": items })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Simulation {
    policy: Policy,
    runs: u32,
}

async fn simulate(State(app): State<Shared>, caller: Caller, Body(asked): Body<Simulation>) -> Answer {
    let done = app.platform()?.simulate_policy(caller.workspace(), &asked.policy, asked.runs).await?;
    let of = |effect: PolicyEffect| done.changes.iter().filter(|c| c.after == effect).map(view).collect::<Vec<_>>();
    Ok(body::ok(&json!({
        "runs": done.runs,
        "calls": done.calls,
        "denied": of(PolicyEffect::Deny),
        "asked": of(PolicyEffect::Approval),
        "freed": of(PolicyEffect::Allow),
    })))
}

fn view(change: &Change) -> Value {
    json!({
        "run": change.run, "step": change.step, "tool": change.tool, "before": change.before, "after": change.after,
        "rule": change.rule, "reasons": change.reasons,
    })
}
