//! JSONPath (RFC 9535): choosing parts of a JSON document. Pure, and cut off by a count of visited
//! nodes, so that no selector over any document runs long. Selectors that the standard calls
//! invalid are refused when parsed, among them ill-typed function calls.

mod evaluate;
mod functions;
mod limits;
mod location;
mod parse;
mod path;
mod read;
mod syntax;
#[cfg(test)]
mod tests;

pub use limits::{MAX_NESTING, MAX_SELECTOR, MAX_VISITS};
pub use path::{Located, Path, PathError};
