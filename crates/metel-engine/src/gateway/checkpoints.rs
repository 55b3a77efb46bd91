//! Whether the signed checkpoints hold: keys, numbers, signatures, what they name. What they say of each chain
//! is held against that chain by its own audit.

use metel_model::Fault;
use metel_model::checkpoint::{Checkpoint, Leaf, NotaryKey, root};
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::time::Micros;
use metel_rules::audit::CLOCK_SLACK_MS;
use metel_tools::vault::is_signed;

use crate::engine::Engine;

/// Checkpoints read at once.
const PAGE: u32 = 200;

/// What the check of a workspace's checkpoints found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckpointReport {
    pub checkpoints: u64,
    /// Chains that they name, and events of these.
    pub chains: u64,
    pub events: u64,
    pub newest: Option<Micros>,
    /// The first that does not hold (0 for the keys), and why.
    pub fault: Option<(u64, &'static str)>,
    /// The first that says it is older than the one before it.
    pub clock: Option<u64>,
}

/// Each key but the first is vouched for by the one before it.
fn keys_hold(workspace: WorkspaceId, keys: &[NotaryKey]) -> bool {
    let mut before: Option<&NotaryKey> = None;
    keys.iter().zip(1..).all(|(key, number)| {
        let vouched = match (before, key.previous, key.signature) {
            (None, None, None) => true,
            (Some(before), Some(previous), Some(signature)) => {
                before.public == previous && is_signed(&previous, &key.hash(workspace), &signature)
            }
            _ => false,
        };
        before = Some(key);
        vouched && key.number == number
    })
}

impl Engine {
    /// The public keys that sign or have signed, oldest first.
    pub async fn notary_keys(&self, workspace: WorkspaceId) -> Result<Vec<NotaryKey>, Fault> {
        Ok(self.store().notary_keys(workspace).await?.into_iter().map(|row| row.key).collect())
    }

    /// Checkpoints in order of their numbers, from the one after `after`.
    pub async fn checkpoints(&self, workspace: WorkspaceId, after: u64, limit: u32) -> Result<Vec<Checkpoint>, Fault> {
        Ok(self.store().checkpoints(workspace, after, limit).await?)
    }

    pub async fn newest_checkpoint(&self, workspace: WorkspaceId) -> Result<Option<Checkpoint>, Fault> {
        Ok(self.store().newest_checkpoint(workspace).await?)
    }

    /// The chains that a checkpoint names.
    pub async fn named_chains(&self, workspace: WorkspaceId, number: u64) -> Result<Vec<Leaf>, Fault> {
        Ok(self.store().leaves(workspace, number).await?)
    }

    /// Checks all of a workspace's checkpoints, until one does not hold.
    pub async fn audit_checkpoints(&self, workspace: WorkspaceId) -> Result<CheckpointReport, Fault> {
        let mut report = CheckpointReport::default();
        let keys = self.notary_keys(workspace).await?;
        if !keys_hold(workspace, &keys) {
            report.fault = Some((0, "key"));
            return Ok(report);
        }
        let (mut head, mut key_in_use) = (Digest::ZERO, 0);
        loop {
            let page = self.store().checkpoints(workspace, report.checkpoints, PAGE).await?;
            for checkpoint in &page {
                let number = report.checkpoints + 1;
                let key = keys.iter().position(|key| key.public == checkpoint.key);
                let hash = checkpoint.hash();
                let wrong = if checkpoint.number != number {
                    Some("missing")
                } else if checkpoint.previous != head {
                    Some("altered")
                } else if key.is_none_or(|key| key < key_in_use) {
                    Some("key")
                } else if !is_signed(&checkpoint.key, &hash, &checkpoint.signature) {
                    Some("signature")
                } else {
                    let leaves = self.store().leaves(workspace, number).await?;
                    let same = leaves.len() as u64 == checkpoint.leaves && root(&leaves) == checkpoint.root;
                    (!same).then_some("leaves")
                };
                if let Some(what) = wrong {
                    report.fault = Some((number, what));
                    return Ok(report);
                }
                if report.newest.is_some_and(|before| before.millis_since(checkpoint.at) > CLOCK_SLACK_MS) {
                    report.clock.get_or_insert(number);
                }
                (head, key_in_use) = (hash, key.unwrap_or(key_in_use));
                report.checkpoints = number;
                report.newest = Some(checkpoint.at);
                (report.chains, report.events) = (checkpoint.chains, checkpoint.events);
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        let newest = self.store().newest_checkpoint(workspace).await?.map_or(0, |newest| newest.number);
        if newest == report.checkpoints
            && self.store().checkpoint_totals(workspace).await? != (report.chains, report.events)
        {
            report.fault = Some((report.checkpoints, "totals"));
        }
        Ok(report)
    }
}
