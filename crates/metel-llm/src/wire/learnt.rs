//! What an answer's headers say of the provider's limits. Sources: OpenAI's rate-limit headers
//! <https://platform.openai.com/docs/guides/rate-limits>, Anthropic's
//! <https://docs.anthropic.com/en/api/rate-limits>. Nonsense says nothing.

/// One limit as it stood when the answer was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Of a whole minute.
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
    /// Until the limit is whole again.
    pub reset_ms: Option<u64>,
}

/// Limits on requests and on tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Learnt {
    pub requests: Standing,
    pub tokens: Standing,
    /// The provider wants to be left alone for so long.
    pub retry_after_ms: Option<u64>,
}

/// Longest reset that is believed: an hour.
const RESET_MS_MAX: u64 = 3_600_000;

pub(crate) fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Learnt {
    let standing = |what: &str| {
        let open_ai = Standing {
            limit: number(header(&format!("x-ratelimit-limit-{what}"))),
            remaining: number(header(&format!("x-ratelimit-remaining-{what}"))),
            reset_ms: header(&format!("x-ratelimit-reset-{what}")).and_then(duration),
        };
        if open_ai != Standing::default() {
            return open_ai;
        }
        let name = |part: &str| format!("anthropic-ratelimit-{what}-{part}");
        Standing {
            limit: number(header(&name("limit"))),
            remaining: number(header(&name("remaining"))),
            reset_ms: header(&name("reset")).and_then(|at| until(at, header("date")?)),
        }
    };
    Learnt {
        requests: standing("requests"),
        tokens: standing("tokens"),
        retry_after_ms: super::retry_after::read(&header),
    }
}

fn number(text: Option<&str>) -> Option<u64> {
    text?.trim().parse().ok()
}

/// `6m0s`, `1.5s`, `120ms`, or plain seconds.
fn duration(text: &str) -> Option<u64> {
    let mut ms = 0.0_f64;
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse::<f64>() {
        return bounded(seconds * 1_000.0);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        ms += number
            * match &rest[..letters] {
                "ms" => 1.0,
                "s" => 1_000.0,
                "m" => 60_000.0,
                "h" => 3_600_000.0,
                _ => return None,
            };
        rest = &rest[letters..];
    }
    bounded(ms)
}

fn bounded(ms: f64) -> Option<u64> {
    (ms.is_finite() && ms >= 0.0).then(|| (ms.ceil() as u64).min(RESET_MS_MAX))
}

/// From the answer's own `Date` to a time as RFC 3339 writes it.
fn until(at: &str, date: &str) -> Option<u64> {
    let at = at.trim().parse::<jiff::Timestamp>().ok()?.as_millisecond();
    let now = super::retry_after::date(date)?.checked_mul(1_000)?;
    Some(u64::try_from(at.saturating_sub(now)).unwrap_or(0).min(RESET_MS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &'static str)]) -> Learnt {
        read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value))
    }

    #[test]
    fn both_spellings_are_read_and_nonsense_is_not() {
        let open_ai = of(&[
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "1m0.5s"),
            ("x-ratelimit-remaining-tokens", "149984"),
            ("x-ratelimit-reset-tokens", "6ms"),
            ("retry-after", "2"),
        ]);
        assert_eq!(open_ai.requests, Standing { limit: Some(60), remaining: Some(0), reset_ms: Some(60_500) });
        assert_eq!((open_ai.tokens.remaining, open_ai.tokens.reset_ms), (Some(149_984), Some(6)));
        assert_eq!(open_ai.retry_after_ms, Some(2_000));
        let anthropic = of(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", "2026-11-21T10:00:30Z"),
            ("date", "Sat, 21 Nov 2026 10:00:00 GMT"),
        ]);
        assert_eq!(anthropic.requests, Standing { limit: Some(50), remaining: Some(49), reset_ms: Some(30_000) });
        let odd = of(&[("x-ratelimit-remaining-requests", "-3"), ("x-ratelimit-reset-requests", "soon")]);
        assert_eq!(odd, Learnt::default());
        assert_eq!(duration("1e9h"), None);
    }
}
