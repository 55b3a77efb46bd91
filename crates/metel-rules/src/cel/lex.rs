//! Source text to tokens, in one pass and without look-back. Refuses characters, numbers and
//! escapes that the language definition does not have.

use super::error::CelError;
use super::literal;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Ident(String),
    /// A back-quoted field name.
    Quoted(String),
    /// Kept unsigned: a minus before it belongs to it.
    Int(u64),
    Uint(u64),
    Double(f64),
    String(String),
    Bytes(Vec<u8>),
    Symbol(&'static str),
    End,
}

const SYMBOLS: [&str; 25] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}", "=",
];

/// All tokens with their byte offsets; the last one is `End`.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, CelError> {
    let bytes = source.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => at += 1,
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'0'..=b'9' => at = number(source, at, &mut out)?,
            b'.' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) && !after_value(&out) => {
                at = number(source, at, &mut out)?;
            }
            b'"' | b'\'' => at = quoted(source, at, at, &mut out)?,
            b'`' => {
                let end = source[at + 1..]
                    .find('`')
                    .map(|n| at + 1 + n)
                    .ok_or_else(|| CelError::syntax(at, "unclosed quoted name"))?;
                let name = &source[at + 1..end];
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-/ ".contains(&b);
                if name.is_empty() || !name.bytes().all(plain) {
                    return Err(CelError::syntax(at, "a quoted name has other characters"));
                }
                out.push((Token::Quoted(name.to_owned()), at));
                at = end + 1;
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let prefix = literal_prefix(&bytes[at..]);
                if prefix > 0 {
                    at = quoted(source, at, at + prefix, &mut out)?;
                    continue;
                }
                let mut end = at;
                while end < bytes.len() && (bytes[end] == b'_' || bytes[end].is_ascii_alphanumeric()) {
                    end += 1;
                }
                out.push((Token::Ident(source[at..end].to_owned()), at));
                at = end;
            }
            _ => {
                let rest = &source[at..];
                let symbol = SYMBOLS.iter().find(|s| rest.starts_with(**s));
                match symbol {
                    Some(symbol) if *symbol != "=" => {
                        out.push((Token::Symbol(symbol), at));
                        at += symbol.len();
                    }
                    _ => return Err(CelError::syntax(at, "unexpected character")),
                }
            }
        }
    }
    out.push((Token::End, source.len()));
    Ok(out)
}

/// `a.1` is not a number after a value; `[.5]` is.
fn after_value(out: &[(Token, usize)]) -> bool {
    matches!(out.last(), Some((Token::Ident(_) | Token::Quoted(_) | Token::Symbol(")" | "]" | "}"), _)))
}

/// Length of `r`, `b` or `br` (any case) when a quote follows, else 0.
fn literal_prefix(bytes: &[u8]) -> usize {
    let quote = |n: usize| matches!(bytes.get(n), Some(b'"' | b'\''));
    match bytes.first() {
        Some(b'r' | b'R' | b'b' | b'B') if quote(1) => 1,
        Some(b'b' | b'B') if matches!(bytes.get(1), Some(b'r' | b'R')) && quote(2) => 2,
        _ => 0,
    }
}

fn quoted(source: &str, start: usize, quote: usize, out: &mut Vec<(Token, usize)>) -> Result<usize, CelError> {
    let prefix = source[start..quote].to_ascii_lowercase();
    let (raw, is_bytes) = (prefix.contains('r'), prefix.contains('b'));
    let rest = &source[quote..];
    let mark = &rest[..1];
    let triple = mark.repeat(3);
    let mark = if rest.starts_with(&triple) { triple.as_str() } else { mark };
    let body = quote + mark.len();
    let bytes = source.as_bytes();
    let mut end = body;
    loop {
        match bytes.get(end) {
            None => return Err(CelError::syntax(start, "unclosed string")),
            Some(b'\n' | b'\r') if mark.len() == 1 => {
                return Err(CelError::syntax(end, "line break in a string"));
            }
            Some(b'\\') if !raw => end += 2,
            Some(_) if source.as_bytes()[end..].starts_with(mark.as_bytes()) => break,
            Some(_) => end += 1,
        }
    }
    let text = &source[body..end];
    let token = if is_bytes {
        Token::Bytes(literal::bytes(text, raw, body)?)
    } else {
        Token::String(literal::string(text, raw, body)?)
    };
    out.push((token, start));
    Ok(end + mark.len())
}

fn number(source: &str, start: usize, out: &mut Vec<(Token, usize)>) -> Result<usize, CelError> {
    let bytes = source.as_bytes();
    let digits = |from: usize, test: fn(&u8) -> bool| {
        from + bytes[from.min(bytes.len())..].iter().take_while(|b| test(b)).count()
    };
    let bad = |why: &str| CelError::syntax(start, why.to_owned());
    let hex = bytes[start] == b'0' && matches!(bytes.get(start + 1), Some(b'x' | b'X'));
    let mut end;
    let token;
    if hex {
        end = digits(start + 2, u8::is_ascii_hexdigit);
        let value =
            u64::from_str_radix(&source[start + 2..end], 16).map_err(|_| bad("a hexadecimal number out of range"))?;
        token = whole(bytes, &mut end, value);
    } else {
        end = digits(start, u8::is_ascii_digit);
        let mut double = false;
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            double = true;
            end = digits(end + 1, u8::is_ascii_digit);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let stop = digits(end + 1 + sign, u8::is_ascii_digit);
            if stop == end + 1 + sign {
                return Err(bad("a number with an empty exponent"));
            }
            double = true;
            end = stop;
        }
        token = if double {
            let value = source[start..end].parse::<f64>();
            Token::Double(value.map_err(|_| bad("not a number"))?)
        } else {
            let value = source[start..end].parse::<u64>();
            whole(bytes, &mut end, value.map_err(|_| bad("a whole number out of range"))?)
        };
    }
    if bytes.get(end).is_some_and(|b| *b == b'_' || b.is_ascii_alphanumeric()) {
        return Err(bad("a number runs into a name"));
    }
    out.push((token, start));
    Ok(end)
}

fn whole(bytes: &[u8], end: &mut usize, value: u64) -> Token {
    if matches!(bytes.get(*end), Some(b'u' | b'U')) {
        *end += 1;
        Token::Uint(value)
    } else {
        Token::Int(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn kinds(source: &str) -> Vec<Token> {
        tokens(source).unwrap().into_iter().map(|t| t.0).collect()
    }

    #[test]
    fn reads_numbers_names_and_symbols() {
        assert_eq!(
            kinds("0x1Fu + .5e-1 // 끝\n a.b"),
            vec![
                Token::Uint(31),
                Token::Symbol("+"),
                Token::Double(0.05),
                Token::Ident("a".into()),
                Token::Symbol("."),
                Token::Ident("b".into()),
                Token::End
            ]
        );
    }

    #[test]
    fn reads_korean_strings_and_bytes() {
        assert_eq!(kinds("'서울'")[0], Token::String("서울".into()));
        assert_eq!(kinds("b'가'")[0], Token::Bytes("가".as_bytes().to_vec()));
        assert_eq!(kinds(r#"r"\d""#)[0], Token::String("\\d".into()));
        assert_eq!(kinds("'''a'\nb'''")[0], Token::String("a'\nb".into()));
    }

    #[test]
    fn refuses_what_is_not_a_token() {
        for source in
            ["이름", "a = b", "'x", "\"a\n\"", "1e", "12abc", "0x", "`a", "'\\", "a & b", "99999999999999999999"]
        {
            assert!(tokens(source).is_err(), "{source}");
        }
    }
}
