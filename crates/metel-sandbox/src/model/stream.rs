//! Server-sent events and whole bodies, with a script's pace, cuts and damage.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use serde_json::Value;

use super::play::Pace;

/// Characters in one streamed piece.
const PIECE: usize = 12;

/// One event: `event:` (if named) and `data:`.
pub(super) fn event(name: Option<&str>, data: &str) -> Bytes {
    let head = name.map_or_else(String::new, |name| format!("event: {name}\n"));
    Bytes::from(format!("{head}data: {data}\n\n"))
}

/// A text in pieces of twelve characters; long texts in at most about a thousand pieces.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let size = PIECE.max(letters.len().div_ceil(1_000));
    letters.chunks(size).map(|piece| piece.iter().collect()).collect()
}

/// A stream of events.
pub(super) fn respond(events: Vec<Bytes>, pace: Pace, headers: Vec<(HeaderName, HeaderValue)>) -> Response {
    let mut results: Vec<io::Result<Bytes>> = Vec::new();
    let whole = pace.cut_after.unwrap_or(events.len()).min(events.len());
    let is_cut = pace.cut_after.is_some();
    for (nth, event) in events.into_iter().take(whole).enumerate() {
        let is_damaged = pace.is_malformed && nth + 1 == whole.div_ceil(2);
        results.push(Ok(if is_damaged { event.slice(..event.len() / 2) } else { event }));
    }
    if is_cut {
        results.push(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
    }
    let pause = pace.pause;
    let body = stream::unfold(results.into_iter(), move |mut left| async move {
        let next = left.next()?;
        if pause > Duration::ZERO {
            tokio::time::sleep(pause).await;
        } else if next.is_err() {
            // Lets what was sent before reach the client ahead of the reset.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some((next, left))
    });
    let kind = [(CONTENT_TYPE, "text/event-stream; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    let mut response = (kind, Body::from_stream(body)).into_response();
    response.headers_mut().extend(headers);
    response
}

/// A whole JSON answer, halved if the script wants it malformed.
pub(super) fn whole(body: &Value, pace: Pace, headers: Vec<(HeaderName, HeaderValue)>) -> Response {
    let mut bytes = Bytes::from(body.to_string());
    if pace.is_malformed {
        bytes = bytes.slice(..bytes.len() / 2);
    }
    let mut response = ([(CONTENT_TYPE, "application/json")], Body::from(bytes)).into_response();
    response.headers_mut().extend(headers);
    response
}
