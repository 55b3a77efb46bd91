//! E-mail addresses, also written around filters: `kim(at)nuri.co.kr`, `kim골뱅이nuri.kr`.
//! Refuses image names, package versions, `git@host:` and user names inside page addresses.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// Longest local part and domain (RFC 5321, 4.5.3.1).
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

const AT: &[&str] = &[
    "@",
    "(at)",
    "[at]",
    "{at}",
    "<at>",
    "(골뱅이)",
    "[골뱅이]",
    "골뱅이",
    " at ",
    " @ ",
    "%40",
    "&#64;",
    "(@)",
    "[@]",
];
const DOT: &[&str] = &[
    "(dot)", "[dot]", "{dot}", "<dot>", "(.)", "[.]", "(점)", "[점]", " (dot) ", " [dot] ", " dot ", " 점 ", "쩜",
    " 쩜 ", " 닷 ", "닷", "점",
];
/// Providers that people spell in Hangul, with the endings they spell too.
const SPELLED: &[&str] = &["네이버", "지메일", "한메일", "핫메일", "다음", "카카오", "네이트", "구글"];
const ENDINGS: &[&str] = &["닷컴", "점컴", "쩜컴", " 닷컴", " 점컴", " 닷 컴", "닷넷", "점넷", ".com", ".net"];
/// Domains believed when the sign stands apart: `hong @ naver.com`.
const PROVIDERS: &[&str] = &[
    "naver.com",
    "gmail.com",
    "daum.net",
    "hanmail.net",
    "kakao.com",
    "nate.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "yahoo.co.kr",
    "live.com",
    "proton.me",
];
/// Endings believed when the whole address is plain words: `sam at acme dot io`.
const ENDS: &[&str] = &[
    "com", "org", "net", "io", "kr", "co", "jp", "dev", "ai", "app", "edu", "gov", "me", "us", "uk", "de", "fr", "es",
    "it", "eu", "info", "biz", "cn", "in", "ca", "au", "xyz", "cloud", "tech", "example",
];
/// Endings that name a file, not a domain.
const FILES: &[&str] =
    &["png", "jpg", "jpeg", "gif", "webp", "svg", "css", "js", "json", "html", "pdf", "map", "xml", "txt"];

static ATS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(AT).ok()
});

/// Addresses in `text`: byte range and confidence.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, u8)> {
    let Some(ats) = ATS.as_ref() else {
        return Vec::new();
    };
    ats.find_iter(text)
        .filter_map(|at| {
            let sign = AT[at.pattern().as_usize()];
            let plain = sign == "@";
            let start = local(text, at.start(), plain)?;
            let (end, dots) = domain(text, at.end(), plain)?;
            if sign == " @ " && !PROVIDERS.contains(&text[at.end()..end].to_ascii_lowercase().as_str()) {
                return None;
            }
            if sign == " at " && dots == 0 {
                return None;
            }
            let tail = text[start..end].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            if sign == " at " && !ENDS.contains(&tail.to_ascii_lowercase().as_str()) {
                return None;
            }
            let confidence = if plain && dots == 0 { 98 } else { 85 };
            fits(text, start..end, at.start(), plain).then_some((start..end, confidence))
        })
        .collect()
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'&')
}

/// Where the local part that ends at `end` begins.
fn local(text: &str, end: usize, plain: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut stop = end;
    if !plain && stop > 0 && bytes[stop - 1] == b' ' {
        stop -= 1;
    }
    let mut start = stop;
    while start > 0 && stop - start < LOCAL && is_local(bytes[start - 1]) {
        start -= 1;
    }
    if start > 0 && is_local(bytes[start - 1]) {
        return None;
    }
    while start < stop && !bytes[start].is_ascii_alphanumeric() && bytes[start] != b'_' {
        start += 1;
    }
    let last = bytes.get(stop.checked_sub(1)?)?;
    (start < stop && *last != b'.' && *last != b'\'').then_some(start)
}

