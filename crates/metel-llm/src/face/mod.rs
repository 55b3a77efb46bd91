//! The gateway as others see it: OpenAI's Chat Completions and Embeddings and Anthropic's Messages, for
//! whichever model stands behind. <https://platform.openai.com/docs/api-reference/chat>
//!
//! Targets that speak this protocol themselves get the request as it came; for the others it is read
//! into a [`crate::Call`] and the answer is written anew.

mod answer;
mod complete;
mod error;
mod messages;
mod peek;
mod request;
mod style;

pub use complete::{Spoken, Told, complete, count_input, embed};
pub use peek::Peek;
pub use style::Style;
