//! A request answered through a door, by whichever of its targets answers first.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use metel_model::{Fault, Lang};
use tokio::sync::mpsc;

use super::answer::Envelope;
use super::peek::Peek;
use super::request;
use super::style::{Style, Writing};
use crate::endpoint::{Dialect, Protocol};
use crate::gateway::{Asking, Door, Flow, Passed, Target, tokens_of, tokens_of_bytes};
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

/// What stands in answers that are written anew.
#[derive(Debug, Clone)]
pub struct Told {
    pub style: Style,
    pub id: String,
    /// Seconds since 1970.
    pub created: i64,
    /// Failures under way are told in it.
    pub lang: Lang,
}

/// Answers a request of one of the protocols.
pub async fn complete(door: &Door, peek: &Peek<'_>, told: &Told) -> Result<Spoken, ModelFailure> {
    let mut last = None;
    for target in door.targets() {
        let said = match told.style == Style::Chat && passes(target) {
            true => pass(door, target, peek, told.lang).await,
            false => rewrite(door, target, peek, told).await,
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
            Err(failure) => Some((Style::Chat.broken(&failure.fault, lang), None)),
        }
    });
    Ok(Spoken::Stream(stream.boxed()))
}

async fn rewrite(door: &Door, target: &Target, peek: &Peek<'_>, told: &Told) -> Result<Spoken, ModelFailure> {
    let Told { style, id, created, lang } = told.clone();
    let mut call = style.read(peek.bytes).map_err(|fault| ModelFailure::new(fault, false))?;
    call.timeout_ms = TIMEOUT_MS;
    let envelope = Envelope { id, created, model: peek.model.clone().into_owned() };
    let only = door.only(target).shown_once();
    if !peek.stream {
        let reply = only.answer(call, None).await?;
        return Ok(Spoken::Whole(style.whole(&envelope, &reply).to_string().into()));
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
        writing: Some(style.writing(envelope, peek.wants_usage)),
        ready: VecDeque::new(),
    };
    // The status is told once something came, or nothing will.
    let first = walk.next().await?;
    let rest = futures::stream::unfold(walk, move |mut walk| async move {
        match walk.next().await {
            Ok(bytes) => Some((bytes?, walk)),
            Err(failure) => {
                let bytes = style.broken(&failure.fault, lang);
                walk.work = None;
                walk.writing = None;
                Some((bytes, walk))
            }
        }
    });
    Ok(Spoken::Stream(futures::stream::iter(first).chain(rest).boxed()))
}

type Work = std::pin::Pin<Box<dyn Future<Output = Result<Reply, ModelFailure>> + Send>>;

/// A typed answer on its way, written as events. Dropping it ends the request.
struct Walk {
    work: Option<Work>,
    heard: mpsc::UnboundedReceiver<Event>,
    writing: Option<Writing>,
    ready: VecDeque<Bytes>,
}

impl Walk {
    async fn next(&mut self) -> Result<Option<Bytes>, ModelFailure> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Ok(Some(bytes));
            }
            let (Some(work), Some(writing)) = (&mut self.work, &mut self.writing) else { return Ok(None) };
            tokio::select! {
                biased;
                Some(event) = self.heard.recv() => self.ready.extend(writing.event(&event)),
                done = work => {
                    self.work = None;
                    while let Ok(event) = self.heard.try_recv() {
                        self.ready.extend(writing.event(&event));
                    }
                    let reply = done?;
                    self.ready.extend(self.writing.take().map(|writing| writing.end(&reply)).unwrap_or_default());
                }
            }
        }
    }
}

/// How many tokens of input a Messages body is thought to have, in the way in which budgets set aside for
/// it. A limit of the answer is not needed.
pub fn count_input(bytes: &[u8]) -> Result<u64, Fault> {
    Ok(tokens_of(&super::messages::read_input(bytes)?))
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
