//! For tests and benchmarks: a PostgreSQL server, sample runs whose commits look like the engine's, and
//! fronts for simulated processes that share a store.

pub(crate) mod front;
mod postgres;
mod sample;

pub use front::{Act, Front};
pub use postgres::Postgres;
pub use sample::{SampleRun, run_id, worker_id, workspace_id};
