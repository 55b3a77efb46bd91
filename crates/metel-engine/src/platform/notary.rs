//! Another key for the notary, as an act that the workspace's journal tells of.

use metel_model::Fault;
use metel_model::checkpoint::NotaryKey;
use metel_model::id::WorkspaceId;
use serde_json::json;

use super::Platform;

impl Platform {
    /// Lets another key sign checkpoints from now on; the old one vouches for it.
    pub async fn rotate_notary_key(&self, workspace: WorkspaceId, by: &str) -> Result<NotaryKey, Fault> {
        let key = self.shared.keyring.rotate_signer(workspace).await?;
        let event = json!({"type": "notary_key_rotated", "number": key.number, "public": key.public, "by": by});
        self.engine().write_down(workspace, "rotate_notary_key", by, &[event]).await?;
        Ok(key)
    }
}
