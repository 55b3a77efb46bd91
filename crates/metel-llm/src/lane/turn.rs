//! The waiting side of a lane. Of those who wait one keeps the time for all; whoever gives up leaves
//! the line, and whoever drops a turn frees its place.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metel_model::{Code, Fault};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::law::{Limits, Outcome, Queue, Urgency, Verdict, Who};
use crate::model::ModelFailure;
use crate::wire::Learnt;

/// The way to one model at one provider. Clones share it.
#[derive(Clone)]
pub struct Lane(Arc<Shared>);

struct Shared {
    began: Instant,
    state: Mutex<State>,
    /// Whoever holds it sleeps until `wake_at` and looks then.
    timekeeper: tokio::sync::Mutex<()>,
    wake_at: AtomicU64,
    changed: tokio::sync::Notify,
}

struct State {
    queue: Queue,
    askers: HashMap<u64, Asker>,
}

/// A turn that nobody takes any more frees its place by being dropped.
struct Asker {
    tokens: u64,
    tell: oneshot::Sender<Granted>,
}

/// A turn, or until when it is useless to ask.
type Granted = Result<Turn, u64>;

/// A place among those who may ask at once.
pub struct Turn {
    lane: Lane,
    is_probe: bool,
    estimated: u64,
    is_over: bool,
}

/// Leaves the line when nobody waits any more.
struct Place<'a> {
    lane: &'a Lane,
    who: Who,
    urgency: Urgency,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.lane.0.state.lock();
        if state.askers.remove(&self.ticket).is_some() {
            state.queue.leave(self.who, self.urgency, self.ticket);
        }
    }
}

impl Lane {
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Shared {
            began: Instant::now(),
            state: Mutex::new(State { queue: Queue::new(limits), askers: HashMap::new() }),
            timekeeper: tokio::sync::Mutex::new(()),
            wake_at: AtomicU64::new(u64::MAX),
            changed: tokio::sync::Notify::new(),
        }))
    }

    fn now(&self) -> u64 {
        self.0.began.elapsed().as_millis() as u64
    }

    /// Calls under way, and askers that wait.
    pub fn load(&self) -> (u32, usize) {
        let state = self.0.state.lock();
        (state.queue.in_flight(), state.queue.waiting())
    }

    /// Waits for a turn. Fails when too many wait, or when the provider is not well.
    pub async fn turn(&self, who: Who, urgency: Urgency, tokens: u64) -> Result<Turn, ModelFailure> {
        let (answer, mut granted) = oneshot::channel();
        let place = {
            let mut state = self.0.state.lock();
            // The common case: nobody was before us.
            if let Some(is_probe) = state.queue.start_now(tokens, self.now()) {
                return Ok(self.turn_of(is_probe, tokens));
            }
            let ticket = state.queue.enter(who, urgency, tokens).ok_or_else(full)?;
            state.askers.insert(ticket, Asker { tokens, tell: answer });
            Place { lane: self, who, urgency, ticket }
        };
        self.look();
        let verdict = match granted.try_recv() {
            Ok(verdict) => verdict,
            Err(_) => self.wait(&mut granted).await?,
        };
        drop(place);
        verdict.map_err(|until| broken(until.saturating_sub(self.now())))
    }

    fn turn_of(&self, is_probe: bool, estimated: u64) -> Turn {
        Turn { lane: self.clone(), is_probe, estimated, is_over: false }
    }

    async fn wait(&self, granted: &mut oneshot::Receiver<Granted>) -> Result<Granted, ModelFailure> {
        let gone = |_| ModelFailure::new(Fault::new(Code::Internal).about("the lane is gone"), false);
        let _keeper = tokio::select! {
            biased;
            verdict = &mut *granted => return verdict.map_err(gone),
            keeper = self.0.timekeeper.lock() => keeper,
        };
        loop {
            let changed = self.0.changed.notified();
            let wake = self.0.wake_at.load(Ordering::Acquire);
            let sleep = Duration::from_millis(wake.saturating_sub(self.now()).min(3_600_000));
            tokio::select! {
                biased;
                verdict = &mut *granted => return verdict.map_err(gone),
                () = changed => {}
                () = tokio::time::sleep(sleep), if wake != u64::MAX => self.look(),
            }
        }
    }

    /// Starts and refuses whoever may be, and sets the next look.
    fn look(&self) {
        // Dropped after the lock: a turn that nobody took looks itself.
        let mut untaken = Vec::new();
        let mut state = self.0.state.lock();
        let now = self.now();
        let wake = loop {
            let (ticket, verdict) = match state.queue.next(now) {
                Verdict::Start { ticket, is_probe } => (ticket, Ok(is_probe)),
                Verdict::Refuse { ticket, until } => (ticket, Err(until)),
                Verdict::Wait { until } => break until,
                Verdict::Idle => break u64::MAX,
            };
            let asker = state.askers.remove(&ticket);
            let tokens = asker.as_ref().map_or(0, |asker| asker.tokens);
            let granted = verdict.map(|is_probe| self.turn_of(is_probe, tokens));
            match asker {
                Some(asker) => untaken.extend(asker.tell.send(granted).err()),
                None => untaken.push(granted),
            }
        };
        drop(state);
        if self.0.wake_at.swap(wake, Ordering::AcqRel) != wake {
            self.0.changed.notify_one();
        }
    }
}

