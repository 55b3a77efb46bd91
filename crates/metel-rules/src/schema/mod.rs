//! JSON Schema (2020-12, 2019-09, 7, 6, 4) over JSON values. Nothing is ever fetched: what a schema
//! refers to is given with it. Schemas and values that would take long are refused by an estimate
//! of the work, made before any of it is done.

mod close;
mod compiled;
mod cost;
mod given;
mod limits;
mod reach;
mod strip;
#[cfg(test)]
mod tests;
mod violation;

pub use close::normalise_tool_input;
pub use compiled::{Draft, Schema, SchemaError};
pub use limits::{MAX_DEPTH, MAX_NODES, MAX_PAIRS, MAX_REACH, MAX_VIOLATIONS, MAX_WORK};
pub use strip::strip_extra;
pub use violation::Violation;
