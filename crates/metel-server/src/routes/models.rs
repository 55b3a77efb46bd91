//! The workspace's models and aliases. What answers by their names is in [`crate::model_face`].

use axum::extract::{Path, State};
use metel_engine::platform::ModelSettings;
use metel_model::code::Code;
use serde::Deserialize;
use serde_json::json;

use crate::app::Shared;
use crate::body::{self, Body, Nothing};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, of, request, text};
use crate::permission::Permission::{Connect, Read};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/model-settings", Read, "Models and the aliases that stand for them", show)
        .gives(200, of("ModelSettings"))
        .put("/v1/model-settings", Connect, "Put other models and aliases in force", put)
        .takes(of("ModelSettings"))
        .gives(200, of("ModelSettings"))
        .post("/v1/model-settings/{name}/test", Connect, "Ask a model for one word", test)
        .takes(json!({"type": "object", "additionalProperties": false}))
        .gives(200, of("ModelTrial"))
        .refuses(&[Code::NotFound])
        .post("/v1/prompts", Read, "What would be sent to a model for a request, section by section", prompt)
        .takes(members(json!({"text": request(), "agent": text()}), &["text"]))
        .gives(200, of("Prompt"))
        .refuses(&[Code::NotFound])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    text: String,
    agent: Option<String>,
}

async fn prompt(State(app): State<Shared>, caller: Caller, Body(asked): Body<Asked>) -> Answer {
    let shown = app.platform()?.prompt(caller.workspace(), &asked.text, asked.agent.as_deref()).await?;
    Ok(body::ok(&json!(shown)))
}

async fn show(State(app): State<Shared>, caller: Caller) -> Answer {
    Ok(body::ok(&json!(app.platform()?.model_settings(caller.workspace()).await?)))
}

async fn put(State(app): State<Shared>, caller: Caller, Body(settings): Body<ModelSettings>) -> Answer {
    app.platform()?.set_model_settings(caller.workspace(), &settings).await?;
    Ok(body::ok(&json!(settings)))
}

async fn test(State(app): State<Shared>, caller: Caller, Path(name): Path<String>, Body(_): Body<Nothing>) -> Answer {
    let trial = app.platform()?.try_model(caller.workspace(), &name).await?;
    let fault = trial.fault.as_ref().map(ToString::to_string);
    Ok(body::ok(&json!({
        "ok": trial.ok, "model": trial.model, "ms": trial.ms, "answer": trial.answer, "usage": trial.usage, "fault": fault,
    })))
}
