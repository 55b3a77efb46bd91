//! Commits that wait for a lane. No two lanes ever hold commits that touch the same run or client key.

use std::collections::{HashSet, VecDeque};

use metel_model::id::{RunId, WorkspaceId};
use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use crate::commit::{Commit, Committed};
use crate::error::StoreError;

pub(super) struct Job {
    pub commit: Box<Commit>,
    pub answer: oneshot::Sender<Result<Committed, StoreError>>,
    pub since: Instant,
    /// Its place in the queue.
    pub _permit: OwnedSemaphorePermit,
}

/// What a commit needs for itself while it is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Claim {
    Run(WorkspaceId, RunId),
    Key(WorkspaceId, String),
}

/// What a commit writes alone, and the runs whose tasks it wakes: several may wake the same.
fn claims(commit: &Commit) -> (Vec<Claim>, Vec<Claim>) {
    let mut own: Vec<_> = commit.all().map(|commit| Claim::Run(commit.run.workspace, commit.run.id)).collect();
    own.extend(commit.client_key.as_ref().map(|key| Claim::Key(commit.run.workspace, key.key.clone())));
    let wakes = commit.all().flat_map(|commit| &commit.wakes);
    (own, wakes.map(|wake| Claim::Run(wake.workspace, wake.run)).collect())
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    busy: HashSet<Claim>,
    closed: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

/// A group for one lane, and what it holds until it is done.
pub(super) struct Group {
    pub jobs: Vec<Job>,
    held: Vec<Claim>,
}

impl Queue {
    pub(super) fn push(&self, job: Job) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(StoreError::Closed);
        }
        state.waiting.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Refuses what waits and what comes.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.waiting.clear();
    }

    /// Waits for at least one commit that no other lane stands in the way of.
    pub(super) async fn take(&self, most: usize) -> Group {
        loop {
            let changed = self.changed.notified();
            if let Some(group) = self.try_take(most) {
                return group;
            }
            changed.await;
        }
    }

    fn try_take(&self, most: usize) -> Option<Group> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        let mut jobs = Vec::new();
        let mut own = HashSet::new();
        let mut shared = HashSet::new();
        // What is passed over stays in order: nothing of its runs may overtake it.
        let mut blocked = HashSet::new();
        let mut kept = VecDeque::new();
        while let Some(job) = state.waiting.pop_front() {
            if jobs.len() >= most {
                kept.push_back(job);
                break;
            }
            let (mine, wakes) = claims(&job.commit);
            let barred = |claim: &Claim| state.busy.contains(claim) || own.contains(claim) || blocked.contains(claim);
            if mine.iter().any(|claim| barred(claim) || shared.contains(claim)) || wakes.iter().any(barred) {
                blocked.extend(mine);
                blocked.extend(wakes);
                kept.push_back(job);
                continue;
            }
            own.extend(mine);
            shared.extend(wakes);
            jobs.push(job);
        }
        while let Some(job) = kept.pop_back() {
            state.waiting.push_front(job);
        }
        if jobs.is_empty() {
            return None;
        }
        let held: Vec<Claim> = own.into_iter().chain(shared).collect();
        state.busy.extend(held.iter().cloned());
        let more = !state.waiting.is_empty();
        drop(guard);
        if more {
            self.changed.notify_one();
        }
        Some(Group { jobs, held })
    }

    /// Lets others have what a group held.
    pub(super) fn release(&self, held: &Group) {
        let mut state = self.state.lock();
        for claim in &held.held {
            state.busy.remove(claim);
        }
        let more = !state.waiting.is_empty();
        drop(state);
        if more {
            self.changed.notify_one();
        }
    }
}
