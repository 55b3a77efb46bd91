//! Stored pipelines: checked as a whole before they are kept.

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::permission::Permission::{Define, Read};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/workflows", Read, "List pipelines", list)
        .get("/v1/workflows/{name}", Read, "One pipeline with its definition", show)
        .post("/v1/workflows", Define, "Store a pipeline", add)
        .post("/v1/workflows/validate", Define, "Check a pipeline without storing it", validate)
}

async fn list(State(app): State<Shared>, caller: Caller) -> Answer {
    let mut items = Vec::new();
    for stored in app.platform()?.workflows(caller.workspace()).await? {
        let mut view = json!(stored);
        if let Some(members) = view.as_object_mut() {
            members.remove("definition");
        }
        items.push(view);
    }
    Ok(body::ok(&json!({"items": items, "next": null})))
}

async fn show(State(app): State<Shared>, caller: Caller, Path(name): Path<String>) -> Answer {
    Ok(body::ok(&json!(app.platform()?.workflow(caller.workspace(), &name).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    definition: Value,
}

async fn add(State(app): State<Shared>, caller: Caller, Body(new): Body<New>) -> Answer {
    let stored = app.platform()?.add_workflow(caller.workspace(), &new.name, &new.definition, "pipeline").await?;
    Ok(body::created(&json!(stored)))
}

async fn validate(State(app): State<Shared>, caller: Caller, Body(new): Body<New>) -> Answer {
    let program = app.platform()?.check_workflow(caller.workspace(), &new.name, &new.definition)?;
    Ok(body::ok(&json!({"ok": true, "digest": program.digest, "nodes": program.nodes.len()})))
}
