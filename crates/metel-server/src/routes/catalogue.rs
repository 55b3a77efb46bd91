//! What metel brings along: templates, agents, models.

use axum::extract::State;
use serde_json::json;

use super::page::PageQuery;
use crate::app::Shared;
use crate::body::{self, Query};
use crate::openapi::shape::{flag, list, object, of, page, text};
use crate::permission::Permission::Read;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let model = object(json!({"name": text(), "default": flag(), "simulated": flag()}), &[]);
    let models_page = object(json!({"items": list(model), "default": text(), "next": {"type": "null"}}), &[]);
    routes
        .get("/v1/templates", Read, "List templates", templates)
        .pages(text())
        .gives(200, page(of("Template")))
        .get("/v1/agents", Read, "List agents", agents)
        .pages(text())
        .gives(200, page(of("Agent")))
        .get("/v1/models", Read, "List models", models)
        .gives(200, models_page)
}

async fn templates(State(app): State<Shared>, Query(query): Query<PageQuery>) -> Answer {
    let view = |t: &metel_model::template::Template| json!({"skill": t.skill, "title": t.title, "description": t.description, "examples": t.examples, "params": t.params});
    query.page()?.answer(app.platform()?.templates().iter().map(|t| view(t)).collect(), "skill")
}

async fn agents(State(app): State<Shared>, Query(query): Query<PageQuery>) -> Answer {
    let agents = json!(app.platform()?.agents());
    query.page()?.answer(agents.as_array().cloned().unwrap_or_default(), "name")
}

async fn models(State(app): State<Shared>) -> Answer {
    let (name, is_ai) = app.platform()?.model();
    let items = json!([{"name": name, "default": true, "simulated": !is_ai}]);
    Ok(body::ok(&json!({"items": items, "default": name, "next": null})))
}
