//! Time as the sandbox sees it: microseconds since 1970 UTC, passed in so that tests and replays
//! can hold it still.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Answers the present time in microseconds since 1970-01-01T00:00:00Z.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's clock.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    })
}

/// A clock that always answers `micros`.
#[must_use]
pub fn fixed_clock(micros: i64) -> Clock {
    Arc::new(move || micros)
}

/// RFC 3339 with milliseconds and `Z`, the form that Notion and others answer.
pub(crate) fn rfc3339_millis(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| "1970-01-01T00:00:00.000Z".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

/// `YYYY-MM-DD HH:MM` in UTC, for people.
pub(crate) fn minute(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_milliseconds_and_z() {
        assert_eq!(rfc3339_millis(1_767_225_600_123_456), "2026-01-01T00:00:00.123Z");
        assert_eq!(minute(1_767_225_600_123_456), "2026-01-01 00:00");
    }
}
