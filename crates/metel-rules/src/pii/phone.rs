//! Telephone numbers: Korean numbering plan, E.164 with a plus sign, and North
//! American ones in their own notation. Refuses numbers inside addresses of
//! pages, sums of money, and year ranges.

use std::ops::Range;

use super::chain::{Gap, Group, Take};
use super::context::{Class, Context};

/// Prefixes of nationwide eight-digit service numbers.
const SERVICE: &[&[u8; 4]] = &[
    b"1522", b"1533", b"1544", b"1551", b"1555", b"1566", b"1577", b"1588", b"1599", b"1600", b"1644", b"1660",
    b"1661", b"1666", b"1668", b"1670", b"1688", b"1800", b"1811", b"1833", b"1855", b"1877", b"1899",
];

/// Country calling code, fewest and most national digits (ITU-T E.164, national plans).
#[rustfmt::skip]
const COUNTRIES: &[(&str, usize, usize)] = &[
    ("1", 10, 10), ("7", 10, 10), ("20", 8, 10), ("27", 9, 9), ("30", 10, 10), ("31", 9, 9), ("32", 8, 9), ("33", 9, 9), ("34", 9, 9), ("36", 8, 9),
    ("39", 6, 11), ("40", 9, 9), ("41", 9, 9), ("43", 7, 13), ("44", 9, 10), ("45", 8, 8), ("46", 7, 10), ("47", 8, 8), ("48", 9, 9), ("49", 6, 12),
    ("51", 8, 9), ("52", 10, 11), ("54", 10, 11), ("55", 10, 11), ("56", 9, 9), ("57", 8, 10), ("60", 7, 10), ("61", 9, 9), ("62", 8, 12), ("63", 8, 10),
    ("64", 8, 10), ("65", 8, 8), ("66", 8, 9), ("81", 9, 10), ("84", 9, 10), ("86", 10, 11), ("90", 10, 10), ("91", 10, 10), ("92", 9, 10), ("94", 9, 9),
    ("95", 7, 10), ("98", 10, 10), ("234", 8, 10), ("254", 9, 9), ("351", 9, 9), ("352", 6, 9), ("353", 7, 9), ("354", 7, 9), ("358", 6, 11), ("359", 8, 9),
    ("370", 8, 8), ("371", 8, 8), ("372", 7, 8), ("380", 9, 9), ("385", 8, 9), ("386", 8, 8), ("420", 9, 9), ("421", 9, 9), ("852", 8, 8), ("853", 8, 8),
    ("855", 8, 9), ("856", 8, 10), ("880", 8, 10), ("886", 8, 9), ("961", 7, 8), ("962", 8, 9), ("965", 8, 8), ("966", 8, 9), ("971", 8, 9), ("972", 8, 9),
    ("974", 8, 8), ("976", 8, 8), ("977", 8, 10), ("992", 9, 9), ("994", 9, 9), ("996", 9, 9), ("998", 9, 9),
];

/// What a Korean national number, trunk zero included, belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Korean {
    Mobile,
    Other,
}

/// Reads `digits` in the Korean plan; the lengths of its prefix and of the whole must fit.
fn korean(digits: &[u8]) -> Option<(Korean, usize)> {
    let n = digits.len();
    match digits {
        [b'0', b'1', b'0', ..] if n == 11 => Some((Korean::Mobile, 3)),
        [b'0', b'1', b'1' | b'6' | b'7' | b'8' | b'9', ..] if n == 10 || n == 11 => Some((Korean::Mobile, 3)),
        [b'0', b'2', b'1'..=b'9', ..] if n == 9 || n == 10 => Some((Korean::Other, 2)),
        [b'0', b'3', b'1'..=b'3', ..]
        | [b'0', b'4', b'1'..=b'4', ..]
        | [b'0', b'5', b'1'..=b'5', ..]
        | [b'0', b'6', b'1'..=b'4', ..]
            if (n == 10 || n == 11) && digits[3] != b'0' =>
        {
            Some((Korean::Other, 3))
        }
        [b'0', b'7', b'0', ..] if n == 11 => Some((Korean::Other, 3)),
        [b'0', b'8', b'0', ..] if n == 10 || n == 11 => Some((Korean::Other, 3)),
        [b'0', b'5', b'0', b'2'..=b'8', ..] if n == 11 || n == 12 => Some((Korean::Other, 4)),
        _ => None,
    }
}

