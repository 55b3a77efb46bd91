//! Hot runs: the states of runs that moved lately. A cache only; the store is the truth, and the
//! version check finds out when another process was faster.

use std::collections::{HashMap, VecDeque};

use metel_model::id::RunId;
use metel_model::run::Run;
use parking_lot::Mutex;

pub(crate) struct Hot {
    max: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    runs: HashMap<RunId, (u64, Run)>,
    /// Runs in the order they were given back, with their ticket; old tickets are skipped.
    order: VecDeque<(u64, RunId)>,
    next: u64,
}

impl Hot {
    pub fn new(max: usize) -> Self {
        Self { max, inner: Mutex::default() }
    }

    pub fn take(&self, run: RunId) -> Option<Run> {
        self.inner.lock().runs.remove(&run).map(|(_, run)| run)
    }

    pub fn give(&self, run: Run) {
        let mut inner = self.inner.lock();
        let ticket = inner.next;
        inner.next += 1;
        inner.order.push_back((ticket, run.id));
        inner.runs.insert(run.id, (ticket, run));
        while inner.runs.len() > self.max || inner.order.len() > self.max * 2 {
            let Some((ticket, id)) = inner.order.pop_front() else { break };
            if inner.runs.get(&id).is_some_and(|(held, _)| *held == ticket) && inner.runs.len() > self.max {
                inner.runs.remove(&id);
            } else if inner.runs.get(&id).is_some_and(|(held, _)| *held == ticket) {
                inner.order.push_back((ticket, id));
                break;
            }
        }
    }

    pub fn forget(&self) {
        *self.inner.lock() = Inner::default();
    }
}
