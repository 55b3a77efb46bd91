//! The port through which the engine signs: whoever keeps the keys carries it out.

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::id::WorkspaceId;
use metel_tools::vault::Signer;

/// Keeps a workspace's keys, sealed.
pub trait Keys: Send + Sync {
    /// The key that signs the workspace's checkpoints now; made on first use.
    fn signer(&self, workspace: WorkspaceId) -> BoxFuture<'_, Result<Signer, Fault>>;
}
