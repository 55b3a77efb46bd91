//! Plans: what a request would do, before anything runs.

use std::collections::BTreeMap;

use axum::extract::State;
use metel_engine::NewRun;
use metel_engine::gateway::views::{self, Proposal};
use metel_engine::platform::{Draft, PlanAsk};
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::id::{PlanId, SessionId, WorkspaceId};
use metel_model::lang::Lang;
use serde::Deserialize;
use serde_json::{Value, json};

use super::starts::checked;
use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, id, lang, maybe, of, request};
use crate::permission::Permission::Start;
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let ask =
        members(json!({"request": request(), "lang": maybe(&lang()), "session": maybe(&id("sess"))}), &["request"]);
    routes
        .post("/v1/plans", Start, "Plan a request without running it", plan)
        .takes(ask)
        .gives(200, of("Plan"))
        .refuses(&[
            Code::PlanRefused,
            Code::PlanInvalid,
            Code::ModelUnreachable,
            Code::ModelRefused,
            Code::ModelBadAnswer,
        ])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    request: String,
    lang: Option<Lang>,
    session: Option<SessionId>,
}

async fn plan(State(app): State<Shared>, caller: Caller, Body(wanted): Body<Wanted>) -> Answer {
    let ask = PlanAsk { text: wanted.request, lang: wanted.lang, session: wanted.session };
    let draft = app.platform()?.plan(caller.workspace(), &caller.actor(), &ask).await?;
    Ok(body::ok(&view(&app, &caller, &draft).await?))
}

async fn view(app: &Shared, caller: &Caller, draft: &Draft) -> Result<Value, Refused> {
    let workspace = caller.workspace();
    let facts = app.engine.facts(workspace).await?;
    let about = Proposal {
        id: Some(draft.id),
        by: caller.actor(),
        tools_considered: draft.tools.clone(),
        model: draft.model.clone(),
        ms: draft.ms,
    };
    let definitions = app.engine.definitions(workspace);
    let mut out = views::plan(&draft.plan, definitions.as_ref(), &facts.facts, app.engine.now(), &about);
    for action in out["actions"].as_array_mut().into_iter().flatten() {
        let gated = draft.gated.iter().any(|id| action["id"] == id.as_str());
        if gated && action["approval"].is_null() {
            let reason = json!({"en": "this will ask for a person's approval", "ko": "사람의 승인을 받게 돼요"});
            action["approval"] = json!({"rule": "plan.gated", "reason": reason});
        }
    }
    out["needs_approval"] = json!(out["actions"].as_array().into_iter().flatten().any(|a| !a["approval"].is_null()));
    Ok(out)
}

/// A run of a plan that was shown, with the values that it still missed.
pub async fn planned_run(
    app: &Shared,
    workspace: WorkspaceId,
    plan: &str,
    inputs: BTreeMap<String, Value>,
) -> Result<NewRun, Refused> {
    let platform = app.platform()?;
    let id: PlanId = plan.parse().map_err(|e| Fault::new(Code::IdInvalid).about(e))?;
    let gone = || Fault::new(Code::NotFound).about(id);
    let row = app.engine.store().plan(workspace, id).await?.ok_or_else(gone)?;
    if row.expires_at <= app.engine.now() {
        return Err(gone().into());
    }
    let mut draft = platform.draft(workspace, id).await?;
    for (key, value) in inputs {
        let pointer = metel_model::json::pointer_push("/inputs", &key);
        checked(&pointer, &value)?;
        let asked = draft.plan.missing.iter().position(|m| m.key() == key);
        let asked = asked
            .ok_or_else(|| Refused::field(&pointer, "the plan does not ask for this", "계획이 묻지 않은 값이에요"))?;
        let field = draft.plan.missing.remove(asked);
        if let Some(action) = draft.plan.actions.iter_mut().find(|a| a.id == field.action) {
            action.args.insert(field.field, literal(value));
        }
    }
    let mentions = platform.mentions(workspace, draft.request.session).await?;
    let name: String = draft.request.text.chars().take(80).collect();
    Ok(NewRun {
        name,
        request: Some(draft.request),
        plan: Some(draft.plan),
        mentions,
        input: json!({}),
        ..NewRun::default()
    })
}

/// What a person typed is never a reference.
fn literal(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("${", "$${")),
        Value::Array(items) => Value::Array(items.into_iter().map(literal).collect()),
        // A member named `$ref` would be read as a reference; it loses its dollar sign.
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(k, v)| (k.trim_start_matches('$').to_owned(), literal(v))).collect(),
        ),
        other => other,
    }
}
