//! A circuit breaker: after a row of failures nobody is let through for a while; then one call at a
//! time tries whether the other side is back.

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 5;
/// First and longest pause.
const PAUSE_MS: u64 = 5_000;
const PAUSE_MS_MAX: u64 = 120_000;

/// Closed: everybody passes. Open: nobody. Half open: one probe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    /// Times that it opened without a success since.
    openings: u32,
    open_until: Option<u64>,
    is_probing: bool,
}

impl Breaker {
    /// Whether a call may start; when not, until when it is useless to ask (none: a probe is under way).
    pub fn check(&self, now: u64) -> Result<(), Option<u64>> {
        match self.open_until {
            None => Ok(()),
            Some(until) if now < until => Err(Some(until)),
            Some(_) if self.is_probing => Err(None),
            Some(_) => Ok(()),
        }
    }

    /// A call starts: on an open breaker it is the probe. True when it is.
    pub fn start(&mut self) -> bool {
        let is_probe = self.open_until.is_some();
        self.is_probing |= is_probe;
        is_probe
    }

    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    pub fn fail(&mut self, was_probe: bool, now: u64) {
        self.failures = self.failures.saturating_add(1);
        if was_probe {
            self.is_probing = false;
        }
        // Calls that began before it opened tell nothing new.
        let opens = was_probe || (self.open_until.is_none() && self.failures >= FAILURES_MAX);
        if opens {
            let pause = PAUSE_MS.saturating_mul(1 << self.openings.min(8)).min(PAUSE_MS_MAX);
            self.openings = self.openings.saturating_add(1);
            self.open_until = Some(now.saturating_add(pause));
        }
    }

    /// A call ended without telling whether the other side is well: given up, or refused for its content.
    pub fn forget(&mut self, was_probe: bool) {
        if was_probe {
            self.is_probing = false;
        }
    }

    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES_MAX {
            assert_eq!(breaker.check(0), Ok(()));
            breaker.start();
            breaker.fail(false, 0);
        }
        breaker
    }

    #[test]
    fn it_opens_probes_once_and_closes() {
        let mut breaker = opened();
        assert_eq!(breaker.check(4_999), Err(Some(5_000)));
        assert_eq!(breaker.check(5_000), Ok(()));
        assert!(breaker.start());
        assert_eq!(breaker.check(5_000), Err(None), "one probe at a time");
        breaker.fail(true, 6_000);
        assert_eq!(breaker.check(15_999), Err(Some(16_000)), "twice as long the second time");
        assert!(breaker.start());
        breaker.succeed();
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn late_failures_and_forgotten_probes_change_nothing() {
        let mut breaker = opened();
        breaker.fail(false, 4_000);
        assert_eq!(breaker.check(5_000), Ok(()));
        assert!(breaker.start());
        breaker.forget(true);
        assert_eq!(breaker.check(5_000), Ok(()), "somebody else may probe");
        let mut longest = opened();
        for n in 0..40 {
            longest.start();
            longest.fail(true, n);
        }
        assert_eq!(longest.check(0), Err(Some(39 + PAUSE_MS_MAX)));
    }
}
