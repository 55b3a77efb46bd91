//! Anthropic's Messages, for whichever model stands behind. <https://docs.anthropic.com/en/api/messages>
//!
//! A body is always read into a [`crate::Call`] and the answer is written anew. What other providers
//! cannot do is refused by name: documents, tools that run at the provider. Thoughts are neither asked
//! for nor given back; how hard a model thinks is carried on as an effort.

mod answer;
mod error;
mod request;

pub(crate) use answer::{Blocks, whole};
pub(crate) use error::error_body;
pub(crate) use request::{read, read_input};
