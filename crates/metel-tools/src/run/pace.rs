//! Pacing, per account: a token bucket, the silence that a service asked for, and a breaker for
//! services that do not answer. Short waits are waited here; longer ones go back to the caller.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use metel_model::contract::RateLimit;
use metel_model::effect::Outcome;
use parking_lot::Mutex;

/// Longest wait that is waited here.
const WAIT_MS_MAX: u64 = 1_500;
/// Failures in a row that open the breaker.
const FAILURES_MAX: u32 = 8;
/// How long an open breaker holds calls back before one may try.
const OPEN_MS: u64 = 5_000;
/// Longest silence that a service may ask for.
const SILENCE_MS_MAX: u64 = 24 * 3_600_000;
/// Most accounts remembered.
const LANES_MAX: usize = 10_000;

/// Why a call was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Rate,
    Silence,
    Breaker,
}

impl Why {
    pub(super) fn en(self) -> &'static str {
        match self {
            Self::Rate => "the account's rate is used up",
            Self::Silence => "the service asked for a pause",
            Self::Breaker => "the service has failed several times in a row",
        }
    }

    pub(super) fn ko(self) -> &'static str {
        match self {
            Self::Rate => "이 연결의 호출 한도를 다 썼어요",
            Self::Silence => "서비스가 잠시 쉬어 달라고 했어요",
            Self::Breaker => "서비스가 잇따라 실패했어요",
        }
    }
}

/// How long to wait, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    pub wait: Duration,
    pub why: Why,
}

#[derive(Debug, Default)]
pub(super) struct Pace {
    lanes: Mutex<HashMap<String, Lane>>,
}

/// What one account's service has shown of itself.
#[derive(Debug, Default)]
struct Lane {
    /// By tool: services limit their methods apart from each other.
    buckets: HashMap<String, Bucket>,
    silent_until: Option<Instant>,
    failures: u32,
    open_until: Option<Instant>,
}

#[derive(Debug)]
struct Bucket {
    /// Calls that may start now; a fraction grows with time.
    tokens: f64,
    filled_at: Instant,
}

impl Pace {
    /// Returns when the call may start, or says how long it would have to wait.
    pub(super) async fn enter(
        &self,
        lane: &str,
        rate: Option<(&str, &RateLimit)>,
        deadline: Instant,
    ) -> Result<(), Pause> {
        loop {
            let now = Instant::now();
            let Err(pause) = self.try_enter(lane, rate, now) else { return Ok(()) };
            let is_long = pause.wait > Duration::from_millis(WAIT_MS_MAX) || now + pause.wait >= deadline;
            if is_long || pause.why == Why::Breaker {
                return Err(pause);
            }
            tokio::time::sleep(pause.wait).await;
        }
    }

    fn try_enter(&self, name: &str, rate: Option<(&str, &RateLimit)>, now: Instant) -> Result<(), Pause> {
        let mut lanes = self.lanes.lock();
        if lanes.len() >= LANES_MAX && !lanes.contains_key(name) {
            lanes.retain(|_, lane| lane.is_held(now));
        }
        let lane = lanes.entry(name.to_owned()).or_default();
        for (until, why) in [(lane.silent_until, Why::Silence), (lane.open_until, Why::Breaker)] {
            if let Some(until) = until.filter(|until| *until > now) {
                return Err(Pause { wait: until - now, why });
            }
        }
        if let Some((tool, rate)) = rate {
            let full = f64::from(rate.burst);
            let bucket = lane.buckets.entry(tool.to_owned()).or_insert_with(|| Bucket { tokens: full, filled_at: now });
            bucket.take(rate, now)?;
        }
        // Half open: this call tries, the others wait as long again.
        if lane.open_until.is_some() && lane.failures >= FAILURES_MAX {
            lane.open_until = Some(now + Duration::from_millis(OPEN_MS));
        }
        Ok(())
    }

    /// Takes note of what an answer says about the service's state.
    pub(super) fn learn(&self, name: &str, outcome: &Outcome) {
        self.learn_at(name, outcome, Instant::now());
    }

