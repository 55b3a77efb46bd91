//! How much one process takes on.

use std::time::Duration;

/// Limits of one process. `check` tells every value that makes no sense.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether this process carries out effects, or only takes commands.
    pub worker: bool,
    /// What this worker is able to do beyond what all are (`ffmpeg`, `browser`): it takes the tasks that need it.
    pub can: Vec<String>,
    /// Effects in flight at once.
    pub effects_max: usize,
    /// Runs driven at once from which on no further ones are started here.
    pub drives_max: usize,
    /// Milliseconds that a commit takes from which on no further runs are started here.
    pub commit_ms_max: u64,
    /// Due tasks that wait for a worker from which on no further runs are started.
    pub due_max: u64,
    /// Idle runs kept in memory.
    pub hot_runs_max: usize,
    /// How long a worker may be silent before others take over its tasks.
    pub lease: Duration,
    /// Longest pause between looks for work when nothing tells of any: a net for wake-ups that got lost.
    pub poll: Duration,
    /// How often what is new in the log is signed.
    pub checkpoint: Duration,
    /// How long a process that renews an account's tokens is respected when it says nothing.
    pub renewal: Duration,
    /// A snapshot is written whenever a run has gone through this many events.
    pub snapshot_events: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            worker: true,
            can: Vec::new(),
            effects_max: 256,
            drives_max: 4_096,
            commit_ms_max: 4_000,
            due_max: 20_000,
            hot_runs_max: 1_024,
            lease: Duration::from_secs(10),
            poll: Duration::from_secs(30),
            checkpoint: Duration::from_secs(10),
            renewal: Duration::from_secs(12),
            snapshot_events: 256,
        }
    }
}

impl Options {
    pub fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.worker && self.effects_max == 0 {
            wrong.push("effects_max must be at least 1 on a worker".to_owned());
        }
        if self.drives_max == 0 {
            wrong.push("drives_max must be at least 1".to_owned());
        }
        if self.commit_ms_max == 0 || self.due_max == 0 {
            wrong.push("commit_ms_max and due_max must be at least 1".to_owned());
        }
        if self.lease < Duration::from_secs(1) {
            wrong.push("lease must be at least 1 s".to_owned());
        }
        if self.checkpoint < Duration::from_millis(100) {
            wrong.push("checkpoint must be at least 100 ms".to_owned());
        }
        if self.renewal < Duration::from_millis(500) {
            wrong.push("renewal must be at least 500 ms".to_owned());
        }
        if self.snapshot_events == 0 {
            wrong.push("snapshot_events must be at least 1".to_owned());
        }
        wrong
    }
}
