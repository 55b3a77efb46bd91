//! The queue: claiming, giving back, taking over from workers that fell silent.

use std::collections::BTreeMap;

use metel_model::id::{RunId, WorkerId, WorkspaceId};
use metel_model::task::Task;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::{Engine, Store, by_way};
use crate::value::{Row, args};

pub(crate) fn read(mut row: Row) -> Result<Task, StoreError> {
    Ok(Task {
        workspace: row.next()?,
        run: row.next()?,
        slot: row.next()?,
        step: row.next()?,
        intent: row.next()?,
        due: row.next()?,
        owner: row.next()?,
        priority: row.next()?,
        needs: Some(row.next::<String>()?).filter(|needs| !needs.is_empty()),
    })
}

/// What a worker asks the queue for.
#[derive(Debug, Clone)]
pub struct Claim {
    pub worker: WorkerId,
    /// What it is able to do; tasks that need more are left to others.
    pub can: Vec<String>,
    pub now: Micros,
    /// Most tasks.
    pub limit: u32,
}

impl Store {
    /// Takes up to `limit` due tasks that nobody holds; they are the worker's once this answers.
    /// Workspaces take turns and share alike, however many tasks each has; within one, larger priorities
    /// and then earlier times go first.
    pub async fn claim(&self, wanted: Claim) -> Result<Vec<Task>, StoreError> {
        let mut claimed: Vec<Task> = Vec::new();
        let mut wanted = wanted;
        loop {
            let more = self.claim_turn(&wanted).await?;
            let mut counts: BTreeMap<WorkspaceId, u32> = BTreeMap::new();
            for task in &more {
                *counts.entry(task.workspace).or_default() += 1;
            }
            let share = (wanted.limit / counts.len().max(1) as u32).max(1);
            wanted.limit = wanted.limit.saturating_sub(more.len() as u32);
            claimed.extend(more);
            // What some workspaces do not need of their share is for those that used theirs up.
            if wanted.limit == 0 || !counts.values().any(|count| *count >= share) {
                break;
            }
        }
        claimed.sort_by_key(|task| (std::cmp::Reverse(task.priority), task.due));
        Ok(claimed)
    }

    /// One turn of every workspace that has due tasks.
    async fn claim_turn(&self, wanted: &Claim) -> Result<Vec<Task>, StoreError> {
        by_way!(self, Claim, self.claim_here(wanted))
    }

    async fn claim_here(&self, wanted: &Claim) -> Result<Vec<Task>, StoreError> {
        let after = *self.0.served.lock();
        let claimed = match &self.0.engine {
            Engine::Sqlite(engine) => engine.claim(wanted.clone(), after).await?,
            Engine::Postgres(engine) => all(engine.claim(wanted, after).await?.rows, read)?,
        };
        // The last in the order of turns: behind `after` first, then round again.
        let last = claimed.iter().map(|task| task.workspace).max_by_key(|workspace| (*workspace <= after, *workspace));
        if let Some(last) = last {
            *self.0.served.lock() = last;
        }
        Ok(claimed)
    }

    /// When the earliest task that nobody holds falls due, of those a worker that `can` do this is able to
    /// do; it may be past.
    pub async fn next_due(&self, can: &[String]) -> Result<Option<Micros>, StoreError> {
        by_way!(self, Read, self.next_due_here(can))
    }

    async fn next_due_here(&self, can: &[String]) -> Result<Option<Micros>, StoreError> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.next_due(can.to_vec()).await,
            Engine::Postgres(engine) => engine.next_due(can).await,
        }
    }

    /// Fences the workers that were silent since before `now`, and takes over up to `limit` tasks of
    /// fenced or unknown ones. `Micros(i64::MAX)` means every other worker.
    pub async fn orphans(&self, now: Micros, me: WorkerId, limit: u32) -> Result<Vec<Task>, StoreError> {
        match &self.0.engine {
            Engine::Sqlite(_) => drop(self.act(&sql::WORKERS_FENCE, args![now, me]).await?),
            Engine::Postgres(engine) => engine.fence(now, me).await?,
        }
        let taken = self.act(&sql::TASKS_TAKE_OVER, args![me, limit]).await?;
        all(taken.rows, read)
    }

    /// Gives a task back; false when this worker did not hold it.
    pub async fn release(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        slot: u16,
        owner: WorkerId,
    ) -> Result<bool, StoreError> {
        let released = self.act(&sql::TASKS_RELEASE, args![workspace, run, slot, owner]).await?.changed > 0;
        if released {
            self.signal_tasks();
        }
        Ok(released)
    }

    /// Gives everything back that a worker holds, as it ends; how many that were.
    pub async fn release_all(&self, owner: WorkerId) -> Result<u64, StoreError> {
        let released = self.act(&sql::TASKS_RELEASE_ALL, args![owner]).await?.changed;
        if released > 0 {
            self.signal_tasks();
        }
        Ok(released)
    }

    /// Up to `limit` tasks that a worker holds.
    pub async fn tasks_of(&self, owner: WorkerId, limit: u32) -> Result<Vec<Task>, StoreError> {
        all(self.rows(&sql::TASKS_OF_OWNER, args![owner, limit]).await?, read)
    }

    /// A run's rows in the queue.
    pub async fn tasks(&self, workspace: WorkspaceId, run: RunId) -> Result<Vec<Task>, StoreError> {
        all(self.rows(&sql::TASKS_OF_RUN, args![workspace, run]).await?, read)
    }
}
