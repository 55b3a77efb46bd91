//! Addresses on the internet, versions 4 and 6.
//! Refuses version numbers, section numbers, loopback, the unspecified address and masks.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::context::{Class, Context};

/// Public resolvers that are written without any word beside them.
const RESOLVERS: &[[u8; 4]] = &[[8, 8, 8, 8], [8, 8, 4, 4], [1, 1, 1, 1], [9, 9, 9, 9]];

/// Version 4 addresses: byte range and confidence.
pub(super) fn v4(text: &str, context: &Context<'_>) -> Vec<(Range<usize>, u8)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len()
            && (bytes[at].is_ascii_digit() || bytes[at] == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
        {
            at += 1;
        }
        let range = start..at;
        if range.len() <= 15
            && let Ok(address) = text[range.clone()].parse::<Ipv4Addr>()
            && let Some(confidence) = judge(text, &range, address, context)
        {
            found.push((range, confidence));
        }
    }
    found
}

fn judge(text: &str, range: &Range<usize>, address: Ipv4Addr, context: &Context<'_>) -> Option<u8> {
    let octets = address.octets();
    let mask = octets[0] == 255 || octets[0] == 0;
    if address.is_loopback() || mask {
        return None;
    }
    let before = &text.as_bytes()[..range.start];
    let after = &text.as_bytes()[range.end..];
    match before.last() {
        Some(b'n' | b't' | b'r') if before.iter().rev().nth(1) == Some(&b'\\') => {}
        Some(b) if b.is_ascii_alphanumeric() => return None,
        Some(b'_' | b'.' | b'#') => return None,
        Some(b'/')
            if !text[..range.start].ends_with("//")
                && before.len() > 1
                && before[before.len() - 2].is_ascii_alphanumeric() =>
        {
            return None;
        }
        Some(b'-') if before.len() > 1 && before[before.len() - 2].is_ascii_alphanumeric() => {
            return None;
        }
        _ => {}
    }
    match after.first() {
        Some(b) if b.is_ascii_alphanumeric() || *b == b'_' => return None,
        Some(b'-' | b'+') if after.get(1).is_some_and(u8::is_ascii_alphanumeric) => return None,
        _ => {}
    }
    let named = context.nearest(Class::Ip, range.start, 40);
    let version = context.nearest(Class::Version, range.start, 24);
    let named_later = named.is_some() && named >= version;
    if !named_later && (version.is_some() || numbered(text, range)) {
        return None;
    }
    let known = named.is_some() || context.around_has(Class::Ip);
    if octets.iter().all(|octet| *octet < 10) && !known && !RESOLVERS.contains(&octets) {
        return None;
    }
    Some(if known { 92 } else { 80 })
}

/// Right between words that number versions and sections: 제 1.2.3.4 절.
fn numbered(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].strip_suffix(' ').unwrap_or(&text[..range.start]);
    let ordinal = before.strip_suffix('제').is_some_and(|rest| !rest.ends_with(|c: char| ('가'..='힣').contains(&c)));
    let after = text[range.end..].strip_prefix(' ').unwrap_or(&text[range.end..]);
    let noun = ["절", "항", "조", "장", "버전", "버젼", "릴리스", "릴리즈", "빌드", "version", "release", "build"];
    ordinal || noun.iter().any(|word| after.starts_with(word))
}

/// Version 6 addresses: byte ranges.
pub(super) fn v6(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_part(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        let mut colons = 0;
        while at < bytes.len() && is_part(bytes[at]) {
            colons += usize::from(bytes[at] == b':');
            at += 1;
        }
        let mut end = at;
        while end > start && bytes[end - 1] == b'.' {
            end -= 1;
        }
        if end > start + 1 && bytes[end - 1] == b':' && bytes[end - 2] != b':' {
            end -= 1;
        }
        if colons < 2 || end - start > 45 || end - start < 6 {
            continue;
        }
        let glued = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        if glued(start.checked_sub(1).and_then(|i| bytes.get(i))) || glued(bytes.get(end)) {
            continue;
        }
        let token = &text[start..end];
        let Ok(address) = token.parse::<Ipv6Addr>() else {
            continue;
        };
        let first = token.split(':').next().unwrap_or_default();
        let mapped = address.to_ipv4_mapped().is_some();
        if (first.len() >= 3 || mapped) && token.bytes().any(|b| b.is_ascii_digit()) && !address.is_loopback() {
            found.push(start..end);
        }
    }
    found
}

fn is_part(b: u8) -> bool {
    b.is_ascii_hexdigit() || matches!(b, b':' | b'.')
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, scan};

    fn found(text: &str) -> Vec<&str> {
        scan(text).iter().filter(|f| f.kind == Kind::Ip).map(|f| &text[f.bytes.clone()]).collect()
    }

    #[test]
    fn addresses() {
        assert_eq!(found("접속 IP는 211.48.193.27입니다"), vec!["211.48.193.27"]);
        assert_eq!(found("http://192.168.14.6:8080/x"), vec!["192.168.14.6"]);
        assert_eq!(found("[2001:db8::19:37]:443, 8.8.8.8"), vec!["2001:db8::19:37", "8.8.8.8"]);
    }

    #[test]
    fn versions_sections_and_code() {
        for text in [
            "version 1.2.3.4",
            "v10.4.2.118",
            "펌웨어 10.4.2.118",
            "Chrome/120.0.6099.71",
            "2.4.1.3",
            "std::abc::def",
            "12:34:56",
            "127.0.0.1",
            "256.1.1.1",
            "1.2.3.4.5",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
