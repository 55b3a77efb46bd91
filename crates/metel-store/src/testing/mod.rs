//! For tests and benchmarks: a PostgreSQL server, and sample runs whose commits look like the engine's.

mod postgres;
mod sample;

pub use postgres::Postgres;
pub use sample::{SampleRun, run_id, worker_id, workspace_id};