    fn learn_at(&self, name: &str, outcome: &Outcome, now: Instant) {
        let mut lanes = self.lanes.lock();
        let Some(lane) = lanes.get_mut(name) else { return };
        if let Some(ms) = outcome.retry_after_ms {
            let until = now + Duration::from_millis(ms.min(SILENCE_MS_MAX));
            lane.silent_until = Some(lane.silent_until.map_or(until, |known| known.max(until)));
        }
        let is_down = match (&outcome.fault, outcome.status) {
            (Some(fault), _) => matches!(fault.code, metel_model::Code::NetworkFailed | metel_model::Code::ToolTimeout),
            (None, Some(status)) => status >= 500,
            (None, None) => false,
        };
        if !is_down {
            lane.failures = 0;
            lane.open_until = None;
            return;
        }
        lane.failures = lane.failures.saturating_add(1);
        if lane.failures >= FAILURES_MAX {
            lane.open_until = Some(now + Duration::from_millis(OPEN_MS));
        }
    }
}

impl Bucket {
    fn take(&mut self, rate: &RateLimit, now: Instant) -> Result<(), Pause> {
        let grown = now.saturating_duration_since(self.filled_at).as_secs_f64() * rate.per_second;
        self.tokens = (self.tokens + grown).min(f64::from(rate.burst));
        self.filled_at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = Duration::from_secs_f64((1.0 - self.tokens) / rate.per_second);
        Err(Pause { wait: wait.max(Duration::from_millis(1)), why: Why::Rate })
    }
}

impl Lane {
    fn is_held(&self, now: Instant) -> bool {
        let is_later = |until: Option<Instant>| until.is_some_and(|until| until > now);
        is_later(self.silent_until) || is_later(self.open_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::effect::Certainty;
    use metel_model::{Code, Fault};
    use serde_json::Value;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn the_bucket_fills_with_time() {
        let (pace, start) = (Pace::default(), Instant::now());
        let rate = RateLimit { per_second: 2.0, burst: 3 };
        let rate = Some(("demo.write", &rate));
        for _ in 0..3 {
            assert_eq!(pace.try_enter("a", rate, start), Ok(()));
        }
        let pause = pace.try_enter("a", rate, start).unwrap_err();
        assert_eq!((pause.why, pause.wait), (Why::Rate, ms(500)));
        assert_eq!(pace.try_enter("b", rate, start), Ok(()));
        assert_eq!(pace.try_enter("a", rate, start + ms(500)), Ok(()));
        assert!(pace.try_enter("a", rate, start + ms(501)).is_err());
    }

    #[test]
    fn an_asked_for_silence_holds_everybody_on_the_account() {
        let (pace, start) = (Pace::default(), Instant::now());
        pace.try_enter("a", None, start).unwrap();
        let mut outcome = Outcome::answer(Value::Null, 0);
        outcome.status = Some(429);
        outcome.retry_after_ms = Some(2_000);
        pace.learn_at("a", &outcome, start);
        let pause = pace.try_enter("a", None, start + ms(1_999)).unwrap_err();
        assert_eq!((pause.why, pause.wait), (Why::Silence, ms(1)));
        assert_eq!(pace.try_enter("a", None, start + ms(2_000)), Ok(()));
        assert_eq!(pace.try_enter("other", None, start), Ok(()));
    }

    #[test]
    fn a_breaker_opens_tries_once_and_closes() {
        let (pace, start) = (Pace::default(), Instant::now());
        let down = Outcome::fault(Fault::new(Code::NetworkFailed), Certainty::Certain, 0);
        for _ in 0..FAILURES_MAX {
            assert_eq!(pace.try_enter("a", None, start), Ok(()));
            pace.learn_at("a", &down, start);
        }
        assert_eq!(pace.try_enter("a", None, start).unwrap_err().why, Why::Breaker);
        let later = start + ms(OPEN_MS + 1);
        assert_eq!(pace.try_enter("a", None, later), Ok(()));
        assert_eq!(pace.try_enter("a", None, later).unwrap_err().why, Why::Breaker);
        pace.learn_at("a", &Outcome::answer(Value::Null, 0), later);
        assert_eq!(pace.try_enter("a", None, later), Ok(()));
    }
}
