//! Settings: JSON by key. Those of the whole installation stand under the nil workspace.

use metel_model::id::WorkspaceId;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::args;

impl Store {
    /// `body` is JSON text.
    pub async fn put_setting(
        &self,
        workspace: WorkspaceId,
        key: &str,
        body: &str,
        at: Micros,
    ) -> Result<(), StoreError> {
        self.act(&sql::SETTINGS_PUT, args![workspace, key, body, at]).await?;
        Ok(())
    }

    pub async fn setting(&self, workspace: WorkspaceId, key: &str) -> Result<Option<String>, StoreError> {
        match self.row(&sql::SETTINGS_GET, args![workspace, key]).await? {
            Some(mut row) => row.next().map(Some),
            None => Ok(None),
        }
    }

    /// In order of keys.
    pub async fn settings(&self, workspace: WorkspaceId) -> Result<Vec<(String, String)>, StoreError> {
        all(self.rows(&sql::SETTINGS_LIST, args![workspace]).await?, |mut row| Ok((row.next()?, row.next()?)))
    }

    pub async fn remove_setting(&self, workspace: WorkspaceId, key: &str) -> Result<bool, StoreError> {
        Ok(self.act(&sql::SETTINGS_REMOVE, args![workspace, key]).await?.changed > 0)
    }
}
