//! A request answered through a door, by whichever of its targets answers first.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use metel_model::Lang;
use serde_json::Value;
use tokio::sync::mpsc;

use super::answer::{Chunks, Envelope};
use super::error::error_body;
use super::peek::Peek;
use super::request;
use crate::endpoint::{Dialect, Protocol};
use crate::gateway::{Asking, Door, Flow, Passed, Target, tokens_of_bytes};
use crate::model::{Event, Model, ModelFailure, Reply, Watch};

/// The longest whole answer.
const TIMEOUT_MS: u64 = 600_000;

/// What goes back.
pub enum Spoken {
    /// JSON.
    Whole(Bytes),
    /// Server-sent events; a failure under way is the last of them.
    Stream(BoxStream<'static, Bytes>),
}

fn passes(target: &Target) -> bool {
    matches!(target.client.endpoint().protocol, Protocol::OpenAiChat(Dialect::OpenAi | Dialect::Compatible))
}

fn asking(peek: &Peek<'_>, target: &Target) -> Asking {
    Asking {
        input_tokens: tokens_of_bytes(peek.bytes.len()),
        output_tokens: peek.max_tokens.unwrap_or(u64::from(request::MAX_TOKENS)),
        price: target.client.endpoint().price,
    }
}

/// Answers a Chat Completions request. `id` and `created` (seconds) stand in answers that are written
/// anew; failures under way are told in `lang`.
pub async fn complete(
    door: &Door,
    peek: &Peek<'_>,
    id: String,
    created: i64,
    lang: Lang,
) -> Result<Spoken, ModelFailure> {
    let mut last = None;
    for target in door.targets() {
        let said = match passes(target) {
            true => pass(door, target, peek, lang).await,
            false => rewrite(door, target, peek, &id, created, lang).await,
        };
        match said {
            Ok(spoken) => return Ok(spoken),
            Err(failure) if failure.falls_back() => last = Some(failure),
            Err(failure) => return Err(failure),
        }
    }
    Err(last.unwrap_or_else(|| ModelFailure::refused("no model")))
}

async fn pass(door: &Door, target: &Target, peek: &Peek<'_>, lang: Lang) -> Result<Spoken, ModelFailure> {
    let passed = Passed {
        path: "/chat/completions",
        body: peek.body_for(&target.client.endpoint().model),
        asking: asking(peek, target),
        timeout_ms: TIMEOUT_MS,
    };
    if !peek.stream {
        return door.pass_whole(target, &passed).await.map(Spoken::Whole);
    }
    let flow = door.pass_stream(target, &passed, peek.wants_usage).await?;
    let stream = futures::stream::unfold(Some(flow), move |flow: Option<Flow>| async move {
        let mut flow = flow?;
        match flow.next().await? {
            Ok(bytes) => Some((bytes, Some(flow))),
            Err(failure) => Some((broken(&failure, lang), None)),
        }
    });
    Ok(Spoken::Stream(stream.boxed()))
}

fn broken(failure: &ModelFailure, lang: Lang) -> Bytes {
    frame(&error_body(&failure.fault, lang).1)
}

fn frame(value: &Value) -> Bytes {
    format!("data: {value}\n\n").into()
}

async fn rewrite(
    door: &Door,
    target: &Target,
    peek: &Peek<'_>,
    id: &str,
    created: i64,
    lang: Lang,
) -> Result<Spoken, ModelFailure> {
    let mut call = request::read(peek.bytes).map_err(|fault| ModelFailure::new(fault, false))?;
    call.timeout_ms = TIMEOUT_MS;
    let envelope = Envelope { id: id.to_owned(), created, model: peek.model.clone().into_owned() };
    let only = door.only(target).shown_once();
    if !peek.stream {
        let reply = only.answer(call, None).await?;
        return Ok(Spoken::Whole(envelope.whole(&reply).to_string().into()));
    }
    let (tell, heard) = mpsc::unbounded_channel();
    let watch: Watch = Arc::new(move |event: &Event| {
        // Whoever listened may be gone: then the whole answer is being dropped.
        let _ = tell.send(event.clone());
    });
    let work = Box::pin(async move { only.answer(call, Some(watch)).await });
    let mut walk = Walk {
        work: Some(work),
        heard,
        chunks: Some(Chunks::new(envelope)),
        ready: VecDeque::new(),
        wants_usage: peek.wants_usage,
        lang,
    };
    // The status is told once something came, or nothing will.
    let first = walk.next().await?;
    let rest = futures::stream::unfold(walk, |mut walk| async move {
        match walk.next().await {
            Ok(bytes) => Some((bytes?, walk)),
            Err(failure) => {
                let bytes = broken(&failure, walk.lang);
                walk.work = None;
                walk.chunks = None;
                Some((bytes, walk))
            }
        }
    });
    Ok(Spoken::Stream(futures::stream::iter(first).chain(rest).boxed()))
}

type Work = std::pin::Pin<Box<dyn Future<Output = Result<Reply, ModelFailure>> + Send>>;

/// A typed answer on its way, written as chunks. Dropping it ends the request.
struct Walk {
    work: Option<Work>,
    heard: mpsc::UnboundedReceiver<Event>,
    chunks: Option<Chunks>,
    ready: VecDeque<Bytes>,
    wants_usage: bool,
    lang: Lang,
}

impl Walk {
    async fn next(&mut self) -> Result<Option<Bytes>, ModelFailure> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Ok(Some(bytes));
            }
            let (Some(work), Some(chunks)) = (&mut self.work, &mut self.chunks) else { return Ok(None) };
            tokio::select! {
                biased;
                Some(event) = self.heard.recv() => self.ready.extend(chunks.event(&event).iter().map(frame)),
                done = work => {
                    self.work = None;
                    while let Ok(event) = self.heard.try_recv() {
                        self.ready.extend(chunks.event(&event).iter().map(frame));
                    }
                    let reply = done?;
                    let ends = self.chunks.take().map(|chunks| chunks.end(&reply, self.wants_usage)).unwrap_or_default();
                    self.ready.extend(ends.iter().map(frame));
                    self.ready.push_back(Bytes::from_static(b"data: [DONE]\n\n"));
                }
            }
        }
    }
}

/// Answers an Embeddings request, by the first target that speaks OpenAI's protocol.
pub async fn embed(door: &Door, peek: &Peek<'_>) -> Result<Bytes, ModelFailure> {
    let mut last = None;
    for target in door.targets().iter().filter(|target| passes(target)) {
        let body = peek.body_for(&target.client.endpoint().model);
        let asking = Asking { output_tokens: 0, ..asking(peek, target) };
        match door.pass_whole(target, &Passed { path: "/embeddings", body, asking, timeout_ms: 120_000 }).await {
            Ok(bytes) => return Ok(bytes),
            Err(failure) if failure.falls_back() => last = Some(failure),
            Err(failure) => return Err(failure),
        }
    }
    Err(last.unwrap_or_else(|| {
        crate::wire::failure::unsupported(
            "no model of this name gives embeddings",
            "이 이름의 모델은 임베딩을 주지 않아요",
        )
    }))
}
