//! The courier gives messages to the steps that wait for them: bound to them in the store, then handed over
//! at least once, side by side, until each run has taken or refused its own. It removes what has expired.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::message::Message;
use metel_model::run::{Awaited, Step};
use metel_model::status::StepStatus;
use metel_model::time::Micros;
use metel_store::crash::{Point, reach};
use metel_store::{Parcel, Signal};

use super::{Caretaker, Next};
use crate::engine::Engine;

/// Messages looked at in one round, and messages handed over in it.
const BATCH: u32 = 256;
/// Handovers at once.
const SIDE_BY_SIDE: usize = 64;
/// The longest pause between two tries to hand one over.
const PAUSE_MAX_MS: u64 = 60_000;
/// Expired ones removed at once.
const EXPIRED: u32 = 1_000;

/// How a handover ended, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handed {
    /// The run has taken it, now or when it was handed over before.
    Taken,
    /// The run has ended, or the step does not wait for it: it is somebody else's.
    Refused,
    /// Another step of the run has taken it, and this one waits for the next.
    Beside,
}

#[derive(Default)]
pub(super) struct Courier {
    /// What a process before this one had in hand was taken back.
    looked_back: AtomicBool,
}

impl Caretaker for Courier {
    fn name(&self) -> &'static str {
        "courier"
    }

    fn wakes_at(&self, signal: Signal) -> bool {
        signal == Signal::Messages
    }

    fn round<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Next, Fault>> {
        Box::pin(async move {
            let store = &engine.0.store;
            // Within a lease a message that was taken is nobody else's to hand over.
            let lease = engine.0.options.lease.as_millis() as u64;
            if store.is_exclusive() && !self.looked_back.load(Ordering::Relaxed) {
                let now = engine.now();
                store.hand_out_anew(now, now.plus_millis(lease.max(PAUSE_MAX_MS))).await?;
                self.looked_back.store(true, Ordering::Relaxed);
            }
            // One reading is all that it costs while there are no messages.
            let post = store.post().await?;
            let now = engine.now();
            if post.expires.is_some_and(|at| at <= now) {
                store.expire_messages(now, EXPIRED).await?;
                if !post.new && post.due.is_none_or(|at| at > now) {
                    return Ok(Next::Now);
                }
            }
            if !post.new && post.due.is_none_or(|at| at > now) {
                let poll = engine.0.options.poll;
                let next = post.due.into_iter().chain(post.expires).min();
                let pause = next.map_or(poll, |at| Duration::from_millis(at.millis_since(now) + 1));
                return Ok(Next::Within(pause.min(poll)));
            }
            let parcels = store.hand_out(now, now.plus_millis(lease), BATCH).await?;
            let mut handing: Vec<BoxFuture<'_, (&Parcel, Result<Handed, Fault>)>> = Vec::with_capacity(parcels.len());
            for parcel in &parcels {
                handing.push(Box::pin(async move { (parcel, hand_over(engine, parcel).await) }));
            }
            if !parcels.is_empty() {
                reach(Point::MessageBefore);
            }
            let handed: Vec<_> = futures::stream::iter(handing).buffer_unordered(SIDE_BY_SIDE).collect().await;
            if !handed.is_empty() {
                reach(Point::MessageAfter);
            }
            let now = engine.now();
            let mut settled = Vec::with_capacity(handed.len());
            for (parcel, result) in handed {
                match result {
                    Ok(Handed::Beside) => store.renew(parcel).await?,
                    Ok(handed) => settled.push((parcel, handed == Handed::Taken)),
                    Err(fault) => {
                        tracing::debug!(run = %parcel.run, message = %parcel.message.id, %fault, "a message is given again later");
                        let pause = (500_u64 << parcel.attempts.min(8)).min(PAUSE_MAX_MS);
                        store.put_off(parcel, now.plus_millis(pause)).await?;
                    }
                }
            }
            store.settle(&settled, now).await?;
            Ok(Next::Now)
        })
    }
}

fn still_waits(step: &Step, message: &Message, now: Micros) -> bool {
    let same = |awaited: &Awaited| awaited.name == message.name && awaited.correlation == message.correlation;
    step.status == StepStatus::Waiting
        && step.message.as_ref().is_some_and(same)
        && step.wake_at.is_none_or(|until| until > now)
}

/// Gives a message to its run. The run's commit that takes it ends the subscription; a run that has taken it
/// before says so again.
async fn hand_over(engine: &Engine, parcel: &Parcel) -> Result<Handed, Fault> {
    let Parcel { workspace, run, step, message, .. } = parcel;
    let deliver = Command::Deliver {
        step: Some(step.clone()),
        message: message.id,
        name: message.name.clone(),
        correlation: message.correlation.clone(),
        payload: message.body.clone(),
        untrusted: message.untrusted,
        by: message.by.clone(),
    };
    match engine.command(*workspace, *run, deliver, "system").await {
        Ok(_) => Ok(Handed::Taken),
        Err(fault) => match fault.code {
            Code::RunFinal | Code::RunNotFound => Ok(Handed::Refused),
            Code::RunStale => {
                let state = engine.load(*workspace, *run).await?;
                let waits = state.steps.get(step).is_some_and(|step| still_waits(step, message, engine.now()));
                match (state.taken.contains(&message.id), waits) {
                    (true, false) => Ok(Handed::Taken),
                    (true, true) => Ok(Handed::Beside),
                    (false, false) => Ok(Handed::Refused),
                    // It would take it: something else was in the way.
                    (false, true) => Err(fault),
                }
            }
            _ => Err(fault),
        },
    }
}
