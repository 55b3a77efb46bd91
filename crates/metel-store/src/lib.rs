//! metel-store: the only door to the disk. It alone holds SQL, and it decides nothing.
//!
//! One [`Store`] over two engines, SQLite and PostgreSQL, that behave alike. What a transition writes
//! is one [`Commit`]; it is acknowledged only when it is durable, and refused as a whole when the run
//! has moved on since it was decided.

mod capsule;
mod commit;
pub mod crash;
mod error;
pub mod inspect;
mod migrate;
mod options;
mod postgres;
mod rows;
mod signal;
#[cfg(feature = "simulation")]
pub mod simulated;
mod sql;
mod sqlite;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod value;

pub use capsule::{Capsule, CapsuleContent, CapsuleRun, ContentKind};
pub use commit::{
    ApprovalChange, Blob, CHILDREN_MAX, ClientKey, Commit, Committed, Dead, DeadChange, Header, NEEDS_BYTES_MAX,
    OutboxItem, SubscriptionChange, TaskChange, Wake,
};
pub use error::StoreError;
pub use options::Options;
pub use rows::*;
pub use signal::Signal;
pub use sqlite::limit;
pub use store::Store;
