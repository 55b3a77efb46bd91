//! Interface descriptions (OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0) read into tool contracts.
//!
//! Every operation becomes a contract or is named with the reason why not. Nothing is fetched: a
//! description stands for itself. It is hostile until read: bounded in bytes, nodes, depth, texts,
//! paths and in what its references may unfold to.

mod body;
mod contract;
mod document;
pub mod door;
mod import;
mod limits;
mod name;
mod node;
mod operation;
mod parameter;
mod risk;
mod schema;
mod security;
mod server;
#[cfg(test)]
mod tests;
mod text;

pub use document::{Document, ImportFault};
pub use import::{Choice, Import, Imported, Skipped};
