//! `Idempotency-Key`: the same key and body get the same answer, another body is refused.
//!
//! Starts are told apart by the store, in the transaction that starts the run. Other answers are
//! kept as settings of the workspace for two days; those with a secret only in this process's memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::json;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::app::Shared;
use crate::body;
use crate::caller::Caller;
use crate::problem::Refused;
use crate::table::Keyed;

const KEY_CHARS_MAX: usize = 200;
const KEEP_MS: u64 = 48 * 60 * 60 * 1_000;
const PRUNE_EVERY: u32 = 256;
/// Secret answers kept in memory.
const SECRETS_MAX: usize = 256;

/// The caller's key for a start, with the digest of what was asked.
#[derive(Debug, Clone, Default)]
pub struct StartKey(pub Option<(String, Digest)>);

type Place = (WorkspaceId, String);

/// Answers given before, and keys in use now.
#[derive(Default)]
pub struct Answers {
    busy: Mutex<HashMap<Place, Arc<tokio::sync::Mutex<()>>>>,
    secrets: Mutex<HashMap<Place, Kept>>,
    written: AtomicU32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    body: Digest,
    status: u16,
    answer: String,
    expires: i64,
}

impl Kept {
    fn again(self, body: Digest) -> Response {
        if self.body != body {
            return reused().into_response();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        (status, [(http::header::CONTENT_TYPE, "application/json")], self.answer).into_response()
    }
}

fn reused() -> Refused {
    Fault::new(Code::KeyReused)
        .detail("this key came before with another request", "이 키로 다른 요청이 먼저 왔어요")
        .at("Idempotency-Key")
        .into()
}

pub async fn carry_out(app: &Shared, caller: &Caller, keyed: Keyed, request: Request, next: Next) -> Response {
    match keep(app, caller, keyed, request, next).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    }
}

async fn keep(app: &Shared, caller: &Caller, keyed: Keyed, request: Request, next: Next) -> Result<Response, Refused> {
    let mut given = request.headers().get_all("idempotency-key").iter();
    let Some(key) = given.next() else { return Ok(next.run(request).await) };
    if given.next().is_some() {
        return Err(Refused::field("Idempotency-Key", "is given twice", "두 번 적혔어요"));
    }
    let fits = |key: &&str| (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let key = key.to_str().ok().filter(fits).map(str::to_owned);
    let key = key.ok_or_else(|| {
        Refused::field(
            "Idempotency-Key",
            format!("1 to {KEY_CHARS_MAX} visible ASCII characters"),
            format!("보이는 ASCII 1~{KEY_CHARS_MAX}자여야 해요"),
        )
    })?;
    let (mut parts, body) = request.into_parts();
    let bytes = body::read(app, body).await?;
    // The order of members and white space do not make another request.
    let text = serde_json::from_slice(&bytes).ok().and_then(|value| json::canonical(&value).ok());
    let asked = match &text {
        Some(text) => text.as_bytes(),
        None => &bytes,
    };
    let digest = Digest::of_parts(&[parts.uri.path().as_bytes(), caller.access.user.as_bytes(), asked]);
    if keyed == Keyed::Run {
        parts.extensions.insert(StartKey(Some((key, digest))));
        return Ok(next.run(Request::from_parts(parts, bytes.into())).await);
    }
    let place = (caller.workspace(), key);
    let turn = app.answers.busy.lock().entry(place.clone()).or_default().clone();
    let guard = turn.lock().await;
    let result = answer(app, &place, keyed, digest, Request::from_parts(parts, bytes.into()), next).await;
    drop(guard);
    let mut busy = app.answers.busy.lock();
    // The map's own and this one.
    if Arc::strong_count(&turn) <= 2 {
        busy.remove(&place);
    }
    result
}

async fn answer(
    app: &Shared,
    place: &Place,
    keyed: Keyed,
    digest: Digest,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let now = app.engine.now();
    let name = format!("key.{}", Digest::of(place.1.as_bytes()).hex());
    let in_memory = app.answers.secrets.lock().get(place).cloned();
    let stored = match in_memory {
        Some(kept) => Some(kept),
        None => {
            app.engine.store().setting(place.0, &name).await?.and_then(|text| serde_json::from_str::<Kept>(&text).ok())
        }
    };
    if let Some(kept) = stored.filter(|kept| kept.expires > now.0) {
        if kept.answer.is_empty() && kept.status == 0 {
            // Shown once, by a process that is gone.
            return Err(reused());
        }
        return Ok(kept.again(digest));
    }
    let response = next.run(request).await;
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 16 * 1024 * 1024).await.map_err(|_| Refused::from(Code::Internal))?;
    let expires = now.plus_millis(KEEP_MS).0;
    let mut kept = Kept {
        body: digest,
        status: parts.status.as_u16(),
        answer: String::from_utf8_lossy(&bytes).into_owned(),
        expires,
    };
    if keyed == Keyed::Secret {
        let mut secrets = app.answers.secrets.lock();
        if secrets.len() >= SECRETS_MAX {
            secrets.clear();
        }
        secrets.insert(place.clone(), kept.clone());
        drop(secrets);
        kept.answer.clear();
        kept.status = 0;
    }
    let text = serde_json::to_string(&kept).unwrap_or_default();
    app.engine.store().put_setting(place.0, &name, &text, now).await?;
    if app.answers.written.fetch_add(1, Ordering::Relaxed) % PRUNE_EVERY == PRUNE_EVERY - 1 {
        prune(app, place.0).await?;
    }
    Ok(Response::from_parts(parts, bytes.into()))
}

async fn prune(app: &Shared, workspace: WorkspaceId) -> Result<(), Refused> {
    let now = app.engine.now().0;
    for (name, text) in app.engine.store().settings(workspace).await? {
        let over = serde_json::from_str::<Kept>(&text).is_ok_and(|kept| kept.expires <= now);
        if name.starts_with("key.") && over {
            app.engine.store().remove_setting(workspace, &name).await?;
        }
    }
    Ok(())
}
