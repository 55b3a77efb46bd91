//! Resident (주민등록번호) and foreigner (외국인등록번호) numbers.
//!
//! YYMMDD, a digit for century and sex, six more. Since October 2020 the last
//! digits carry no checksum, so a right checksum only raises confidence; without
//! it the hyphen or a word near by must speak for the number.

use super::Kind;
use super::chain::{Gap, Take};
use super::context::{Class, Context};

const WEIGHTS: [u32; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];

/// The kind of the number and its confidence.
pub(super) fn judge(take: &Take<'_>, context: &Context<'_>) -> Option<(Kind, u8)> {
    let digits = take.digits();
    let apart = match take.lengths().as_slice() {
        [6, 7] => *take.gaps().first()?,
        [13] => Gap::Tight,
        _ => return None,
    };
    if !matches!(apart, Gap::Hyphen | Gap::Space | Gap::Dot | Gap::Tight) || !take.free() {
        return None;
    }
    let kind = century(&digits)?;
    let range = take.range();
    let class = if kind == Kind::ForeignerNumber { Class::Foreigner } else { Class::Resident };
    let known = context.has(Class::Resident, &range) || context.has(class, &range);
    let summed = checksum(&digits, kind);
    let denied = context.thing(range.start);
    let confidence = match (known, summed, apart) {
        (true, true, _) => 99,
        (true, false, _) => 90,
        (false, true, Gap::Hyphen) if !denied => 97,
        (false, false, Gap::Hyphen) if !denied => 75,
        (false, true, Gap::Space) if !denied => 80,
        (false, true, Gap::Tight) if !denied && !is_barcode(&digits) && !is_epoch(&digits) => 75,
        _ => return None,
    };
    Some((kind, confidence))
}

/// The kind, if the date exists in the century that the seventh digit names.
fn century(digits: &[u8]) -> Option<Kind> {
    let pair = |i: usize| u32::from(digits[i] - b'0') * 10 + u32::from(digits[i + 1] - b'0');
    let (base, kind) = match digits.get(6)? {
        b'9' | b'0' => (1800, Kind::ResidentNumber),
        b'1' | b'2' => (1900, Kind::ResidentNumber),
        b'3' | b'4' => (2000, Kind::ResidentNumber),
        b'5' | b'6' => (1900, Kind::ForeignerNumber),
        _ => (2000, Kind::ForeignerNumber),
    };
    let (year, month, day) = (base + pair(0), pair(2), pair(4));
    // nobody born before 1880 or long from now carries one
    if !(1880..=2060).contains(&year) {
        return None;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return None,
    };
    (1..=days).contains(&day).then_some(kind)
}

fn checksum(digits: &[u8], kind: Kind) -> bool {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let base = if kind == Kind::ForeignerNumber { 13 } else { 11 };
    (base - sum % 11) % 10 == u32::from(digits[12] - b'0')
}

/// A Korean EAN-13 with a right check digit.
fn is_barcode(digits: &[u8]) -> bool {
    let sum: u32 =
        digits.iter().enumerate().map(|(i, digit)| u32::from(digit - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    digits.starts_with(b"880") && sum.is_multiple_of(10)
}

/// Milliseconds since 1970 between 2017 and 2036.
fn is_epoch(digits: &[u8]) -> bool {
    matches!(digits[..2], [b'1', b'5'..=b'9'] | [b'2', b'0'])
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, scan};

    fn kinds(text: &str) -> Vec<Kind> {
        scan(text).iter().map(|found| found.kind).collect()
    }

    #[test]
    fn checksum_date_and_context_decide() {
        assert_eq!(kinds("900101-1234568"), vec![Kind::ResidentNumber]);
        assert_eq!(kinds("주민번호 900101-1234567"), vec![Kind::ResidentNumber]);
        assert_eq!(kinds("주민번호 901301-1234567"), vec![]);
        assert_eq!(kinds("주민번호 900230-1234567"), vec![]);
        assert_eq!(kinds("주문번호 900101-1234567"), vec![]);
        assert_eq!(kinds("외국인등록번호 900101-5234567"), vec![Kind::ForeignerNumber]);
    }

    #[test]
    fn thirteen_digits_alone_need_a_checksum_or_a_word() {
        assert_eq!(kinds("9001011234567"), vec![]);
        assert_eq!(kinds("주민번호는9001011234567입니다"), vec![Kind::ResidentNumber]);
        assert_eq!(kinds("at 1712031234567 ms"), vec![]);
    }
}
