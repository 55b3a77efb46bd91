//! The execution socket, and what all sockets have in common: sign-in, origin, slow readers.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::follow::{Follow, Next};
use crate::app::Shared;
use crate::body::{self, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::gate::{may_not, nobody, own_page};
use crate::permission::Permission;
use crate::problem::{Answer, Refused};

/// How long one message may take to leave before its reader counts as too slow.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// Largest message that a client may send.
const INCOMING_MAX: usize = 16 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    pub after: Option<u64>,
    pub token: Option<String>,
}

/// Who opens a socket: a token in the address or header, or the page's cookie. A browser must come
/// from our own page whichever it brings.
pub async fn opener(app: &Shared, headers: &HeaderMap, token: Option<&str>) -> Result<(Caller, String), Refused> {
    let (clear, by_cookie) = match token {
        Some(token) => (token.to_owned(), false),
        None => Caller::credential(headers).ok_or_else(nobody)?,
    };
    if by_cookie || headers.contains_key(header::ORIGIN) {
        own_page(app, headers)?;
    }
    let caller = Caller::of(app, &clear, by_cookie).await?;
    if !caller.may(Permission::Read) {
        return Err(may_not(&caller, Permission::Read));
    }
    Ok((caller, clear))
}

pub async fn execution(
    State(app): State<Shared>,
    asked: Asked,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(opening): Query<Opening>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Answer {
    let (caller, clear) = opener(&app, &headers, opening.token.as_deref()).await?;
    let run = app.engine.find_run(caller.workspace(), &id).await?;
    let after = body::after(opening.after)?;
    let follow = Follow::new(app.clone(), caller.workspace(), run, after, asked.lang);
    Ok(upgraded(upgrade)?.on_upgrade(move |socket| tell(socket, app, follow, clear)))
}

pub fn upgraded(
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<WebSocketUpgrade, Refused> {
    let upgrade =
        upgrade.map_err(|_| Refused::field("Upgrade", "this address is a WebSocket", "WebSocket 주소예요"))?;
    Ok(upgrade.max_message_size(INCOMING_MAX).max_frame_size(INCOMING_MAX).write_buffer_size(0))
}

async fn tell(mut socket: WebSocket, app: Shared, mut follow: Follow, clear: String) {
    loop {
        tokio::select! {
            next = follow.next() => match next {
                Ok(Next::Message(message)) => {
                    if !send(&mut socket, &message).await {
                        return;
                    }
                }
                Ok(Next::Quiet) => {
                    if !alive(&mut socket, &app, &clear).await {
                        return;
                    }
                }
                Err(fault) => {
                    tracing::warn!(%fault, "a watcher could not be told");
                    close(socket, 1011, "resync").await;
                    return;
                }
            },
            incoming = socket.recv() => match incoming {
                // Nothing is asked of this socket; pings are answered by the library.
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

/// Sends one message; a reader that does not take it in time is told to start over and let go.
pub async fn send(socket: &mut WebSocket, message: &Value) -> bool {
    let text = Message::Text(message.to_string().into());
    match tokio::time::timeout(SEND_PATIENCE, socket.send(text)).await {
        Ok(Ok(())) => true,
        Ok(Err(_)) => false,
        Err(_) => {
            let resync = Message::Text(json!({"type": "resync"}).to_string().into());
            let _ = tokio::time::timeout(Duration::from_secs(1), socket.send(resync)).await;
            false
        }
    }
}

/// Pings, and looks whether the token still holds.
pub async fn alive(socket: &mut WebSocket, app: &Shared, clear: &str) -> bool {
    let may = Caller::of(app, clear, false).await.is_ok_and(|caller| caller.may(Permission::Read));
    let ping = Message::Ping(bytes::Bytes::new());
    may && matches!(tokio::time::timeout(SEND_PATIENCE, socket.send(ping)).await, Ok(Ok(())))
}

async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    let _ = tokio::time::timeout(Duration::from_secs(1), socket.send(frame)).await;
}
