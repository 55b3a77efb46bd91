//! `Retry-After`: seconds or an HTTP date (RFC 9110, section 10.2.3).

use std::time::{SystemTime, UNIX_EPOCH};

use metel_model::Micros;

/// Milliseconds to wait from `now`; `None` when the header says nothing readable.
pub(super) fn read(header: &str, now: Micros) -> Option<u64> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| (seconds * 1_000.0).ceil().min(1e12) as u64);
    }
    let at: SystemTime = httpdate::parse_http_date(header).ok()?;
    let at = at.duration_since(UNIX_EPOCH).ok()?.as_micros();
    let at = Micros(i64::try_from(at).ok()?);
    Some(at.millis_since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now = Micros::parse("2026-01-05T00:00:00Z").unwrap();
        for (header, ms) in [
            ("3", Some(3_000)),
            (" 0 ", Some(0)),
            ("0.5", Some(500)),
            ("Mon, 05 Jan 2026 00:00:02 GMT", Some(2_000)),
            ("Mon, 05 Jan 2026 00:00:00 GMT", Some(0)),
            ("Sun, 04 Jan 2026 00:00:00 GMT", Some(0)),
            ("-1", None),
            ("NaN", None),
            ("내일", None),
            ("", None),
        ] {
            assert_eq!(read(header, now), ms, "{header}");
        }
    }
}
