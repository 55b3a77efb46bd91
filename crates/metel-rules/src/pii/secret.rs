//! Keys and tokens that open something: known prefixes, JSON web tokens, bearer
//! tokens, values named a secret, and PEM private keys.
//! Refuses placeholders, hashes and identifiers that nobody calls a secret.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::context::{Class, Context};

/// Longest token read.
const LONGEST: usize = 8192;
/// Longest value that a word introduces.
const VALUE: usize = 512;
/// Longest body of a PEM block.
const PEM: usize = 16 * 1024;

/// How a token goes on after its prefix.
enum Body {
    /// At least so many of letters, digits, `-` and `_`.
    Least(usize),
    /// Exactly so many capital letters and digits.
    Capitals(usize),
    /// Three parts with dots between them.
    Web,
    /// At least so many, dots and slashes included.
    Dotted(usize),
}

const PREFIXES: &[(&str, Body)] = &[
    ("sk-ant-", Body::Least(20)),
    ("sk-", Body::Least(20)),
    ("sk_live_", Body::Least(16)),
    ("sk_test_", Body::Least(16)),
    ("rk_live_", Body::Least(16)),
    ("whsec_", Body::Least(20)),
    ("xoxb-", Body::Least(16)),
    ("xoxp-", Body::Least(16)),
    ("xoxa-", Body::Least(16)),
    ("xoxe-", Body::Least(16)),
    ("xoxr-", Body::Least(16)),
    ("xoxs-", Body::Least(16)),
    ("xapp-", Body::Least(16)),
    ("ghp_", Body::Least(30)),
    ("gho_", Body::Least(30)),
    ("ghu_", Body::Least(30)),
    ("ghs_", Body::Least(30)),
    ("ghr_", Body::Least(30)),
    ("github_pat_", Body::Least(22)),
    ("glpat-", Body::Least(20)),
    ("AKIA", Body::Capitals(16)),
    ("ASIA", Body::Capitals(16)),
    ("AIza", Body::Least(32)),
    ("GOCSPX-", Body::Least(20)),
    ("ya29.", Body::Dotted(20)),
    ("hf_", Body::Least(30)),
    ("npm_", Body::Least(30)),
    ("pypi-", Body::Least(40)),
    ("SG.", Body::Dotted(40)),
    ("ntn_", Body::Least(36)),
    ("secret_", Body::Least(36)),
    ("lin_api_", Body::Least(30)),
    ("dop_v1_", Body::Least(40)),
    ("shpat_", Body::Least(30)),
    ("gsk_", Body::Least(30)),
    ("xai-", Body::Least(40)),
    ("eyJ", Body::Web),
    ("hooks.slack.com/services/T", Body::Dotted(30)),
];

static INDEX: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(PREFIXES.iter().map(|(prefix, _)| *prefix)).ok()
});

/// Tokens in `text`: byte range and confidence.
pub(super) fn keys(text: &str, context: &Context<'_>) -> Vec<(Range<usize>, u8)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    if let Some(index) = INDEX.as_ref() {
        let mut from = 0;
        while let Some(hit) = index.find(aho_corasick::Input::new(text).range(from..)) {
            from = hit.end();
            let fresh = hit.start() == 0
                || !matches!(bytes[hit.start() - 1], b'_' | b'-') && !bytes[hit.start() - 1].is_ascii_alphanumeric();
            if let Some(end) = fresh.then(|| body(text, hit.end(), &PREFIXES[hit.pattern().as_usize()].1)).flatten()
                && real(&text[hit.end()..end])
            {
                found.push((hit.start()..end, 96));
                from = end;
            }
        }
    }
    found.extend(telegram(text));
    for end in context.ends(Class::Secret) {
        found.extend(named(text, end).map(|range| (range, 75)));
    }
    if context.around_has(Class::Secret) {
        found.extend(
            value(text, 0).filter(|range| range.len() >= 16 && telling(&text[range.clone()])).map(|range| (range, 75)),
        );
    }
    found
}

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
}

fn run(bytes: &[u8], from: usize, part: impl Fn(u8) -> bool) -> usize {
    run_to(bytes, from, LONGEST, part)
}

/// Where the bytes that are `part`, at most `longest`, end.
fn run_to(bytes: &[u8], from: usize, longest: usize, part: impl Fn(u8) -> bool) -> usize {
    let most = bytes.len().min(from + longest);
    (from..most).find(|i| !part(bytes[*i])).unwrap_or(most)
}

fn body(text: &str, from: usize, body: &Body) -> Option<usize> {
    let bytes = text.as_bytes();
    match body {
        Body::Least(least) => {
            let end = run(bytes, from, is_token);
            (end - from >= *least).then_some(end)
        }
        Body::Capitals(length) => {
            let end = run(bytes, from, is_token);
            let capitals = bytes[from..end].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            (end - from == *length && capitals).then_some(end)
        }
        Body::Dotted(least) => {
            let mut end = run(bytes, from, |b| is_token(b) || matches!(b, b'.' | b'/'));
            while end > from && matches!(bytes[end - 1], b'.' | b'/') {
                end -= 1;
            }
            (end - from >= *least).then_some(end)
        }
        Body::Web => {
            let head = run(bytes, from, is_token);
            let payload = (bytes.get(head) == Some(&b'.') && text[head + 1..].starts_with("eyJ"))
                .then(|| run(bytes, head + 1, is_token))?;
            if bytes.get(payload) != Some(&b'.') {
                return None;
            }
            let end = run(bytes, payload + 1, is_token);
            (end - payload > 16).then_some(end)
        }
    }
}

