//! Anthropic Messages. <https://docs.anthropic.com/en/api/messages>
//!
//! A schema for the answer is asked for as a tool that must be called, which every model takes; its
//! arguments come back as the answer's text. Seeds are unknown there and left out.

pub(super) mod answer;
pub(super) mod request;

/// Whether the answer's schema goes as a tool: where other tools may be called too it goes in words.
fn answers_by_tool(call: &crate::model::Call) -> bool {
    call.schema.is_some() && call.tools.is_empty()
}
