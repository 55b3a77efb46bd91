//! Wake-ups: hints that something changed. They may be lost or doubled; whoever listens also looks
//! for itself now and then.

use metel_model::id::RunId;
use tokio::sync::broadcast;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A task may have become free to take, or its time may have changed.
    Tasks,
    /// A message was published, or somebody began to wait for one.
    Messages,
    /// A notice is to leave.
    Outbox,
    /// A run has a new entry.
    Run(RunId),
    /// More changed than was listed: look at everything that matters to you.
    All,
}

#[derive(Debug, Clone)]
pub(crate) struct Signals(broadcast::Sender<Signal>);

impl Signals {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(4_096).0)
    }

    pub(crate) fn send(&self, signal: Signal) {
        // Nobody listening is no fault.
        let _ = self.0.send(signal);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.0.subscribe()
    }
}
