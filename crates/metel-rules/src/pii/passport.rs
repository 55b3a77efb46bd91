//! Passport numbers: Korean ones (a letter and eight digits; since 2021 a letter
//! among them) after the word, other shapes only after "passport number".

use std::ops::Range;

use super::context::{Class, Context};

/// Tokens looked at per mention.
const TOKENS: usize = 6;

/// Passport numbers: byte range and confidence.
pub(super) fn find(text: &str, context: &Context<'_>) -> Vec<(Range<usize>, u8)> {
    let bytes = text.as_bytes();
    let mut found: Vec<(Range<usize>, u8)> = Vec::new();
    for class in [Class::Passport, Class::PassportNumber] {
        for end in context.ends(class) {
            found.extend(tokens(text, end).filter_map(|range| {
                let token = &bytes[range.clone()];
                let between = &text[end..range.start];
                let strict = class == Class::PassportNumber && between.len() <= 12;
                let prefixed = token[0].is_ascii_alphabetic() && between.len() <= 3;
                (korean(token) || (strict || prefixed) && foreign(token))
                    .then_some((range, if korean(token) { 92 } else { 70 }))
            }));
        }
    }
    if context.around_has(Class::Passport) || context.around_has(Class::PassportNumber) {
        found.extend(tokens(text, 0).filter(|range| korean(&bytes[range.clone()])).map(|range| (range, 92)));
    }
    // the word may follow: "M48217735 (여권)"
    for class in [Class::Passport, Class::PassportNumber] {
        for end in context.ends(class) {
            let mut from = end.saturating_sub(40);
            while !text.is_char_boundary(from) {
                from += 1;
            }
            if let Some(range) = tokens(text, from)
                .take_while(|range| range.end <= end)
                .filter(|range| korean(&bytes[range.clone()]))
                .last()
            {
                found.push((range, 80));
            }
        }
    }
    found
}

/// ASCII words that begin within reach of `at`.
fn tokens(text: &str, at: usize) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let stop = (at + 64).min(bytes.len());
    let mut here = at;
    std::iter::from_fn(move || {
        while here < stop && !bytes[here].is_ascii_alphanumeric() {
            here += 1;
        }
        if here >= stop {
            return None;
        }
        let start = here;
        while here < bytes.len() && here - start < 32 && bytes[here].is_ascii_alphanumeric() {
            here += 1;
        }
        Some(start..here)
    })
    .filter(move |range| {
        let glued = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        !glued(range.start.checked_sub(1).and_then(|i| bytes.get(i))) && !glued(bytes.get(range.end))
    })
    .take(TOKENS)
}

fn korean(token: &[u8]) -> bool {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    token.len() == 9
        && matches!(token[0].to_ascii_uppercase(), b'M' | b'S' | b'R' | b'G' | b'D' | b'P' | b'T')
        && (digits(&token[1..]) || digits(&token[1..4]) && token[4].is_ascii_alphabetic() && digits(&token[5..]))
}

/// One or two letters at most and six to nine digits (ICAO 9303 allows nine characters).
fn foreign(token: &[u8]) -> bool {
    let letters = token.iter().take_while(|b| b.is_ascii_uppercase()).count();
    letters <= 2 && (7..=9).contains(&token.len()) && token[letters..].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, scan};

    #[test]
    fn the_word_is_needed() {
        assert_eq!(scan("여권번호는M48217735입니다")[0].kind, Kind::Passport);
        assert_eq!(scan("passport: M204K7719")[0].kind, Kind::Passport);
        assert!(scan("모델 M48217735").is_empty());
        assert!(scan("passport photo, see 2026").is_empty());
    }
}
