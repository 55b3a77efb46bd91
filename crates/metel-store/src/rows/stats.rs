//! Figures about the store itself.

use metel_model::time::Micros;

use crate::error::StoreError;
use crate::sql::{self, call};
use crate::store::{Engine, Store};
use crate::value::args;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Bytes on disk, the database's log included; files of large values are not counted.
    pub bytes: u64,
    /// Tasks that are due and that nobody holds.
    pub due: u64,
    /// When the oldest of them fell due.
    pub oldest_due: Option<Micros>,
    /// Tasks that workers hold.
    pub held: u64,
}

impl Store {
    /// Tasks that are due and that nobody holds.
    pub async fn due_tasks(&self, now: Micros) -> Result<u64, StoreError> {
        self.row(&sql::TASKS_DUE_COUNT, args![now]).await?.ok_or(StoreError::Closed)?.next()
    }

    pub async fn stats(&self, now: Micros) -> Result<Stats, StoreError> {
        let bytes = match &self.0.engine {
            Engine::Sqlite(engine) => engine.bytes().await?,
            Engine::Postgres(engine) => engine.bytes().await?,
        };
        let calls = vec![call(&sql::TASKS_DUE_COUNT, args![now]), call(&sql::TASKS_HELD, Vec::new())];
        let mut done = self.read(calls).await?.into_iter();
        let mut stats = Stats { bytes, due: 0, oldest_due: None, held: 0 };
        if let Some(mut row) = done.next().and_then(|done| done.one()) {
            (stats.due, stats.oldest_due) = (row.next()?, row.next()?);
        }
        if let Some(mut row) = done.next().and_then(|done| done.one()) {
            stats.held = row.next()?;
        }
        Ok(stats)
    }
}