/// A mobile number with its leading zero, as digits only.
pub(super) fn is_korean_mobile(digits: &[u8]) -> bool {
    matches!(korean(digits), Some((Korean::Mobile, _)))
}

/// A Korean number written nationally: its range and confidence.
pub(super) fn national(take: &Take<'_>, context: &Context<'_>) -> Option<(Range<usize>, u8)> {
    if take.count > 4 || !take.free_right() {
        return None;
    }
    let range = take.range();
    let lengths = take.lengths();
    let digits = take.digits();
    if let Some(found) = service(take, context) {
        return Some(found);
    }
    // 82-10-1234-5678 without its plus sign
    if take.count >= 2
        && matches!(digits.get(..lengths[0]), Some(b"82" | b"0082"))
        && take.free_left()
        && take.joined_by(&[Gap::Hyphen, Gap::Space])
    {
        let mut with_zero = digits.clone();
        with_zero.drain(..lengths[0]);
        with_zero.insert(0, b'0');
        if is_korean_mobile(&with_zero) {
            return Some((range, 80));
        }
    }
    let (kind, prefix) = korean(&digits)?;
    let opened = take.text[..range.start].ends_with('(') && take.groups()[0].gap == Some(Gap::Close);
    if !opened && !take.free_left() {
        return None;
    }
    let whole = if opened { range.start - 1..range.end } else { range.clone() };
    let known = context.has(Class::Phone, &range);
    let denied = context.thing(range.start);
    if take.count == 1 {
        return match kind {
            Korean::Mobile if known => Some((whole, 95)),
            Korean::Mobile if !denied => Some((whole, 85)),
            Korean::Other if known && !denied => Some((whole, 80)),
            _ => None,
        };
    }
    let first_gap = take.gaps()[0];
    let rest_fits = take.gaps()[1..].iter().all(|gap| matches!(gap, Gap::Hyphen | Gap::Dot | Gap::Space | Gap::Wide));
    if !rest_fits || !matches!(first_gap, Gap::Hyphen | Gap::Dot | Gap::Space | Gap::Wide | Gap::Close) {
        return None;
    }
    let grouped = match lengths.as_slice() {
        [p, m, 4] => *p == prefix && (*m == 3 || *m == 4),
        [p, rest] if *p == prefix => *rest >= 7,
        [head, 4] => *head >= prefix + 3,
        _ => false,
    };
    if !grouped || (denied && kind == Korean::Other) {
        return None;
    }
    let base = if kind == Korean::Mobile { 93 } else { 85 };
    Some((whole, if known { base + 5 } else { base }))
}

/// 1588-1234: eight digits, told from a range of years and from other codes.
fn service(take: &Take<'_>, context: &Context<'_>) -> Option<(Range<usize>, u8)> {
    let digits = take.digits();
    if digits.len() != 8 || !take.free() {
        return None;
    }
    let prefix: &[u8; 4] = digits.first_chunk()?;
    if !SERVICE.contains(&prefix) {
        return None;
    }
    let range = take.range();
    let known = context.has(Class::Phone, &range);
    if context.thing(range.start) && !known {
        return None;
    }
    match take.lengths().as_slice() {
        [4, 4] if take.joined_by(&[Gap::Hyphen, Gap::Space, Gap::Dot]) => {
            let year = digits[4] == b'1' && digits[5] >= b'5' || digits[4] == b'2' && digits[5] == b'0';
            match (known, year, take.joined_by(&[Gap::Hyphen])) {
                (true, _, _) => Some((range, 92)),
                (false, false, true) => Some((range, 75)),
                _ => None,
            }
        }
        [8] if known && context.label(range.start) == Some(Class::Phone) => Some((range, 75)),
        _ => None,
    }
}

