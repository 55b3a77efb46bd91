//! The eye: an engine that only reads, past all faults.

use std::sync::Arc;

use futures::future::BoxFuture;
use metel_engine::perform::{Hands, Job};
use metel_engine::{Engine, Options, Parts};
use metel_model::effect::Outcome;
use metel_model::id::FreshIds;
use metel_model::time::{FakeClock, Micros};
use metel_store::Store;
use tokio::runtime::Runtime;

use super::ground::{Around, Ground};
use crate::clock::EPOCH;

pub(super) struct Eye {
    pub engine: Engine,
    runtime: Runtime,
}

impl Eye {
    pub fn new(store: Store, ground: &Arc<Ground>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let engine = runtime.block_on(async {
            Engine::new(Parts {
                store,
                clock: Arc::new(FakeClock::at(Micros(EPOCH))),
                ids: Arc::new(FreshIds),
                surroundings: Arc::new(Around(ground.clone())),
                hands: Arc::new(Blind),
                options: Options { worker: false, ..Options::default() },
            })
        });
        for program in ground.programs.values() {
            engine.share_program(program.clone());
        }
        Ok(Self { engine, runtime })
    }

    pub fn see<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// Hands of an engine that carries nothing out.
struct Blind;

impl Hands for Blind {
    fn instant(&self, _: &Job) -> Option<Outcome> {
        None
    }

    fn perform(&self, _: Job) -> BoxFuture<'static, Outcome> {
        Box::pin(std::future::pending())
    }
}
