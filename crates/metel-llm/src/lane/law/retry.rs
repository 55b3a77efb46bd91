//! When a call is tried again: exponential pauses with jitter, a server's own `Retry-After` honoured,
//! within a number of tries and a time for all of them.

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, the first one included.
    pub tries_max: u32,
    pub pause_ms: u64,
    pub pause_ms_max: u64,
    /// From the first try to the beginning of the last.
    pub total_ms_max: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries_max: 3, pause_ms: 500, pause_ms_max: 20_000, total_ms_max: 60_000 }
    }
}

impl Retry {
    /// One try only.
    pub const NEVER: Self = Self { tries_max: 1, pause_ms: 0, pause_ms_max: 0, total_ms_max: 0 };

    /// The pause after the `tried`th try (from 1), `spent_ms` after the first began; none when it was
    /// the last. `chance` is from 0 to 1: at least half of the pause, so that nobody comes at once and
    /// not all at the same time. What a server asks for is never cut short; it may end the trying.
    pub fn pause(&self, tried: u32, spent_ms: u64, retry_after_ms: Option<u64>, chance: f64) -> Option<u64> {
        if tried >= self.tries_max {
            return None;
        }
        let doubled = self.pause_ms.saturating_mul(1 << tried.saturating_sub(1).min(16)).min(self.pause_ms_max);
        let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 1.0 };
        let jittered = doubled / 2 + (doubled as f64 / 2.0 * chance) as u64;
        let pause = match retry_after_ms {
            // A little after the others' moment, never before it.
            Some(asked) => asked.saturating_add((self.pause_ms as f64 * chance) as u64),
            None => jittered,
        };
        (spent_ms.saturating_add(pause) <= self.total_ms_max).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pauses_double_and_end() {
        let retry = Retry { tries_max: 4, ..Retry::default() };
        assert_eq!(
            (1..=4).map(|n| retry.pause(n, 0, None, 1.0)).collect::<Vec<_>>(),
            [Some(500), Some(1_000), Some(2_000), None]
        );
        assert_eq!(retry.pause(1, 0, None, 0.0), Some(250));
        assert_eq!(retry.pause(1, 0, Some(7_000), 0.0), Some(7_000));
        assert_eq!(retry.pause(1, 0, Some(90_000), 0.5), None, "longer than the whole call may take");
        assert_eq!(Retry::NEVER.pause(1, 0, None, 1.0), None);
    }

    proptest! {
        #[test]
        fn no_pause_is_shorter_than_asked_for(tried in 0_u32..40, spent in 0_u64..200_000, asked in proptest::option::of(0_u64..100_000), chance: f64) {
            let retry = Retry { tries_max: 50, ..Retry::default() };
            if let Some(pause) = retry.pause(tried, spent, asked, chance) {
                prop_assert!(pause >= asked.unwrap_or(250));
                prop_assert!(spent + pause <= retry.total_ms_max);
            }
        }
    }
}
