//! The execution socket's messages as server-sent events. `Last-Event-ID` resumes after that number.
//! The stream ends with the run.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::follow::{Follow, Next};
use crate::app::Shared;
use crate::body::{self, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::problem::Answer;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    after: Option<u64>,
}

pub async fn stream(
    State(app): State<Shared>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Answer {
    let workspace = caller.workspace();
    let run = app.engine.find_run(workspace, &id).await?;
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    let after = last.unwrap_or(body::after(from.after)?);
    if let (Some(last), Some(header)) = (last, app.engine.store().header(workspace, run).await?)
        && header.status.is_final()
        && last + 1 >= header.seq
    {
        // Tells the browser's EventSource not to come back.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let follow = Follow::new(app, workspace, run, after, asked.lang);
    let messages = stream::unfold(Some(follow), |follow| async move {
        let mut follow = follow?;
        loop {
            if follow.is_over() {
                return None;
            }
            match follow.next().await {
                Ok(Next::Message(message)) => {
                    let id = message["seq"].as_u64().unwrap_or_default().to_string();
                    let event = Event::default().id(id).data(message.to_string());
                    return Some((Ok::<_, Infallible>(event), Some(follow)));
                }
                Ok(Next::Quiet) => {}
                Err(_) => return None,
            }
        }
    });
    Ok(Sse::new(messages).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}
