//! Mailboxes: at most one driver for a run in this process, and none for a run with nothing to do.

use std::collections::HashMap;

use metel_model::id::RunId;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::Ask;

const SHARDS: usize = 32;
/// Commands that wait for one run; further senders wait for room.
const DEPTH: usize = 64;

pub(crate) struct Mailboxes(Vec<Mutex<HashMap<RunId, mpsc::Sender<Ask>>>>);

impl Default for Mailboxes {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl Mailboxes {
    fn shard(&self, run: RunId) -> &Mutex<HashMap<RunId, mpsc::Sender<Ask>>> {
        &self.0[usize::from(run.as_bytes()[15]) % SHARDS]
    }

    /// The run's mailbox; with its receiving end when nobody drives the run yet.
    pub fn open(&self, run: RunId) -> (mpsc::Sender<Ask>, Option<mpsc::Receiver<Ask>>) {
        let mut shard = self.shard(run).lock();
        if let Some(sender) = shard.get(&run) {
            return (sender.clone(), None);
        }
        let (sender, receiver) = mpsc::channel(DEPTH);
        shard.insert(run, sender.clone());
        (sender, Some(receiver))
    }

    /// Runs that are driven here now.
    pub fn count(&self) -> usize {
        self.0.iter().map(|shard| shard.lock().len()).sum()
    }

    /// Whether somebody drives the run here.
    pub fn has(&self, run: RunId) -> bool {
        self.shard(run).lock().contains_key(&run)
    }

    /// Takes the mailbox of a driver away that is gone.
    pub fn remove(&self, run: RunId) {
        self.shard(run).lock().remove(&run);
    }

    /// Takes the mailbox away unless something has come in. From the close on, senders get their
    /// command back and open anew; what slipped in just before is returned to be sent again.
    pub fn close(&self, run: RunId, receiver: &mut mpsc::Receiver<Ask>) -> Option<Vec<Ask>> {
        let mut shard = self.shard(run).lock();
        if !receiver.is_empty() {
            return None;
        }
        shard.remove(&run);
        receiver.close();
        let mut slipped = Vec::new();
        while let Ok(ask) = receiver.try_recv() {
            slipped.push(ask);
        }
        Some(slipped)
    }
}
