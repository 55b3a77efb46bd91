//! Tools: contracts listed, added, tried, switched on and off.

use std::sync::LazyLock;

use axum::extract::{Path, State};
use metel_engine::NewRun;
use metel_model::code::Code;
use metel_model::contract::{Contract, Transport};
use metel_model::facts::Facts;
use metel_model::fault::Fault;
use metel_model::service::ConnectionState;
use metel_rules::contract::Compiled;
use metel_rules::openapi::Choice;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::Page;
use super::starts::{checked, single};
use crate::app::Shared;
use crate::body::{self, Body, Large, Nothing, Query, shape};
use crate::caller::Caller;
use crate::openapi::shape::{
    any, body as members, digest, flag, integer, list as list_of, map, maybe, nothing, object, of, page, text,
};
use crate::permission::Permission::{Define, Read, Start};
use crate::problem::{Answer, Refused};
use crate::starting::Starting;
use crate::table::Routes;
use crate::wall::Wall;

/// Tools that a search gives at most.
const FOUND_MAX: usize = 50;

pub fn routes(routes: Routes) -> Routes {
    let checked = object(json!({"ok": flag(), "id": text(), "version": text(), "digest": digest()}), &[]);
    let switched = object(json!({"id": text(), "enabled": flag()}), &[]);
    let version = object(json!({"version": text(), "digest": digest(), "current": flag()}), &[]);
    let risks = list_of(json!({"enum": ["read", "write", "destructive", "financial", "external_send"]}));
    let described = json!({
        "document": text(), "service": text(), "tags": list_of(text()), "operations": list_of(text()), "server": text(),
        "version": text(), "risks": map(risks.clone()), "dry_run": flag(),
    });
    let taken = object(json!({"id": text(), "version": text(), "operation": text(), "risk": risks}), &[]);
    let skipped = object(json!({"operation": text(), "why": text()}), &[]);
    let count = integer(0, None);
    let imported = object(
        json!({
            "service": any(), "tools": list_of(taken), "skipped": list_of(skipped), "notes": list_of(text()),
            "added": count.clone(), "known": count.clone(), "shortened": count, "dry_run": flag(),
        }),
        &[],
    );
    routes
        .get("/v1/tools", Read, "List tools, or search them", list)
        .asks("q", text(), "Only tools that fit these words, best first")
        .pages(text())
        .gives(200, page(of("Tool")))
        .get("/v1/tools/{id}", Read, "One whole contract", show)
        .asks("version", text(), "That version; the one that counts where nothing is said")
        .gives(200, of("KeptContract"))
        .refuses(&[Code::ToolUnknown])
        .post("/v1/tools", Define, "Add a contract", add)
        .takes_and_checks(of("Contract"))
        .gives(201, of("Tool"))
        .refuses(&[Code::ContractInvalid, Code::ContractChanged])
        .post("/v1/tools/validate", Define, "Check a contract without adding it", validate)
        .takes_and_checks(of("Contract"))
        .gives(200, checked)
        .refuses(&[Code::ContractInvalid])
        .get("/v1/tools/{id}/versions", Read, "Every version of a contract", versions)
        .gives(200, object(json!({"items": list_of(version), "pinned": maybe(&text())}), &[]))
        .refuses(&[Code::ToolUnknown])
        .post("/v1/tools/{id}/pin", Define, "Make one version count, or lift the pin", pin)
        .takes(members(json!({"version": maybe(&text())}), &["version"]))
        .gives(200, object(json!({"id": text(), "version": text(), "pinned": maybe(&text())}), &[]))
        .refuses(&[Code::ToolUnknown])
        .post("/v1/tools/import/openapi", Define, "Import tools from an OpenAPI or Swagger description", import)
        .takes(members(described, &["document"]))
        .gives(200, imported)
        .refuses(&[Code::DescriptionInvalid, Code::ContractInvalid, Code::ContractChanged, Code::FieldInvalid])
        .start("/v1/tools/{id}/call", Start, "Call one tool in a run of its own", call)
        .takes(members(json!({"args": map(any())}), &["args"]))
        .gives_run()
        .refuses(&[Code::ToolUnknown, Code::PayloadInvalid])
        .post("/v1/tools/{id}/disable", Define, "Switch a tool off", disable)
        .takes(nothing())
        .gives(200, switched.clone())
        .refuses(&[Code::ToolUnknown])
        .post("/v1/tools/{id}/enable", Define, "Switch a tool on", enable)
        .takes(nothing())
        .gives(200, switched)
        .refuses(&[Code::ToolUnknown])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    q: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Whether the workspace has a connection that the tool can use.
fn connected(contract: &Contract, facts: &Facts) -> bool {
    matches!(contract.transport, Transport::Builtin { .. })
        || facts.connections.get(contract.service()).is_some_and(|c| c.state == ConnectionState::Ready)
}

async fn list(State(app): State<Shared>, caller: Caller, Query(search): Query<Search>) -> Answer {
    let platform = app.platform()?;
    let workspace = caller.workspace();
    let facts = app.engine.facts(workspace).await?;
    let snapshot = platform.registry().snapshot();
    let view = |compiled: &Compiled| {
        let contract = &compiled.contract;
        tool(compiled, connected(contract, &facts.facts), !snapshot.is_disabled(&contract.id))
    };
    let page = Page::of(search.limit, search.cursor)?;
    let items: Vec<Value> = match search.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        None => snapshot.list().map(|c| view(c)).collect(),
        Some(q) => {
            let catalogue = platform.catalogue(workspace).await?;
            let lower = q.to_lowercase();
            let is_named = |contract: &Contract| {
                [&contract.id, &contract.title.en, &contract.title.ko].iter().any(|t| t.to_lowercase().contains(&lower))
            };
            // What is called so comes first, whether it is connected or not.
            let named = snapshot.list().filter(|compiled| is_named(&compiled.contract));
            let mut ids: Vec<String> = named.take(FOUND_MAX).map(|compiled| compiled.contract.id.clone()).collect();
            for hit in catalogue.index().search(q, FOUND_MAX) {
                if ids.len() < FOUND_MAX && !ids.contains(&hit.id) {
                    ids.push(hit.id);
                }
            }
            ids.iter().filter_map(|id| snapshot.get(id)).map(|c| view(c)).collect()
        }
    };
    page.answer(items, "id")
}

