//! Tools: the contracts that are known, the credentials that open them, and the one function that
//! runs a call. Owns no tables and draws no conclusions: what an outcome means is judged elsewhere.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod builtin;
pub mod oauth;
pub mod redact;
pub mod registry;
pub mod run;
pub mod vault;

pub use redact::Redactor;
pub use registry::Registry;
pub use run::{Credential, ToolCall, Tools};
