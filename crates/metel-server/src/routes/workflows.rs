//! Stored pipelines: checked as a whole before they are kept.

use axum::extract::{Path, State};
use metel_model::code::Code;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::PageQuery;
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{
    any, body as members, digest, flag, integer, list as list_of, maybe, object, of, page, text,
};
use crate::permission::Permission::{Define, Read};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let checked = object(json!({"ok": flag(), "digest": digest(), "nodes": integer(0, None)}), &[]);
    routes
        .get("/v1/workflows", Read, "List pipelines", list)
        .pages(text())
        .gives(200, page(of("Workflow")))
        .get("/v1/workflows/{name}", Read, "One pipeline with its definition", show)
        .gives(200, of("WholeWorkflow"))
        .refuses(&[Code::NotFound])
        .post("/v1/workflows", Define, "Store a pipeline", add)
        .takes_and_checks(shape())
        .gives(201, of("WholeWorkflow"))
        .refuses(&[Code::DefinitionInvalid])
        .post("/v1/workflows/validate", Define, "Check a pipeline without storing it", validate)
        .takes_and_checks(shape())
        .gives(200, checked)
        .refuses(&[Code::DefinitionInvalid])
}

/// The outside of a definition; whether its nodes hold is told when it is checked.
fn shape() -> Value {
    let node = json!({"type": "object", "required": ["id", "type"], "properties": {"id": text(), "type": text()}});
    let edge = json!({"type": "object", "required": ["from", "to"], "properties": {"from": text(), "to": text()}});
    let definition = members(
        json!({
            "name": text(), "title": any(), "description": any(), "input_schema": any(), "nodes": list_of(node),
            "edges": maybe(&list_of(edge)), "entry_point": text(), "output": any(), "deadline_ms": any(),
            "trigger": any(), "success": any(),
        }),
        &["nodes", "entry_point"],
    );
    let name = json!({"type": "string", "minLength": 1, "maxLength": 128});
    members(json!({"name": name, "definition": definition}), &["name", "definition"])
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<PageQuery>) -> Answer {
    let mut items = Vec::new();
    for stored in app.platform()?.workflows(caller.workspace()).await? {
        let mut view = json!(stored);
        if let Some(members) = view.as_object_mut() {
            members.remove("definition");
        }
        items.push(view);
    }
    query.page()?.answer(items, "name")
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
