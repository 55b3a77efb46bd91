//! Sessions: lines of requests of one person that share what they made.

use metel_model::id::{SessionId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub workspace: WorkspaceId,
    pub id: SessionId,
    pub person: String,
    /// JSON text.
    pub body: String,
    pub created_at: Micros,
    pub updated_at: Micros,
}

fn read(mut row: Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        workspace: row.next()?,
        id: row.next()?,
        person: row.next()?,
        body: row.next()?,
        created_at: row.next()?,
        updated_at: row.next()?,
    })
}

impl Store {
    /// Adds a session or writes its body anew.
    pub async fn put_session(&self, row: &SessionRow) -> Result<(), StoreError> {
        let args = args![row.workspace, row.id, &row.person, &row.body, row.created_at, row.updated_at];
        self.act(&sql::SESSIONS_PUT, args).await?;
        Ok(())
    }

    pub async fn session(&self, workspace: WorkspaceId, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        self.row(&sql::SESSIONS_GET, args![workspace, id]).await?.map(read).transpose()
    }

    /// A person's sessions, the last used first.
    pub async fn sessions(
        &self,
        workspace: WorkspaceId,
        person: &str,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        all(self.rows(&sql::SESSIONS_NEWEST, args![workspace, person, limit]).await?, read)
    }
}
