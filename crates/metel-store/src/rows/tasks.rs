//! The queue: claiming, giving back, taking over from workers that fell silent.

use metel_model::id::{RunId, WorkerId, WorkspaceId};
use metel_model::task::Task;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::{Engine, Store};
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
    })
}

impl Store {
    /// Takes up to `limit` due tasks that nobody holds; they are the worker's once this answers.
    /// Workspaces share alike; within one, larger priorities and earlier times go first.
    pub async fn claim(&self, worker: WorkerId, now: Micros, limit: u32) -> Result<Vec<Task>, StoreError> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.claim(worker, now, limit).await,
            Engine::Postgres(engine) => all(engine.claim(worker, now, limit).await?.rows, read),
        }
    }

    /// When the earliest task that nobody holds falls due; it may be past.
    pub async fn next_due(&self) -> Result<Option<Micros>, StoreError> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.next_due().await,
            Engine::Postgres(engine) => engine.next_due().await,
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