/// Where the domain that starts at `start` ends, and how many of its dots were spelled.
fn domain(text: &str, start: usize, plain: bool) -> Option<(usize, usize)> {
    let mut at = start;
    if !plain && text[at..].starts_with(' ') {
        at += 1;
    }
    if let Some(end) = spelled_provider(text, at) {
        return Some((end, 1));
    }
    let mut dots = 0;
    let mut labels = 0;
    let mut end = None;
    loop {
        let label = label(&text[at..]);
        if label == 0 {
            break;
        }
        at += label;
        labels += 1;
        let last = &text[at - label..at];
        if labels > 1 && last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic()) {
            end = Some((at, dots));
        }
        if at - start > DOMAIN {
            return None;
        }
        let rest = &text[at..];
        if rest.starts_with('.') {
            at += 1;
        } else if let Some(dot) = DOT.iter().filter(|dot| starts_with_folded(rest, dot)).max_by_key(|dot| dot.len()) {
            if label_after(&rest[dot.len()..]) {
                at += dot.len();
                dots += 1;
            } else {
                break;
            }
        } else {
            break;
        }
    }
    let (end, dots) = end?;
    // an address ends at its last well-formed label, and a longer word is no ending
    let tail = text[..end].rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let open = text.as_bytes().get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    (tail.len() <= 24 && !open).then_some((end, dots))
}

fn label(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut length = 0;
    while length < bytes.len() && length < 63 && (bytes[length].is_ascii_alphanumeric() || bytes[length] == b'-') {
        length += 1;
    }
    while length > 0 && bytes[length - 1] == b'-' {
        length -= 1;
    }
    if bytes.first() == Some(&b'-') { 0 } else { length }
}

fn label_after(rest: &str) -> bool {
    rest.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

fn starts_with_folded(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
}

fn spelled_provider(text: &str, at: usize) -> Option<usize> {
    let provider = SPELLED.iter().find(|name| text[at..].starts_with(**name))?;
    let after = at + provider.len();
    let ending = ENDINGS.iter().find(|ending| text[after..].starts_with(**ending))?;
    Some(after + ending.len())
}

fn fits(text: &str, range: Range<usize>, at: usize, plain: bool) -> bool {
    let before = &text.as_bytes()[..range.start];
    let name = &text[range.clone()];
    let tail = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if FILES.contains(&tail.as_str()) {
        return false;
    }
    if !plain {
        return true;
    }
    let user = &text[range.start..at];
    let after = text.as_bytes().get(range.end).copied();
    if user == "git"
        || after == Some(b':')
            && text.as_bytes().get(range.end + 1).is_some_and(u8::is_ascii_alphabetic)
            && user.len() <= 3
    {
        return false;
    }
    // scheme://user:password@host
    let token = before
        .iter()
        .rev()
        .take(200)
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'?' | b','));
    let token = &before[before.len() - token.unwrap_or(before.len().min(200))..];
    if let Some(scheme) = token.windows(3).position(|w| w == b"://")
        && !token[scheme + 3..].contains(&b'/')
    {
        return false;
    }
    // ki**m@…: a masked address is no finding, **kim@…** is
    if before.last() == Some(&b'*') || text[..range.start].ends_with(['•', '…', '＊']) {
        let opened = before.iter().rev().position(|b| *b != b'*');
        let word = opened.is_some_and(|i| before[before.len() - 1 - i].is_ascii_alphanumeric());
        return !word && after == Some(b'*');
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Option<&str> {
        let found = find(text);
        assert!(found.len() < 2, "{text}");
        found.first().map(|(range, _)| &text[range.clone()])
    }

    #[test]
    fn addresses_end_where_korean_begins() {
        assert_eq!(only("메일은kim.h@byeolbit.co.kr입니다"), Some("kim.h@byeolbit.co.kr"));
        assert_eq!(only("write to a+b@x.example."), Some("a+b@x.example"));
    }

    #[test]
    fn spelled_addresses() {
        for text in [
            "kim(at)nuri.co.kr",
            "tom (at) greenfield (dot) org",
            "kim골뱅이nuri.kr",
            "kim at nuri dot kr",
            "kim@nuri[.]kr",
            "kim골뱅이네이버닷컴",
        ] {
            assert_eq!(only(text), Some(text));
        }
    }

    #[test]
    fn look_alikes() {
        for text in [
            "git@github.com:a/b.git",
            "icon@2x.png",
            "pkg@1.4.82",
            "foo@bar",
            "meet me at example.com",
            "https://kim:pw@host.example/a",
            "ki**m@example.com",
            "k***@example.com",
            "@channel",
        ] {
            assert_eq!(only(text), None, "{text}");
        }
    }
}
