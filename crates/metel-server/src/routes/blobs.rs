//! Large values by their content hash.

use axum::extract::{Path, State};
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::hash::Digest;

use crate::app::Shared;
use crate::body;
use crate::caller::Caller;
use crate::openapi::shape::any;
use crate::permission::Permission::Read;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/blobs/{digest}", Read, "A large value by its content hash", show)
        .gives(200, any())
        .refuses(&[Code::NotFound])
}

async fn show(State(app): State<Shared>, caller: Caller, Path(digest): Path<String>) -> Answer {
    let digest = Digest::parse(&digest).ok_or_else(|| {
        Fault::new(Code::IdInvalid).detail("a digest is 64 hexadecimal characters", "다이제스트는 16진수 64자예요")
    })?;
    Ok(body::ok(&app.engine.blob(caller.workspace(), digest).await?))
}
