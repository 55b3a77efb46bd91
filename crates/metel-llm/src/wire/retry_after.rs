//! When a server wants to be asked again: `retry-after-ms`, or `Retry-After` (RFC 9110, 10.2.3) in
//! seconds or as a date. A date is held against the answer's own `Date`, so no clock is needed.

/// Longest wait that is believed: a day.
const MS_MAX: f64 = 86_400_000.0;

pub(super) fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<u64> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    if let Some(ms) = header("retry-after-ms").and_then(number) {
        return Some(ms.min(MS_MAX) as u64);
    }
    let text = header("retry-after")?;
    if let Some(seconds) = number(text) {
        return Some((seconds * 1_000.0).min(MS_MAX) as u64);
    }
    let at = date(text)?;
    let now = date(header("date")?)?;
    Some((at.saturating_sub(now).max(0) as f64 * 1_000.0).min(MS_MAX) as u64)
}

/// Seconds since 1970 of an HTTP date.
pub(super) fn date(text: &str) -> Option<i64> {
    let text = text.trim().strip_suffix("GMT").map_or(text.trim().to_owned(), |head| format!("{head}+0000"));
    jiff::fmt::rfc2822::parse(&text).ok().map(|zoned| zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &'static str)]) -> Option<u64> {
        read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value))
    }

    #[test]
    fn seconds_dates_and_nonsense() {
        assert_eq!(with(&[("retry-after", "7")]), Some(7_000));
        assert_eq!(with(&[("retry-after-ms", "250"), ("retry-after", "7")]), Some(250));
        let dates = [("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"), ("date", "Fri, 31 Dec 1999 23:59:29 GMT")];
        assert_eq!(with(&dates), Some(30_000));
        assert_eq!(with(&dates[..1]), None);
        assert_eq!(with(&[("retry-after", "1e300")]), Some(86_400_000));
        assert_eq!(with(&[("retry-after", "-3")]), None);
        assert_eq!(with(&[("retry-after", "soon")]), None);
    }
}
