//! Connections: a workspace's accounts at services.

use metel_model::id::{ConnectionId, SecretId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    pub workspace: WorkspaceId,
    pub id: ConnectionId,
    pub service: String,
    /// Unique for the service in the workspace.
    pub name: String,
    pub state: String,
    /// Everything else, as JSON text; no credential.
    pub body: String,
    /// Where the credential is.
    pub secret: Option<SecretId>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

fn read(mut row: Row) -> Result<ConnectionRow, StoreError> {
    Ok(ConnectionRow {
        workspace: row.next()?,
        id: row.next()?,
        service: row.next()?,
        name: row.next()?,
        state: row.next()?,
        body: row.next()?,
        secret: row.next()?,
        created_at: row.next()?,
        updated_at: row.next()?,
    })
}

impl Store {
    /// Adds a connection or changes one. `Conflict` when another one of the service has the name.
    pub async fn put_connection(&self, row: &ConnectionRow) -> Result<(), StoreError> {
        let args = args![
            row.workspace,
            row.id,
            &row.service,
            &row.name,
            &row.state,
            &row.body,
            row.secret,
            row.created_at,
            row.updated_at
        ];
        self.act(&sql::CONNECTIONS_PUT, args).await?;
        Ok(())
    }

    pub async fn connection(
        &self,
        workspace: WorkspaceId,
        id: ConnectionId,
    ) -> Result<Option<ConnectionRow>, StoreError> {
        self.row(&sql::CONNECTIONS_GET, args![workspace, id]).await?.map(read).transpose()
    }

    /// In order of services and names.
    pub async fn connections(&self, workspace: WorkspaceId) -> Result<Vec<ConnectionRow>, StoreError> {
        all(self.rows(&sql::CONNECTIONS_LIST, args![workspace]).await?, read)
    }

    pub async fn remove_connection(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<bool, StoreError> {
        Ok(self.act(&sql::CONNECTIONS_REMOVE, args![workspace, id]).await?.changed > 0)
    }
}