/// `123456789:AA…`, the token of a Telegram bot.
fn telegram(text: &str) -> Vec<(Range<usize>, u8)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(":AA").map(|at| at + from) {
        from = at + 3;
        let digits = bytes[..at].iter().rev().take(12).take_while(|b| b.is_ascii_digit()).count();
        let end = run(bytes, at + 1, is_token);
        if (8..=10).contains(&digits) && end - at - 1 == 35 {
            found.push((at - digits..end, 95));
            from = end;
        }
    }
    found
}

/// The value that a word for secrets, ending at `end`, introduces.
fn named(text: &str, end: usize) -> Option<Range<usize>> {
    // a place in a list of pages is called a token too
    let word = text.as_bytes()[end.saturating_sub(18)..end].to_ascii_lowercase();
    let places: [&[u8]; 7] =
        [b"page_token", b"pagetoken", b"page token", b"sync_token", b"synctoken", b"continuation_token", b"next_token"];
    if places.iter().any(|place| word.ends_with(place)) {
        return None;
    }
    let rest = &text[end..];
    let skipped: usize = rest
        .chars()
        .take(8)
        .take_while(|c| matches!(c, ' ' | '=' | ':' | '"' | '\'' | '`' | '은' | '는' | '이' | '가' | '값' | '>' | '\\'))
        .map(char::len_utf8)
        .sum();
    let assigned = skipped > 0 || rest.starts_with(|c: char| !c.is_ascii());
    let range = value(text, end + skipped)?;
    let token = &text[range.clone()];
    (assigned && range.start == end + skipped && token.len() >= 16 && telling(token)).then_some(range)
}

/// The token that starts at `at`.
fn value(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    // A little past the longest, so that a longer one is noticed and words in a row cost no square.
    let part = |b| is_token(b) || matches!(b, b'+' | b'/' | b'=' | b'.' | b'~');
    let mut end = run_to(bytes, at, VALUE + 1, part);
    while end > at && matches!(bytes[end - 1], b'.' | b'/') {
        end -= 1;
    }
    (end > at && end - at <= VALUE).then_some(at..end)
}

/// No placeholder: enough different characters, a digit and a letter, no long repeat.
fn real(token: &str) -> bool {
    let kinds: BTreeSet<u8> = token.bytes().collect();
    let repeats = token.as_bytes().windows(5).any(|w| w.iter().all(|b| *b == w[0]));
    kinds.len() >= 8
        && !repeats
        && token.bytes().any(|b| b.is_ascii_digit())
        && token.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Random enough to be a secret, and not a path, a UUID or a sentence.
fn telling(token: &str) -> bool {
    let hyphens = token.bytes().filter(|b| *b == b'-').count();
    let uuid = token.len() == 36 && hyphens == 4 && token.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let path = token.starts_with('/') || token.contains("//");
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let mixed = digits >= 1 && token.len() >= 32 && entropy(token) >= 4.0;
    real(token) && !uuid && !path && (digits >= 2 && entropy(token) >= 3.3 || mixed)
}

/// Shannon entropy in bits a character.
fn entropy(token: &str) -> f64 {
    let mut counts = [0u32; 256];
    for b in token.bytes() {
        counts[usize::from(b)] += 1;
    }
    let total = token.len() as f64;
    counts.iter().filter(|n| **n > 0).fold(0.0, |all, n| {
        let share = f64::from(*n) / total;
        all - share * share.log2()
    })
}

/// PEM blocks of private keys; one that is cut off counts up to where it stops.
pub(super) fn pem(text: &str) -> Vec<Range<usize>> {
    const BEGIN: &str = "-----BEGIN ";
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(BEGIN).map(|at| at + from) {
        from = start + BEGIN.len();
        let head: String = text[from..].chars().take(48).collect();
        let Some(close) = head.find("-----") else {
            continue;
        };
        let label = &head[..close];
        if !(label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK")) {
            continue;
        }
        let body = from + close + 5;
        let mut most = text.len().min(body + PEM);
        while !text.is_char_boundary(most) {
            most -= 1;
        }
        let window = &text[body..most];
        let end = match window.find("-----") {
            Some(dashes) if window[dashes..].starts_with("-----END ") => {
                let tail = &window[dashes + 9..];
                let length = tail.bytes().take(48).position(|b| b == b'-').unwrap_or(0);
                let rest = tail[length..].bytes().take(5).take_while(|b| *b == b'-').count();
                body + dashes + 9 + length + rest
            }
            _ => body + cut_off(window),
        };
        found.push(start..end);
        from = end;
    }
    found
}

/// How far base64 and line breaks go.
fn cut_off(window: &str) -> usize {
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\n' | b'\r' | b'\\');
    let length = window.bytes().position(|b| !part(b)).unwrap_or(window.len());
    window[..length].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, scan};

    #[test]
    fn known_prefixes_need_a_real_body() {
        let token = ["ghp_", "a8Kd02mVxq7Rt5LzpWc31YhBnE64uTgSjF9o"].concat();
        let text = format!("토큰{token}을 쓰세요");
        let found = scan(&text);
        assert_eq!(found[0].kind, Kind::ApiKey);
        assert_eq!(&text[found[0].bytes.clone()], token);
        assert!(scan("sk-xxxxxxxxxxxxxxxxxxxxxxxx").is_empty());
        assert!(scan("page_token=CAUQAA1234567890abcdefXYZ").is_empty());
        assert!(scan("task-force-of-the-quiet-people").is_empty());
    }

    #[test]
    fn a_key_cut_off_still_counts() {
        let text = "-----BEGIN PRIVATE KEY-----\nMIIEabc\nMIIDabc 끝";
        assert_eq!(scan(text)[0].kind, Kind::PrivateKey);
        assert!(scan("-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----").is_empty());
    }
}
