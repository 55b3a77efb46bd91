//! Stored pipelines: checked as a whole before they are kept.

use axum::extract::{Path, State};
use metel_engine::gateway::MigrateHow;
use metel_model::code::Code;
use metel_model::fault::{Fault, FieldFault};
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::PageQuery;
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{
    any, body as members, digest, flag, integer, list as list_of, maybe, object, of, page, text,
};
use crate::permission::Permission::{Control, Define, Read};
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
        .post("/v1/workflows/{name}/migrate", Control, "Move runs that are under way onto the newest version", migrate)
        .takes(members(
            json!({"dry_run": maybe(&flag()), "skip_blocked": maybe(&flag()), "version": maybe(&integer(1, None))}),
            &[],
        ))
        .gives(200, of("Migration"))
        .refuses(&[Code::NotFound, Code::MigrationBlocked, Code::RunStale, Code::LimitExceeded])
        .post("/v1/workflows/validate", Define, "Check a pipeline without storing it", validate)
        .takes_and_checks(shape())
        .gives(200, checked)
        .refuses(&[Code::DefinitionInvalid])
}

/// Most places that a refused migration names; a dry run names all.
const BLOCKERS_SHOWN: usize = 100;

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
struct Migrate {
    dry_run: Option<bool>,
    skip_blocked: Option<bool>,
    version: Option<u32>,
}

async fn migrate(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(name): Path<String>,
    Body(given): Body<Migrate>,
) -> Answer {
    let workspace = caller.workspace();
    let row = app.engine.store().workflow(workspace, &name, given.version).await?;
    let row = row.ok_or_else(|| Fault::new(Code::NotFound).about(format!("workflow {name}")))?;
    let how = MigrateHow { dry: given.dry_run.unwrap_or(false), skip: given.skip_blocked.unwrap_or(false) };
    let done = app.engine.migrate(workspace, &name, row.digest, how, &caller.actor()).await?;
    let blocked = || done.movers.iter().flat_map(|mover| mover.blockers.iter().map(move |fault| (mover.run, fault)));
    if !how.dry && !how.skip && blocked().next().is_some() {
        let named = |(run, fault): (metel_model::id::RunId, &FieldFault)| FieldFault {
            pointer: format!("{run}/{}", fault.pointer),
            message: fault.message.clone(),
        };
        let fault = Fault::new(Code::MigrationBlocked).about(&name);
        return Err(fault.fields(blocked().take(BLOCKERS_SHOWN).map(named).collect()).into());
    }
    let runs: Vec<Value> = done
        .movers
        .iter()
        .map(|mover| {
            let blockers: Vec<Value> = mover
                .blockers
                .iter()
                .map(|fault| json!({"step": fault.pointer, "message": fault.message.get(asked.lang)}))
                .collect();
            json!({"run": mover.run, "from": mover.from, "blockers": blockers})
        })
        .collect();
    let answer = json!({"workflow": name, "version": row.version, "to": done.to, "dry_run": how.dry, "moved": done.moved, "runs": runs});
    Ok(body::ok(&answer))
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
