//! A workspace's present facts, with their digest; read again when something was changed.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Facts under their digest.
#[derive(Debug, Clone)]
pub struct Bound {
    pub digest: Digest,
    pub facts: Arc<Facts>,
}

impl Bound {
    /// The digest is over the JSON text that is stored as a blob.
    pub fn new(facts: Facts) -> (Self, String) {
        let text = serde_json::to_string(&facts).unwrap_or_default();
        (Self { digest: Digest::of(text.as_bytes()), facts: Arc::new(facts) }, text)
    }
}

/// Older than facts may be when something new is decided.
const AGED: std::time::Duration = std::time::Duration::from_secs(60);

/// The newest known facts of each workspace.
#[derive(Default)]
pub(crate) struct Present(Mutex<HashMap<WorkspaceId, (Bound, Instant)>>);

impl Present {
    /// The facts, unless they are older than `age_max` allows.
    pub fn get(&self, workspace: WorkspaceId, age_max: std::time::Duration) -> Option<Bound> {
        self.0.lock().get(&workspace).filter(|(_, at)| at.elapsed() < age_max).map(|(bound, _)| bound.clone())
    }

    pub fn put(&self, workspace: WorkspaceId, bound: Bound) {
        self.0.lock().insert(workspace, (bound, Instant::now()));
    }

    pub fn forget(&self, workspace: WorkspaceId) {
        self.0.lock().remove(&workspace);
    }

    /// None of it counts as fresh any more; what is being decided goes on with it.
    pub fn age_all(&self) {
        for (_, at) in self.0.lock().values_mut() {
            *at = at.checked_sub(AGED).unwrap_or(*at);
        }
    }
}
