//! Approvals: the list of what waits for a person, and the decision.

use axum::extract::{Path, State};
use http::HeaderMap;
use metel_engine::gateway::views;
use metel_model::approval::{Channel, Decision};
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::ApprovalId;
use metel_model::status::ApprovalStatus;
use metel_rules::run::QUESTION_CHARS_MAX;
use metel_store::ApprovalFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::run_commands::reason;
use super::runs::{cursor_fault, limit, one_of};
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::gate;
use crate::openapi::shape::{
    any, body as body_of, digest, flag, id, integer, list as list_of, maybe, object, of, page, reason as reason_text,
    text, words,
};
use crate::permission::Permission::{Control, Decide, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// What a decision may be refused for.
pub const REFUSALS: &[Code] = &[
    Code::ApprovalGone,
    Code::ApprovalStale,
    Code::ApprovalExpired,
    Code::ApprovalForbidden,
    Code::ApprovalCounted,
    Code::PayloadInvalid,
    Code::Denied,
];

/// Most decisions of one request.
const TOGETHER_MAX: usize = 100;

pub fn routes(routes: Routes) -> Routes {
    let mut one = shape();
    one["properties"]["id"] = text();
    one["required"] = json!(["id", "decision", "digest"]);
    let several = json!({"type": "array", "items": one, "minItems": 1, "maxItems": TOGETHER_MAX});
    let done = object(
        json!({"id": text(), "ok": flag(), "approval": maybe(&of("Approval")), "error": maybe(&of("Problem"))}),
        &[],
    );
    let statuses: Vec<&str> = ApprovalStatus::ALL.iter().map(|s| s.key()).collect();
    routes
        .get("/v1/approvals", Read, "List approvals, newest first", list)
        .asks("status", words(&statuses), "Only approvals that stand so")
        .asks("run", text(), "Only approvals of this run")
        .pages(id("appr"))
        .gives(200, page(of("Approval")))
        .refuses(&[Code::IdInvalid, Code::RunNotFound])
        .get("/v1/approvals/{id}", Read, "One approval", show)
        .gives(200, of("Approval"))
        .refuses(&[Code::NotFound])
        .post("/v1/approvals/decisions", Decide, "Decide on several; each counts or fails by itself", together)
        .takes(body_of(json!({"decisions": several}), &["decisions"]))
        .gives(200, object(json!({"items": list_of(done)}), &[]))
        .post("/v1/approvals/{id}/delegate", Decide, "Give the right to decide to another person", delegate)
        .takes(body_of(json!({"to": super::users::name(), "reason": maybe(&reason_text())}), &["to"]))
        .gives(200, of("Approval"))
        .refuses(&[Code::NotFound, Code::RunStale])
        .refuses(REFUSALS)
        .post("/v1/approvals/{id}/questions", Decide, "Ask back", question)
        .takes(body_of(json!({"text": said()}), &["text"]))
        .gives(200, of("Approval"))
        .refuses(&[Code::NotFound, Code::RunStale, Code::LimitExceeded])
        .refuses(REFUSALS)
        .post("/v1/approvals/{id}/answers", Read, "Answer what was asked back", answer)
        .takes(body_of(json!({"question": integer(1, Some(1_000)), "text": said()}), &["question", "text"]))
        .gives(200, of("Approval"))
        .refuses(&[Code::NotFound, Code::RunStale, Code::NotAllowed, Code::InputUnexpected])
        .refuses(REFUSALS)
        .post("/v1/approvals/{id}/decision", Decide, "Approve, edit, mask or reject", decide)
        .takes_and_checks(shape())
        .gives(200, of("Approval"))
        .refuses(&[Code::NotFound, Code::RunStale])
        .refuses(REFUSALS)
}

/// A question or an answer.
fn said() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": QUESTION_CHARS_MAX, "pattern": "\\S"})
}

/// What belongs to another decision may only be null.
fn shape() -> Value {
    let members = json!({
        "decision": words(&["approve", "edit", "mask", "reject"]), "digest": digest(),
        "all_like_this": maybe(&flag()), "payload": any(), "reason": maybe(&reason_text()),
    });
    let one = |word: &str, required: &[&str], absent: &[&str]| {
        let mut properties: Value = absent.iter().map(|n| ((*n).to_owned(), json!({"type": "null"}))).collect();
        properties["decision"] = json!({"const": word});
        json!({"properties": properties, "required": required})
    };
    let mut edit = one("edit", &["payload"], &["all_like_this", "reason"]);
    edit["properties"]["payload"] = json!({"not": {"type": "null"}});
    let mut out = body_of(members, &["decision", "digest"]);
    out["oneOf"] = json!([
        one("approve", &[], &["payload", "reason"]),
        edit,
        one("mask", &[], &["all_like_this", "payload", "reason"]),
        one("reject", &[], &["all_like_this", "payload"]),
    ]);
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    status: Option<String>,
    run: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<ListQuery>) -> Answer {
    let workspace = caller.workspace();
    let limit = limit(query.limit)?;
    let status = match query.status.as_deref() {
        None => None,
        Some(word) => Some(
            ApprovalStatus::from_key(word)
                .ok_or_else(|| one_of("status", ApprovalStatus::ALL.iter().map(|s| s.key())))?,
        ),
    };
    let run = match query.run {
        Some(run) => Some(app.engine.find_run(workspace, &run).await?),
        None => None,
    };
    let before = match query.cursor {
        Some(cursor) => Some(cursor.parse::<ApprovalId>().map_err(|_| cursor_fault())?),
        None => None,
    };
    let filter = ApprovalFilter { status, run, before, limit: limit + 1 };
    let mut found = app.engine.approvals(workspace, &filter).await?;
    let next = if found.len() > limit as usize {
        found.truncate(limit as usize);
        found.last().map(|a| a.ask.id)
    } else {
        None
    };
    let mut items: Vec<Value> = Vec::with_capacity(found.len());
    for approval in &found {
        items.push(app.engine.approval_view(workspace, approval).await?);
    }
    Ok(body::ok(&json!({"items": items, "next": next})))
}

