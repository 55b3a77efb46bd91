//! Caretakers: everything that goes on in the background, one file each, all of one shape.
//!
//! A caretaker has a name, does one round at a time, says when it wants to be called next, and
//! stops when the engine stops. A round that fails is logged and tried again later; it never ends
//! the caretaker.

mod claimer;
mod courier;
mod heart;
mod listener;
mod notary;
mod publisher;
mod rescuer;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::code::Code;
use metel_store::Signal;
use tokio::sync::broadcast::error::RecvError;

use crate::engine::Engine;

pub use publisher::Delivery;

/// When a caretaker wants to be called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is more to do.
    Now,
    /// At the latest after this long; sooner at a change that it wakes at.
    Within(Duration),
}

/// One piece of background work.
pub trait Caretaker: Send + Sync + 'static {
    fn name(&self) -> &'static str;
    /// Whether such a change should wake it. What is lost on the way is found at its next look.
    fn wakes_at(&self, _signal: Signal) -> bool {
        false
    }
    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>>;
}

impl Engine {
    /// Starts the caretakers of this process.
    pub fn start_caretakers(&self, deliver: Option<std::sync::Arc<dyn Delivery>>) {
        if self.0.options.worker {
            self.care(heart::Heart);
            self.care(claimer::Claimer);
            self.care(rescuer::Rescuer::default());
            self.care(courier::Courier::default());
            if self.0.surroundings.keys().is_some() {
                self.care(notary::Notary::default());
            }
        }
        self.listen();
        if let Some(deliver) = deliver {
            self.care(publisher::Publisher::new(deliver));
        }
    }

    /// Calls a caretaker again and again until the engine stops.
    fn care(&self, caretaker: impl Caretaker) {
        let engine = self.clone();
        self.0.tasks.spawn(async move {
            let mut signals = engine.0.store.subscribe();
            let listens = [Signal::Tasks, Signal::Messages, Signal::Outbox].into_iter().any(|s| caretaker.wakes_at(s));
            loop {
                // One that panics does its next round like one that failed.
                let round = AssertUnwindSafe(caretaker.round(&engine)).catch_unwind().await;
                let next = match round.unwrap_or_else(|_| Err(Fault::new(Code::Internal).about("it panicked"))) {
                    Ok(next) => next,
                    Err(fault) => {
                        tracing::warn!(caretaker = caretaker.name(), %fault, "a round failed and is tried again");
                        Next::Within(Duration::from_millis(500))
                    }
                };
                let Next::Within(pause) = next else {
                    if engine.0.stop.is_cancelled() {
                        return;
                    }
                    continue;
                };
                let sleep = tokio::time::sleep(pause);
                tokio::pin!(sleep);
                loop {
                    tokio::select! {
                        biased;
                        () = engine.0.stop.cancelled() => return,
                        () = &mut sleep => break,
                        signal = signals.recv(), if listens => match signal {
                            Ok(Signal::All) | Err(RecvError::Lagged(_)) => break,
                            Ok(signal) if caretaker.wakes_at(signal) => break,
                            Ok(_) => {}
                            Err(RecvError::Closed) => {
                                sleep.as_mut().await;
                                break;
                            }
                        },
                    }
                }
            }
        });
    }
}
