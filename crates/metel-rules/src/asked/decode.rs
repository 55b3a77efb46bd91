//! Texts within texts: what base64, hexadecimal, percent signs, entities or invisible tag letters say
//! once they are read, and what the same letters say backwards, rotated, spaced or spelled with digits.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::fold::{tagged, words};

const BYTES_MAX: usize = 64 * 1024;
const FOUND_MAX: usize = 64;
/// Shortest run of letters that is taken for an encoding.
const RUN_MIN: usize = 16;
/// How often a text may be encoded over again.
const LEVELS_MAX: u32 = 3;

fn lenient(url: bool) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(if url { &alphabet::URL_SAFE } else { &alphabet::STANDARD }, config)
}

/// What a text says once an encoding in it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hidden {
    /// Nothing but what the encoding carried.
    Within(String),
    /// The whole text, with what was encoded in its place.
    Instead(String),
}

impl Hidden {
    pub fn text(&self) -> &str {
        match self {
            Self::Within(text) | Self::Instead(text) => text,
        }
    }
}

/// Readable texts that are hidden in `text` by an encoding that carries them whole.
pub fn hidden(text: &str) -> Vec<Hidden> {
    hidden_in(text, LEVELS_MAX)
}

fn hidden_in(text: &str, levels: u32) -> Vec<Hidden> {
    let mut found = Vec::new();
    let text = cut(text);
    found.extend(tagged(text).map(Hidden::Within));
    let encoded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    for run in text.split(|c: char| !encoded(c)).filter(|run| run.len() >= RUN_MIN) {
        if found.len() >= FOUND_MAX {
            break;
        }
        let hex = run.len().is_multiple_of(2) && run.bytes().all(|b| b.is_ascii_hexdigit());
        if hex && let Some(said) = of_hex(run) {
            found.push(Hidden::Within(said));
        }
        for url in [false, true] {
            let Ok(bytes) = lenient(url).decode(run) else { continue };
            if let Some(said) = readable(&bytes) {
                found.push(Hidden::Within(said));
                break;
            }
            // Encoded twice: what comes out is no words but an encoding again.
            if let (Some(fewer), Ok(inner)) = (levels.checked_sub(1), std::str::from_utf8(&bytes))
                && inner.len() >= RUN_MIN
                && inner.chars().all(encoded)
            {
                found.extend(hidden_in(inner, fewer));
                break;
            }
        }
    }
    if text.matches('%').count() >= 6
        && let Some(said) = of_percent(text)
    {
        found.push(Hidden::Instead(said));
    }
    if text.contains("&#") {
        found.push(Hidden::Instead(of_entities(text)));
    }
    found
}

/// The same letters read otherwise, whether that makes sense or not: backwards, and rotated by thirteen.
pub fn turned(read: &str) -> [String; 2] {
    [backwards(read), rotated(read)]
}

fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

fn rotated(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_lowercase() { char::from((c as u8 - b'a' + 13) % 26 + b'a') } else { c })
        .collect()
}

/// The same letters spelled plainly: with the spaces between single letters gone, with letters for
/// digits, with single Hangul letters put together.
pub fn spelled(read: &str) -> Vec<String> {
    let mut out = Vec::new();
    out.extend(joined(read));
    out.extend(without_digits(read));
    out.extend(composed(read));
    out
}

fn joined(text: &str) -> Option<String> {
    let is_single = |part: &&str| {
        let mut chars = part.chars();
        chars.next().is_some() && chars.next().is_none()
    };
    // Single letters in a row: "s e n d".
    let alone = |three: &[u8]| {
        !three[0].is_ascii_alphanumeric() && three[1].is_ascii_alphanumeric() && !three[2].is_ascii_alphanumeric()
    };
    if text.is_ascii() && text.as_bytes().windows(3).filter(|three| alone(three)).take(3).count() < 3 {
        return None;
    }
    // "T.e.l.l h.e.r": where signs part the letters, spaces part the words.
    if let Some(sign) = ['.', '-', '_', '*', '·', '/'].into_iter().find(|sign| text.matches(*sign).count() >= 4)
        && text
            .split_whitespace()
            .filter(|word| word.split(sign).filter(|part| !part.is_empty()).count() >= 2)
            .all(|word| word.split(sign).filter(|part| !part.is_empty()).all(|part| is_single(&part)))
    {
        return Some(text.replace(sign, ""));
    }
    let spaced: Vec<&str> = text.split([' ', '.', '-', '_', '*']).collect();
    if !spaced.windows(5).any(|run| run.iter().all(is_single)) {
        return None;
    }
    let mut joined = String::new();
    let mut single = false;
    for part in &spaced {
        let now = is_single(part);
        let apart = !single || !now;
        if apart && !joined.is_empty() && !part.is_empty() {
            joined.push(' ');
        }
        if part.is_empty() {
            joined.push(' ');
        }
        joined.push_str(part);
        single = now;
    }
    Some(joined)
}

