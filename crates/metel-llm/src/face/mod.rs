//! The gateway as others see it: OpenAI's Chat Completions and Embeddings, for whichever model stands
//! behind. <https://platform.openai.com/docs/api-reference/chat>
//!
//! Targets that speak this protocol themselves get the request as it came; for the others it is read
//! into a [`crate::Call`] and the answer is written anew.

mod answer;
mod complete;
mod error;
mod peek;
mod request;

pub use complete::{Spoken, complete, embed};
pub use error::error_body;
pub use peek::Peek;
