//! Phone numbers spelled in Korean digits: 공일공-일이삼사-오육칠팔.
//!
//! The same syllables are everyday words, so only a number that begins like a
//! Korean phone number and has every digit is taken.

use std::ops::Range;

use super::phone;

/// Separators people write or say between the parts.
const SEPARATORS: &[&str] = &[" - ", " 다시 ", " 대시 ", "에 ", "다시", "대시", "-", " ", ".", "·", "/"];

fn digit(c: char) -> Option<(u8, bool)> {
    match c {
        '0'..='9' => Some((c as u8, false)),
        '공' | '영' | '빵' => Some((b'0', true)),
        '일' => Some((b'1', true)),
        '이' => Some((b'2', true)),
        '삼' => Some((b'3', true)),
        '사' => Some((b'4', true)),
        '오' => Some((b'5', true)),
        '육' | '륙' => Some((b'6', true)),
        '칠' => Some((b'7', true)),
        '팔' => Some((b'8', true)),
        '구' => Some((b'9', true)),
        _ => None,
    }
}

/// Spelled mobile numbers: byte ranges in `text`.
pub(super) fn spelled(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut done = 0;
    for (at, c) in text.char_indices() {
        if at < done || !matches!(c, '공' | '영' | '빵' | '0') {
            continue;
        }
        if c == '0' && text.as_bytes()[..at].last().is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        if let Some(end) = read(text, at) {
            done = end;
            found.push(at..end);
        }
    }
    found
}

/// The end of the mobile number that starts at `start`.
fn read(text: &str, start: usize) -> Option<usize> {
    let mut digits: Vec<u8> = Vec::with_capacity(11);
    let mut ends = Vec::with_capacity(11);
    let mut lengths = vec![0usize];
    let mut spelled = 0;
    let mut at = start;
    while digits.len() < 11 {
        let rest = &text[at..];
        let first = rest.chars().next();
        if let Some((value, hangul)) = first.and_then(digit) {
            at += first.map_or(0, char::len_utf8);
            digits.push(value);
            ends.push(at);
            spelled += usize::from(hangul);
            if let Some(last) = lengths.last_mut() {
                *last += 1;
            }
            if digits.len() == 2 && digits != *b"01" {
                return None;
            }
            continue;
        }
        let separator = SEPARATORS.iter().find(|separator| rest.starts_with(**separator))?;
        if digits.is_empty() {
            return None;
        }
        at += separator.len();
        lengths.push(0);
    }
    let end = *ends.last()?;
    let grouped = matches!(lengths.as_slice(), [11] | [3, 8] | [7, 4] | [3, 4, 4]) || lengths.iter().all(|n| *n == 1);
    if !grouped || spelled < 3 || !phone::is_korean_mobile(&digits) {
        return None;
    }
    ends_here(&text[end..]).then_some(end)
}

/// What follows is no further digit, unless that syllable begins a particle (이에요, 이고).
fn ends_here(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('이' | '일' | '구' | '사') => {
            chars.next().is_some_and(|next| digit(next).is_none() && ('가'..='힣').contains(&next))
        }
        Some(c) => digit(c).is_none() && !c.is_ascii_alphanumeric(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_numbers_end_before_their_particle() {
        for (text, number) in [
            ("번호는 공일공-일이삼사-오육칠팔이에요", "공일공-일이삼사-오육칠팔"),
            ("공일공일이삼사오육칠팔", "공일공일이삼사오육칠팔"),
            ("010-일이삼사-5678로", "010-일이삼사-5678"),
            ("영일공에 일이삼사에 오육칠팔", "영일공에 일이삼사에 오육칠팔"),
        ] {
            let found = spelled(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(&text[found[0].clone()], number);
        }
    }

    #[test]
    fn everyday_words_are_not_numbers() {
        for text in ["공일 이후 일이삼사오육칠팔구", "일이삼사 오육칠팔", "공일공-일이삼사", "영구 이사 오일장"]
        {
            assert!(spelled(text).is_empty(), "{text}");
        }
    }
}
