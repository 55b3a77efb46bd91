//! Plans that were shown and not yet run.

use metel_model::id::{PlanId, WorkspaceId};
use metel_model::time::Micros;

use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    pub workspace: WorkspaceId,
    pub id: PlanId,
    pub by: String,
    /// JSON text.
    pub body: String,
    pub created_at: Micros,
    pub expires_at: Micros,
}

fn read(mut row: Row) -> Result<PlanRow, StoreError> {
    Ok(PlanRow {
        workspace: row.next()?,
        id: row.next()?,
        by: row.next()?,
        body: row.next()?,
        created_at: row.next()?,
        expires_at: row.next()?,
    })
}

impl Store {
    pub async fn put_plan(&self, row: &PlanRow) -> Result<(), StoreError> {
        let args = args![row.workspace, row.id, &row.by, &row.body, row.created_at, row.expires_at];
        self.act(&sql::PLANS_PUT, args).await?;
        Ok(())
    }

    pub async fn plan(&self, workspace: WorkspaceId, id: PlanId) -> Result<Option<PlanRow>, StoreError> {
        self.row(&sql::PLANS_GET, args![workspace, id]).await?.map(read).transpose()
    }

    /// Takes a plan out, so that only one caller gets it.
    pub async fn take_plan(&self, workspace: WorkspaceId, id: PlanId) -> Result<Option<PlanRow>, StoreError> {
        self.act(&sql::PLANS_TAKE, args![workspace, id]).await?.one().map(read).transpose()
    }

    /// Removes plans whose time is over; how many.
    pub async fn prune_plans(&self, now: Micros) -> Result<u64, StoreError> {
        Ok(self.act(&sql::PLANS_PRUNE, args![now]).await?.changed)
    }
}
