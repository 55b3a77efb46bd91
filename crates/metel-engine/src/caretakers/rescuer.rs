//! The rescuer takes over the tasks of workers that are gone, and takes up what this worker holds itself
//! and nobody works on: a commit that came through after it was given up leaves such tasks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::command::Command;
use metel_model::task::Task;
use metel_model::time::Micros;

use super::claimer::wake;
use super::{Caretaker, Next};
use crate::drive::Ask;
use crate::engine::Engine;

const BATCH: u32 = 256;
/// Own tasks looked at in one round.
const HELD_MAX: u32 = 1_024;

#[derive(Default)]
pub(super) struct Rescuer {
    /// Who was here before this process was looked for.
    looked_back: AtomicBool,
}

impl Caretaker for Rescuer {
    fn name(&self) -> &'static str {
        "rescuer"
    }

    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>> {
        Box::pin(async move {
            let store = &engine.0.store;
            // Whoever owns the whole store knows that all workers before it are gone, however long their
            // leases are.
            let alone = store.is_exclusive() && !self.looked_back.load(Ordering::Relaxed);
            let silent_since = if alone { Micros(i64::MAX) } else { engine.now() };
            // One reading is all that it costs while everybody is well.
            let quiet = store.quiet(silent_since, engine.worker()).await?;
            let tasks = match quiet.lost {
                true => store.orphans(silent_since, engine.worker(), BATCH).await?,
                false => Vec::new(),
            };
            self.looked_back.store(true, Ordering::Relaxed);
            let full = tasks.len() as u32 == BATCH;
            for task in tasks {
                tracing::info!(run = %task.run, step = task.step, intent = task.intent, "taking over a lost worker's task");
                take_up(engine, task).await?;
            }
            if full {
                return Ok(Next::Now);
            }
            let own = if quiet.own { store.tasks_of(engine.worker(), HELD_MAX).await? } else { Vec::new() };
            for task in own {
                if engine.0.flying.has(task.run, &task.step, task.intent) || engine.0.mailboxes.has(task.run) {
                    continue;
                }
                tracing::info!(run = %task.run, step = task.step, intent = task.intent, "taking up a task that nobody works on");
                take_up(engine, task).await?;
            }
            // Soon after the first of the others can have fallen silent.
            let lease = engine.0.options.lease;
            let now = engine.now();
            let pause = quiet.until.map_or(lease, |until| Duration::from_millis(until.millis_since(now) + 20));
            Ok(Next::Within(pause.clamp(lease / 10, lease)))
        })
    }
}

/// An effect that was begun or about to be is rescued; whatever else was taken just goes on.
async fn take_up(engine: &Engine, task: Task) -> Result<(), Fault> {
    if engine.is_parked(task.run) {
        return Ok(());
    }
    if task.intent == 0 {
        return wake(engine, task).await;
    }
    let command = Command::Rescue { step: task.step.clone(), intent: task.intent };
    engine.send(task.workspace, task.run, Ask::quiet(command, "worker")).await
}
