//! The port through which the engine signs and seals: whoever keeps the keys carries it out.

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::subject::Subject;
use metel_tools::vault::{DataKey, Signer};

/// Keeps a workspace's keys, sealed.
pub trait Keys: Send + Sync {
    /// The key that signs the workspace's checkpoints now; made on first use.
    fn signer(&self, workspace: WorkspaceId) -> BoxFuture<'_, Result<Signer, Fault>>;
    /// A subject with the key that seals for it now; made on first use.
    fn subject<'k>(&'k self, workspace: WorkspaceId, id: &'k str) -> BoxFuture<'k, Result<Subject, Fault>>;
    /// A subject's key by its name; none once it was destroyed.
    fn subject_key<'k>(&'k self, workspace: WorkspaceId, key: &'k str)
    -> BoxFuture<'k, Result<Option<DataKey>, Fault>>;
    /// The name under which a sealed value of that digest is found.
    fn value_name(&self, workspace: WorkspaceId, digest: Digest) -> BoxFuture<'_, Result<Digest, Fault>>;
}
