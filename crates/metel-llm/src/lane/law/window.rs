//! At most so much within any minute: a sliding log, so that no server that counts by minutes, by a
//! leaking bucket or by the hour's clock ever sees more. What a server says of its own count holds too.

use std::collections::VecDeque;

use crate::wire::Standing;

/// The stretch that limits are meant for.
pub const SPAN_MS: u64 = 60_000;
/// Starts this close together are one entry, which counts as its latest.
const GRAIN_MS: u64 = 50;

/// How much went out lately, and how much may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// Of any minute; without it everything may.
    limit: Option<u64>,
    /// Set by people: what servers say does not replace it.
    is_fixed: bool,
    log: VecDeque<Entry>,
    sum: u64,
    /// What a server said: so much more until then.
    told: Option<(u64, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    first: u64,
    last: u64,
    amount: u64,
}

impl Window {
    pub fn new(limit: Option<u64>) -> Self {
        Self { limit, is_fixed: limit.is_some(), ..Self::default() }
    }

    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// From when `amount` may go out; `now` when it may at once. More than a whole minute's limit may
    /// when nothing else went out: it would never else.
    pub fn due(&self, amount: u64, now: u64) -> u64 {
        let by_log = self.limit.map_or(now, |limit| {
            let mut sum = self.sum_at(now);
            let mut due = now;
            for entry in self.log.iter().skip_while(|entry| entry.last.saturating_add(SPAN_MS) <= now) {
                if sum == 0 || sum.saturating_add(amount) <= limit {
                    break;
                }
                sum = sum.saturating_sub(entry.amount);
                due = entry.last.saturating_add(SPAN_MS);
            }
            due
        });
        match self.told {
            Some((left, until)) if now < until && left < amount => by_log.max(until),
            _ => by_log,
        }
    }

    /// `amount` goes out.
    pub fn take(&mut self, amount: u64, now: u64) {
        self.forget(now);
        self.sum = self.sum.saturating_add(amount);
        match self.log.back_mut() {
            Some(entry) if now.saturating_sub(entry.first) < GRAIN_MS => {
                entry.last = now;
                entry.amount = entry.amount.saturating_add(amount);
            }
            _ => self.log.push_back(Entry { first: now, last: now, amount }),
        }
        if let Some((left, _)) = &mut self.told {
            *left = left.saturating_sub(amount);
        }
    }

    /// The amount taken for something turned out otherwise: the newest entry is corrected.
    pub fn correct(&mut self, taken: u64, used: u64, now: u64) {
        if used > taken {
            self.take(used - taken, now);
        } else if let Some(entry) = self.log.back_mut() {
            let less = (taken - used).min(entry.amount);
            entry.amount -= less;
            self.sum -= less.min(self.sum);
        }
    }

    /// What a server said of its own count. `in_flight` went out after it counted, or may have.
    pub fn learn(&mut self, standing: Standing, in_flight: u64, now: u64) {
        if let Some(limit) = standing.limit.filter(|limit| *limit > 0 && !self.is_fixed) {
            self.limit = Some(limit);
        }
        if let (Some(remaining), Some(reset)) = (standing.remaining, standing.reset_ms) {
            self.told = Some((remaining.saturating_sub(in_flight), now.saturating_add(reset)));
        }
    }

    fn sum_at(&self, now: u64) -> u64 {
        let gone: u64 = self
            .log
            .iter()
            .take_while(|entry| entry.last.saturating_add(SPAN_MS) <= now)
            .map(|entry| entry.amount)
            .sum();
        self.sum.saturating_sub(gone)
    }

    fn forget(&mut self, now: u64) {
        while let Some(entry) = self.log.front().filter(|entry| entry.last.saturating_add(SPAN_MS) <= now) {
            self.sum = self.sum.saturating_sub(entry.amount);
            self.log.pop_front();
        }
        if self.told.is_some_and(|(_, until)| until <= now) {
            self.told = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_server_knows_better() {
        let mut window = Window::new(None);
        assert_eq!(window.due(1, 0), 0);
        window.learn(Standing { limit: Some(3), remaining: Some(2), reset_ms: Some(10_000) }, 1, 0);
        assert_eq!(window.limit(), Some(3));
        assert_eq!(window.due(1, 0), 0);
        window.take(1, 0);
        assert_eq!(window.due(1, 1), 10_000);
        assert_eq!(window.due(1, 10_000), 10_000);
        let mut fixed = Window::new(Some(60));
        fixed.learn(Standing { limit: Some(9_000), ..Standing::default() }, 0, 0);
        assert_eq!(fixed.limit(), Some(60));
    }

    #[test]
    fn what_is_larger_than_the_limit_goes_alone() {
        let mut window = Window::new(Some(10));
        assert_eq!(window.due(50, 5), 5);
        window.take(50, 5);
        assert_eq!(window.due(1, 6), 60_005);
        window.correct(50, 4, 7);
        assert_eq!(window.due(6, 8), 8);
    }

    proptest! {
        #[test]
        fn no_minute_holds_more_than_the_limit(
            limit in 1_u64..40,
            asks in proptest::collection::vec((0_u64..8_000, 1_u64..5), 1..200),
        ) {
            let mut window = Window::new(Some(limit));
            let (mut now, mut sent) = (0_u64, Vec::<(u64, u64)>::new());
            for (pause, amount) in asks {
                now += pause;
                let amount = amount.min(limit);
                let due = window.due(amount, now);
                prop_assert!(due >= now);
                now = due;
                prop_assert_eq!(window.due(amount, now), now, "what is due may go");
                window.take(amount, now);
                sent.push((now, amount));
                let lately: u64 = sent.iter().filter(|(at, _)| at + SPAN_MS > now).map(|(_, n)| n).sum();
                prop_assert!(lately <= limit, "{lately} of {limit} at {now}");
            }
        }
    }
}
