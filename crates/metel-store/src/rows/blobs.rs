//! Large values by content hash, kept apart by workspace.

use bytes::Bytes;
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;

use crate::commit::Blob;
use crate::error::StoreError;
use crate::sql;
use crate::store::{Engine, Store};
use crate::value::args;

impl Store {
    /// Keeps a value outside any commit. Storing it again changes nothing.
    pub async fn put_blob(&self, workspace: WorkspaceId, bytes: impl Into<Bytes>) -> Result<Digest, StoreError> {
        let blob = Blob::of(bytes);
        let Blob { digest, bytes } = blob.clone();
        let size = bytes.len() as u64;
        let mut inline = Some(bytes.to_vec());
        match &self.0.engine {
            Engine::Sqlite(engine) if engine.is_large(bytes.len()) => {
                engine.put_file(workspace, blob).await?;
                inline = None;
            }
            _ => {}
        }
        self.act(&sql::BLOBS_PUT, args![workspace, digest, size, inline]).await?;
        Ok(digest)
    }

    pub async fn blob(&self, workspace: WorkspaceId, digest: Digest) -> Result<Option<Bytes>, StoreError> {
        let Some(mut row) = self.row(&sql::BLOBS_GET, args![workspace, digest]).await? else {
            return Ok(None);
        };
        row.next::<u64>()?;
        if let Some(bytes) = row.next::<Option<Vec<u8>>>()? {
            return Ok(Some(bytes.into()));
        }
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.get_file(workspace, digest).await.map(|bytes| Some(bytes.into())),
            Engine::Postgres(_) => Err(StoreError::Corrupt(format!("value {digest} has no bytes"))),
        }
    }
}
