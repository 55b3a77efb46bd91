//! The claimer takes tasks whose time has come: steps left ready, retries, sleeps, expiries.
//!
//! It sleeps until the next task is due or the queue changes, and looks by itself now and then.

use std::time::Duration;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::command::Command;
use metel_model::task::{PARKED, Task};
use metel_store::crash::{Point, reach};
use metel_store::{Claim, Signal};

use super::{Caretaker, Next};
use crate::drive::Ask;
use crate::engine::Engine;

/// Tasks taken at once.
const BATCH: u32 = 128;

pub(super) struct Claimer;

impl Caretaker for Claimer {
    fn name(&self) -> &'static str {
        "claimer"
    }

    fn wakes_at(&self, signal: Signal) -> bool {
        signal == Signal::Tasks
    }

    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>> {
        Box::pin(async move {
            let room = engine.room().min(BATCH);
            if room == 0 {
                return Ok(Next::Within(Duration::from_millis(20)));
            }
            let (now, options) = (engine.now(), &engine.0.options);
            let wanted = Claim { worker: engine.worker(), can: options.can.clone(), now, limit: room };
            reach(Point::ClaimBefore);
            let tasks = engine.0.store.claim(wanted).await?;
            if !tasks.is_empty() {
                reach(Point::ClaimAfter);
            }
            let full = tasks.len() as u32 == room;
            for task in tasks {
                wake(engine, task).await?;
            }
            if full {
                return Ok(Next::Now);
            }
            let due = engine.0.store.next_due(&options.can).await?.filter(|at| *at < PARKED);
            let until = due.map_or(options.poll, |at| Duration::from_millis(at.millis_since(engine.now()) + 1));
            Ok(Next::Within(until.min(options.poll)))
        })
    }
}

/// A parked task that was woken is a child that has ended; any other one is a step whose turn has come.
pub(super) async fn wake(engine: &Engine, task: Task) -> Result<(), Fault> {
    if engine.is_parked(task.run) {
        return Ok(());
    }
    let header = engine.0.store.header(task.workspace, task.run).await?;
    if header.is_none_or(|header| header.status.is_final()) {
        return Ok(());
    }
    let command = match engine.child_done(&task).await? {
        Some(command) => command,
        None => Command::Wake { step: task.step.clone() },
    };
    engine.send(task.workspace, task.run, Ask::quiet(command, "worker")).await
}
