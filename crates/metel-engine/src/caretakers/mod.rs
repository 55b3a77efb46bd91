//! Caretakers: everything that goes on in the background, one file each, all of one shape.
//!
//! A caretaker has a name, does one round at a time, says when it wants to be called next, and
//! stops when the engine stops. A round that fails is logged and tried again later; it never ends
//! the caretaker.

mod claimer;
mod heart;
mod listener;
mod publisher;
mod rescuer;

use std::time::Duration;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_store::Signal;

use crate::engine::Engine;

pub use publisher::Delivery;

/// When a caretaker wants to be called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is more to do.
    Now,
    /// At the latest after this long; sooner when tasks change.
    Within(Duration),
}

/// One piece of background work.
pub trait Caretaker: Send + Sync + 'static {
    fn name(&self) -> &'static str;
    /// Whether a change of tasks should wake it.
    fn wants_tasks(&self) -> bool {
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
        }
        self.listen();
        if let Some(deliver) = deliver {
            self.care(publisher::Publisher(deliver));
        }
    }

    /// Calls a caretaker again and again until the engine stops.
    fn care(&self, caretaker: impl Caretaker) {
        let engine = self.clone();
        self.0.tasks.spawn(async move {
            let mut signals = engine.0.store.subscribe();
            loop {
                let next = match caretaker.round(&engine).await {
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
                        () = engine.0.stop.cancelled() => return,
                        () = &mut sleep => break,
                        signal = signals.recv(), if caretaker.wants_tasks() => match signal {
                            Ok(Signal::Run(_)) => {}
                            Ok(Signal::Tasks | Signal::All) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => break,
                            Err(tokio::sync::broadcast::error::RecvError::Closed) => {
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
