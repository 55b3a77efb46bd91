//! Users: people and machine accounts of a workspace.

use metel_model::id::{UserId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    pub workspace: WorkspaceId,
    pub id: UserId,
    /// Unique in the workspace.
    pub name: String,
    pub email: Option<String>,
    pub role: String,
    /// A password hash in PHC form; never the password.
    pub password: Option<String>,
    pub active: bool,
    pub created_at: Micros,
}

fn read(mut row: Row) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        workspace: row.next()?,
        id: row.next()?,
        name: row.next()?,
        email: row.next()?,
        role: row.next()?,
        password: row.next()?,
        active: row.next()?,
        created_at: row.next()?,
    })
}

impl Store {
    /// Adds a user or changes one. `Conflict` when another one has the name or there is no such workspace.
    pub async fn put_user(&self, row: &UserRow) -> Result<(), StoreError> {
        let args = args![
            row.workspace,
            row.id,
            &row.name,
            row.email.as_ref(),
            &row.role,
            row.password.as_ref(),
            row.active,
            row.created_at
        ];
        self.act(&sql::USERS_PUT, args).await?;
        Ok(())
    }

    pub async fn user(&self, workspace: WorkspaceId, id: UserId) -> Result<Option<UserRow>, StoreError> {
        self.row(&sql::USERS_GET, args![workspace, id]).await?.map(read).transpose()
    }

    pub async fn user_by_name(&self, workspace: WorkspaceId, name: &str) -> Result<Option<UserRow>, StoreError> {
        self.row(&sql::USERS_BY_NAME, args![workspace, name]).await?.map(read).transpose()
    }

    /// In order of names.
    pub async fn users(&self, workspace: WorkspaceId) -> Result<Vec<UserRow>, StoreError> {
        all(self.rows(&sql::USERS_LIST, args![workspace]).await?, read)
    }

    pub async fn remove_user(&self, workspace: WorkspaceId, id: UserId) -> Result<bool, StoreError> {
        Ok(self.act(&sql::USERS_REMOVE, args![workspace, id]).await?.changed > 0)
    }
}
