//! For tests and benchmarks: sample runs whose commits look like the engine's.

mod sample;

pub use sample::{SampleRun, run_id, worker_id, workspace_id};
