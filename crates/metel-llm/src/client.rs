//! A model behind an endpoint, over the one HTTP client. Each call is one request: no retry, no
//! fallback. Whoever stops waiting for the answer ends the request.

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use metel_net::{Call as NetCall, Egress, Method, Net, Streamed};
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::gather::Gather;
use crate::model::{Call, Model, ModelFailure, Reply, Watch};
use crate::sse::{Sse, SseFault};
use crate::wire::failure::{Head, of_net, of_status};
use crate::wire::{Learnt, Reader, write};

/// Largest answer read whole. Text is at most a megabyte; JSON escapes can make it six.
const WHOLE_BYTES_MAX: usize = 7 * 1024 * 1024;
/// Largest stream: each few characters come in an envelope of a few hundred bytes.
const STREAM_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Speaks to one endpoint.
#[derive(Clone)]
pub struct Client {
    net: Net,
    endpoint: Endpoint,
    egress: Egress,
}

impl Client {
    /// `egress` is what calls may reach: the endpoint's own host, and nothing else is needed.
    pub fn new(net: Net, endpoint: Endpoint, egress: Egress) -> Self {
        Self { net, endpoint, egress }
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// One request, one answer; and what its headers say of limits, whatever came of it.
    pub async fn exchange(&self, call: &Call, watch: Option<&Watch>) -> (Result<Reply, ModelFailure>, Learnt) {
        let mut learnt = Learnt::default();
        let reply = self.ask(call, watch, &mut learnt).await;
        (reply, learnt)
    }

    async fn ask(&self, call: &Call, watch: Option<&Watch>, learnt: &mut Learnt) -> Result<Reply, ModelFailure> {
        let endpoint = &self.endpoint;
        let sent = write(endpoint, call, watch.is_some())?;
        let request = self.request(&sent.path, sent.body.into(), call.timeout_ms);
        let mut reader = Reader::of(endpoint, call);
        let mut gather = Gather::default();
        let (head, body) = match watch {
            None => {
                let (head, body) = self.whole(request).await?;
                *learnt = head.learnt;
                (head, body)
            }
            Some(watch) => {
                let (head, streamed) = self.stream(request).await?;
                *learnt = head.learnt;
                if head.is_event_stream() {
                    follow(endpoint, streamed, &mut reader, &mut gather, watch).await?;
                    return gather.reply(endpoint, call);
                }
                // A server that knows no streams answers whole.
                (head, streamed.rest().await.map_err(of_net)?)
            }
        };
        let mut events = Vec::new();
        reader.whole(endpoint, &json(endpoint, &head, &body)?, &mut events)?;
        for event in &events {
            gather.take(event)?;
            if let Some(watch) = watch {
                watch(event);
            }
        }
        gather.reply(endpoint, call)
    }

    /// Sends a body as it is to a path under the base address, and hands back the answer's head and body.
    pub(crate) async fn send(&self, path: &str, body: Bytes, timeout_ms: u64) -> Result<(Head, Bytes), ModelFailure> {
        self.whole(self.request(path, body, timeout_ms)).await
    }

    /// The same, with the body still to come.
    pub(crate) async fn open(
        &self,
        path: &str,
        body: Bytes,
        timeout_ms: u64,
    ) -> Result<(Head, Streamed), ModelFailure> {
        self.stream(self.request(path, body, timeout_ms)).await
    }

    fn request(&self, path: &str, body: Bytes, timeout_ms: u64) -> NetCall {
        let mut request = NetCall::new(Method::POST, format!("{}{path}", self.endpoint.base_url))
            .header("content-type", "application/json")
            .timeout_ms(timeout_ms);
        request.body = Some(body);
        for (name, value) in self.endpoint.credentials() {
            request = request.header(name, value);
        }
        request
    }

    async fn whole(&self, mut request: NetCall) -> Result<(Head, Bytes), ModelFailure> {
        request.bytes_max = Some(WHOLE_BYTES_MAX);
        let reply = self.net.send(request, &self.egress).await.map_err(of_net)?;
        let head = Head::of(reply.status, |name| reply.header(name));
        match head.is_success() {
            true => Ok((head, reply.body)),
            false => Err(of_status(&self.endpoint, &head, &reply.body)),
        }
    }

    async fn stream(&self, mut request: NetCall) -> Result<(Head, Streamed), ModelFailure> {
        request.bytes_max = Some(STREAM_BYTES_MAX);
        let streamed = self.net.stream(request, &self.egress).await.map_err(of_net)?;
        let head = Head::of(streamed.status, |name| streamed.headers.get(name).and_then(|value| value.to_str().ok()));
        match head.is_success() {
            true => Ok((head, streamed)),
            false => {
                let body = streamed.rest().await.unwrap_or_default();
                Err(of_status(&self.endpoint, &head, &body))
            }
        }
    }
}

fn json(endpoint: &Endpoint, head: &Head, body: &[u8]) -> Result<Value, ModelFailure> {
    if !head.is_json() {
        let kind = endpoint.clean(&head.content_type);
        return Err(ModelFailure::bad_answer(
            format!("the answer is `{kind}`, not JSON"),
            format!("답이 JSON이 아니라 `{kind}`이에요"),
        )
        .ambiguous());
    }
    serde_json::from_slice(body).map_err(|error| {
        ModelFailure::bad_answer(
            format!("the answer is not JSON: {error}"),
            format!("답이 올바른 JSON이 아니에요: {error}"),
        )
        .ambiguous()
    })
}

/// Reads a stream to its end. A stream that ends without saying why it ended is broken, however much
/// came before; the gathering finds that out.
async fn follow(
    endpoint: &Endpoint,
    mut streamed: Streamed,
    reader: &mut Reader,
    gather: &mut Gather,
    watch: &Watch,
) -> Result<(), ModelFailure> {
    let mut sse = Sse::default();
    let mut parts = Vec::new();
    let mut events = Vec::new();
    while let Some(piece) = streamed.next().await {
        let piece = match piece {
            Ok(piece) => piece,
            // Everything had been said before the line broke.
            Err(_) if gather.has_ended() => return Ok(()),
            Err(failure) => return Err(of_net(failure).ambiguous()),
        };
        sse.push(&piece, &mut parts).map_err(broken)?;
        for part in parts.drain(..) {
            let more = reader.event(endpoint, &part, &mut events)?;
            for event in events.drain(..) {
                gather.take(&event)?;
                watch(&event);
            }
            if !more {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn broken(fault: SseFault) -> ModelFailure {
    match fault {
        SseFault::NotUtf8 => ModelFailure::bad_answer("the stream is not UTF-8", "스트림이 UTF-8이 아니에요"),
        SseFault::TooLong => {
            ModelFailure::bad_answer("an event of the stream is too long", "스트림 이벤트가 너무 길어요").lasting()
        }
    }
    .ambiguous()
}

impl Model for Client {
    fn answer(&self, call: Call, watch: Option<Watch>) -> BoxFuture<'_, Result<Reply, ModelFailure>> {
        async move { self.exchange(&call, watch.as_ref()).await.0 }.boxed()
    }

    fn name(&self) -> &str {
        &self.endpoint.model
    }
}