fn tool(compiled: &Compiled, connected: bool, enabled: bool) -> Value {
    let contract = &compiled.contract;
    json!({
        "id": contract.id,
        "version": contract.version,
        "title": contract.title,
        "description": contract.description,
        "risk": contract.risk,
        "scopes": contract.scopes,
        "service": contract.service(),
        "connected": connected,
        "trust": contract.trust,
        "idempotency": contract.idempotency,
        "input_schema": compiled.input_schema(),
        "produces": contract.produces,
        "digest": compiled.digest,
        "enabled": enabled,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    version: Option<String>,
}

async fn show(State(app): State<Shared>, caller: Caller, Path(id): Path<String>, Query(which): Query<Which>) -> Answer {
    let platform = app.platform()?;
    let facts = app.engine.facts(caller.workspace()).await?;
    let snapshot = platform.registry().snapshot();
    let found = match &which.version {
        Some(version) => snapshot.get_version(&id, version),
        None => snapshot.get(&id),
    };
    let compiled = found.ok_or_else(|| Fault::new(Code::ToolUnknown).about(&id))?;
    let mut out = serde_json::to_value(&compiled.contract).unwrap_or_default();
    out["digest"] = json!(compiled.digest);
    out["service"] = json!(compiled.contract.service());
    out["connected"] = json!(connected(&compiled.contract, &facts.facts));
    out["enabled"] = json!(!snapshot.is_disabled(&id));
    Ok(body::ok(&out))
}

/// What a contract has to look like.
static DESCRIBED: LazyLock<Wall> = LazyLock::new(|| {
    let wall = Wall::default();
    wall.set(of("Contract"));
    wall
});

/// The contract with every fault at once.
fn compiled(value: Value) -> Result<Compiled, Refused> {
    let described = DESCRIBED.faults(&value);
    let contract: Contract = shape(value)?;
    let id = contract.id.clone();
    let faulty = |faults| Refused::from(Fault::new(Code::ContractInvalid).about(&id).fields(faults));
    let compiled = Compiled::compile(contract).map_err(faulty)?;
    if described.is_empty() { Ok(compiled) } else { Err(faulty(described)) }
}

async fn validate(Body(value): Body<Value>) -> Answer {
    let compiled = compiled(value)?;
    Ok(body::ok(
        &json!({"ok": true, "id": compiled.contract.id, "version": compiled.contract.version, "digest": compiled.digest}),
    ))
}

async fn add(State(app): State<Shared>, caller: Caller, Body(value): Body<Value>) -> Answer {
    let platform = app.platform()?;
    let compiled = std::sync::Arc::new(compiled(value)?);
    platform.add_tool(caller.workspace(), compiled.clone()).await?;
    Ok(body::created(&tool(&compiled, false, true)))
}

async fn disable(State(app): State<Shared>, caller: Caller, Path(id): Path<String>, _: Body<Nothing>) -> Answer {
    switch(&app, &caller, &id, true).await
}

async fn enable(State(app): State<Shared>, caller: Caller, Path(id): Path<String>, _: Body<Nothing>) -> Answer {
    switch(&app, &caller, &id, false).await
}

async fn switch(app: &Shared, caller: &Caller, id: &str, off: bool) -> Answer {
    app.platform()?.switch_tool(caller.workspace(), id, off).await?;
    Ok(body::ok(&json!({"id": id, "enabled": !off})))
}

async fn versions(State(app): State<Shared>, _: Caller, Path(id): Path<String>) -> Answer {
    let snapshot = app.platform()?.registry().snapshot();
    let tool = snapshot.tools().get(&id).ok_or_else(|| Fault::new(Code::ToolUnknown).about(&id))?;
    let current = tool.current.digest;
    let items = tool.versions.iter().map(|(version, compiled)| {
        json!({"version": version, "digest": compiled.digest, "current": compiled.digest == current})
    });
    Ok(body::ok(&json!({"items": items.collect::<Vec<_>>(), "pinned": tool.pinned})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    version: Option<String>,
}

async fn pin(State(app): State<Shared>, caller: Caller, Path(id): Path<String>, Body(pin): Body<Pin>) -> Answer {
    let platform = app.platform()?;
    platform.pin_tool(caller.workspace(), &id, pin.version.as_deref()).await?;
    let current = platform.registry().get(&id).ok_or_else(|| Fault::new(Code::ToolUnknown).about(&id))?;
    Ok(body::ok(&json!({"id": id, "version": current.contract.version, "pinned": pin.version})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    /// The description's text, JSON or YAML.
    document: String,
    service: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    operations: Vec<String>,
    server: Option<String>,
    version: Option<String>,
    #[serde(default)]
    risks: std::collections::BTreeMap<String, Vec<metel_model::status::Risk>>,
    #[serde(default)]
    dry_run: bool,
}

async fn import(State(app): State<Shared>, caller: Caller, Large(given): Large<Described>) -> Answer {
    let choice = Choice {
        service: given.service,
        tags: given.tags,
        operations: given.operations,
        server: given.server,
        version: given.version,
        risks: given.risks,
    };
    let platform = app.platform()?;
    let done = platform.import_openapi(caller.workspace(), given.document, choice, given.dry_run).await?;
    Ok(body::ok(&json!(done)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    args: serde_json::Map<String, Value>,
}

async fn call(State(app): State<Shared>, starting: Starting, Path(id): Path<String>, Body(call): Body<Call>) -> Answer {
    let workspace = starting.workspace();
    let definitions = app.engine.definitions(workspace);
    let contract = definitions.current(&id).ok_or_else(|| Fault::new(Code::ToolUnknown).about(&id))?;
    let args = Value::Object(call.args);
    let mut faults = contract.check_input(&args);
    if !faults.is_empty() {
        faults.iter_mut().for_each(|fault| fault.pointer.insert_str(0, "/args"));
        return Err(Fault::new(Code::PayloadInvalid).about(&id).fields(faults).into());
    }
    checked("/args", &args)?;
    // The arguments travel as the run's input, so that nothing in them is read as a reference.
    let definition = json!({"nodes": [{"id": "call", "type": "tool", "tool": id, "args": {"$ref": "input"}}], "entry_point": "call"});
    let workflow = single(&app, workspace, &id, &definition).await?;
    let run = NewRun { name: id, workflow: Some(workflow), input: args, ..NewRun::default() };
    starting.begin(&app.engine, run).await
}
