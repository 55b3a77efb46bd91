//! The SQLite engine: one writer thread that groups commits, and reader threads beside it.
//!
//! One process owns the data folder; a second one is refused by name.

mod backup;
mod claim;
mod commit;
mod files;
mod limit;
mod lock;
mod open;
mod post;
mod reader;
mod run;
mod topics;
mod writer;

pub use limit::limit;
pub(crate) use lock::Lock;
pub(crate) use open::Sqlite;
