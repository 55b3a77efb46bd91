//! The keys that sign checkpoints: public halves for ever, the private half of the newest, sealed.

use metel_model::checkpoint::NotaryKey;
use metel_model::id::WorkspaceId;

use super::all;
use crate::error::StoreError;
use crate::sql::{self, call};
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotaryKeyRow {
    pub workspace: WorkspaceId,
    pub key: NotaryKey,
    /// The data key that seals the private half.
    pub key_id: String,
    /// None once another key signs.
    pub sealed: Option<Vec<u8>>,
}

fn read(mut row: Row) -> Result<NotaryKeyRow, StoreError> {
    Ok(NotaryKeyRow {
        workspace: row.next()?,
        key: NotaryKey {
            number: row.next()?,
            public: row.next()?,
            at: row.next()?,
            previous: row.next()?,
            signature: row.next()?,
        },
        key_id: row.next()?,
        sealed: row.next()?,
    })
}

impl Store {
    /// Keeps a new key and destroys the private halves of those before it. `Conflict` where its number is taken.
    pub async fn add_notary_key(&self, row: &NotaryKeyRow) -> Result<(), StoreError> {
        let NotaryKeyRow { workspace, key, key_id, sealed } = row;
        let values =
            args![*workspace, key.number, key.public, key.at, key.previous, key.signature, key_id, sealed.clone()];
        self.write(vec![
            call(&sql::NOTARY_KEYS_ADD, values),
            call(&sql::NOTARY_KEYS_RETIRE, args![*workspace, key.number]),
        ])
        .await?;
        Ok(())
    }

    /// Oldest first.
    pub async fn notary_keys(&self, workspace: WorkspaceId) -> Result<Vec<NotaryKeyRow>, StoreError> {
        all(self.rows(&sql::NOTARY_KEYS_LIST, args![workspace]).await?, read)
    }
}
