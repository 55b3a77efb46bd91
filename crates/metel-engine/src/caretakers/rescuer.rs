//! The rescuer takes over the tasks of workers that are gone.

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::command::Command;

use super::{Caretaker, Next};
use crate::drive::Ask;
use crate::engine::Engine;

const BATCH: u32 = 256;

pub(super) struct Rescuer;

impl Caretaker for Rescuer {
    fn name(&self) -> &'static str {
        "rescuer"
    }

    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>> {
        Box::pin(async move {
            let tasks = engine.0.store.orphans(engine.now(), engine.worker(), BATCH).await?;
            let full = tasks.len() as u32 == BATCH;
            for task in tasks {
                tracing::info!(run = %task.run, step = task.step, intent = task.intent, "taking over a lost worker's task");
                let command = match task.intent {
                    0 => Command::Wake { step: task.step.clone() },
                    intent => Command::Rescue { step: task.step.clone(), intent },
                };
                engine.send(task.workspace, task.run, Ask::quiet(command, "worker")).await?;
            }
            Ok(if full { Next::Now } else { Next::Within(engine.0.options.lease / 2) })
        })
    }
}
