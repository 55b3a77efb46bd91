//! For simulated processes that share a store: the simulation of whole systems, and the torture of users' own
//! workflows. A front stands between one process and the store. It lets requests wait, loses them or their
//! answers, and may keep a commit back to land later. Nothing here is ever in the way of a real store: the
//! handle of one has no front.
//!
//! A store opened with [`Store::open_simulated`] answers on the thread that asks, so that no time passes
//! in a runtime whose clock stands still; all waiting is the front's.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::broadcast;

use crate::commit::{Commit, Committed};
use crate::error::StoreError;
use crate::signal::{Signal, Signals};
use crate::sqlite::Sqlite;
use crate::store::{Engine, Inner, Store};

/// What is asked of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Commit,
    Claim,
    Write,
    Read,
}

/// One process's way to the store.
pub trait Front: Send + Sync {
    /// Before a request arrives. An error: it never does.
    fn going(&self, act: Act) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Before the answer arrives. An error: the answer is lost.
    fn coming(&self, act: Act) -> BoxFuture<'_, Result<(), StoreError>>;
    /// A commit as it arrives. `None` keeps it: the caller is told that the store is away, and whoever kept
    /// it gives it to the store later, or never.
    fn arrives(&self, commit: Commit) -> Option<Commit>;
    /// Whether the process takes itself for the only one.
    fn is_alone(&self) -> bool {
        false
    }
    /// Where wake-ups come from; `None` is the store itself.
    fn signals(&self) -> Option<broadcast::Receiver<Signal>>;
}

/// The way of a store's handle: none leads straight to it.
pub(crate) type Way = Option<Arc<dyn Front>>;

impl Store {
    /// A store in memory whose every answer comes before the caller's thread does anything else.
    pub fn open_simulated() -> Result<Self, StoreError> {
        let signals = Signals::new();
        let sqlite = Sqlite::open_here(&signals)?;
        Ok(Self::of(Inner::new(Engine::Sqlite(sqlite), signals)))
    }

    /// Another process's handle on the same store: not alone, and behind `front`.
    pub fn behind(&self, front: Arc<dyn Front>) -> Self {
        Self(self.0.clone(), Some(front))
    }
}

/// Carries a request over a front.
pub(crate) async fn carry<T>(
    front: &Arc<dyn Front>,
    act: Act,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    front.going(act).await?;
    let done = work.await;
    front.coming(act).await?;
    done
}

/// Carries a commit over a front.
pub(crate) async fn commit(front: &Arc<dyn Front>, inner: &Inner, commit: Commit) -> Result<Committed, StoreError> {
    front.going(Act::Commit).await?;
    let Some(commit) = front.arrives(commit) else {
        return Err(StoreError::Unavailable("the connection broke".to_owned()));
    };
    let done = inner.engine.commit(commit).await;
    front.coming(Act::Commit).await?;
    done
}
