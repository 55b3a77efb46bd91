//! How long to wait before another attempt: exponential backoff with full jitter.

use metel_model::chance::Chance;
use metel_model::contract::Retry;

/// Milliseconds before attempt `attempt + 1`: between half and all of `backoff * 2^(attempt-1)`, capped.
pub fn backoff_ms(retry: &Retry, attempt: u32, chance: &mut Chance) -> u64 {
    let doubled = retry.backoff_ms.saturating_mul(1u64 << attempt.saturating_sub(1).min(32));
    let ceiling = doubled.min(retry.backoff_ms_max).max(1);
    ceiling / 2 + chance.below(ceiling / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::Micros;
    use metel_model::id::RunId;
    use uuid::Uuid;

    #[test]
    fn it_grows_and_stays_under_its_cap() {
        let retry = Retry { backoff_ms: 100, backoff_ms_max: 2_000, ..Retry::default() };
        for attempt in 1..100 {
            let mut chance = Chance::new(RunId(Uuid::nil()), u64::from(attempt), Micros(0));
            let wait = backoff_ms(&retry, attempt, &mut chance);
            let ceiling = (100u64 << (attempt - 1).min(10)).min(2_000);
            assert!(wait >= ceiling / 2 && wait <= ceiling, "attempt {attempt}: {wait}");
        }
    }
}
