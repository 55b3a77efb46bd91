//! Subjects: whom runs are about, and how they are forgotten.

use axum::extract::{Path, State};
use metel_engine::platform::SubjectInfo;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::subject::is_subject;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body;
use crate::caller::Caller;
use crate::openapi::shape::of;
use crate::permission::Permission::{Policy, Read};
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/v1/subjects/{id}", Read, "What is known of a subject", show)
        .gives(200, of("Subject"))
        .refuses(&[Code::NotFound])
        .delete("/v1/subjects/{id}", Policy, "Destroy a subject's key: what it sealed can be read by nobody", erase)
        .gives(200, of("Subject"))
        .refuses(&[Code::NotFound, Code::SubjectBusy])
}

fn view(info: &SubjectInfo) -> Value {
    json!({
        "id": info.id,
        "runs": info.runs.len(),
        "newest_runs": info.runs.iter().rev().take(20).collect::<Vec<_>>(),
        "erased_at": info.erased_at.map(|at| at.rfc3339()),
    })
}

fn known(id: &str) -> Result<&str, Fault> {
    if is_subject(id) { Ok(id) } else { Err(Fault::new(Code::NotFound).about("no subject has such an id")) }
}

async fn show(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    Ok(body::ok(&view(&app.platform()?.subject_info(caller.workspace(), known(&id)?).await?)))
}

async fn erase(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let erased = app.platform()?.erase_subject(caller.workspace(), known(&id)?, &caller.actor()).await?;
    Ok(body::ok(&view(&erased)))
}
