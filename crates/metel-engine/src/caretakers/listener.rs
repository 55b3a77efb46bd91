//! The listener rings the bells of watchers here for what other processes did, and has read anew what they
//! changed around runs. It is needed only where several processes share a store; the bell says where a run
//! stands, the log says how it came there.

use std::time::Duration;

use metel_model::id::RunId;
use metel_store::Signal;
use tokio::sync::broadcast::error::RecvError;

use crate::engine::Engine;

/// Runs that are looked up in one go at most; repeats are told once.
const BATCH: usize = 256;

impl Engine {
    /// Listens until the engine stops.
    pub(super) fn listen(&self) {
        if self.0.store.is_exclusive() {
            return;
        }
        let engine = self.clone();
        self.0.tasks.spawn(async move {
            let mut signals = engine.0.store.subscribe_runs();
            loop {
                let first = tokio::select! {
                    biased;
                    () = engine.0.stop.cancelled() => return,
                    signal = signals.recv() => signal,
                };
                let mut moved: Vec<RunId> = Vec::new();
                let mut changed = false;
                let mut take = |signal| match signal {
                    Signal::Elsewhere(run) if !moved.contains(&run) => moved.push(run),
                    Signal::Surroundings | Signal::All => changed = true,
                    _ => {}
                };
                match first {
                    Ok(signal) => take(signal),
                    Err(RecvError::Lagged(_)) => take(Signal::All),
                    Err(RecvError::Closed) => return,
                }
                for _ in 0..BATCH {
                    let Ok(signal) = signals.try_recv() else { break };
                    take(signal);
                }
                if changed {
                    engine.refresh().await;
                }
                for run in moved {
                    engine.ring(run).await;
                }
            }
        });
    }

    async fn ring(&self, run: RunId) {
        for workspace in self.0.live.watched(run) {
            match self.0.store.header(workspace, run).await {
                Ok(Some(header)) => {
                    self.0.live.tell_header(header);
                    return;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%run, %error, "watchers will see this run's news a little later");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    return;
                }
            }
        }
    }
}
