//! What every model is to the rest of metel: a call goes in, a reply or a typed failure comes out.
//! One shape for all providers; nothing here knows a wire.

mod call;
mod event;
mod failure;
mod message;
mod reply;

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

pub use call::{About, AnswerSchema, Call, Effort, Tool, ToolChoice};
pub use event::{Event, Tokens};
pub use failure::{ModelFailure, add_usage};
pub use message::{Image, Message, Part, Role, ToolCall, ToolResult};
pub use reply::{Finish, Reply};

/// Longest text that is taken from a model, in bytes; the arguments of all calls likewise.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// Receives text as it comes. What it was given may still turn out to be cut short.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Receives an answer's events as they come; they may still turn out to be cut short.
pub type Watch = Arc<dyn Fn(&Event) + Send + Sync>;

/// Anything that answers calls.
pub trait Model: Send + Sync {
    /// Answers one call with whatever the model says: words, calls of tools, a refusal.
    fn answer(&self, call: Call, watch: Option<Watch>) -> BoxFuture<'_, Result<Reply, ModelFailure>>;

    /// Answers one call in words. With a sink the text is also handed over as it comes. A refusal, an
    /// empty answer and a call of a tool where words were asked are failures.
    fn chat(&self, call: Call, sink: Option<Sink>) -> BoxFuture<'_, Result<Reply, ModelFailure>> {
        let watch = sink.map(|sink| -> Watch {
            Arc::new(move |event: &Event| {
                if let Event::Text(text) = event {
                    sink(text);
                }
            })
        });
        async move { words(self.answer(call, watch).await?) }.boxed()
    }

    /// What people and records call it.
    fn name(&self) -> &str;

    /// True for a language model. Rules that stand in for one say false, and answers say so.
    fn is_ai(&self) -> bool {
        true
    }
}

fn words(reply: Reply) -> Result<Reply, ModelFailure> {
    if reply.refusal.is_some() || reply.finish == Finish::Filter {
        let why = reply.refusal.as_deref().unwrap_or("content filter");
        return Err(ModelFailure::refused(why).used(reply.usage));
    }
    if !reply.calls.is_empty() {
        let failure = ModelFailure::bad_answer(
            "the model called a tool where words were asked",
            "글을 요청했는데 모델이 도구를 불렀어요",
        );
        return Err(failure.used(reply.usage));
    }
    if reply.text.trim().is_empty() {
        return Err(ModelFailure::bad_answer("the answer is empty", "답이 비어 있어요").used(reply.usage));
    }
    Ok(reply)
}
