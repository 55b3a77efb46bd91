//! The workspace socket: summaries of runs and approvals as they change. It holds no history; a
//! reader that falls behind is told to read the lists again.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use http::HeaderMap;
use metel_engine::gateway::views;
use metel_engine::live::{Moved, Notice};
use metel_model::event::Event;
use metel_model::id::{ApprovalId, WorkspaceId};
use metel_model::lang::Lang;
use metel_store::{ApprovalFilter, Header};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

use super::socket::{Opening, alive, opener, send, upgraded};
use crate::app::Shared;
use crate::body::{self, Query};
use crate::frame::Asked;
use crate::problem::Answer;

const PING_EVERY: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    subscribe: Topic,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Topic {
    Runs,
    Approvals,
}

pub async fn stream(
    State(app): State<Shared>,
    asked: Asked,
    headers: HeaderMap,
    Query(opening): Query<Opening>,
    upgrade: Result<axum::extract::ws::WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Answer {
    body::after(opening.after)?;
    let (caller, clear) = opener(&app, &headers, opening.token.as_deref()).await?;
    let workspace = caller.workspace();
    Ok(upgraded(upgrade)?.on_upgrade(move |socket| tell(socket, app, workspace, asked.lang, clear)))
}

async fn tell(mut socket: WebSocket, app: Shared, workspace: WorkspaceId, lang: Lang, clear: String) {
    let mut bell = app.engine.live().watch_workspace(workspace);
    let mut topics: Vec<Topic> = Vec::new();
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        tokio::select! {
            _ = ping.tick() => {
                if !alive(&mut socket, &app, &clear).await {
                    return;
                }
            }
            notice = bell.recv() => {
                let messages = match notice {
                    Ok(Notice::Moved(moved)) => messages(&app, &moved, &topics, lang).await,
                    Ok(Notice::Elsewhere(header)) => standing(&app, &header, &topics, lang).await,
                    Ok(Notice::Chunk { .. }) => Vec::new(),
                    Err(RecvError::Lagged(_)) => vec![json!({"type": "resync"})],
                    Err(RecvError::Closed) => return,
                };
                for message in messages {
                    if !send(&mut socket, &message).await {
                        return;
                    }
                }
            }
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(text))) => {
                    let answer = match serde_json::from_str::<Wish>(&text) {
                        Ok(wish) => {
                            if !topics.contains(&wish.subscribe) {
                                topics.push(wish.subscribe);
                            }
                            json!({"type": "subscribed"})
                        }
                        Err(error) => json!({"type": "error", "message": error.to_string()}),
                    };
                    if !send(&mut socket, &answer).await {
                        return;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

/// What to say of a run that moved on in another process: where it stands, and what it asks.
async fn standing(app: &Shared, header: &Header, topics: &[Topic], lang: Lang) -> Vec<Value> {
    let mut out = Vec::new();
    if topics.contains(&Topic::Runs) {
        out.push(json!({"type": "run", "run": views::run_summary(header, lang)}));
    }
    if topics.contains(&Topic::Approvals) {
        let filter = ApprovalFilter { run: Some(header.id), ..ApprovalFilter::default() };
        for approval in app.engine.approvals(header.workspace, &filter).await.unwrap_or_default() {
            if let Ok(view) = app.engine.approval_view(header.workspace, &approval).await {
                out.push(json!({"type": "approval", "approval": view}));
            }
        }
    }
    out
}

async fn messages(app: &Shared, moved: &Moved, topics: &[Topic], lang: Lang) -> Vec<Value> {
    let mut out = Vec::new();
    if topics.contains(&Topic::Runs) {
        out.push(json!({"type": "run", "run": views::run_summary(&moved.header, lang)}));
    }
    if topics.contains(&Topic::Approvals) {
        let workspace = moved.header.workspace;
        for id in moved.events.iter().filter_map(approval_of) {
            let Ok(approval) = app.engine.approval(workspace, id).await else { continue };
            if let Ok(view) = app.engine.approval_view(workspace, &approval).await {
                out.push(json!({"type": "approval", "approval": view}));
            }
        }
    }
    out
}

fn approval_of(event: &Event) -> Option<ApprovalId> {
    match event {
        Event::ApprovalRequested { ask } => Some(ask.id),
        Event::ApprovalDecided { approval, .. }
        | Event::ApprovalVoted { approval, .. }
        | Event::ApprovalDelegated { approval, .. }
        | Event::ApprovalQuestioned { approval, .. }
        | Event::ApprovalAnswered { approval, .. }
        | Event::ApprovalEscalated { approval, .. }
        | Event::ApprovalExpired { approval, .. }
        | Event::ApprovalVoided { approval, .. } => Some(*approval),
        _ => None,
    }
}
