//! The notary signs where the chains stand that have grown since it last looked. Nothing new, nothing signed;
//! what a checkpoint costs follows from what is new, never from how much there is.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::checkpoint::{Checkpoint, Hex, LEAVES_MAX, Leaf, root};
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_store::{Signal, StoreError};
use parking_lot::Mutex;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::{Caretaker, Next};
use crate::engine::Engine;

/// Rounds without news until the log is looked at all the same: wake-ups can get lost.
const QUIET_ROUNDS: u32 = 6;

#[derive(Default)]
pub(super) struct Notary(Mutex<News>);

/// What was heard of runs since the last look.
#[derive(Default)]
struct News {
    runs: Option<Receiver<Signal>>,
    quiet: u32,
}

impl News {
    /// Whether the log may have grown; what was heard is forgotten.
    fn any(&mut self, engine: &Engine) -> bool {
        let Some(runs) = &mut self.runs else {
            // From now on; whatever was before is looked at.
            self.runs = Some(engine.0.store.subscribe_runs());
            return true;
        };
        let mut heard = false;
        // One that fell behind has missed something.
        while let Ok(_) | Err(TryRecvError::Lagged(_)) = runs.try_recv() {
            heard = true;
        }
        self.quiet = if heard || self.quiet + 1 >= QUIET_ROUNDS { 0 } else { self.quiet + 1 };
        self.quiet == 0
    }
}

impl Caretaker for Notary {
    fn name(&self) -> &'static str {
        "notary"
    }

    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>> {
        Box::pin(async move {
            if self.0.lock().any(engine)
                && let Err(fault) = engine.checkpoint().await
            {
                // What was heard is still to be signed.
                self.0.lock().runs = None;
                return Err(fault);
            }
            Ok(Next::Within(engine.0.options.checkpoint))
        })
    }
}

impl Engine {
    /// Signs what is new in the log, of every workspace; how many checkpoints that took.
    pub async fn checkpoint(&self) -> Result<u64, Fault> {
        let mut made = 0;
        // An end to catching up, however fast the log grows: the next round goes on.
        for _ in 0..1_000 {
            let Some(keys) = self.0.surroundings.keys() else { return Ok(made) };
            let changes = self.0.store.changed_chains(LEAVES_MAX as u32).await?;
            let mut new = Vec::new();
            for (workspace, chains) in changes.chains {
                if let Some(grown) = self.grown(workspace, chains).await? {
                    let signer = keys.signer(workspace).await?;
                    let mut checkpoint = grown.0;
                    checkpoint.key = signer.public();
                    checkpoint.signature = signer.sign(&checkpoint.hash());
                    new.push((checkpoint, grown.1));
                }
            }
            if !new.is_empty() || changes.moved {
                match self.0.store.add_checkpoints(&new, &changes.cursor).await {
                    Ok(()) => made += new.len() as u64,
                    // Another process has signed it.
                    Err(StoreError::Conflict(_)) => return Ok(made),
                    Err(error) => return Err(error.into()),
                }
            }
            if !changes.more {
                break;
            }
        }
        Ok(made)
    }

    /// What a checkpoint says of chains that have grown, still unsigned. A chain that stands where it was
    /// signed, or has become shorter, is not signed again: what was signed of it stands.
    async fn grown(&self, workspace: WorkspaceId, chains: Vec<Leaf>) -> Result<Option<(Checkpoint, Vec<Leaf>)>, Fault> {
        // First the newest one: where another process signs before the chains are read, the number of the next
        // is taken, and nothing is counted twice.
        let last = self.0.store.newest_checkpoint(workspace).await?;
        let before = self.0.store.last_leaves(workspace, chains.iter().map(|leaf| leaf.run)).await?;
        let (mut chains_new, mut events_new) = (0, 0);
        let mut leaves = BTreeMap::new();
        for (leaf, before) in chains.into_iter().zip(before) {
            let signed = before.map_or(0, |before| before.seq);
            if leaf.seq <= signed {
                if before.is_some_and(|before| before.seq == leaf.seq && before.head != leaf.head) {
                    tracing::error!(run = %leaf.run, seq = leaf.seq, "the log is not the one that was signed");
                }
                continue;
            }
            chains_new += u64::from(before.is_none());
            events_new += leaf.seq - signed;
            leaves.insert(leaf.run, leaf);
        }
        if leaves.is_empty() {
            return Ok(None);
        }
        let leaves: Vec<Leaf> = leaves.into_values().collect();
        let last = last.as_ref();
        let checkpoint = Checkpoint {
            workspace,
            number: last.map_or(0, |last| last.number) + 1,
            at: self.now(),
            previous: last.map_or(Digest::ZERO, Checkpoint::hash),
            leaves: leaves.len() as u64,
            root: root(&leaves),
            chains: last.map_or(0, |last| last.chains) + chains_new,
            events: last.map_or(0, |last| last.events) + events_new,
            key: Hex([0; 32]),
            signature: Hex([0; 64]),
        };
        Ok(Some((checkpoint, leaves)))
    }
}
