//! Workers: who is alive, and who was fenced.

use metel_model::id::WorkerId;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::args;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRow {
    pub id: WorkerId,
    pub name: String,
    pub started: Micros,
    pub alive_until: Micros,
    /// Its tasks were given to others; nothing of it is accepted any more.
    pub fenced: bool,
}

/// Whether there is anything to rescue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// Workers fell silent, or there are tasks of workers that are gone.
    pub lost: bool,
    /// The worker itself holds tasks.
    pub own: bool,
    /// Until when none of the other workers can fall silent.
    pub until: Option<Micros>,
}

impl Store {
    /// One reading that tells whether `orphans` and `tasks_of` would find anything.
    pub async fn quiet(&self, now: Micros, me: WorkerId) -> Result<Quiet, StoreError> {
        let mut row = self.row(&sql::WORKERS_QUIET, args![now, me]).await?.ok_or(StoreError::Closed)?;
        let (silent, lost): (u64, u64) = (row.next()?, row.next()?);
        Ok(Quiet { lost: silent + lost > 0, own: row.next::<u64>()? > 0, until: row.next()? })
    }

    /// Says that a worker lives until `alive_until`; the first time makes it known. `Fenced` when its
    /// tasks were given to others: then it has to start anew under another id.
    pub async fn heartbeat(
        &self,
        worker: WorkerId,
        name: &str,
        now: Micros,
        alive_until: Micros,
    ) -> Result<(), StoreError> {
        let done = self.act(&sql::WORKERS_BEAT, args![worker, name, now, alive_until]).await?;
        if done.rows.is_empty() { Err(StoreError::Fenced) } else { Ok(()) }
    }

    /// A worker whose process has ended for certain: it is silent from now on. One that lives after all says so
    /// with its next beat, or learns that it was fenced.
    pub async fn end_worker(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.act(&sql::WORKERS_END, args![worker]).await?;
        Ok(())
    }

    /// The newest first.
    pub async fn workers(&self, limit: u32) -> Result<Vec<WorkerRow>, StoreError> {
        all(self.rows(&sql::WORKERS_LIST, args![limit]).await?, |mut row| {
            Ok(WorkerRow {
                id: row.next()?,
                name: row.next()?,
                started: row.next()?,
                alive_until: row.next()?,
                fenced: row.next()?,
            })
        })
    }

    /// Removes fenced workers silent since before `before` that hold nothing; how many.
    pub async fn forget_workers(&self, before: Micros) -> Result<u64, StoreError> {
        Ok(self.act(&sql::WORKERS_FORGET, args![before]).await?.changed)
    }
}
