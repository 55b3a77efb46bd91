//! The workspace's policy document.

use axum::extract::State;
use metel_model::policy::Policy;
use serde_json::json;

use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::openapi::shape::of;
use crate::permission::Permission::{Policy as Change, Read};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/policy", Read, "The policy in force", show)
        .gives(200, of("Policy"))
        .put("/v1/policy", Change, "Put another policy in force", put)
        .takes(of("Policy"))
        .gives(200, of("Policy"))
}

async fn show(State(app): State<Shared>, caller: Caller) -> Answer {
    Ok(body::ok(&json!(app.platform()?.policy(caller.workspace()).await?)))
}

async fn put(State(app): State<Shared>, caller: Caller, Body(policy): Body<Policy>) -> Answer {
    app.platform()?.set_policy(caller.workspace(), &policy, &caller.actor()).await?;
    Ok(body::ok(&json!(policy)))
}
