//! International bank account numbers (ISO 13616): country, length, remainder 1 modulo 97.

use std::ops::Range;

/// Country and length (SWIFT IBAN registry).
#[rustfmt::skip]
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22), (b"BH", 22), (b"BR", 29), (b"BY", 28),
    (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18),
    (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27), (b"GT", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22),
    (b"IL", 23), (b"IQ", 23), (b"IS", 26), (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LI", 21), (b"LT", 20), (b"LU", 20),
    (b"LV", 21), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NL", 18), (b"NO", 15), (b"PK", 24),
    (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"SA", 24), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27),
    (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20),
];

/// IBANs in `text`, upper or lower case, in one piece or in groups of four.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at + 15 <= bytes.len() {
        let fresh = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        if fresh
            && bytes[at].is_ascii_alphabetic()
            && let Some(end) = read(bytes, at)
        {
            found.push(at..end);
            at = end;
        }
        at += 1;
    }
    found
}

fn read(bytes: &[u8], start: usize) -> Option<usize> {
    let country = [bytes[start].to_ascii_uppercase(), bytes[start + 1].to_ascii_uppercase()];
    let (_, length) = LENGTHS.iter().find(|(code, _)| **code == country)?;
    if !bytes[start + 2].is_ascii_digit() || !bytes[start + 3].is_ascii_digit() {
        return None;
    }
    let mut kept = Vec::with_capacity(*length);
    let mut at = start;
    while kept.len() < *length {
        let b = *bytes.get(at)?;
        if b.is_ascii_alphanumeric() {
            kept.push(b.to_ascii_uppercase());
        } else if !(matches!(b, b' ' | b'-') && kept.len().is_multiple_of(4) && bytes[at - 1].is_ascii_alphanumeric()) {
            return None;
        }
        at += 1;
    }
    let ends = !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    (ends && remainder(&kept) == 1).then_some(at)
}

fn remainder(iban: &[u8]) -> u32 {
    iban[4..].iter().chain(&iban[..4]).fold(0, |all, b| {
        if b.is_ascii_digit() {
            (all * 10 + u32::from(b - b'0')) % 97
        } else {
            (all * 100 + u32::from(b - b'A') + 10) % 97
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remainder_must_be_one() {
        assert_eq!(find("IBAN GB82 WEST 1234 5698 7654 32."), vec![5..32]);
        assert_eq!(find("de89370400440532013000").len(), 1);
        assert!(find("DE89370400440532013001").is_empty());
        assert!(find("IBAN DE").is_empty());
    }
}
