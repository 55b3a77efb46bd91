//! Which fault strikes which call, and which calls come inside a `Retry-After` window.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::kind::{Fault, Kind};
use crate::door::Named;
use crate::identifier::draw;

/// Most faults held at once.
const MAX_FAULTS: usize = 1_000;

/// A fault with its place and progress.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Placed {
    pub id: u64,
    #[serde(flatten)]
    pub fault: Fault,
    /// Matching calls seen.
    pub seen: u64,
    /// Calls struck.
    pub struck: u64,
}

/// What the table says of a call.
pub(crate) enum Verdict {
    /// Nothing disturbs it.
    Pass,
    /// This fault strikes.
    Strike(Fault),
    /// The call came inside a window; this many whole seconds remain.
    TooEarly(u64),
}

/// Faults in the order in which they were set.
pub(crate) struct FaultTable {
    seed: u64,
    next: u64,
    placed: Vec<Placed>,
    windows: HashMap<(String, String), Instant>,
}

impl FaultTable {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, next: 1, placed: Vec::new(), windows: HashMap::new() }
    }

    /// Adds a fault and answers its id.
    ///
    /// # Errors
    /// The fault makes no sense, or there are too many.
    pub(crate) fn add(&mut self, fault: Fault) -> Result<u64, String> {
        if let Some(why) = fault.refusal() {
            return Err(why);
        }
        if self.placed.len() >= MAX_FAULTS {
            return Err(format!("at most {MAX_FAULTS} faults can be set"));
        }
        let id = self.next;
        self.next += 1;
        self.placed.push(Placed { id, fault, seen: 0, struck: 0 });
        Ok(id)
    }

    pub(crate) fn list(&self) -> &[Placed] {
        &self.placed
    }

    pub(crate) fn clear(&mut self) {
        self.placed.clear();
        self.windows.clear();
    }

    /// Decides about one call at `now`. The first matching fault that strikes wins.
    pub(crate) fn judge(&mut self, named: &Named, body: &str, now: Instant) -> Verdict {
        let place = (named.service.to_owned(), named.op.clone());
        if let Some(until) = self.windows.get(&place).copied() {
            if now < until {
                return Verdict::TooEarly(whole_seconds(until - now));
            }
            self.windows.remove(&place);
        }
        let table_seed = self.seed;
        for placed in &mut self.placed {
            if !matches(&placed.fault, named, body) {
                continue;
            }
            if placed.fault.times != 0 && placed.struck >= placed.fault.times {
                continue;
            }
            placed.seen += 1;
            if placed.seen <= placed.fault.skip {
                continue;
            }
            let seed = placed.fault.seed.unwrap_or(table_seed) ^ placed.id.rotate_left(32);
            if draw(seed, placed.seen) >= placed.fault.probability {
                continue;
            }
            placed.struck += 1;
            let fault = placed.fault.clone();
            if matches!(fault.kind, Kind::TooMany | Kind::Unavailable)
                && let Some(seconds) = fault.retry_after.filter(|seconds| *seconds > 0)
                && let Some(until) = now.checked_add(Duration::from_secs(seconds))
            {
                self.windows.insert(place, until);
            }
            return Verdict::Strike(fault);
        }
        Verdict::Pass
    }
}

fn whole_seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

fn matches(fault: &Fault, named: &Named, body: &str) -> bool {
    (fault.service == "*" || fault.service == named.service)
        && (fault.operation == "*" || fault.operation == named.op)
        && fault.contains.as_deref().is_none_or(|text| body.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Fault {
        serde_json::from_str(json).unwrap()
    }

    fn call(op: &str) -> Named {
        Named { service: "notion", op: op.to_owned() }
    }

    #[test]
    fn strikes_as_often_as_told_after_the_skipped_calls() {
        let mut table = FaultTable::new(1);
        table.add(fault(r#"{"service":"notion","operation":"create_page","kind":"500","times":2,"skip":1}"#)).unwrap();
        let now = Instant::now();
        let struck: Vec<bool> =
            (0..5).map(|_| matches!(table.judge(&call("create_page"), "", now), Verdict::Strike(_))).collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert!(matches!(table.judge(&call("get_page"), "", now), Verdict::Pass));
    }

    #[test]
    fn calls_inside_the_window_are_refused_again() {
        let mut table = FaultTable::new(1);
        table.add(fault(r#"{"kind":"429","retry_after":2}"#)).unwrap();
        let now = Instant::now();
        assert!(matches!(table.judge(&call("a"), "", now), Verdict::Strike(_)));
        let inside = now + Duration::from_millis(1_500);
        assert!(matches!(table.judge(&call("a"), "", inside), Verdict::TooEarly(1)));
        assert!(matches!(table.judge(&call("b"), "", inside), Verdict::Pass));
        let after = now + Duration::from_secs(2);
        assert!(matches!(table.judge(&call("a"), "", after), Verdict::Pass));
    }

    #[test]
    fn the_same_seed_draws_the_same_calls() {
        let play = |seed: u64| -> Vec<bool> {
            let mut table = FaultTable::new(seed);
            table.add(fault(r#"{"kind":"500","times":0,"probability":0.3}"#)).unwrap();
            let now = Instant::now();
            (0..200).map(|_| matches!(table.judge(&call("a"), "", now), Verdict::Strike(_))).collect()
        };
        assert_eq!(play(7), play(7));
        assert_ne!(play(7), play(8));
        let share = play(7).iter().filter(|struck| **struck).count();
        assert!((35..=85).contains(&share), "{share} of 200");
    }

    #[test]
    fn nonsense_is_refused() {
        let mut table = FaultTable::new(1);
        assert!(table.add(fault(r#"{"kind":"500","probability":2}"#)).is_err());
        assert!(table.add(fault(r#"{"kind":"redirect"}"#)).is_err());
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"explode"}"#).is_err());
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"500","tmies":3}"#).is_err());
    }
}
