//! Workspaces: the tenants.

use metel_model::id::WorkspaceId;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRow {
    pub id: WorkspaceId,
    /// Unique; what an address or a command line says.
    pub name: String,
    pub title: String,
    pub created_at: Micros,
}

fn read(mut row: Row) -> Result<WorkspaceRow, StoreError> {
    Ok(WorkspaceRow { id: row.next()?, name: row.next()?, title: row.next()?, created_at: row.next()? })
}

impl Store {
    /// Adds a workspace or changes its names. `Conflict` when another one has the name.
    pub async fn put_workspace(&self, row: &WorkspaceRow) -> Result<(), StoreError> {
        self.act(&sql::WORKSPACES_PUT, args![row.id, &row.name, &row.title, row.created_at]).await?;
        Ok(())
    }

    pub async fn workspace(&self, id: WorkspaceId) -> Result<Option<WorkspaceRow>, StoreError> {
        self.row(&sql::WORKSPACES_GET, args![id]).await?.map(read).transpose()
    }

    /// All of them, in the order they were made.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceRow>, StoreError> {
        all(self.rows(&sql::WORKSPACES_LIST, Vec::new()).await?, read)
    }
}
