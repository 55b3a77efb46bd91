//! JSON as metel stores and hashes it: RFC 8785 canonical form, bounded reading, pointers.

use serde_json::Value;

use crate::hash::Digest;

/// Largest integer that every JSON reader agrees on (2^53 - 1, RFC 8785 section 3.2.2.3).
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// Deepest nesting that is read from outside.
pub const DEPTH_MAX: usize = 64;

/// Why a value has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonError {
    #[error("the integer {0} is beyond 2^53 and would change in other readers")]
    IntegerTooLarge(String),
}

/// Writes `value` in RFC 8785 canonical form.
pub fn canonical(value: &Value) -> Result<String, CanonError> {
    let mut out = String::with_capacity(128);
    write(value, &mut out)?;
    Ok(out)
}

/// Whether there is a canonical form, without writing it.
pub fn check_canonical(value: &Value) -> Result<(), CanonError> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => check_number(number),
        Value::Array(items) => items.iter().try_for_each(check_canonical),
        Value::Object(members) => members.values().try_for_each(check_canonical),
    }
}

/// Whether the value, written as text, surely has no more than `limit` bytes. A quick look that may say no
/// where writing it would say yes.
pub fn is_surely_within(value: &Value, limit: usize) -> bool {
    fn spend(value: &Value, left: usize) -> Option<usize> {
        match value {
            Value::Null | Value::Bool(_) => left.checked_sub(5),
            // The longest is a double in full.
            Value::Number(_) => left.checked_sub(32),
            // Each byte may be written as an escape of six.
            Value::String(text) => left.checked_sub(text.len().saturating_mul(6).saturating_add(2)),
            Value::Array(items) => {
                items.iter().try_fold(left.checked_sub(2)?, |left, item| spend(item, left.checked_sub(1)?))
            }
            Value::Object(members) => members.iter().try_fold(left.checked_sub(2)?, |left, (name, value)| {
                spend(value, left.checked_sub(name.len().saturating_mul(6).saturating_add(4))?)
            }),
        }
    }
    spend(value, limit).is_some()
}

/// The digest of the canonical form.
pub fn digest(value: &Value) -> Result<Digest, CanonError> {
    Ok(Digest::of(canonical(value)?.as_bytes()))
}

fn write(value: &Value, out: &mut String) -> Result<(), CanonError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (i, name) in names.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write(&members[name], out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn check_number(number: &serde_json::Number) -> Result<(), CanonError> {
    let fits = match number.as_i64() {
        Some(n) => (-INTEGER_MAX..=INTEGER_MAX).contains(&n),
        None => !number.is_u64(),
    };
    if fits { Ok(()) } else { Err(CanonError::IntegerTooLarge(number.to_string())) }
}

fn write_number(number: &serde_json::Number, out: &mut String) -> Result<(), CanonError> {
    check_number(number)?;
    if let Some(n) = number.as_i64() {
        out.push_str(&n.to_string());
        return Ok(());
    }
    let n = number.as_f64().unwrap_or_default();
    out.push_str(&ecma_number(n));
    Ok(())
}

/// ECMAScript's Number::toString (ECMA-262 section 6.1.6.1.20), which RFC 8785 prescribes.
fn ecma_number(n: f64) -> String {
    if n == 0.0 {
        return "0".to_owned();
    }
    // Rust's `{:e}` prints the shortest digits that read back as the same number.
    let text = format!("{:e}", n.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((text.as_str(), "0"));
    let digits: String = digits.chars().filter(|c| *c != '.').collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    let body = if count <= point && point <= 21 {
        format!("{digits}{}", "0".repeat((point - count) as usize))
    } else if 0 < point && point <= 21 {
        format!("{}.{}", &digits[..point as usize], &digits[point as usize..])
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let sign = if point > 0 { '+' } else { '-' };
        let size = (point - 1).abs();
        match count {
            1 => format!("{digits}e{sign}{size}"),
            _ => format!("{}.{}e{sign}{size}", &digits[..1], &digits[1..]),
        }
    };
    if n < 0.0 { format!("-{body}") } else { body }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// True when no value lies deeper than `depth_max`; stops looking as soon as one does.
pub fn depth_within(value: &Value, depth_max: usize) -> bool {
    match value {
        Value::Array(items) => depth_max > 0 && items.iter().all(|item| depth_within(item, depth_max - 1)),
        Value::Object(members) => depth_max > 0 && members.values().all(|item| depth_within(item, depth_max - 1)),
        _ => true,
    }
}

/// Appends one token to a JSON pointer (RFC 6901).
pub fn pointer_push(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_space_is_gone() {
        assert_eq!(
            canonical(&json!({"b": [1, 2.5, true], "a": "ㅎ\n"})).unwrap(),
            "{\"a\":\"ㅎ\\n\",\"b\":[1,2.5,true]}"
        );
    }

    #[test]
    fn numbers_are_written_as_ecmascript_does() {
        for (n, text) in [
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (0.000001, "0.000001"),
            (1e-7, "1e-7"),
            (-0.0, "0"),
            (123.456, "123.456"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (4.50, "4.5"),
            (333_333_333.333_333_3, "333333333.3333333"),
            (-1e-10, "-1e-10"),
        ] {
            assert_eq!(ecma_number(n), text);
        }
    }

    #[test]
    fn integers_beyond_the_common_range_are_refused() {
        assert!(canonical(&json!(9_007_199_254_740_993_i64)).is_err());
        assert!(canonical(&json!(u64::MAX)).is_err());
        assert!(canonical(&json!(INTEGER_MAX)).is_ok());
    }

    #[test]
    fn depth_is_bounded() {
        let mut deep = json!(1);
        for _ in 0..10 {
            deep = json!([deep]);
        }
        assert!(depth_within(&deep, 10) && !depth_within(&deep, 9));
    }
}
