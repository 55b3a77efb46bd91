//! One simulated process: an engine in a runtime of its own, whose clock stands still until it is moved.
//! Dropping the runtime is the crash: every task goes, in the middle of whatever it did.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use metel_engine::caretakers::Delivery;
use metel_engine::{Engine, Parts};
use metel_model::time::Clock;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock::Wall;
use crate::story::Story;

/// A process that can be started, driven, frozen and killed.
pub struct Machine {
    story: Story,
    running: Option<Running>,
    /// Not driven before then, in simulated milliseconds.
    pub frozen_until: u64,
    /// How far its wall clock is ahead, in microseconds. It outlives the process.
    pub ahead: Arc<AtomicI64>,
}

struct Running {
    engine: Engine,
    runtime: Runtime,
    /// When the runtime began, by the simulation's clock and by its own.
    born: u64,
    base: Instant,
}

impl Machine {
    pub fn new(story: Story) -> Self {
        Self { story, running: None, frozen_until: 0, ahead: Arc::default() }
    }

    pub fn is_alive(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it anew, with nothing but what the store holds. `parts` is given the process's clock.
    pub fn start(
        &mut self,
        parts: impl FnOnce(Arc<dyn Clock>) -> Parts,
        deliver: Option<Arc<dyn Delivery>>,
    ) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let born = self.story.now();
        let (engine, base) = runtime.block_on(async {
            let base = Instant::now();
            let engine = Engine::new(parts(Arc::new(Wall::new(born, base, self.ahead.clone()))));
            engine.start_caretakers(deliver);
            (engine, base)
        });
        self.running = Some(Running { engine, runtime, born, base });
        Ok(())
    }

    /// Lets its own time go on to `until`, in simulated milliseconds. A process that was frozen wakes to find
    /// it late at once.
    pub fn drive(&mut self, until: u64) {
        let Some(running) = &self.running else { return };
        if until < self.frozen_until {
            return;
        }
        let thawed = std::mem::take(&mut self.frozen_until);
        let target = running.base + Duration::from_millis(until.saturating_sub(running.born));
        running.runtime.block_on(async {
            if thawed > 0 {
                tokio::time::advance(target.saturating_duration_since(Instant::now())).await;
            }
            tokio::time::sleep_until(target).await;
        });
    }

    /// Lets its own time go on to `until`, or to the moment at which `look` is told; gives the time then.
    pub fn drive_or(&mut self, until: u64, look: &Notify) -> u64 {
        let Some(Running { runtime, born, base, .. }) = &self.running else { return until };
        let target = *base + Duration::from_millis(until.saturating_sub(*born));
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = look.notified() => {}
                () = tokio::time::sleep_until(target) => {}
            }
            born + (Instant::now() - *base).as_millis() as u64
        })
    }

    /// It is gone at once.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Carries out something in it; nobody waits for it here.
    pub fn run<F>(&self, work: impl FnOnce(Engine) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if let Some(running) = &self.running {
            drop(running.runtime.spawn(work(running.engine.clone())));
        }
    }
}
