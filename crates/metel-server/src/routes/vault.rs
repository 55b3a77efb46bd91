//! The vault's keys by name, and their rotation. Keys themselves are never told.

use axum::extract::State;
use metel_engine::platform::{Rotation, VaultInfo};
use metel_model::code::Code;
use metel_model::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, flag, of};
use crate::permission::Permission::Secrets;
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let refusals = &[Code::NotFound, Code::VaultUnreadable, Code::StoreCorrupt, Code::ConfigInvalid];
    routes
        .get("/v1/vault", Secrets, "Show which master key wraps", show)
        .gives(200, of("Vault"))
        .refuses(refusals)
        .post("/v1/vault/rotate", Secrets, "Let another master key wrap every key", rotate)
        .takes(members(json!({"data_keys": flag(), "forget": flag()}), &[]))
        .gives(200, of("VaultRotation"))
        .refuses(refusals)
}

/// The vault serves every workspace: only those of the first may turn its keys.
fn keeper(app: &Shared, caller: &Caller) -> Result<(), Refused> {
    match caller.workspace() == app.workspace {
        true => Ok(()),
        false => Err(Fault::new(Code::NotAllowed).about("the vault belongs to the whole installation").into()),
    }
}

fn told(info: &VaultInfo) -> Value {
    json!({
        "master": info.masters.current, "earlier": info.masters.earlier, "kept": info.masters.kept, "behind": info.behind,
    })
}

async fn show(State(app): State<Shared>, caller: Caller) -> Answer {
    keeper(&app, &caller)?;
    Ok(body::ok(&told(&app.platform()?.vault().await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    #[serde(default)]
    data_keys: bool,
    #[serde(default)]
    forget: bool,
}

async fn rotate(State(app): State<Shared>, caller: Caller, Body(turn): Body<Turn>) -> Answer {
    keeper(&app, &caller)?;
    let rotation = Rotation { data_keys: turn.data_keys, forget: turn.forget };
    let done = app.platform()?.rotate_vault(rotation).await?;
    let mut out = told(&done.info);
    out["rewrapped"] = json!(done.rewrapped.keys);
    out["shut"] = json!(done.rewrapped.shut);
    out["resealed"] = json!(done.resealed);
    Ok(body::ok(&out))
}
