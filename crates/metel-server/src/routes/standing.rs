//! Standing rules: "always", with bounds and an end. Made from an approval, never written by hand.

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode};
use metel_engine::gateway::NewStanding;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::id::StandingId;
use metel_model::standing::{Standing, USES_MAX};
use metel_model::time::Micros;
use metel_store::StandingRow;
use serde::Deserialize;
use serde_json::{Value, json};

use super::approvals::{REFUSALS, channel};
use super::page::PageQuery;
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, digest, id, integer, maybe, of, page, time};
use crate::permission::Permission::{Decide, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let bounds = json!({
        "digest": digest(), "until": time(), "uses": integer(1, Some(u64::from(USES_MAX))),
        "amount_micros": maybe(&integer(0, None)),
    });
    routes
        .post("/v1/approvals/{id}/always", Decide, "Approve this, and everything like it within bounds", always)
        .takes(members(bounds, &["digest", "until", "uses"]))
        .gives(201, of("Standing"))
        .refuses(&[Code::NotFound, Code::RunStale])
        .refuses(REFUSALS)
        .get("/v1/standing", Read, "List standing rules, newest first", list)
        .pages(id("stand"))
        .gives(200, page(of("Standing")))
        .get("/v1/standing/{id}", Read, "One standing rule", show)
        .gives(200, of("Standing"))
        .refuses(&[Code::NotFound, Code::IdInvalid])
        .delete("/v1/standing/{id}", Decide, "End a standing rule", revoke)
        .gives_nothing(204)
        .refuses(&[Code::NotFound, Code::IdInvalid])
}

fn view(row: &StandingRow, now: Micros) -> Result<Value, Fault> {
    let rule: Standing = serde_json::from_str(&row.body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
    Ok(json!({
        "id": row.id,
        "tool": rule.tool,
        "receivers": rule.receivers,
        "amount_micros": rule.amount_micros,
        "until": row.until.rfc3339(),
        "uses": row.uses,
        "used": row.used,
        "stands": row.stands(now),
        "approval": row.approval,
        "by": row.made_by,
        "created_at": row.created_at.rfc3339(),
        "revoked_at": row.revoked_at.map(Micros::rfc3339),
    }))
}

fn known(id: &str) -> Result<StandingId, Refused> {
    Ok(id.parse().map_err(|e| Fault::new(Code::IdInvalid).about(e))?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    digest: Digest,
    until: String,
    uses: u32,
    amount_micros: Option<i64>,
}

async fn always(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(given): Body<Bounds>,
) -> Answer {
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &id).await?;
    let until = Micros::parse(&given.until)
        .ok_or_else(|| Refused::field("/until", "a time, RFC 3339", "RFC 3339 시각이어야 해요"))?;
    let new = NewStanding { digest: given.digest, until, uses: given.uses, amount_micros: given.amount_micros };
    let channel = channel(&caller, &headers);
    let row = app.engine.always(workspace, id, &new, &caller.actor(), channel).await?;
    Ok(body::created(&view(&row, app.engine.now())?))
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<PageQuery>) -> Answer {
    let (rows, now) = (app.engine.standings(caller.workspace()).await?, app.engine.now());
    let items = rows.iter().map(|row| view(row, now)).collect::<Result<Vec<_>, _>>()?;
    query.page()?.answer(items, "id")
}

async fn show(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let row = app.engine.standing(caller.workspace(), known(&id)?).await?;
    Ok(body::ok(&view(&row, app.engine.now())?))
}

async fn revoke(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    app.engine.revoke_standing(caller.workspace(), known(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
