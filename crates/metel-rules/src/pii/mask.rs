//! Masks: enough left to recognise, too little to use.

use super::context::Class;
use super::scan::scan_around;
use super::{Finding, Kind};

/// Rounds of masking before a hostile text is starred out whole.
const ROUNDS: usize = 8;

/// `text` with every finding masked. What comes back scans clean.
#[must_use]
pub fn mask(text: &str) -> String {
    mask_around(text, &[])
}

pub(super) fn mask_around(text: &str, around: &[Class]) -> String {
    let mut masked = text.to_owned();
    for round in 0..ROUNDS {
        let found = scan_around(&masked, around);
        if found.is_empty() {
            return masked;
        }
        masked = replace(&masked, &found, round > 1);
    }
    star(text, 0, 0)
}

fn replace(text: &str, found: &[Finding], wholly: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for finding in found {
        out.push_str(&text[at..finding.bytes.start]);
        if wholly {
            out.push_str(&star(&text[finding.bytes.clone()], 0, 0));
        } else {
            out.push_str(&finding.masked);
        }
        at = finding.bytes.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The mask of one piece of text.
pub(super) fn one(kind: Kind, raw: &str) -> String {
    let signs = raw.chars().filter(|c| c.is_alphanumeric()).count();
    match kind {
        Kind::PrivateKey => "[private key]".to_owned(),
        Kind::ApiKey => format!("{}********", raw.chars().take(if signs >= 20 { 4 } else { 0 }).collect::<String>()),
        Kind::Email => email(raw),
        Kind::ResidentNumber | Kind::ForeignerNumber => star(raw, 6, 0),
        Kind::CardNumber | Kind::Iban | Kind::BankAccount => star(raw, 0, 4),
        Kind::DriversLicense | Kind::Passport => star(raw, 2, 0),
        Kind::BusinessNumber => star(raw, 3, 0),
        Kind::Phone if signs >= 10 => star(raw, 3, 4),
        Kind::Phone => star(raw, 4, 0),
        Kind::Ip => address(raw),
    }
}

/// Stars all letters and digits but the first `head` and the last `tail`.
fn star(raw: &str, head: usize, tail: usize) -> String {
    let signs = raw.chars().filter(|c| c.is_alphanumeric()).count();
    let mut seen = 0;
    raw.chars()
        .map(|c| {
            if !c.is_alphanumeric() {
                return c;
            }
            seen += 1;
            if seen <= head || seen + tail > signs { c } else { '*' }
        })
        .collect()
}

/// `k***@example.com`; a spelled address keeps its first letter only.
fn email(raw: &str) -> String {
    let first = raw.chars().next().map_or(String::new(), |c| c.to_string());
    match raw.find(['@', '＠']) {
        Some(at) if raw[..at].chars().count() > 1 => format!("{first}***{}", &raw[at..]),
        Some(at) => format!("***{}", &raw[at..]),
        None => format!("{first}***"),
    }
}

/// `192.168.*.*`, `2001:****`.
fn address(raw: &str) -> String {
    if raw.contains(':') {
        let first: String = raw.chars().take_while(|c| c.is_alphanumeric()).collect();
        return format!("{first}:****");
    }
    let mut parts = 0;
    raw.chars()
        .filter_map(|c| {
            if c.is_alphanumeric() {
                return (parts < 2).then_some(c.to_string());
            }
            parts += 1;
            Some(if parts >= 2 { format!("{c}*") } else { c.to_string() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pii::scan;

    #[test]
    fn masks_keep_the_shape() {
        for (text, masked) in [
            ("연락처는010-1234-5678입니다", "연락처는010-****-5678입니다"),
            ("kim@example.com", "k***@example.com"),
            ("주민번호 900101-1234568", "주민번호 900101-*******"),
            ("카드 4111 1111 1111 1111", "카드 **** **** **** 1111"),
            ("IP 192.168.14.6", "IP 192.168.*.*"),
            ("공일공-일이삼사-오육칠팔", "공일공-****-오육칠팔"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn masked_text_is_clean() {
        let text = "a@b.kr c@d.kr, 010-1234-5678 010-1234-5678 계좌 110-482-913307 1588-1234";
        assert!(scan(&mask(text)).is_empty());
    }
}
