//! Begins an effect: at once in place when it is instant, else beside the driver.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::effect::{Certainty, Effect, EffectKind, Outcome};
use metel_model::stored::Stored;

use super::{Ask, Driver};
use crate::engine::Engine;
use crate::perform::Job;

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

    /// Whether this worker's leases still hold; a worker that was frozen finds out here, before it sends.
    pub(crate) fn holds_lease(&self) -> bool {
        Instant::now() < *self.0.lease_until.lock()
    }
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
        let (workspace, run) = (self.workspace, self.id);
        if !engine.0.flying.begins(run, &job.effect.step, job.effect.intent) {
            return;
        }
        engine.0.effects.fetch_add(1, Ordering::Relaxed);
        let performing: futures::future::BoxFuture<'static, ()> = Box::pin(async move {
            let effect = job.effect.clone();
            let hands = engine.0.hands.clone();
            let back = if engine.holds_lease() {
                tokio::select! {
                    () = engine.0.stop.cancelled() => None,
                    outcome = hands.perform(job) => Some(observed(&effect, outcome)),
                }
            } else {
                let command = Command::Withdraw { step: effect.step.clone(), intent: effect.intent };
                Some(Ask::quiet(command, "worker"))
            };
            engine.0.effects.fetch_sub(1, Ordering::Relaxed);
            if let Some(ask) = back {
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
