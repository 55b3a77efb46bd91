//! Who is signed in.

use axum::extract::State;
use serde_json::json;

use crate::app::Shared;
use crate::body;
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::of;
use crate::permission::Permission::SignedIn;
use crate::permission::{Permission, Role};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes.get("/v1/me", SignedIn, "Who is signed in", me).gives(200, of("Me"))
}

async fn me(State(app): State<Shared>, caller: Caller, asked: Asked) -> Answer {
    let workspace = app.engine.store().workspace(caller.workspace()).await?;
    // Of several roles the one that allows least is shown.
    let all = [Permission::Start, Permission::Decide, Permission::Define, Permission::Secrets];
    let narrow = caller.roles.iter().min_by_key(|role| all.iter().filter(|p| role.may(**p)).count());
    Ok(body::ok(&json!({
        "user": caller.access.name,
        "workspace": workspace.map_or_else(|| caller.workspace().to_string(), |w| w.name),
        "role": narrow.copied().map(Role::name),
        "lang": asked.lang,
    })))
}
