//! OpenAI Chat Completions on the wire, streamed and whole.
//! <https://platform.openai.com/docs/api-reference/chat/create>

mod answer;
mod failure;
mod request;
mod retry_after;
mod stream;
mod strict;

use metel_model::{Code, Fault};
use metel_net::{Call as NetCall, Egress, Method, Net};
use secrecy::ExposeSecret;

use crate::endpoint::{Dialect, Endpoint};
use crate::model::{Call, ModelFailure, Reply, Sink};

/// Largest answer read whole. Text is at most a megabyte; JSON escapes can make it six.
const WHOLE_BYTES_MAX: usize = 7 * 1024 * 1024;
/// Largest stream: each few characters come in an envelope of a few hundred bytes.
const STREAM_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One request, one answer.
pub(crate) async fn chat(
    net: &Net,
    egress: &Egress,
    endpoint: &Endpoint,
    dialect: Dialect,
    call: Call,
    sink: Option<Sink>,
) -> Result<Reply, ModelFailure> {
    let body = request::body(&endpoint.model, dialect, &call, sink.is_some())
        .map_err(|error| ModelFailure::new(Fault::new(Code::Internal).about(error), false))?;
    let mut request = NetCall::new(Method::POST, format!("{}/chat/completions", endpoint.base_url))
        .header("content-type", "application/json")
        .timeout_ms(call.timeout_ms);
    request.body = Some(body.into());
    if let Some(key) = &endpoint.key {
        request = request.header("authorization", format!("Bearer {}", key.expose_secret()));
    }
    let draft = match sink {
        None => {
            request.bytes_max = Some(WHOLE_BYTES_MAX);
            let reply = net.send(request, egress).await.map_err(failure::of_net)?;
            let head = failure::Head::of(reply.status, |name| reply.header(name));
            if !head.is_success() {
                return Err(failure::of_status(endpoint, &head, &reply.body));
            }
            answer::whole(endpoint, &head, &reply.body)?
        }
        Some(sink) => {
            request.bytes_max = Some(STREAM_BYTES_MAX);
            let streamed = net.stream(request, egress).await.map_err(failure::of_net)?;
            let head = failure::Head::of(streamed.status, |name| {
                streamed.headers.get(name).and_then(|value| value.to_str().ok())
            });
            if !head.is_success() {
                let body = streamed.rest().await.unwrap_or_default();
                return Err(failure::of_status(endpoint, &head, &body));
            }
            if head.is_json() {
                // A server that knows no streams answers whole.
                let body = streamed.rest().await.map_err(failure::of_net)?;
                let draft = answer::whole(endpoint, &head, &body)?;
                sink(&draft.text);
                draft
            } else {
                stream::read(endpoint, &head, streamed, &sink).await?
            }
        }
    };
    answer::finish(endpoint, dialect, call.schema.as_ref(), draft)
}
