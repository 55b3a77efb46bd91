//! What this server is doing.

use axum::extract::State;
use metel_model::status::{ApprovalStatus, RunStatus};
use serde_json::{Map, Value, json};

use crate::app::Shared;
use crate::body;
use crate::caller::Caller;
use crate::openapi::shape::of;
use crate::permission::Permission::SignedIn;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes.get("/v1/status", SignedIn, "Counts and surroundings", status).gives(200, of("Status"))
}

async fn status(State(app): State<Shared>, caller: Caller) -> Answer {
    let workspace = caller.workspace();
    let store = app.engine.store();
    let mut runs: Map<String, Value> = RunStatus::ALL.iter().map(|s| (s.key().to_owned(), json!(0))).collect();
    for (status, n) in store.count_runs(workspace).await? {
        runs.insert(status.key().to_owned(), json!(n));
    }
    let approvals = store.count_approvals(workspace).await?;
    let pending = approvals.iter().find(|(s, _)| *s == ApprovalStatus::Pending).map_or(0, |(_, n)| *n);
    let stats = store.stats(app.engine.now()).await?;
    let facts = app.engine.facts(workspace).await?;
    let simulated = facts.facts.connections.values().any(|c| c.sandbox);
    Ok(body::ok(&json!({
        "version": app.version,
        "store": store.engine_name(),
        "runs": runs,
        "pending_tasks": stats.due + stats.held,
        "approvals_pending": pending,
        "model": app.platform.as_ref().map(|p| p.model()).filter(|(_, is_ai)| *is_ai).map(|(name, _)| name.to_owned()),
        "simulated": simulated,
        "sandbox": app.sandbox.as_ref().map(|s| json!({"url": s.url, "services": s.services})),
        "uptime_s": app.began.elapsed().as_secs(),
    })))
}
