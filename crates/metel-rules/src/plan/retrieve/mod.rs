//! Which few of many tools a request may need: lexical ranking (Okapi BM25, Robertson and Zaragoza
//! 2009) with a small table of what words mean, optional vectors and prior, and the producers of what the chosen ones need.

mod bm25;
mod cache;
mod closure;
mod door;
mod gloss;
mod meaning;
mod parts;
mod terms;

pub(crate) use terms::is_hangul;

pub use bm25::{Hit, Index, Signals};
pub use closure::close;
pub use door::Pool;
pub use terms::terms;

/// How many tools are shown unless a workspace says otherwise.
pub const TOP_K: usize = 8;
