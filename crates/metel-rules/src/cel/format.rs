//! `'%s …'.format([…])` and `strings.quote`. Refuses clauses that the extension does not define,
//! precisions past 100, and more clauses than values.

use super::convert::double_text;
use super::error::CelError;
use super::function::Native;
use super::meter::Meter;
use super::value::CelValue as V;

type Out = Result<V, CelError>;

const MAX_PRECISION: usize = 100;

pub(super) fn member(name: &str) -> Option<Native> {
    (name == "format").then_some(format as Native)
}

pub(super) fn global(name: &str) -> Option<Native> {
    (name == "strings.quote").then_some(quote as Native)
}

fn format(meter: &mut Meter, args: &[V]) -> Out {
    let [V::String(pattern), V::List(values)] = args else {
        return Err(CelError::no_overload("format"));
    };
    meter.produce(pattern.len())?;
    let mut values = values.iter();
    let mut out = String::new();
    let mut rest = pattern.as_ref();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let digits = after[..end].parse().ok().filter(|n| *n <= MAX_PRECISION);
            precision = Some(digits.ok_or_else(|| CelError::evaluation("a bad precision"))?);
            rest = &after[end..];
        }
        let clause = rest.chars().next().ok_or_else(|| CelError::evaluation("an unfinished clause"))?;
        rest = &rest[clause.len_utf8()..];
        let value = values.next().ok_or_else(|| CelError::evaluation("too few values to format"))?;
        let start = out.len();
        meter.step(1)?;
        one(clause, precision, value, &mut out, meter)?;
        meter.produce(out.len() - start)?;
    }
    out.push_str(rest);
    Ok(V::string(out))
}

fn one(clause: char, precision: Option<usize>, value: &V, out: &mut String, meter: &mut Meter) -> Result<(), CelError> {
    let bad = || CelError::evaluation(format!("%{clause} cannot show a {}", value.type_name()));
    if precision.is_some() && !matches!(clause, 'f' | 'e') {
        return Err(CelError::evaluation("a precision where none belongs"));
    }
    let text = match (clause, value) {
        ('s', value) => return plain(value, out, meter),
        ('d', V::Int(n)) => n.to_string(),
        ('d', V::Uint(n)) => n.to_string(),
        ('d', V::Double(n)) => number(*n),
        ('f' | 'e', value) => {
            let n = match value {
                V::Double(n) => *n,
                V::Int(n) => *n as f64,
                V::Uint(n) => *n as f64,
                _ => return Err(bad()),
            };
            let places = precision.unwrap_or(6);
            if !n.is_finite() {
                number(n)
            } else if clause == 'f' {
                format!("{n:.places$}")
            } else {
                scientific(n, places)
            }
        }
        ('b', V::Bool(b)) => u8::from(*b).to_string(),
        ('b' | 'o' | 'x' | 'X', V::Int(n)) => {
            let sign = if *n < 0 { "-" } else { "" };
            format!("{sign}{}", radix(clause, n.unsigned_abs()))
        }
        ('b' | 'o' | 'x' | 'X', V::Uint(n)) => radix(clause, *n),
        ('x' | 'X', V::String(text)) => return hex(clause, text.as_bytes(), out, meter),
        ('x' | 'X', V::Bytes(bytes)) => return hex(clause, bytes, out, meter),
        ('b' | 'o' | 'x' | 'X' | 'd', _) => return Err(bad()),
        _ => return Err(CelError::evaluation(format!("unknown clause %{clause}"))),
    };
    out.push_str(&text);
    Ok(())
}

fn radix(clause: char, n: u64) -> String {
    match clause {
        'b' => format!("{n:b}"),
        'o' => format!("{n:o}"),
        'X' => format!("{n:X}"),
        _ => format!("{n:x}"),
    }
}

fn hex(clause: char, bytes: &[u8], out: &mut String, meter: &mut Meter) -> Result<(), CelError> {
    meter.produce(bytes.len().saturating_mul(2))?;
    for byte in bytes {
        let digits = if clause == 'X' { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        out.push(char::from(digits[usize::from(byte >> 4)]));
        out.push(char::from(digits[usize::from(byte & 15)]));
    }
    Ok(())
}

fn number(n: f64) -> String {
    match n {
        _ if n.is_finite() => double_text(n),
        _ if n.is_nan() => "NaN".to_owned(),
        _ if n > 0.0 => "Infinity".to_owned(),
        _ => "-Infinity".to_owned(),
    }
}

fn scientific(n: f64, places: usize) -> String {
    let text = format!("{n:.places$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}e-{exponent:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

/// `%s`: any value, containers in full.
fn plain(value: &V, out: &mut String, meter: &mut Meter) -> Result<(), CelError> {
    meter.step(1)?;
    match value {
        V::Null => out.push_str("null"),
        V::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        V::Int(n) => out.push_str(&n.to_string()),
        V::Uint(n) => out.push_str(&n.to_string()),
        V::Double(n) => out.push_str(&number(*n)),
        V::String(text) => {
            meter.produce(text.len())?;
            out.push_str(text);
        }
        V::Bytes(bytes) => {
            meter.produce(bytes.len().saturating_mul(3))?;
            out.push_str(&String::from_utf8_lossy(bytes));
        }
        V::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                plain(item, out, meter)?;
            }
            out.push(']');
        }
        V::Map(map) => {
            let mut entries: Vec<_> = Vec::with_capacity(map.len());
            for (key, value) in map.iter() {
                meter.step(1)?;
                let key = key.text();
                meter.produce(key.len())?;
                entries.push((key, value));
            }
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                out.push_str(key);
                out.push_str(": ");
                plain(value, out, meter)?;
            }
            out.push('}');
        }
        V::Timestamp(time) => out.push_str(&time.to_string()),
        V::Duration(span) => out.push_str(&span.to_string()),
        V::Type(name) => out.push_str(name),
        V::Network(network) => out.push_str(&network.to_string()),
        V::Optional(_) => return Err(CelError::evaluation("%s cannot show an optional")),
    }
    Ok(())
}

fn quote(meter: &mut Meter, args: &[V]) -> Out {
    let [V::String(text)] = args else {
        return Err(CelError::no_overload("strings.quote"));
    };
    meter.produce(text.len().saturating_mul(2) + 2)?;
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(V::string(out))
}
