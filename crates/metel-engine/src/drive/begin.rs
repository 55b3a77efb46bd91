//! Begins an effect: at once in place when it is instant, else beside the driver.

use futures::FutureExt;
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::contract::Idempotency;
use metel_model::effect::{Certainty, Effect, EffectKind, Outcome};
use metel_model::id::WorkerId;
use metel_model::stored::Stored;
use metel_rules::graph::undone_by;
use metel_store::crash::{HAS_POINTS, Point, poison, reach};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use tokio::time::Instant;

use super::{Ask, Driver, OnItsWay};
use crate::engine::Engine;
use crate::perform::{Hands, Job};

impl Engine {
    /// How many further effects may be intended now.
    pub(crate) fn room(&self) -> u32 {
        if !self.0.options.worker || self.0.draining.load(Ordering::Relaxed) || !self.is_known() {
            return 0;
        }
        let busy = self.0.effects.load(Ordering::Relaxed);
        self.0.options.effects_max.saturating_sub(busy).try_into().unwrap_or(u32::MAX)
    }

    /// Whether other processes would see that this worker lives; alone, there is nobody to see it.
    fn is_known(&self) -> bool {
        self.0.store.is_exclusive() || self.0.known.load(Ordering::Relaxed)
    }

    /// Whether what this process holds under the name `me` is still its own; a worker that was frozen finds
    /// out here, before it sends. Alone on its store, nobody can take anything from it.
    fn holds_lease(&self, me: WorkerId) -> bool {
        self.0.store.is_exclusive() || (self.worker() == me && Instant::now() < *self.0.lease_until.lock())
    }

    /// Ends when the lease has run out: a moment before others may take over. Looked at again whenever the
    /// call beside it moves, so that a process that was frozen notices before it goes on.
    async fn lapse(&self, me: WorkerId) {
        let mut sleep = std::pin::pin!(tokio::time::sleep_until(*self.0.lease_until.lock()));
        std::future::poll_fn(|context| {
            loop {
                if !self.holds_lease(me) {
                    return Poll::Ready(());
                }
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                // The heart has been heard meanwhile.
                let until = *self.0.lease_until.lock();
                sleep.as_mut().reset(until);
            }
        })
        .await;
    }
}

/// Whether the same call, sent by somebody else as well, might happen twice.
fn is_delicate(job: &Job) -> bool {
    let contract = job.contract.as_ref().map(|compiled| &compiled.contract);
    job.effect.kind == EffectKind::Tool
        && contract.is_some_and(|contract| matches!(contract.idempotency, Idempotency::None { .. }))
}

/// Passes the place of a call, or that of one that takes a step back.
fn called(effect: &Effect, call: Point, undo: Point) {
    if HAS_POINTS && effect.kind == EffectKind::Tool {
        reach(if undone_by(&effect.step).is_some() { undo } else { call });
    }
}

/// What came of a call; one that panics ends as a fault, and nobody knows what it had done by then.
async fn survived(hands: Arc<dyn Hands>, job: Job) -> Outcome {
    let (since, step) = (Instant::now(), job.effect.step.clone());
    let performing = std::panic::AssertUnwindSafe(async move {
        poison("call", || job.payload.to_string());
        hands.perform(job).await
    });
    performing.catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(step, "a call panicked");
        let fault = Fault::new(Code::Internal)
            .detail("the call panicked in metel itself", "호출이 metel 안에서 갑자기 멈췄어요")
            .at(step);
        Outcome::fault(fault, Certainty::Ambiguous, since.elapsed().as_millis() as u64)
    })
}

/// Given up in the middle: another worker may be asking already whether it happened.
fn given_up(since: Instant) -> Outcome {
    let fault = Fault::new(Code::NetworkFailed)
        .detail("the worker's lease ran out in the middle of the call", "호출 도중에 이 워커의 시한이 지났어요");
    Outcome::fault(fault, Certainty::Ambiguous, since.elapsed().as_millis() as u64)
}

impl Driver {
    pub(super) async fn begin(&mut self, effect: Effect) {
        let job = match self.job(effect).await {
            Ok(job) => job,
            Err((effect, fault)) => {
                let outcome = Outcome::fault(fault, Certainty::Certain, 0);
                self.own.push_back(observed(&effect, outcome));
                return;
            }
        };
        if let Some(outcome) = self.engine.0.hands.instant(&job) {
            self.own.push_back(observed(&job.effect, outcome));
            return;
        }
        let engine = self.engine.clone();
        let (workspace, run, me) = (self.workspace, self.id, self.me);
        if !engine.0.flying.begins(run, &job.effect.step, job.effect.intent) {
            return;
        }
        engine.0.effects.fetch_add(1, Ordering::Relaxed);
        let performing: futures::future::BoxFuture<'static, ()> = Box::pin(async move {
            let effect = job.effect.clone();
            let hands = engine.0.hands.clone();
            let (since, delicate) = (Instant::now(), is_delicate(&job));
            let back = if engine.holds_lease(me) {
                tokio::select! {
                    biased;
                    () = engine.0.stop.cancelled() => None,
                    () = engine.lapse(me), if delicate && !engine.0.store.is_exclusive() => {
                        Some(observed(&effect, given_up(since)))
                    }
                    outcome = async {
                        called(&effect, Point::CallBefore, Point::UndoBefore);
                        let outcome = survived(hands, job).await;
                        called(&effect, Point::CallAfter, Point::UndoAfter);
                        outcome
                    } => Some(observed(&effect, outcome)),
                }
            } else {
                let command = Command::Withdraw { step: effect.step.clone(), intent: effect.intent };
                Some(Ask::quiet(command, "worker"))
            };
            let on_its_way = OnItsWay::begins(&engine.0.outcomes);
            engine.0.effects.fetch_sub(1, Ordering::SeqCst);
            if let Some(mut ask) = back {
                ask.outcome = Some(on_its_way);
                let _ = engine.send(workspace, run, ask).await;
            }
        });
        self.engine.0.tasks.spawn(performing);
    }

    /// Everything that the hands need, read from the store where it lies there.
    async fn job(&mut self, effect: Effect) -> Result<Job, (Effect, Fault)> {
        let payload = match &effect.payload {
            Stored::Inline(value) => value.clone(),
            Stored::Blob { digest, .. } => match self.blobs.get(digest) {
                Some(value) => value.clone(),
                None => match self.engine.blob(self.workspace, *digest).await {
                    Ok(value) => Arc::new(value),
                    Err(fault) => return Err((effect, fault)),
                },
            },
        };
        let definitions = self.engine.definitions(self.workspace);
        let contract = effect.contract.and_then(|digest| definitions.contract(&digest));
        let needs = matches!(effect.kind, EffectKind::Tool | EffectKind::Reconcile);
        if needs && contract.is_none() {
            let fault = Fault::new(Code::ToolUnknown).about(&effect.target);
            return Err((effect, fault));
        }
        let request = self.run.as_ref().and_then(|run| run.request.clone());
        let simulated = false;
        Ok(Job { workspace: self.workspace, effect, payload, contract, definitions, request, simulated })
    }
}

fn observed(effect: &Effect, outcome: Outcome) -> Ask {
    let command = Command::Observe { step: effect.step.clone(), intent: effect.intent, outcome: Box::new(outcome) };
    Ask::quiet(command, "worker")
}
