//! Whether the record stands as it was written.

use axum::extract::State;
use metel_model::code::Code;
use serde::Deserialize;
use serde_json::json;

use crate::app::Shared;
use crate::body::{self, Query};
use crate::caller::Caller;
use crate::openapi::shape::{of, text};
use crate::permission::Permission::Read;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/audit/verify", Read, "Check the chain of one run or of all", verify)
        .asks("run", text(), "Only this run")
        .gives(200, of("Audit"))
        .refuses(&[Code::IdInvalid, Code::RunNotFound])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    run: Option<String>,
}

async fn verify(State(app): State<Shared>, caller: Caller, Query(which): Query<Which>) -> Answer {
    let workspace = caller.workspace();
    let began = std::time::Instant::now();
    let report = match which.run {
        Some(run) => {
            let run = app.engine.find_run(workspace, &run).await?;
            app.engine.audit_run(workspace, run).await?
        }
        None => app.engine.audit(workspace).await?,
    };
    let fault = report.first_fault.map(|(run, seq, what)| json!({"run": run, "seq": seq, "what": what}));
    Ok(body::ok(&json!({
        "ok": fault.is_none(),
        "runs": report.runs,
        "events": report.events,
        "first_fault": fault,
        "ms": began.elapsed().as_millis() as u64,
    })))
}
