//! A call through the gateway: reserved, in turn, tried again with pauses, then asked of the next
//! target. What was shown of an answer that broke is not shown twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use metel_model::effect::Usage;
use metel_model::{Code, Fault};
use tokio::time::Instant;

use super::estimate;
use super::meter::{Asking, Free, Hold, Meter};
use super::target::{Target, outcome};
use crate::lane::{Outcome, Retry, Turn, Urgency, Who};
use crate::model::{Call, Event, Model, ModelFailure, Reply, Watch, add_usage};
use crate::wire::Learnt;

/// Who asks, how urgently, and at whose cost.
#[derive(Clone)]
pub struct Origin {
    pub who: Who,
    pub urgency: Urgency,
    pub meter: Arc<dyn Meter>,
}

impl Default for Origin {
    fn default() -> Self {
        Self { who: 0, urgency: Urgency::Interactive, meter: Arc::new(Free) }
    }
}

/// Targets in order, seen as one model.
#[derive(Clone)]
pub struct Door {
    pub(super) targets: Vec<Target>,
    pub(super) origin: Origin,
    pub(super) retry: Retry,
    /// Whether an answer that broke after some of it was shown may be asked for again, unshown.
    repeats_shown: bool,
}

impl Door {
    /// The first target gives the name.
    pub fn new(targets: Vec<Target>, origin: Origin) -> Result<Self, Fault> {
        if targets.is_empty() {
            return Err(Fault::new(Code::ConfigInvalid).detail("an alias names no model", "별칭에 모델이 없어요"));
        }
        Ok(Self { targets, origin, retry: Retry::default(), repeats_shown: true })
    }

    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// For somebody who keeps what is shown: a broken answer fails, even where it could be tried again.
    #[must_use]
    pub fn shown_once(mut self) -> Self {
        self.repeats_shown = false;
        self
    }

    /// The same door to one of its targets.
    pub(crate) fn only(&self, target: &Target) -> Self {
        Self { targets: vec![target.clone()], ..self.clone() }
    }

    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    async fn through(&self, call: Call, watch: Option<Watch>) -> Result<Reply, ModelFailure> {
        let shown = Arc::new(AtomicBool::new(false));
        let mut used: Option<Usage> = None;
        let mut last = None;
        for target in &self.targets {
            match self.ask(target, &call, watch.as_ref(), &shown, &mut used).await {
                Ok(mut reply) => {
                    if let Some(used) = used {
                        reply.usage = add_usage(Some(used), &reply.usage);
                    }
                    return Ok(reply);
                }
                Err(failure) => {
                    let ends = !failure.falls_back() || self.is_spoilt(&shown);
                    last = Some(failure);
                    if ends {
                        break;
                    }
                }
            }
        }
        let mut failure = last.unwrap_or_else(|| ModelFailure::refused("no model"));
        failure.usage = used;
        Err(failure)
    }

    /// Something was shown, and nothing more may be.
    fn is_spoilt(&self, shown: &AtomicBool) -> bool {
        !self.repeats_shown && shown.load(Ordering::Acquire)
    }

    /// One target, as often as makes sense.
    async fn ask(
        &self,
        target: &Target,
        call: &Call,
        watch: Option<&Watch>,
        shown: &Arc<AtomicBool>,
        used: &mut Option<Usage>,
    ) -> Result<Reply, ModelFailure> {
        let mut tries = Tries::new(self.retry);
        let asking = Asking {
            input_tokens: estimate::tokens_of(call),
            output_tokens: u64::from(call.max_tokens),
            price: target.client.endpoint().price,
        };
        loop {
            let (turn, hold) = self.begin(target, asking).await?;
            let watching = watch.map(|watch| watching(watch.clone(), shown.clone()));
            let (result, learnt) = target.client.exchange(call, watching.as_ref()).await;
            let failure = match result {
                Ok(reply) => {
                    hold.settle(Some(&reply.usage));
                    turn.end(Outcome::Answered, learnt, Some(total(&reply.usage)));
                    return Ok(reply);
                }
                Err(failure) => failure,
            };
            hold.settle(failure.usage.as_ref());
            turn.end(outcome(&failure), holding(learnt, &failure), failure.usage.as_ref().map(total));
            if let Some(usage) = &failure.usage {
                *used = Some(add_usage(used.take(), usage));
            }
            if self.is_spoilt(shown) {
                return Err(failure);
            }
            tries.after(failure).await?;
        }
    }

    /// A turn in the target's lane, and the cost set aside.
    pub(super) async fn begin(&self, target: &Target, asking: Asking) -> Result<(Turn, Box<dyn Hold>), ModelFailure> {
        let tokens = asking.input_tokens.saturating_add(asking.output_tokens);
        let turn = target.lane.turn(self.origin.who, self.origin.urgency, tokens).await?;
        match self.origin.meter.reserve(asking).await {
            Ok(hold) => Ok((turn, hold)),
            Err(failure) => {
                turn.end(Outcome::Dropped, Learnt::default(), Some(0));
                Err(failure)
            }
        }
    }
}

/// The tries at one target.
pub(super) struct Tries {
    retry: Retry,
    began: Instant,
    tried: u32,
}

impl Tries {
    pub(super) fn new(retry: Retry) -> Self {
        Self { retry, began: Instant::now(), tried: 0 }
    }

    /// Pauses before another try, or hands the failure back when that was the last.
    pub(super) async fn after(&mut self, failure: ModelFailure) -> Result<(), ModelFailure> {
        self.tried += 1;
        let spent = self.began.elapsed().as_millis() as u64;
        let pause = self.retry.pause(self.tried, spent, failure.retry_after_ms, rand::random());
        match pause.filter(|_| failure.is_transient) {
            None => Err(failure),
            Some(pause) => {
                tracing::debug!(tried = self.tried, pause, %failure, "a call is tried again");
                tokio::time::sleep(Duration::from_millis(pause)).await;
                Ok(())
            }
        }
    }
}

/// What a failure's body said of a pause holds like a header.
pub(super) fn holding(learnt: Learnt, failure: &ModelFailure) -> Learnt {
    Learnt { retry_after_ms: learnt.retry_after_ms.or(failure.retry_after_ms), ..learnt }
}

pub(super) fn total(usage: &Usage) -> u64 {
    usage.input_tokens.saturating_add(usage.output_tokens)
}

/// Hands over what comes, unless an earlier try showed something already.
fn watching(watch: Watch, shown: Arc<AtomicBool>) -> Watch {
    let is_first = !shown.load(Ordering::Acquire);
    Arc::new(move |event: &Event| {
        if is_first {
            if matches!(
                event,
                Event::Text(_) | Event::Refusal(_) | Event::CallBegin { .. } | Event::CallArguments { .. }
            ) {
                shown.store(true, Ordering::Release);
            }
            watch(event);
        }
    })
}

impl Model for Door {
    fn answer(&self, call: Call, watch: Option<Watch>) -> BoxFuture<'_, Result<Reply, ModelFailure>> {
        self.through(call, watch).boxed()
    }

    fn name(&self) -> &str {
        &self.targets[0].client.endpoint().model
    }
}
