//! Points in time and spans, with the language's ranges: years 1 to 9999, spans of ±292 years.
//! Time zones come from the database built into the program, never from the machine.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::error::CelError;

const SECOND: i128 = 1_000_000_000;
/// 0001-01-01T00:00:00Z in nanoseconds since 1970.
const FIRST: i128 = -62_135_596_800 * SECOND;
/// 9999-12-31T23:59:59.999999999Z.
const LAST: i128 = 253_402_300_800 * SECOND - 1;
const LONGEST: i128 = i64::MAX as i128;

/// A point in time, in nanoseconds since 1970 (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i128);

/// A span of time in nanoseconds, signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(i128);

impl Timestamp {
    /// Refuses points outside years 1 to 9999.
    pub fn from_nanoseconds(n: i128) -> Result<Self, CelError> {
        if (FIRST..=LAST).contains(&n) {
            Ok(Timestamp(n))
        } else {
            Err(CelError::evaluation("a timestamp out of range"))
        }
    }

    /// Microseconds since 1970, as the platform keeps times.
    pub fn from_microseconds(n: i64) -> Result<Self, CelError> {
        Self::from_nanoseconds(i128::from(n) * 1000)
    }

    /// Nanoseconds since 1970.
    pub fn nanoseconds(self) -> i128 {
        self.0
    }

    /// Reads RFC 3339 (`2026-03-01T09:00:00+09:00`); nothing else.
    pub fn parse(text: &str) -> Result<Self, CelError> {
        parse_rfc3339(text)
            .ok_or_else(|| CelError::evaluation("not an RFC 3339 timestamp"))
            .and_then(Self::from_nanoseconds)
    }

    /// The clock on the wall in `zone`: a name of the time zone database or `±HH:MM`; UTC without.
    pub(super) fn civil(self, zone: Option<&str>) -> Result<DateTime, CelError> {
        let unknown = || CelError::evaluation("an unknown time zone");
        let nanos = jiff::Timestamp::from_nanosecond(self.0).map_err(|_| unknown())?;
        let zone = match zone {
            None | Some("" | "UTC") => TimeZone::UTC,
            Some(name) => match fixed_offset(name) {
                Some(offset) => offset.to_time_zone(),
                None => TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?,
            },
        };
        Ok(zone.to_datetime(nanos))
    }
}

impl Duration {
    /// Refuses spans past what 64 bits of nanoseconds hold (about 292 years).
    pub fn from_nanoseconds(n: i128) -> Result<Self, CelError> {
        if (-LONGEST..=LONGEST).contains(&n) {
            Ok(Duration(n))
        } else {
            Err(CelError::evaluation("a duration out of range"))
        }
    }

    /// Nanoseconds, signed.
    pub fn nanoseconds(self) -> i128 {
        self.0
    }

    /// Reads a sequence of decimal numbers with units: `1h30m`, `-1.5s`, `250ms`.
    pub fn parse(text: &str) -> Result<Self, CelError> {
        parse_span(text).ok_or_else(|| CelError::evaluation("not a duration")).and_then(Self::from_nanoseconds)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(86_400 * SECOND), self.0.rem_euclid(86_400 * SECOND));
        let (year, month, day) = civil_from_days(days);
        let seconds = rest / SECOND;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        fraction(f, rest % SECOND)?;
        f.write_str("Z")
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let n = self.0.abs();
        write!(f, "{}", n / SECOND)?;
        fraction(f, n % SECOND)?;
        f.write_str("s")
    }
}

fn fraction(f: &mut fmt::Formatter<'_>, nanos: i128) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{nanos:09}");
    write!(f, ".{}", digits.trim_end_matches('0'))
}

/// Proleptic Gregorian date of a day counted from 1970-01-01.
fn civil_from_days(days: i128) -> (i128, i128, i128) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i128::from(month <= 2), month, day)
}

fn parse_rfc3339(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i128> {
        let part = text.get(from..to)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let mark = |at: usize, any: &[u8]| bytes.get(at).filter(|b| any.contains(b)).map(|_| ());
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    mark(4, b"-")?;
    mark(7, b"-")?;
    mark(10, b"Tt")?;
    mark(13, b":")?;
    mark(16, b":")?;
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut at = 19;
    let mut nanos = 0;
    if bytes.get(at) == Some(&b'.') {
        let count = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=9).contains(&count) {
            return None;
        }
        nanos = digits(at + 1, at + 1 + count)? * 10_i128.pow(9 - count as u32);
        at += 1 + count;
    }
    let offset = match text.get(at..)? {
        "Z" | "z" => 0,
        zone => i128::from(fixed_offset(zone).filter(|_| !zone.starts_with(char::is_numeric))?.seconds()),
    };
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let days = i128::from((date - jiff::civil::date(1970, 1, 1)).get_days());
    Some((days * 86_400 + hour * 3600 + minute * 60 + second - offset) * SECOND + nanos)
}

/// `+09:00`, `-02:30`, and without a sign `09:00`.
fn fixed_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two = |part: &str, most: i32| -> Option<i32> {
        let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse().ok().filter(|n| *n <= most)).flatten()
    };
    Offset::from_seconds(sign * (two(hours, 23)? * 3600 + two(minutes, 59)? * 60)).ok()
}

fn parse_span(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() || rest.len() > 128 {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && part.is_empty()) || part.contains('.') || whole.len() > 20 {
            return None;
        }
        let units = [
            ("ns", 1),
            ("us", 1000),
            ("µs", 1000),
            ("μs", 1000),
            ("ms", 1_000_000),
            ("h", 3600 * SECOND),
            ("m", 60 * SECOND),
            ("s", SECOND),
        ];
        let (name, unit) = units.iter().find(|(name, _)| tail.starts_with(name))?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(*unit)?)?;
        let mut scale = *unit;
        for digit in part.bytes() {
            scale /= 10;
            total = total.checked_add(i128::from(digit - b'0').checked_mul(scale)?)?;
        }
        rest = &tail[name.len()..];
    }
    Some(if negative { -total } else { total })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_and_writes_timestamps() {
        for (text, written) in [
            ("2026-03-01T09:00:00+09:00", "2026-03-01T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
            ("2024-02-29T12:30:00-02:30", "2024-02-29T15:00:00Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), written);
        }
        for bad in [
            "2023-02-29T00:00:00Z",
            "2026-03-01",
            "2026-03-01T09:00:00",
            "0000-01-01T00:00:00Z",
            "2026-03-01 09:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T09:00:00 09:00",
            "2026-03-01T09:00:00.Z",
            "0001-01-01T00:00:00+01:00",
        ] {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_and_writes_spans() {
        for (text, written) in [
            ("1h30m", "5400s"),
            ("-1.5s", "-1.5s"),
            ("250ms", "0.25s"),
            ("1us2ns", "0.000001002s"),
            ("0", "0s"),
            (".5m", "30s"),
        ] {
            assert_eq!(Duration::parse(text).unwrap().to_string(), written);
        }
        for bad in ["", "1", "s", "1d", "1h-1m", "99999999999999999999s", "1..5s", "가s", "-"] {
            assert!(Duration::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn walls_show_their_own_clock() {
        let time = Timestamp::parse("2026-03-01T20:00:00Z").unwrap();
        assert_eq!(time.civil(Some("Asia/Seoul")).unwrap().day(), 2);
        assert_eq!(time.civil(Some("+09:00")).unwrap().hour(), 5);
        assert_eq!(time.civil(None).unwrap().hour(), 20);
        assert!(time.civil(Some("Asia/Nowhere")).is_err());
    }
}
