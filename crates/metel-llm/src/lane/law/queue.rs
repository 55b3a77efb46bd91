//! A lane's whole state and its four acts: somebody comes, somebody leaves, whose turn is it, a call ended.

use super::breaker::Breaker;
use super::line::{Line, Urgency, Who};
use super::window::Window;
use crate::wire::Learnt;

/// What a lane may do at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub concurrent_max: u32,
    /// Those who wait beyond this many are refused at once.
    pub waiting_max: usize,
    /// Of any minute; learnt from answers where absent.
    pub requests_per_minute: Option<u64>,
    pub tokens_per_minute: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrent_max: 16, waiting_max: 10_000, requests_per_minute: None, tokens_per_minute: None }
    }
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// This one starts; `is_probe` is handed back with its outcome.
    Start { ticket: u64, is_probe: bool },
    /// The other side is not well: this one is refused, and may come again then.
    Refuse { ticket: u64, until: u64 },
    /// Nothing until then.
    Wait { until: u64 },
    /// Nothing until somebody comes or a call ends.
    Idle,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The other side is well: an answer, or a refusal of this very call.
    Answered,
    /// It is well and wants to be left alone (429).
    Busy,
    /// It is not well: no answer, a server error, a broken stream.
    Failed,
    /// Nobody knows: the asker went away.
    Dropped,
}

/// A lane.
#[derive(Debug, Clone)]
pub struct Queue {
    limits: Limits,
    line: Line,
    waiting: usize,
    next: u64,
    in_flight: u32,
    requests: Window,
    tokens: Window,
    /// Nobody before then: a server asked for it.
    held_until: u64,
    breaker: Breaker,
}

