//! Payment card numbers: known issuer prefix and length (ISO/IEC 7812), Luhn.
//! Refuses parcel and order numbers, and bare digits that a clock or a barcode explains.

use super::chain::{Gap, Take};
use super::context::{Class, Context};

/// The confidence that this is one.
pub(super) fn judge(take: &Take<'_>, context: &Context<'_>) -> Option<u8> {
    let digits = take.digits();
    if !(13..=19).contains(&digits.len()) {
        return None;
    }
    let grouped = match take.lengths().as_slice() {
        [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4] | [4, 4, 4, 4, 3] => true,
        [_] => false,
        _ => return None,
    };
    let gaps = take.gaps();
    if grouped && !(gaps.iter().all(|gap| *gap == gaps[0]) && matches!(gaps[0], Gap::Hyphen | Gap::Space | Gap::Dot)) {
        return None;
    }
    let domestic = digits[0] == b'9' && digits.len() == 16;
    if !(issued(&digits) || domestic) || !luhn(&digits) || !take.free() {
        return None;
    }
    let range = take.range();
    if context.has(Class::Card, &range) && context.label(range.start) != Some(Class::Thing) {
        return Some(97);
    }
    if context.thing(range.start)
        || matches!(context.label(range.start), Some(Class::Account | Class::Bank)) && !grouped
    {
        return None;
    }
    match (grouped, digits.len()) {
        (true, _) if domestic => Some(75),
        (true, _) => Some(92),
        (false, 15 | 16) if !domestic => Some(75),
        _ => None,
    }
}

/// An issuer's prefix with a length it uses.
fn issued(digits: &[u8]) -> bool {
    let number = |n: usize| digits[..n].iter().fold(0u32, |all, digit| all * 10 + u32::from(digit - b'0'));
    let (two, three, four, six) = (number(2), number(3), number(4), number(6));
    match digits.len() {
        13 => digits[0] == b'4',
        14 => matches!(two, 36 | 38 | 39) || (300..=305).contains(&three),
        15 => matches!(two, 34 | 37),
        16 => {
            digits[0] == b'4'
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || (3528..=3589).contains(&four)
                || four == 6011
                || two == 65
                || (644..=649).contains(&three)
                || matches!(two, 62 | 81)
                || matches!(two, 50 | 56..=58 | 67)
                || matches!(six, 604_000..=604_999)
        }
        17 | 18 => two == 62,
        19 => digits[0] == b'4' || two == 62 || two == 65,
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            let value = u32::from(digit - b'0');
            match (i % 2, value) {
                (0, _) => value,
                (_, 0..=4) => value * 2,
                _ => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, scan};

    #[test]
    fn luhn_and_prefix_decide() {
        assert_eq!(scan("4111 1111 1111 1111")[0].kind, Kind::CardNumber);
        assert_eq!(scan("카드 378282246310005로")[0].kind, Kind::CardNumber);
        assert!(scan("4111 1111 1111 1112").is_empty());
        assert!(scan("운송장번호 4111111111111111").is_empty());
    }
}