impl Turn {
    /// The call ended so; places are given on.
    pub fn end(mut self, outcome: Outcome, learnt: Learnt, used_tokens: Option<u64>) {
        self.close(outcome, learnt, used_tokens);
    }

    fn close(&mut self, outcome: Outcome, learnt: Learnt, used: Option<u64>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let has_more = {
            let mut state = self.lane.0.state.lock();
            let now = self.lane.now();
            state.queue.end(self.is_probe, outcome, learnt, (self.estimated, used), now);
            state.queue.waiting() > 0
        };
        if has_more {
            self.lane.look();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.close(Outcome::Dropped, Learnt::default(), None);
    }
}

fn full() -> ModelFailure {
    let fault = Fault::new(Code::ModelUnreachable)
        .detail("too many calls wait for this model already", "이 모델을 기다리는 요청이 이미 너무 많아요")
        .retry_after_ms(1_000);
    ModelFailure { retry_after_ms: Some(1_000), ..ModelFailure::new(fault, true) }
}

fn broken(ms: u64) -> ModelFailure {
    let fault = Fault::new(Code::ModelUnreachable)
        .detail(
            "the model failed several times in a row and is left alone for a while",
            "모델이 잇따라 실패해서 잠시 쉬게 하고 있어요",
        )
        .retry_after_ms(ms);
    ModelFailure { retry_after_ms: Some(ms), ..ModelFailure::new(fault, true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_thousand_take_turns_within_the_limits() {
        let lane = Lane::new(Limits { concurrent_max: 5, requests_per_minute: Some(60), ..Limits::default() });
        let began = Instant::now();
        let (at_once, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let mut all = tokio::task::JoinSet::new();
        for n in 0..1_000_u128 {
            let (lane, at_once, most) = (lane.clone(), at_once.clone(), most.clone());
            all.spawn(async move {
                let turn = lane.turn(n % 3, Urgency::Background, 0).await.unwrap();
                let at = began.elapsed().as_millis() as u64;
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(700)).await;
                at_once.fetch_sub(1, Ordering::SeqCst);
                turn.end(Outcome::Answered, Learnt::default(), None);
                at
            });
        }
        let mut starts = Vec::new();
        while let Some(at) = all.join_next().await {
            starts.push(at.unwrap());
        }
        starts.sort_unstable();
        assert_eq!((starts.len(), most.load(Ordering::SeqCst)), (1_000, 5));
        for (n, at) in starts.iter().enumerate().skip(60) {
            assert!(at - starts[n - 60] >= 60_000, "the {n}th came too early");
        }
        assert!(starts[999] < 17 * 60_000);
        assert_eq!(lane.load(), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_frees_a_place_and_loses_nobody_s() {
        let lane = Lane::new(Limits { concurrent_max: 1, ..Limits::default() });
        let first = lane.turn(1, Urgency::Interactive, 0).await.unwrap();
        let second = tokio::time::timeout(Duration::from_millis(50), lane.turn(1, Urgency::Interactive, 0)).await;
        assert!(second.is_err());
        assert_eq!(lane.load(), (1, 0));
        let third = tokio::spawn({
            let lane = lane.clone();
            async move { lane.turn(1, Urgency::Interactive, 0).await.map(drop).is_ok() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(third.await.unwrap());
        assert_eq!(lane.load(), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_provider_refuses_quickly() {
        let lane = Lane::new(Limits::default());
        for _ in 0..5 {
            lane.turn(1, Urgency::Interactive, 0).await.unwrap().end(Outcome::Failed, Learnt::default(), None);
        }
        let failure = lane.turn(1, Urgency::Interactive, 0).await.map(drop).unwrap_err();
        assert_eq!((failure.fault.code, failure.is_transient), (Code::ModelUnreachable, true));
        assert!(failure.retry_after_ms.is_some_and(|ms| ms > 4_000));
        tokio::time::sleep(Duration::from_millis(5_000)).await;
        lane.turn(1, Urgency::Interactive, 0).await.unwrap().end(Outcome::Answered, Learnt::default(), None);
        assert!(lane.turn(1, Urgency::Interactive, 0).await.is_ok());
    }
}