impl Queue {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            line: Line::default(),
            waiting: 0,
            next: 0,
            in_flight: 0,
            requests: Window::new(limits.requests_per_minute),
            tokens: Window::new(limits.tokens_per_minute),
            held_until: 0,
            breaker: Breaker::default(),
        }
    }

    /// Starts at once where nobody waits and nothing stands in the way; whether it is a probe.
    pub fn start_now(&mut self, tokens: u64, now: u64) -> Option<bool> {
        let is_free = self.line.is_empty()
            && self.in_flight < self.limits.concurrent_max
            && self.breaker.check(now).is_ok()
            && self.held_until <= now
            && self.requests.due(1, now) <= now
            && self.tokens.due(tokens, now) <= now;
        is_free.then(|| self.start(tokens, now))
    }

    fn start(&mut self, tokens: u64, now: u64) -> bool {
        self.in_flight += 1;
        self.requests.take(1, now);
        self.tokens.take(tokens, now);
        self.breaker.start()
    }

    /// Somebody comes and gets a ticket; none when too many wait.
    pub fn enter(&mut self, who: Who, urgency: Urgency, tokens: u64) -> Option<u64> {
        if self.waiting >= self.limits.waiting_max {
            return None;
        }
        let ticket = self.next;
        self.next += 1;
        self.waiting += 1;
        self.line.push(who, urgency, ticket, tokens);
        Some(ticket)
    }

    /// Somebody who waits goes away.
    pub fn leave(&mut self, who: Who, urgency: Urgency, ticket: u64) {
        if self.line.remove(who, urgency, ticket) {
            self.waiting -= 1;
        }
    }

    /// What happens now. To be asked again after every `Start` and `Refuse`.
    pub fn next(&mut self, now: u64) -> Verdict {
        let Some((ticket, tokens)) = self.line.first() else { return Verdict::Idle };
        if let Err(until) = self.breaker.check(now) {
            // With a probe under way its end decides; the pause's end refuses, so that others are tried.
            let Some(until) = until else { return Verdict::Idle };
            self.line.pop();
            self.waiting -= 1;
            return Verdict::Refuse { ticket, until };
        }
        if self.in_flight >= self.limits.concurrent_max {
            return Verdict::Idle;
        }
        let due = self.held_until.max(self.requests.due(1, now)).max(self.tokens.due(tokens, now));
        if due > now {
            return Verdict::Wait { until: due };
        }
        self.line.pop();
        self.waiting -= 1;
        Verdict::Start { ticket, is_probe: self.start(tokens, now) }
    }

    /// A call ended. `estimated` tokens were taken for it, `used` are known now.
    pub fn end(&mut self, was_probe: bool, outcome: Outcome, learnt: Learnt, tokens: (u64, Option<u64>), now: u64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match outcome {
            Outcome::Answered | Outcome::Busy => self.breaker.succeed(),
            Outcome::Failed => self.breaker.fail(was_probe, now),
            Outcome::Dropped => self.breaker.forget(was_probe),
        }
        let (estimated, used) = tokens;
        if let Some(used) = used {
            self.tokens.correct(estimated, used, now);
        }
        let others = u64::from(self.in_flight);
        self.requests.learn(learnt.requests, others, now);
        self.tokens.learn(learnt.tokens, 0, now);
        if let Some(pause) = learnt.retry_after_ms {
            self.held_until = self.held_until.max(now.saturating_add(pause));
        }
    }

    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    pub fn waiting(&self) -> usize {
        self.waiting
    }

    pub fn is_broken(&self) -> bool {
        self.breaker.is_open()
    }

    pub fn is_held(&self, now: u64) -> bool {
        self.held_until > now
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BinaryHeap};

    use super::*;
    use crate::wire::Standing;
    use proptest::prelude::*;

    const MINUTE: u64 = 60_000;

    /// Carries out all that wait, each call taking `ms(n)`; the starts, with who started.
    fn drain(queue: &mut Queue, whose: &BTreeMap<u64, Who>, ms: impl Fn(u64) -> u64) -> Vec<(u64, Who)> {
        let (mut now, mut starts) = (0_u64, Vec::new());
        let mut ends: BinaryHeap<std::cmp::Reverse<(u64, bool)>> = BinaryHeap::new();
        loop {
            match queue.next(now) {
                Verdict::Start { ticket, is_probe } => {
                    starts.push((now, whose[&ticket]));
                    ends.push(std::cmp::Reverse((now + ms(ticket), is_probe)));
                }
                Verdict::Refuse { .. } => panic!("nothing failed"),
                verdict => {
                    let at = match (verdict, ends.peek()) {
                        (Verdict::Wait { until }, Some(end)) => until.min(end.0.0),
                        (Verdict::Wait { until }, None) => until,
                        (_, Some(end)) => end.0.0,
                        (_, None) => return starts,
                    };
                    assert!(at > now || ends.peek().is_some_and(|end| end.0.0 == now), "time goes on");
                    now = at;
                    while let Some(std::cmp::Reverse((at, probe))) = ends.peek().copied().filter(|end| end.0.0 <= now) {
                        ends.pop();
                        queue.end(probe, Outcome::Answered, Learnt::default(), (0, None), at);
                    }
                }
            }
        }
    }

    fn most_within(starts: &[(u64, Who)], span: u64) -> usize {
        (0..starts.len())
            .map(|i| starts[i..].iter().take_while(|(at, _)| *at < starts[i].0 + span).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn a_thousand_calls_at_five_at_once_and_sixty_a_minute() {
        let limits = Limits { concurrent_max: 5, requests_per_minute: Some(60), ..Limits::default() };
        let mut queue = Queue::new(limits);
        let whose = (0..1_000).map(|n| (queue.enter(0, Urgency::Background, 0).unwrap(), n % 7)).collect();
        let starts = drain(&mut queue, &whose, |n| 200 + n % 300);
        assert_eq!(starts.len(), 1_000);
        assert_eq!(most_within(&starts, MINUTE), 60);
        // Sixteen minutes of sixty and forty more; no time is lost beside the limit.
        let last = starts[999].0;
        assert!((16 * MINUTE..17 * MINUTE + 10_000).contains(&last), "{last}");
    }

    #[test]
    fn a_burst_of_one_delays_another_by_one_call() {
        let mut queue = Queue::new(Limits { concurrent_max: 1, ..Limits::default() });
        let mut whose = BTreeMap::new();
        for _ in 0..500 {
            whose.insert(queue.enter(1, Urgency::Background, 0).unwrap(), 1);
        }
        whose.insert(queue.enter(2, Urgency::Background, 0).unwrap(), 2);
        whose.insert(queue.enter(3, Urgency::Interactive, 0).unwrap(), 3);
        let starts = drain(&mut queue, &whose, |_| 100);
        assert_eq!(starts.iter().take(3).map(|(_, who)| *who).collect::<Vec<_>>(), [3, 1, 2]);
    }

    #[test]
    fn nobody_calls_inside_a_server_s_pause() {
        let mut queue = Queue::new(Limits::default());
        queue.enter(1, Urgency::Interactive, 0);
        assert_eq!(queue.next(0), Verdict::Start { ticket: 0, is_probe: false });
        let learnt = Learnt { retry_after_ms: Some(3_000), ..Learnt::default() };
        queue.end(false, Outcome::Busy, learnt, (0, None), 10);
        queue.enter(1, Urgency::Interactive, 0);
        assert_eq!(queue.next(11), Verdict::Wait { until: 3_010 });
        assert!(matches!(queue.next(3_010), Verdict::Start { .. }));
        let told =
            Learnt { requests: Standing { limit: None, remaining: Some(0), reset_ms: Some(500) }, ..Learnt::default() };
        queue.end(false, Outcome::Answered, told, (0, None), 4_000);
        queue.enter(1, Urgency::Interactive, 0);
        assert_eq!(queue.next(4_000), Verdict::Wait { until: 4_500 });
    }

    #[test]
    fn an_ill_server_is_left_alone_and_tried_by_one() {
        let mut queue = Queue::new(Limits::default());
        for _ in 0..5 {
            queue.enter(1, Urgency::Interactive, 0);
            let Verdict::Start { is_probe, .. } = queue.next(0) else { panic!("it is well") };
            queue.end(is_probe, Outcome::Failed, Learnt::default(), (0, None), 0);
        }
        let ticket = queue.enter(1, Urgency::Interactive, 0).unwrap();
        assert_eq!(queue.next(100), Verdict::Refuse { ticket, until: 5_000 });
        assert_eq!(queue.next(100), Verdict::Idle);
        let probe = queue.enter(1, Urgency::Interactive, 0).unwrap();
        let behind = queue.enter(1, Urgency::Interactive, 0).unwrap();
        assert_eq!(queue.next(5_000), Verdict::Start { ticket: probe, is_probe: true });
        assert_eq!(queue.next(5_000), Verdict::Idle);
        queue.end(true, Outcome::Answered, Learnt::default(), (0, None), 5_100);
        assert_eq!(queue.next(5_100), Verdict::Start { ticket: behind, is_probe: false });
    }

    #[test]
    fn a_full_lane_refuses() {
        let mut queue = Queue::new(Limits { waiting_max: 1, ..Limits::default() });
        let first = queue.enter(1, Urgency::Interactive, 0).unwrap();
        assert_eq!(queue.enter(1, Urgency::Interactive, 0), None);
        queue.leave(1, Urgency::Interactive, first);
        assert!(queue.enter(1, Urgency::Interactive, 0).is_some());
    }

    proptest! {
        #[test]
        fn limits_hold_and_everybody_gets_a_turn(
            concurrent in 1_u32..6,
            requests in 1_u64..30,
            tokens in proptest::option::of(10_u64..200),
            calls in proptest::collection::vec((0_u128..4, any::<bool>(), 0_u64..50, 1_u64..5_000), 1..120),
        ) {
            let limits = Limits { concurrent_max: concurrent, requests_per_minute: Some(requests), tokens_per_minute: tokens, ..Limits::default() };
            let mut queue = Queue::new(limits);
            let mut whose = BTreeMap::new();
            let mut long = BTreeMap::new();
            for (who, waits, wanted, ms) in &calls {
                let urgency = if *waits { Urgency::Background } else { Urgency::Interactive };
                let ticket = queue.enter(*who, urgency, *wanted).unwrap();
                whose.insert(ticket, *who);
                long.insert(ticket, *ms);
            }
            let starts = drain(&mut queue, &whose, |ticket| long[&ticket]);
            prop_assert_eq!(starts.len(), calls.len());
            prop_assert!(most_within(&starts, MINUTE) as u64 <= requests);
            prop_assert_eq!((queue.in_flight(), queue.waiting()), (0, 0));
        }
    }
}
