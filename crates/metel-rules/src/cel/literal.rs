//! Escape sequences of string and bytes literals (language definition, "String and Bytes Values").
//! Refuses unknown escapes, surrogates, code points past U+10FFFF, and `\u` inside bytes.

use super::error::CelError;

/// Decodes a string literal's body. `offset` is where the body starts, for messages.
pub(super) fn string(text: &str, raw: bool, offset: usize) -> Result<String, CelError> {
    if raw || !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    decode(text, offset, |piece| match piece {
        Piece::Plain(c) => {
            out.push(c);
            true
        }
        Piece::Code(code, _) => match char::from_u32(code) {
            Some(c) => {
                out.push(c);
                true
            }
            None => false,
        },
    })?;
    Ok(out)
}

/// Decodes a bytes literal's body: plain text as UTF-8, `\x` and octal escapes as single bytes.
pub(super) fn bytes(text: &str, raw: bool, offset: usize) -> Result<Vec<u8>, CelError> {
    if raw || !text.contains('\\') {
        return Ok(text.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    decode(text, offset, |piece| match piece {
        Piece::Plain(c) => {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            true
        }
        Piece::Code(code, unicode) => match u8::try_from(code) {
            Ok(byte) if !unicode => {
                out.push(byte);
                true
            }
            _ => false,
        },
    })?;
    Ok(out)
}

enum Piece {
    Plain(char),
    /// A numeric escape, and whether it was `\u` or `\U`.
    Code(u32, bool),
}

fn decode(text: &str, offset: usize, mut take: impl FnMut(Piece) -> bool) -> Result<(), CelError> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        let bad = || CelError::syntax(offset + at, "unknown escape sequence");
        if c != '\\' {
            take(Piece::Plain(c));
            continue;
        }
        let (_, kind) = chars.next().ok_or_else(bad)?;
        let mut digits = |count: usize, radix: u32, first: u32| {
            let mut code = first;
            for _ in 0..count {
                let (_, c) = chars.next()?;
                code = code.checked_mul(radix)?.checked_add(c.to_digit(radix)?)?;
            }
            Some(code)
        };
        let piece = match kind {
            'a' => Piece::Plain('\u{7}'),
            'b' => Piece::Plain('\u{8}'),
            'f' => Piece::Plain('\u{c}'),
            'n' => Piece::Plain('\n'),
            'r' => Piece::Plain('\r'),
            't' => Piece::Plain('\t'),
            'v' => Piece::Plain('\u{b}'),
            '\\' | '\'' | '"' | '`' | '?' => Piece::Plain(kind),
            'x' | 'X' => Piece::Code(digits(2, 16, 0).ok_or_else(bad)?, false),
            'u' => Piece::Code(digits(4, 16, 0).ok_or_else(bad)?, true),
            'U' => Piece::Code(digits(8, 16, 0).ok_or_else(bad)?, true),
            '0'..='3' => {
                let first = kind.to_digit(8).ok_or_else(bad)?;
                Piece::Code(digits(2, 8, first).ok_or_else(bad)?, false)
            }
            _ => return Err(bad()),
        };
        if !take(piece) {
            return Err(bad());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn decodes_escapes() {
        assert_eq!(string(r"\uC11C\uc6b8\x41\101\n", false, 0).unwrap(), "서울AA\n");
        assert_eq!(bytes(r"\xff\000가", false, 0).unwrap(), b"\xff\0\xea\xb0\x80");
        assert_eq!(string(r"\U0001F600", false, 0).unwrap(), "😀");
    }

    #[test]
    fn refuses_bad_escapes() {
        for text in [r"\uD800", r"\U00110000", r"\q", r"\x4", r"\400", r"\u12"] {
            assert!(string(text, false, 0).is_err(), "{text}");
        }
        assert!(bytes(r"\u0041", false, 0).is_err());
    }
}