/// A number with a plus sign that begins at group `first`: its range and confidence.
pub(super) fn international(text: &str, chain: &[Group], first: usize) -> Option<(Range<usize>, u8)> {
    let start = chain[first].start;
    let before = text[..start].strip_suffix('+')?;
    if before.as_bytes().last().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_')) {
        return None;
    }
    let most = (chain.len() - first).min(7);
    for count in (1..=most).rev() {
        let take = Take { text, chain, first, count };
        let digits = take.digits();
        if digits.len() < 8 || digits.len() > 16 || !take.free_right() {
            continue;
        }
        if !take.joined_by(&[Gap::Hyphen, Gap::Dot, Gap::Space, Gap::Close, Gap::Open]) {
            continue;
        }
        let head = take.lengths()[0];
        if let Some(confidence) = e164(&digits, head, count) {
            return Some((start - 1..take.range().end, confidence));
        }
    }
    None
}

/// `digits` without the plus sign; `head` is the length of the first group.
fn e164(digits: &[u8], head: usize, groups: usize) -> Option<u8> {
    if let Some(national) = digits.strip_prefix(b"82") {
        let mut whole = Vec::with_capacity(national.len() + 1);
        if !national.starts_with(b"0") {
            whole.push(b'0');
        }
        whole.extend_from_slice(national);
        let service = national.len() == 8 && SERVICE.iter().any(|prefix| national.starts_with(*prefix));
        return (korean(&whole).is_some() || service).then_some(95);
    }
    for (code, fewest, most) in COUNTRIES {
        let Some(national) = digits.strip_prefix(code.as_bytes()) else {
            continue;
        };
        if groups > 1 && head < code.len() {
            continue;
        }
        let national = national.strip_prefix(b"0").filter(|_| groups > 1).unwrap_or(national);
        let fits = (*fewest..=*most).contains(&national.len());
        let american = *code != "1"
            || national.first().is_some_and(|d| *d >= b'2')
                && national.get(3).is_some_and(|d| *d >= b'2' || groups > 1);
        if fits && american {
            return Some(if groups > 1 { 92 } else { 85 });
        }
    }
    None
}

/// `(212) 448-0193` anywhere, `212-448-0193` and local numbers with a leading zero after a phone word.
pub(super) fn local(take: &Take<'_>, context: &Context<'_>) -> Option<(Range<usize>, u8)> {
    if take.count < 3 || take.count > 4 || !take.free_right() {
        return None;
    }
    let range = take.range();
    let digits = take.digits();
    let lengths = take.lengths();
    let distinct = digits.iter().collect::<std::collections::BTreeSet<_>>().len();
    if distinct < 3 {
        return None;
    }
    let near = context.nearest(Class::Phone, range.start, 24).is_some() || context.around_has(Class::Phone);
    let tens: &[u8] = match lengths.as_slice() {
        [3, 3, 4] => &digits,
        [1, 3, 3, 4] if digits[0] == b'1' => &digits[1..],
        _ => &[],
    };
    let exchange = tens.len() == 10 && tens[0] >= b'2' && tens[3] >= b'2';
    let opened = take.text[..range.start].ends_with('(') && take.gaps()[0] == Gap::Close;
    if exchange && opened && take.count == 3 {
        return Some((range.start - 1..range.end, 85));
    }
    if !near || !take.free_left() || context.label(range.start) != Some(Class::Phone) {
        return None;
    }
    if !take.joined_by(&[Gap::Hyphen, Gap::Dot, Gap::Space]) {
        return None;
    }
    if exchange
        || digits.first() == Some(&b'0')
            && (9..=11).contains(&digits.len())
            && take.count == 3
            && lengths[0] >= 2
            && lengths[2] >= 3
    {
        return Some((range, 75));
    }
    None
}
