//! An answer read piece by piece, for servers that speak in events. Silence, size and total time are capped.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderMap;
use metel_model::Code;
use metel_model::effect::Certainty;

use crate::call::Call;
use crate::client::{Net, location};
use crate::egress::{Egress, Refused};
use crate::failure::NetFailure;
use crate::sent::Sent;

/// An answer whose body is still coming.
#[derive(Debug)]
pub struct Streamed {
    pub status: u16,
    pub headers: HeaderMap,
    response: reqwest::Response,
    idle_ms: u64,
    total_ms: u64,
    deadline: Instant,
    bytes_left: usize,
    is_done: bool,
}

impl Net {
    /// Sends one call and hands back the answer with its body unread. `timeout_ms` of the call is the
    /// longest whole stream, `bytes_max` its largest size. Redirects are a failure.
    pub async fn stream(&self, call: Call, egress: &Egress) -> Result<Streamed, NetFailure> {
        let limits = self.limits();
        let total_ms = call.timeout_ms.min(limits.total_ms_max);
        let deadline = Instant::now() + Duration::from_millis(total_ms);
        let bytes_left = call.bytes_max.unwrap_or(limits.body_bytes_max);
        let sent = Sent::default();
        let begun = tokio::time::timeout_at(deadline.into(), self.begin(&call, egress, &sent)).await;
        let (_, response) = match begun {
            Ok(begun) => begun?,
            Err(_) => return Err(NetFailure::timeout("the answer's beginning", total_ms, sent.is_set())),
        };
        if let Some(to) = location(&response) {
            let shown: String = to.split('?').next().unwrap_or_default().chars().take(200).collect();
            let mut failure = NetFailure::refused(Refused::new("redirect", format!("redirected to {shown}")));
            failure.certainty = Certainty::Ambiguous;
            return Err(failure);
        }
        Ok(Streamed {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            response,
            idle_ms: limits.idle_ms,
            total_ms,
            deadline,
            bytes_left,
            is_done: false,
        })
    }
}

impl Streamed {
    /// The next piece; `None` after the last one or after a failure.
    pub async fn next(&mut self) -> Option<Result<Bytes, NetFailure>> {
        if self.is_done {
            return None;
        }
        let next = self.read().await;
        self.is_done = !matches!(next, Some(Ok(_)));
        next
    }

    async fn read(&mut self) -> Option<Result<Bytes, NetFailure>> {
        let idle = Instant::now() + Duration::from_millis(self.idle_ms);
        let until = idle.min(self.deadline);
        match tokio::time::timeout_at(until.into(), self.response.chunk()).await {
            Err(_) if idle < self.deadline => {
                Some(Err(NetFailure::timeout("the answer's next part", self.idle_ms, true)))
            }
            Err(_) => Some(Err(NetFailure::timeout("the whole answer", self.total_ms, true))),
            Ok(Err(error)) => Some(Err(NetFailure::explain(error, true))),
            Ok(Ok(None)) => None,
            Ok(Ok(Some(chunk))) if chunk.len() > self.bytes_left => {
                Some(Err(NetFailure::of(Code::AnswerTooLarge, "the stream is too long", Certainty::Ambiguous)))
            }
            Ok(Ok(Some(chunk))) => {
                self.bytes_left -= chunk.len();
                Some(Ok(chunk))
            }
        }
    }

    /// Reads the rest at once, for error bodies.
    pub async fn rest(mut self) -> Result<Bytes, NetFailure> {
        let mut all = bytes::BytesMut::new();
        while let Some(piece) = self.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all.freeze())
    }

    /// The body as a stream of pieces.
    pub fn into_stream(self) -> impl futures::Stream<Item = Result<Bytes, NetFailure>> + Send {
        futures::stream::unfold(self, |mut streamed| async move {
            let piece = streamed.next().await?;
            Some((piece, streamed))
        })
    }
}
