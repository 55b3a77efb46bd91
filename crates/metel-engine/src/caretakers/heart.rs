//! The heart tells the others that this worker is alive, and itself until when its leases hold.

use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_store::StoreError;
use tokio::time::Instant;

use super::{Caretaker, Next};
use crate::engine::Engine;

pub(super) struct Heart;

impl Caretaker for Heart {
    fn name(&self) -> &'static str {
        "heart"
    }

    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>> {
        Box::pin(async move {
            let lease = engine.0.options.lease;
            // Taken before the write: the lease is never longer here than what the others read.
            let before = Instant::now();
            let now = engine.now();
            let until = now.plus_millis(lease.as_millis() as u64);
            let me = engine.worker();
            match engine.0.store.heartbeat(me, "", now, until).await {
                Ok(()) => {
                    *engine.0.lease_until.lock() = before + lease.mul_f32(0.8);
                    engine.0.known.store(me == engine.worker(), Ordering::SeqCst);
                }
                Err(StoreError::Fenced) => {
                    engine.fenced(Some(me));
                    return Ok(Next::Now);
                }
                Err(error) => return Err(error.into()),
            }
            // Two beats may be lost.
            Ok(Next::Within(lease / 3))
        })
    }
}