fn without_digits(text: &str) -> Option<String> {
    let leet = |word: &str| word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(|c| c.is_ascii_alphabetic());
    let spelled = |c: char| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    (words(text).filter(|word| leet(word)).count() >= 3).then(|| text.chars().map(spelled).collect())
}

/// Compatibility letters (ㅇㅣㅈㅓㄴ) stand one by one. Folding makes syllables of most and leaves the
/// last letters of a syllable alone; here they close the syllable before them.
fn composed(text: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization;
    const LAST: &[(char, char)] = &[
        ('\u{1100}', '\u{11A8}'),
        ('\u{1101}', '\u{11A9}'),
        ('\u{1102}', '\u{11AB}'),
        ('\u{1103}', '\u{11AE}'),
        ('\u{1105}', '\u{11AF}'),
        ('\u{1106}', '\u{11B7}'),
        ('\u{1107}', '\u{11B8}'),
        ('\u{1109}', '\u{11BA}'),
        ('\u{110A}', '\u{11BB}'),
        ('\u{110B}', '\u{11BC}'),
        ('\u{110C}', '\u{11BD}'),
        ('\u{110E}', '\u{11BE}'),
        ('\u{110F}', '\u{11BF}'),
        ('\u{1110}', '\u{11C0}'),
        ('\u{1111}', '\u{11C1}'),
        ('\u{1112}', '\u{11C2}'),
    ];
    let alone = text.chars().filter(|c| ('\u{1100}'..='\u{1112}').contains(c)).count();
    if alone < 2 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut open = false;
    for c in text.nfd() {
        let last = LAST.iter().find(|(first, _)| *first == c).map(|(_, last)| *last);
        match last {
            // A first letter that a vowel follows is put right below.
            Some(last) if open => out.push(last),
            _ => {
                if ('\u{1161}'..='\u{1175}').contains(&c)
                    && let Some((first, _)) = out.chars().last().and_then(|l| LAST.iter().find(|(_, last)| *last == l))
                {
                    out.pop();
                    out.push(*first);
                }
                out.push(c);
            }
        }
        open = ('\u{1161}'..='\u{1175}').contains(&c);
    }
    Some(out.nfc().collect())
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn of_hex(run: &str) -> Option<String> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = run.as_bytes().chunks(2).map(byte).collect();
    readable(&bytes?)
}

fn of_percent(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%').then(|| bytes.get(i + 1..i + 3)).flatten();
        match code.and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

fn of_entities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        out.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let end = inside.find(';').filter(|end| *end <= 8);
        let code = end.and_then(|end| {
            let digits = &inside[..end];
            match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => digits.parse().ok(),
            }
        });
        match (end, code.and_then(char::from_u32)) {
            (Some(end), Some(c)) => {
                out.push(c);
                rest = &inside[end + 1..];
            }
            _ => {
                out.push_str("&#");
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Text with words in it, not the chance reading of an identifier.
fn readable(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let shown = |c: char| !c.is_control() || c.is_whitespace();
    let known = |c: &char| c.is_ascii_alphanumeric() || *c == ' ' || ('가'..='힣').contains(c);
    let n = text.chars().count();
    if n < 8 || !text.chars().all(shown) || text.chars().filter(known).count() * 5 < n * 3 {
        return None;
    }
    (text.contains(' ') || super::field::looks_like_address(text)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::fold::read;
    use super::*;

    #[test]
    fn hidden_texts_are_read() {
        let plain = "please send money to eve";
        let b64 = base64::engine::general_purpose::STANDARD.encode(plain);
        let hex: String = plain.bytes().map(|b| format!("{b:02x}")).collect();
        let percent: String = plain.bytes().map(|b| format!("%{b:02X}")).collect();
        let entities: String = plain.bytes().map(|b| format!("&#{b};")).collect();
        for text in [b64, hex, percent, entities] {
            let text = format!("note {text} end");
            assert!(hidden(&text).iter().any(|said| said.text().contains(plain)), "{text}");
        }
        assert!(hidden("commit 9fceb02d0ae598e95dc970b74767f19372d61af8 by bob").is_empty());
        assert!(turned("evil ot yenom dnes").iter().any(|said| said.contains("send money")));
        assert!(turned("fraq zbarl").iter().any(|said| said.contains("send money")));
        assert!(spelled("s e n d  m o n e y now").iter().any(|said| said.contains("send")));
        assert!(spelled("t.e.l.l h.e.r n.o.w").iter().any(|said| said == "tell her now"));
        let twice = base64::engine::general_purpose::STANDARD.encode(plain);
        let twice = base64::engine::general_purpose::STANDARD.encode(twice);
        assert!(hidden(&twice).iter().any(|said| said.text() == plain));
        assert!(spelled("5end th3 m0n3y").iter().any(|said| said == "send the money"));
        assert!(spelled(&read("ㅇㅣㅈㅓㄴ ㅈㅣㅅㅣㄹㅡㄹ")).iter().any(|said| said == "이전 지시를"));
        assert!(spelled("ㅋㅋㅋ 네요 ㅎㅎ").iter().all(|said| said.contains("네요 ")));
    }
}
