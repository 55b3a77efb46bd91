//! Plays a fault around the true handler.

use std::convert::Infallible;
use std::io;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;

use super::kind::{Fault, Kind};
use super::table::Verdict;
use crate::app::Sandbox;
use crate::connection::Switch;
use crate::door::Named;

/// Longest that a hanging answer is held.
const FOREVER: Duration = Duration::from_secs(600);
/// Most bytes of a true answer that a fault works on.
const ANSWER: usize = 64 * 1024 * 1024;
/// Default length of an oversize answer.
const OVERSIZE: usize = 8 * 1024 * 1024;

/// Answers the call, disturbed if the table says so. `n` is the call's number in the log.
pub(crate) async fn play(
    sandbox: &Sandbox,
    switch: &Switch,
    named: &Named,
    body: &str,
    n: u64,
    request: Request,
    next: Next,
) -> Response {
    let verdict = sandbox.faults().judge(named, body, Instant::now());
    let fault = match verdict {
        Verdict::Pass => return next.run(request).await,
        Verdict::TooEarly(seconds) => {
            sandbox.requests().violated(n);
            return too_many(named, Some(seconds));
        }
        Verdict::Strike(fault) => fault,
    };
    sandbox.requests().amend(n, |record| record.fault = Some(fault.kind_name()));
    if !fault.lets_happen() {
        return before(sandbox, switch, named, &fault).await;
    }
    if fault.kind == Kind::Latency {
        hold(sandbox, Some(fault.delay_ms.unwrap_or(1_000))).await;
        return next.run(request).await;
    }
    let answer = next.run(request).await;
    after(sandbox, switch, named, &fault, answer).await
}

async fn before(sandbox: &Sandbox, switch: &Switch, named: &Named, fault: &Fault) -> Response {
    match fault.kind {
        Kind::TooMany => too_many(named, fault.retry_after),
        Kind::Unavailable => with_retry_after(server_error(named, StatusCode::SERVICE_UNAVAILABLE), fault.retry_after),
        Kind::TimeoutBefore => {
            hold(sandbox, fault.delay_ms).await;
            server_error(named, StatusCode::GATEWAY_TIMEOUT)
        }
        Kind::ResetBefore => {
            switch.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Kind::Redirect => redirect(fault),
        _ => server_error(named, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn after(sandbox: &Sandbox, switch: &Switch, named: &Named, fault: &Fault, answer: Response) -> Response {
    match fault.kind {
        Kind::ErrorAfter => server_error(named, StatusCode::INTERNAL_SERVER_ERROR),
        Kind::TimeoutAfter => {
            hold(sandbox, fault.delay_ms).await;
            answer
        }
        Kind::ResetAfter => {
            switch.cut();
            answer
        }
        Kind::Html => html(fault),
        Kind::Oversize => oversize(fault.bytes.unwrap_or(OVERSIZE)),
        Kind::Malformed => {
            let (mut parts, bytes) = taken(answer).await;
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
        }
        Kind::Cut => {
            let (mut parts, bytes) = taken(answer).await;
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            let half = bytes.slice(..bytes.len() / 2);
            Response::from_parts(parts, Body::from_stream(broken_after(half)))
        }
        Kind::Drip => {
            let (parts, bytes) = taken(answer).await;
            let pause = Duration::from_millis(fault.delay_ms.unwrap_or(50));
            Response::from_parts(parts, Body::from_stream(drip(bytes, pause)))
        }
        _ => answer,
    }
}

async fn taken(answer: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = answer.into_parts();
    (parts, to_bytes(body, ANSWER).await.unwrap_or_default())
}

/// Waits `delay_ms` or, without it, until the client leaves, the sandbox stops or ten minutes pass.
async fn hold(sandbox: &Sandbox, delay_ms: Option<u64>) {
    let wait = delay_ms.map_or(FOREVER, Duration::from_millis);
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = sandbox.stop().cancelled() => {}
    }
}

/// Sends `head` and then breaks, a little later, so that the head is on its way before.
fn broken_after(head: Bytes) -> impl futures::Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(head), |head| async move {
        match head {
            Some(head) if !head.is_empty() => Some((Ok(head), Some(Bytes::new()))),
            Some(_) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
            }
            None => None,
        }
    })
}

fn drip(bytes: Bytes, pause: Duration) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold((bytes, 0), move |(bytes, at)| async move {
        if at >= bytes.len() {
            return None;
        }
        tokio::time::sleep(pause).await;
        Some((Ok(bytes.slice(at..=at)), (bytes, at + 1)))
    })
}

fn html(fault: &Fault) -> Response {
    let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = "<!doctype html><html><head><title>502 Bad Gateway</title></head>\
                <body><center><h1>502 Bad Gateway</h1></center></body></html>\n";
    (status, [(CONTENT_TYPE, "text/html")], page).into_response()
}

/// A JSON string of `length` bytes, sent in pieces.
fn oversize(length: usize) -> Response {
    const PIECE: usize = 64 * 1024;
    let filling = Bytes::from(vec![b'x'; PIECE]);
    let inner = length.saturating_sub(2);
    let pieces = (0..inner.div_ceil(PIECE)).map(move |nth| {
        let left = inner - nth * PIECE;
        filling.slice(..left.min(PIECE))
    });
    let quote = || std::iter::once(Bytes::from_static(b"\""));
    let all = quote().chain(pieces).chain(quote()).map(Ok::<_, Infallible>);
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(stream::iter(all))).into_response()
}

fn redirect(fault: &Fault) -> Response {
    let status =
        fault.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
    let mut response = status.into_response();
    if let Some(location) = &fault.location
        && let Ok(location) = HeaderValue::from_str(location)
    {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn with_retry_after(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The vendor's own 429.
fn too_many(named: &Named, retry_after: Option<u64>) -> Response {
    let response = match named.service {
        "notion" => crate::notion::rate_limited(),
        "slack" => crate::slack::rate_limited(),
        "sheets" => crate::sheets::rate_limited(),
        "firecrawl" => crate::firecrawl::rate_limited(),
        "openai" => crate::model::openai_error(StatusCode::TOO_MANY_REQUESTS),
        "anthropic" => crate::model::anthropic_error(StatusCode::TOO_MANY_REQUESTS),
        "gemini" => crate::model::gemini_error(StatusCode::TOO_MANY_REQUESTS),
        other => match crate::vendors::find(other) {
            Some(vendor) => (vendor.failure)(StatusCode::TOO_MANY_REQUESTS),
            None => crate::ledgerbox::problem(StatusCode::TOO_MANY_REQUESTS, "too many requests"),
        },
    };
    with_retry_after(response, retry_after)
}

/// The vendor's own server error.
fn server_error(named: &Named, status: StatusCode) -> Response {
    match named.service {
        "notion" => crate::notion::server_error(status),
        "slack" => crate::slack::server_error(status),
        "sheets" => crate::sheets::server_error(status),
        "firecrawl" => crate::firecrawl::server_error(status),
        "openai" => crate::model::openai_error(status),
        "anthropic" => crate::model::anthropic_error(status),
        "gemini" => crate::model::gemini_error(status),
        other => match crate::vendors::find(other) {
            Some(vendor) => (vendor.failure)(status),
            None => crate::ledgerbox::problem(status, "the receiver failed"),
        },
    }
}
