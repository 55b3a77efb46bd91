//! Effects of this process that are under way: from their beginning until the driver takes what came of
//! them. Whatever else this worker holds and nobody drives was left behind by a fault.

use std::collections::HashSet;

use metel_model::id::RunId;
use parking_lot::Mutex;

#[derive(Default)]
pub(crate) struct Flying(Mutex<HashSet<(RunId, String, u32)>>);

impl Flying {
    /// False when it is under way already.
    pub fn begins(&self, run: RunId, step: &str, intent: u32) -> bool {
        self.0.lock().insert((run, step.to_owned(), intent))
    }

    pub fn ends(&self, run: RunId, step: &str, intent: u32) {
        self.0.lock().remove(&(run, step.to_owned(), intent));
    }

    pub fn has(&self, run: RunId, step: &str, intent: u32) -> bool {
        self.0.lock().contains(&(run, step.to_owned(), intent))
    }
}
