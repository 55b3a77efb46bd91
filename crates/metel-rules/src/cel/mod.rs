//! Conditions: the Common Expression Language (cel-spec, language definition) over JSON-shaped
//! values. Pure: no clock, no I/O; cut off by fuel, not by time. The whole language but messages
//! and enumerations of protocol buffers, with the string, math, encoder, optional, network,
//! binding and two-variable extensions.
//!
//! Text is parsed here and not by a parser generator's output: a hand-written parser is linear,
//! bounds nesting exactly, and keeps macros whole, so that each loop has one price.

mod arithmetic;
mod ast;
mod calendar;
mod compare;
mod convert;
mod error;
mod evaluate;
mod format;
mod function;
mod lex;
mod limits;
mod literal;
mod macros;
mod math;
mod meter;
mod network;
mod network_calls;
mod optional;
mod parse;
mod pattern;
mod program;
mod resolve;
mod text;
mod time;
mod value;
mod variables;

#[cfg(test)]
mod tests;

pub use error::CelError;
pub use limits::{Fuel, MAX_DEPTH, MAX_NESTING, MAX_SOURCE, MAX_VALUE_DEPTH};
pub(crate) use meter::Meter;
pub use network::Network;
pub(crate) use pattern::{COMPILE_STEPS, Pattern};
pub use program::Program;
pub use time::{Duration, Timestamp};
pub(crate) use value::double_to_json;
pub use value::{CelMap, CelValue, Key};
pub use variables::Resolve;
