//! One-time links: for somebody who has no key at hand. Whoever makes one for another person could decide as
//! that person, so only an owner does; anybody who may decide makes one for themselves.

use axum::extract::{Path, State};
use metel_engine::gateway::LINK_MS_MAX;
use metel_model::approval::Decision;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::approvals::REFUSALS;
use super::run_commands::reason;
use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::openapi::shape::{
    body as members, digest, flag, id, integer, list, maybe, object, of, reason as reason_text, text, time, words,
};
use crate::permission::Permission::{Decide, Open};
use crate::permission::Role;
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// Addresses that hold a secret begin so; it is never written into a log or a problem.
pub const PATH: &str = "/v1/links/";

pub fn routes(routes: Routes) -> Routes {
    let made = object(json!({"link": text(), "person": text(), "expires_at": time()}), &[]);
    let shown = object(
        json!({
            "person": text(), "approval": id("appr"), "status": text(), "title": of("Text"), "preview": of("Text"),
            "reasons": list(of("Text")), "pii": list(json!({})), "digest": digest(), "request": maybe(&text()),
            "needs": list(json!({})), "irreversible": flag(), "expires_at": time(),
        }),
        &[],
    );
    let decision = members(
        json!({"decision": words(&["approve", "reject"]), "digest": digest(), "reason": maybe(&reason_text())}),
        &["decision", "digest"],
    );
    let wanted = json!({"person": super::users::name(), "digest": digest(), "expires_ms": maybe(&integer(1_000, Some(LINK_MS_MAX)))});
    routes
        .post_secret("/v1/approvals/{id}/links", Decide, "Make a one-time link for one person; it is shown once", make)
        .takes(members(wanted, &["person", "digest"]))
        .gives(201, made)
        .refuses(&[Code::NotFound, Code::NotAllowed])
        .refuses(REFUSALS)
        .get("/v1/links/{secret}", Open, "What a link is about", show)
        .gives(200, shown.clone())
        .refuses(&[Code::LinkOver, Code::ApprovalStale, Code::NotFound])
        .post("/v1/links/{secret}", Open, "Decide through a link, once", decide)
        .takes(decision)
        .gives(200, shown)
        .refuses(&[Code::LinkOver, Code::NotFound, Code::RunStale])
        .refuses(REFUSALS)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    person: String,
    digest: Digest,
    expires_ms: Option<u64>,
}

/// How long a link holds unless it is said: a day.
const LINK_MS: u64 = 24 * 60 * 60 * 1_000;

async fn make(State(app): State<Shared>, caller: Caller, Path(id): Path<String>, Body(wanted): Body<Wanted>) -> Answer {
    let own = wanted.person == caller.access.name;
    if !own && !caller.roles.iter().all(|role| *role == Role::Owner) {
        return Err(Fault::new(Code::NotAllowed)
            .detail("only an owner makes links for others", "다른 사람의 링크는 소유자만 만들 수 있어요")
            .into());
    }
    let ms = wanted.expires_ms.unwrap_or(LINK_MS);
    if !(1_000..=LINK_MS_MAX).contains(&ms) {
        return Err(Refused::field("/expires_ms", "from a second to seven days", "1초부터 7일까지예요"));
    }
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &id).await?;
    let link = app.engine.new_link(workspace, id, wanted.digest, &wanted.person, ms, &caller.actor()).await?;
    Ok(body::created(&json!({
        "link": format!("{PATH}{}", link.clear), "person": wanted.person, "expires_at": link.expires_at.rfc3339(),
    })))
}

fn view(person: &str, approval: &Value) -> Value {
    json!({
        "person": person,
        "approval": approval["id"],
        "status": approval["status"],
        "title": approval["title"],
        "preview": approval["preview"],
        "reasons": approval["verdict"]["reasons"],
        "pii": approval["verdict"]["pii"],
        "digest": approval["digest"],
        "request": approval["request"],
        "needs": approval["needs"],
        "irreversible": approval["undo"].is_null(),
        "expires_at": approval["expires_at"],
    })
}

async fn show(State(app): State<Shared>, Path(secret): Path<String>) -> Answer {
    let linked = app.engine.linked(&secret).await?;
    let approval = app.engine.approval_view(linked.workspace, &linked.approval).await?;
    Ok(body::ok(&view(&linked.person, &approval)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    decision: Word,
    digest: Digest,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Approve,
    Reject,
}

async fn decide(State(app): State<Shared>, Path(secret): Path<String>, Body(given): Body<Given>) -> Answer {
    reason(given.reason.as_deref())?;
    let linked = app.engine.linked(&secret).await?;
    if linked.approval.ask.digest != given.digest {
        return Err(Fault::new(Code::ApprovalStale).about(linked.approval.ask.id).into());
    }
    let decision = match given.decision {
        Word::Approve => Decision::Approve { all_like_this: false },
        Word::Reject => Decision::Reject { reason: given.reason },
    };
    let (workspace, decided) = app.engine.decide_by_link(&secret, decision).await?;
    let approval = app.engine.approval_view(workspace, &decided).await?;
    Ok(body::ok(&view(&linked.person, &approval)))
}
