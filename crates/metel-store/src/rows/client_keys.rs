//! Callers' own keys for starts. They are written by commits only.

use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::time::Micros;

use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::args;

impl Store {
    /// The run that a key started and the digest of what was asked, while the key holds.
    pub async fn client_key(
        &self,
        workspace: WorkspaceId,
        key: &str,
        now: Micros,
    ) -> Result<Option<(RunId, Digest)>, StoreError> {
        match self.row(&sql::CLIENT_KEYS_GET, args![workspace, key, now]).await? {
            Some(mut row) => Ok(Some((row.next()?, row.next()?))),
            None => Ok(None),
        }
    }

    /// Removes keys whose time is over; how many.
    pub async fn prune_client_keys(&self, now: Micros) -> Result<u64, StoreError> {
        Ok(self.act(&sql::CLIENT_KEYS_PRUNE, args![now]).await?.changed)
    }
}
