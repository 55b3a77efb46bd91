//! The letters of a selector: blanks, strings, integers, numbers, names (RFC 9535 §2.1 to §2.3).

use serde_json::Value;

use super::path::PathError;

/// The largest integer of I-JSON (RFC 7493).
const MAX_INTEGER: i64 = 9_007_199_254_740_991;

pub(super) struct Reader<'s> {
    pub text: &'s str,
    pub at: usize,
}

impl<'s> Reader<'s> {
    pub fn fail<T>(&self, message: &'static str) -> Result<T, PathError> {
        Err(PathError::Invalid { offset: self.at, message })
    }

    pub fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    pub fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    pub fn expect(&mut self, token: &str, message: &'static str) -> Result<(), PathError> {
        if self.eat(token) { Ok(()) } else { self.fail(message) }
    }

    /// A name after a dot; `None` when none begins here.
    pub fn name(&mut self) -> Option<String> {
        let first = |c: char| c == '_' || c.is_ascii_alphabetic() || c >= '\u{80}';
        let rest = self.rest();
        if !rest.starts_with(first) {
            return None;
        }
        let end = rest.find(|c: char| !first(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        Some(rest[..end].to_owned())
    }

    /// The name of a function directly before its parenthesis.
    pub fn function(&mut self) -> Option<&'s str> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_lowercase()) {
            return None;
        }
        let part = |c: char| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit();
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        if !rest[end..].starts_with('(') {
            return None;
        }
        self.at += end + 1;
        Some(&rest[..end])
    }

    /// An index or a bound of a slice: no leading zeros, no `-0`, within I-JSON.
    pub fn integer(&mut self) -> Result<Option<i64>, PathError> {
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        let end = rest.len() - digits.len() + count;
        if end == 0 {
            return Ok(None);
        }
        let text = &rest[..end];
        let plain = text == "0" || !(count == 0 || digits.starts_with('0'));
        match text.parse::<i64>() {
            Ok(n) if plain && n.abs() <= MAX_INTEGER => {
                self.at += end;
                Ok(Some(n))
            }
            _ => self.fail("not an integer within ±(2^53 - 1)"),
        }
    }

    /// A number of a comparison, with JSON's grammar.
    pub fn number(&mut self) -> Result<Value, PathError> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = usize::from(bytes.first() == Some(&b'-'));
        let whole = digits(end);
        if whole == 0 || (whole > 1 && bytes[end] == b'0') {
            return self.fail("not a number");
        }
        end += whole;
        let mut exact = true;
        if bytes.get(end) == Some(&b'.') {
            let count = digits(end + 1);
            if count == 0 {
                return self.fail("not a number");
            }
            end += 1 + count;
            exact = false;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let count = digits(end + 1 + sign);
            if count == 0 {
                return self.fail("not a number");
            }
            end += 1 + sign + count;
            exact = false;
        }
        let text = &self.rest()[..end];
        let number = match text.parse::<i64>() {
            Ok(n) if exact => Some(n.into()),
            _ => text.parse().ok().and_then(serde_json::Number::from_f64),
        };
        let Some(number) = number else {
            return self.fail("a number out of range");
        };
        self.at += end;
        Ok(Value::Number(number))
    }

    /// A quoted string; `None` when no quote begins here.
    pub fn string(&mut self) -> Result<Option<String>, PathError> {
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Ok(None);
        };
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else {
                return self.fail("an unclosed string");
            };
            if c < ' ' {
                return self.fail("a control character in a string");
            }
            self.at += c.len_utf8();
            match c {
                _ if c == quote => return Ok(Some(out)),
                '\\' => out.push(self.escape(quote)?),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Result<char, PathError> {
        let Some(c) = self.peek() else {
            return self.fail("an unclosed string");
        };
        self.at += c.len_utf8();
        Ok(match c {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' | '\\' => c,
            _ if c == quote => c,
            'u' => {
                let high = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&high) {
                    self.expect("\\u", "half a surrogate pair")?;
                    let low = self.hex()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return self.fail("half a surrogate pair");
                    }
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                match char::from_u32(code) {
                    Some(c) => c,
                    None => return self.fail("half a surrogate pair"),
                }
            }
            _ => return self.fail("an unknown escape"),
        })
    }

    fn hex(&mut self) -> Result<u32, PathError> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.fail("four hexadecimal digits are needed"),
        }
    }
}
