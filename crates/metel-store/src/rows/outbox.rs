//! The outbox: what commits want delivered. At least once: an item comes back until it is done.

use metel_model::id::{OutboxId, WorkspaceId};
use metel_model::task::PARKED;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub workspace: WorkspaceId,
    pub id: OutboxId,
    pub kind: String,
    /// JSON text.
    pub body: String,
    pub due: Micros,
    /// Times taken, this one included.
    pub attempts: u32,
    pub error: Option<String>,
}

fn read(mut row: Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        workspace: row.next()?,
        id: row.next()?,
        kind: row.next()?,
        body: row.next()?,
        due: row.next()?,
        attempts: row.next()?,
        error: row.next()?,
    })
}

impl Store {
    /// Takes up to `limit` due items; whoever takes one has until `back_at` before it comes back.
    pub async fn outbox_take(&self, now: Micros, back_at: Micros, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        all(self.act(&sql::OUTBOX_TAKE, args![now, back_at, limit]).await?.rows, read)
    }

    /// For whoever has the store alone: what others took and would come back by `until` is due now; how many.
    pub async fn outbox_take_back(&self, now: Micros, until: Micros) -> Result<u64, StoreError> {
        Ok(self.act(&sql::OUTBOX_TAKE_BACK, args![now, until]).await?.changed)
    }

    /// It was delivered.
    pub async fn outbox_done(&self, workspace: WorkspaceId, id: OutboxId) -> Result<bool, StoreError> {
        Ok(self.act(&sql::OUTBOX_DONE, args![workspace, id]).await?.changed > 0)
    }

    /// It was not delivered: again at `due`, or never by itself with `PARKED`.
    pub async fn outbox_retry(
        &self,
        workspace: WorkspaceId,
        id: OutboxId,
        due: Micros,
        error: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.act(&sql::OUTBOX_RETRY, args![workspace, id, due, error]).await?.changed > 0)
    }

    /// When the earliest item falls due; it may be past.
    pub async fn outbox_next_due(&self) -> Result<Option<Micros>, StoreError> {
        match self.row(&sql::OUTBOX_NEXT_DUE, Vec::new()).await? {
            Some(mut row) => row.next(),
            None => Ok(None),
        }
    }

    /// Items that were given up, oldest first; their `due` is `PARKED`.
    pub async fn outbox_parked(&self, workspace: WorkspaceId, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = all(self.rows(&sql::OUTBOX_PARKED, args![workspace, limit]).await?, read)?;
        debug_assert!(rows.iter().all(|row| row.due == PARKED));
        Ok(rows)
    }
}
