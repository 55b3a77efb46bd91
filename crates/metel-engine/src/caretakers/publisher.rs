//! The publisher delivers what commits left in the outbox: at least once, with backoff, then parked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::task::PARKED;
use metel_store::crash::{Point, reach};
use metel_store::{OutboxRow, Signal};

use super::{Caretaker, Next};
use crate::engine::Engine;

/// Items taken and delivered side by side.
const BATCH: u32 = 16;
const ATTEMPTS_MAX: u32 = 12;
/// Within this time a taken item is nobody else's: longer than one delivery may take.
const HOLD_MS: u64 = 20_000;

/// Where messages go.
pub trait Delivery: Send + Sync {
    fn deliver<'a>(&'a self, item: &'a OutboxRow) -> BoxFuture<'a, Result<(), Fault>>;
}

pub(super) struct Publisher {
    delivery: Arc<dyn Delivery>,
    /// What a process before this one had taken was taken back.
    looked_back: AtomicBool,
}

impl Publisher {
    pub fn new(delivery: Arc<dyn Delivery>) -> Self {
        Self { delivery, looked_back: AtomicBool::new(false) }
    }

    /// Delivers one item and notes how that went.
    async fn deliver(&self, engine: &Engine, item: &OutboxRow) -> Result<(), Fault> {
        let store = &engine.0.store;
        reach(Point::OutboxBefore);
        match self.delivery.deliver(item).await {
            Ok(()) => {
                reach(Point::OutboxAfter);
                store.outbox_done(item.workspace, item.id).await?;
            }
            Err(fault) => {
                let wait = 1_000u64 << item.attempts.min(10);
                let due = if item.attempts >= ATTEMPTS_MAX { PARKED } else { engine.now().plus_millis(wait) };
                store.outbox_retry(item.workspace, item.id, due, &fault.to_string()).await?;
            }
        }
        Ok(())
    }
}

impl Caretaker for Publisher {
    fn name(&self) -> &'static str {
        "publisher"
    }

    fn wakes_at(&self, signal: Signal) -> bool {
        signal == Signal::Outbox
    }

    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>> {
        Box::pin(async move {
            let store = &engine.0.store;
            if store.is_exclusive() && !self.looked_back.load(Ordering::Relaxed) {
                let now = engine.now();
                store.outbox_take_back(now, now.plus_millis(HOLD_MS)).await?;
                self.looked_back.store(true, Ordering::Relaxed);
            }
            // One reading is all that an empty outbox costs.
            let due = store.outbox_next_due().await?.filter(|at| *at < PARKED);
            let now = engine.now();
            let poll = engine.0.options.poll;
            let Some(due) = due else { return Ok(Next::Within(poll)) };
            if due > now {
                return Ok(Next::Within(Duration::from_millis(due.millis_since(now) + 1).min(poll)));
            }
            let items = store.outbox_take(now, now.plus_millis(HOLD_MS), BATCH).await?;
            let delivering = items.iter().map(|item| Box::pin(self.deliver(engine, item)));
            for done in futures::future::join_all(delivering).await {
                done?;
            }
            Ok(Next::Now)
        })
    }
}
