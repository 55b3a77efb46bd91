//! Keys that seal data, themselves sealed by the master key.

use metel_model::id::WorkspaceId;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKeyRow {
    pub workspace: WorkspaceId,
    pub key_id: String,
    pub sealed: Vec<u8>,
    pub created_at: Micros,
    /// It still opens what it sealed, but seals nothing new.
    pub retired_at: Option<Micros>,
}

fn read(mut row: Row) -> Result<DataKeyRow, StoreError> {
    Ok(DataKeyRow {
        workspace: row.next()?,
        key_id: row.next()?,
        sealed: row.next()?,
        created_at: row.next()?,
        retired_at: row.next()?,
    })
}

impl Store {
    pub async fn put_data_key(&self, row: &DataKeyRow) -> Result<(), StoreError> {
        let args = args![row.workspace, &row.key_id, row.sealed.as_slice(), row.created_at, row.retired_at];
        self.act(&sql::DATA_KEYS_PUT, args).await?;
        Ok(())
    }

    /// The same key under another master key; false when somebody was faster. `row` holds what is there now.
    pub async fn rewrap_data_key(&self, row: &DataKeyRow, sealed: &[u8]) -> Result<bool, StoreError> {
        let args = args![row.workspace, &row.key_id, sealed, row.sealed.as_slice()];
        Ok(self.act(&sql::DATA_KEYS_REWRAP, args).await?.changed > 0)
    }

    /// Oldest first.
    pub async fn data_keys(&self, workspace: WorkspaceId) -> Result<Vec<DataKeyRow>, StoreError> {
        all(self.rows(&sql::DATA_KEYS_LIST, args![workspace]).await?, read)
    }

    /// Destroys a key: what it sealed can be read by nobody any more.
    pub async fn remove_data_key(&self, workspace: WorkspaceId, key_id: &str) -> Result<bool, StoreError> {
        Ok(self.act(&sql::DATA_KEYS_REMOVE, args![workspace, key_id]).await?.changed > 0)
    }
}
