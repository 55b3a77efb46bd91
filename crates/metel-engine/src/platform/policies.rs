//! The workspace's policy document.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::policy::Policy;
use metel_model::time::Micros;
use metel_store::PolicyRow;

use super::{Platform, Shared};

impl Shared {
    pub async fn policy(&self, workspace: WorkspaceId) -> Result<Policy, Fault> {
        match self.store.policy(workspace).await? {
            Some(row) => serde_json::from_str(&row.body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e)),
            None => Ok(Policy::default()),
        }
    }
}

/// One version of the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyVersion {
    pub version: u32,
    pub digest: Digest,
    pub by: String,
    pub created_at: Micros,
    pub policy: Policy,
}

/// Versions that are shown.
const VERSIONS_SHOWN: u32 = 200;

impl Platform {
    /// The newest versions, newest first.
    pub async fn policies(&self, workspace: WorkspaceId) -> Result<Vec<PolicyVersion>, Fault> {
        let rows = self.shared.store.policies(workspace, VERSIONS_SHOWN).await?;
        let read = |row: PolicyRow| {
            let policy = serde_json::from_str(&row.body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            Ok(PolicyVersion {
                version: row.version,
                digest: row.digest,
                by: row.by,
                created_at: row.created_at,
                policy,
            })
        };
        rows.into_iter().map(read).collect()
    }

    pub async fn policy(&self, workspace: WorkspaceId) -> Result<Policy, Fault> {
        self.shared.policy(workspace).await
    }

    /// Puts a new version of the policy in force; with any fault nothing changes.
    pub async fn set_policy(&self, workspace: WorkspaceId, policy: &Policy, by: &str) -> Result<u32, Fault> {
        let faults = metel_rules::policy::check_rules(policy);
        if !faults.is_empty() {
            return Err(Fault::new(Code::FieldInvalid).about("policy").fields(faults));
        }
        let body = serde_json::to_string(policy).map_err(|e| Fault::new(Code::Internal).about(e))?;
        let row = PolicyRow {
            workspace,
            version: 0,
            digest: Digest::of(body.as_bytes()),
            body,
            by: by.to_owned(),
            created_at: self.shared.clock.now(),
        };
        let version = self.shared.store.add_policy(&row).await?;
        self.engine.facts_changed(workspace);
        Ok(version)
    }
}
