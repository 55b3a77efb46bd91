//! Korean driver's licences: region (two digits or a name), 2-6-2 digits.

use std::ops::Range;

use super::chain::{Gap, Take};
use super::context::{Class, Context};

const REGIONS: &[&str] = &[
    "서울",
    "부산",
    "경기",
    "경기남부",
    "경기북부",
    "강원",
    "충북",
    "충남",
    "전북",
    "전남",
    "경북",
    "경남",
    "제주",
    "대구",
    "인천",
    "광주",
    "대전",
    "울산",
];

/// The range, region name included, and the confidence.
pub(super) fn judge(take: &Take<'_>, context: &Context<'_>) -> Option<(Range<usize>, u8)> {
    let range = take.range();
    let digits = take.digits();
    let known = context.has(Class::Licence, &range);
    let denied = context.thing(range.start);
    match take.lengths().as_slice() {
        [2, 6, 2] if take.joined_by(&[Gap::Hyphen]) && take.free_right() => {
            let before = &take.text[..range.start];
            let named = before.trim_end_matches([' ', '-']);
            let region = REGIONS.iter().find(|region| named.ends_with(**region))?;
            let start = named.len() - region.len();
            let hangul_before = take.text[..start].chars().next_back().is_some_and(|c| ('가'..='힣').contains(&c));
            (before.len() - named.len() <= 1 && known && !hangul_before).then_some((start..range.end, 90))
        }
        [2, 2, 6, 2]
            if take.joined_by(&[Gap::Hyphen]) || known && take.joined_by(&[Gap::Hyphen, Gap::Space, Gap::Dot]) =>
        {
            if !region(&digits) || !take.free() || denied {
                return None;
            }
            Some((range, if known { 97 } else { 80 }))
        }
        [12] if known && !denied && region(&digits) && take.free() => Some((range, 85)),
        _ => None,
    }
}

/// Region codes of the police licence offices, 11 to 28 without 27.
fn region(digits: &[u8]) -> bool {
    let code = (digits[0] - b'0') * 10 + (digits[1] - b'0');
    matches!(code, 11..=26 | 28)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, scan};

    #[test]
    fn region_codes_and_names() {
        assert_eq!(scan("11-19-036618-70")[0].kind, Kind::DriversLicense);
        assert!(scan("31-19-036618-70").is_empty());
        let found = scan("운전면허번호 서울 90-036618-70");
        assert_eq!((found[0].kind, found[0].start), (Kind::DriversLicense, 7));
    }
}
