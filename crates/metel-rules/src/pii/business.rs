//! Business registration numbers (사업자등록번호), 3-2-5 digits with a checksum.
//! Without hyphens a word near by must name it; a wrong checksum is never one.

use super::chain::{Gap, Take};
use super::context::{Class, Context};

const WEIGHTS: [u32; 9] = [1, 3, 7, 1, 3, 7, 1, 3, 5];

/// The confidence that this is one.
pub(super) fn judge(take: &Take<'_>, context: &Context<'_>) -> Option<u8> {
    let lengths = take.lengths();
    let hyphens = match lengths.as_slice() {
        [3, 2, 5] => take.joined_by(&[Gap::Hyphen]),
        [10] => false,
        _ => return None,
    };
    let digits = take.digits();
    if !take.free() || digits[0] == b'0' || !checksum(&digits) {
        return None;
    }
    let range = take.range();
    let label = context.label(range.start);
    if context.has(Class::Business, &range) && !matches!(label, Some(Class::Account | Class::Bank)) {
        return Some(if hyphens { 97 } else { 90 });
    }
    (hyphens && label != Some(Class::Thing)).then_some(80)
}

fn checksum(digits: &[u8]) -> bool {
    let value = |i: usize| u32::from(digits[i] - b'0');
    let sum: u32 = (0..9).map(|i| value(i) * WEIGHTS[i]).sum::<u32>() + value(8) * 5 / 10;
    (10 - sum % 10) % 10 == value(9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_tax_service_rule() {
        assert!(checksum(b"1208147521"));
        assert!(!checksum(b"1208147522"));
    }
}
