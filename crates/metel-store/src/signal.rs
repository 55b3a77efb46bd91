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
    /// A run has a new entry, written here.
    Run(RunId),
    /// A run has a new entry, written by another process.
    Elsewhere(RunId),
    /// What surrounds runs was changed: definitions, connections, secrets, policy, tools.
    Surroundings,
    /// More changed than was listed: look at everything that matters to you.
    All,
}

/// Runs move all the time and few care; what there is to do is told apart, so that nobody is woken in vain.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    work: broadcast::Sender<Signal>,
    runs: broadcast::Sender<Signal>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self { work: broadcast::channel(256).0, runs: broadcast::channel(4_096).0 }
    }

    pub(crate) fn send(&self, signal: Signal) {
        // Nobody listening is no fault.
        match signal {
            Signal::Tasks | Signal::Messages | Signal::Outbox => {
                let _ = self.work.send(signal);
            }
            Signal::Run(_) | Signal::Elsewhere(_) | Signal::Surroundings => {
                let _ = self.runs.send(signal);
            }
            Signal::All => {
                let _ = (self.work.send(signal), self.runs.send(signal));
            }
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.work.subscribe()
    }

    pub(crate) fn subscribe_runs(&self) -> broadcast::Receiver<Signal> {
        self.runs.subscribe()
    }
}
