//! What metel brings along: templates, agents, models.

use axum::extract::{Path, State};
use metel_model::code::Code;
use metel_model::fault::Fault;
use serde_json::{Value, json};

use super::page::PageQuery;
use crate::app::Shared;
use crate::body::{self, Query};
use crate::caller::Caller;
use crate::openapi::shape::{flag, integer, list, object, of, page, text};
use crate::permission::Permission::Read;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let model = object(json!({"name": text(), "default": flag(), "simulated": flag()}), &[]);
    let named = object(json!({"id": text(), "object": text(), "created": integer(0, None), "owned_by": text()}), &[]);
    // OpenAI's list and ours in one: clients of either find what they look for.
    let models_page = object(
        json!({"object": text(), "data": list(named.clone()), "items": list(model), "default": text(), "next": {"type": "null"}}),
        &[],
    );
    routes
        .get("/v1/templates", Read, "List templates", templates)
        .pages(text())
        .gives(200, page(of("Template")))
        .get("/v1/agents", Read, "List agents", agents)
        .pages(text())
        .gives(200, page(of("Agent")))
        .get("/v1/models", Read, "List the names that models are asked by", models)
        .gives(200, models_page)
        .get("/v1/models/{name}", Read, "One name that a model is asked by", one_model)
        .gives(200, named)
        .refuses(&[Code::NotFound])
}

async fn templates(State(app): State<Shared>, Query(query): Query<PageQuery>) -> Answer {
    let view = |t: &metel_model::template::Template| json!({"skill": t.skill, "title": t.title, "description": t.description, "examples": t.examples, "params": t.params});
    query.page()?.answer(app.platform()?.templates().iter().map(|t| view(t)).collect(), "skill")
}

async fn agents(State(app): State<Shared>, Query(query): Query<PageQuery>) -> Answer {
    let agents = json!(app.platform()?.agents());
    query.page()?.answer(agents.as_array().cloned().unwrap_or_default(), "name")
}

async fn models(State(app): State<Shared>, caller: Caller) -> Answer {
    let platform = app.platform()?;
    let (name, is_ai) = platform.model();
    let items = json!([{"name": name, "default": true, "simulated": !is_ai}]);
    let names = platform.model_names(caller.workspace()).await?;
    let data: Vec<Value> = names.iter().map(|name| named(name)).collect();
    Ok(body::ok(&json!({"object": "list", "data": data, "items": items, "default": name, "next": null})))
}

async fn one_model(State(app): State<Shared>, caller: Caller, Path(name): Path<String>) -> Answer {
    let names = app.platform()?.model_names(caller.workspace()).await?;
    match names.contains(&name) {
        true => Ok(body::ok(&named(&name))),
        false => Err(Fault::new(Code::NotFound).into()),
    }
}

/// As OpenAI's clients read it.
fn named(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 0, "owned_by": "metel"})
}