async fn show(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &id).await?;
    let approval = app.engine.approval(workspace, id).await?;
    Ok(body::ok(&app.engine.approval_view(workspace, &approval).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    decision: Word,
    digest: Digest,
    all_like_this: Option<bool>,
    payload: Option<Value>,
    reason: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Word {
    Approve,
    Edit,
    Mask,
    Reject,
}

impl DecisionBody {
    /// What belongs to another decision is refused, never ignored.
    fn decision(self) -> Result<Decision, Refused> {
        let alien = |given: bool, pointer: &str| {
            if given {
                Err(Refused::field(pointer, "does not belong to this decision", "이 결정에는 쓰지 않아요"))
            } else {
                Ok(())
            }
        };
        alien(self.all_like_this.is_some() && self.decision != Word::Approve, "/all_like_this")?;
        alien(self.payload.is_some() && self.decision != Word::Edit, "/payload")?;
        alien(self.reason.is_some() && self.decision != Word::Reject, "/reason")?;
        reason(self.reason.as_deref())?;
        Ok(match self.decision {
            Word::Approve => Decision::Approve { all_like_this: self.all_like_this.unwrap_or(false) },
            Word::Edit => {
                let payload = self.payload.ok_or_else(|| Refused::field("/payload", "is required", "꼭 필요해요"))?;
                metel_model::json::canonical(&payload)
                    .map_err(|e| Refused::field("/payload", e.to_string(), format!("쓸 수 없는 숫자예요: {e}")))?;
                Decision::Edit { payload }
            }
            Word::Mask => Decision::Mask {},
            Word::Reject => Decision::Reject { reason: self.reason },
        })
    }
}

async fn decide(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(given): Body<DecisionBody>,
) -> Answer {
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &id).await?;
    let channel = channel(&caller, &headers);
    let digest = given.digest;
    let approval = app.engine.decide(workspace, id, digest, given.decision()?, &caller.actor(), channel).await?;
    Ok(body::ok(&app.engine.approval_view(workspace, &approval).await?))
}

/// A page that was signed in with a pasted token sends no cookie; only browsers send this header.
pub fn channel(caller: &Caller, headers: &HeaderMap) -> Channel {
    let browser = caller.by_cookie || headers.contains_key("sec-fetch-site");
    if browser { Channel::Web } else { Channel::Api }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Together {
    decisions: Vec<One>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    id: String,
    decision: Word,
    digest: Digest,
    all_like_this: Option<bool>,
    payload: Option<Value>,
    reason: Option<String>,
}

/// Each is decided as if it had come alone: one that fails takes nothing back from the others.
async fn together(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    Body(given): Body<Together>,
) -> Answer {
    if given.decisions.is_empty() || given.decisions.len() > TOGETHER_MAX {
        return Err(Refused::field("/decisions", "from 1 to 100 decisions", "1개부터 100개까지예요"));
    }
    let channel = channel(&caller, &headers);
    let mut items = Vec::with_capacity(given.decisions.len());
    for one in given.decisions {
        let id = one.id.clone();
        items.push(match settle(&app, &caller, channel, one).await {
            Ok(view) => json!({"id": id, "ok": true, "approval": view, "error": null}),
            Err(refused) => {
                json!({"id": id, "ok": false, "approval": null, "error": views::problem(&refused.0, asked.lang)})
            }
        });
    }
    Ok(body::ok(&json!({ "items": items })))
}

async fn settle(app: &Shared, caller: &Caller, channel: Channel, one: One) -> Result<Value, Refused> {
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &one.id).await?;
    let One { decision, digest, all_like_this, payload, reason, .. } = one;
    let decision = DecisionBody { decision, digest, all_like_this, payload, reason }.decision()?;
    let approval = app.engine.decide(workspace, id, digest, decision, &caller.actor(), channel).await?;
    Ok(app.engine.approval_view(workspace, &approval).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handover {
    to: String,
    reason: Option<String>,
}

async fn delegate(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(given): Body<Handover>,
) -> Answer {
    reason(given.reason.as_deref())?;
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &id).await?;
    let channel = channel(&caller, &headers);
    let approval = app.engine.delegate(workspace, id, &given.to, given.reason, &caller.actor(), channel).await?;
    Ok(body::ok(&app.engine.approval_view(workspace, &approval).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    text: String,
}

async fn question(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(given): Body<Question>,
) -> Answer {
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &id).await?;
    let channel = channel(&caller, &headers);
    let approval = app.engine.question(workspace, id, given.text, &caller.actor(), channel).await?;
    Ok(body::ok(&app.engine.approval_view(workspace, &approval).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    question: u32,
    text: String,
}

/// Whoever may steer runs or decide: the one who asked for the action knows, and may not be an approver.
async fn answer(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(given): Body<Reply>,
) -> Answer {
    if !caller.may(Control) && !caller.may(Decide) {
        return Err(gate::may_not(&caller, Control));
    }
    let workspace = caller.workspace();
    let id = app.engine.find_approval(workspace, &id).await?;
    let channel = channel(&caller, &headers);
    let approval = app.engine.answer(workspace, id, given.question, given.text, &caller.actor(), channel).await?;
    Ok(body::ok(&app.engine.approval_view(workspace, &approval).await?))
}
