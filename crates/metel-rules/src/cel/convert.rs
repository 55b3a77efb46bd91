//! `size` and the conversions between types. A conversion that would lose the value is an error.

use super::error::CelError;
use super::function::Native;
use super::meter::Meter;
use super::time::{Duration, Timestamp};
use super::value::CelValue as V;

type Out = Result<V, CelError>;

pub(super) fn member(name: &str) -> Option<Native> {
    (name == "size").then_some(size as Native)
}

pub(super) fn global(name: &str) -> Option<Native> {
    Some(match name {
        "size" => size,
        "int" => int,
        "uint" => uint,
        "double" => double,
        "bool" => bool,
        "string" => string,
        "bytes" => bytes,
        "timestamp" => timestamp,
        "duration" => duration,
        "type" => type_of,
        "dyn" => dynamic,
        _ => return None,
    })
}

fn range() -> CelError {
    CelError::evaluation("range error")
}

fn size(meter: &mut Meter, args: &[V]) -> Out {
    let n = match args {
        [V::String(text)] => {
            meter.read(text.len())?;
            text.chars().count()
        }
        [V::Bytes(bytes)] => bytes.len(),
        [V::List(items)] => items.len(),
        [V::Map(map)] => map.len(),
        _ => return Err(CelError::no_overload("size")),
    };
    Ok(V::Int(n as i64))
}

fn int(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Int(n)] => Ok(V::Int(*n)),
        [V::Uint(n)] => i64::try_from(*n).map(V::Int).map_err(|_| range()),
        [V::Double(n)] => {
            let limit = 9_223_372_036_854_775_808.0;
            if *n > -limit && *n < limit { Ok(V::Int(n.trunc() as i64)) } else { Err(range()) }
        }
        [V::String(text)] => text.parse().map(V::Int).map_err(|_| not_a("int")),
        [V::Timestamp(time)] => Ok(V::Int(time.nanoseconds().div_euclid(1_000_000_000) as i64)),
        _ => Err(CelError::no_overload("int")),
    }
}

fn uint(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Uint(n)] => Ok(V::Uint(*n)),
        [V::Int(n)] => u64::try_from(*n).map(V::Uint).map_err(|_| range()),
        [V::Double(n)] => {
            let limit = 18_446_744_073_709_551_616.0;
            if *n >= 0.0 && *n < limit { Ok(V::Uint(n.trunc() as u64)) } else { Err(range()) }
        }
        [V::String(text)] => text.parse().map(V::Uint).map_err(|_| not_a("uint")),
        _ => Err(CelError::no_overload("uint")),
    }
}

fn double(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Double(n)] => Ok(V::Double(*n)),
        [V::Int(n)] => Ok(V::Double(*n as f64)),
        [V::Uint(n)] => Ok(V::Double(*n as f64)),
        [V::String(text)] => text.parse().map(V::Double).map_err(|_| not_a("double")),
        _ => Err(CelError::no_overload("double")),
    }
}

fn bool(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Bool(b)] => Ok(V::Bool(*b)),
        [V::String(text)] => match text.as_ref() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(V::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(V::Bool(false)),
            _ => Err(not_a("bool")),
        },
        _ => Err(CelError::no_overload("bool")),
    }
}

fn string(meter: &mut Meter, args: &[V]) -> Out {
    let text = match args {
        [text @ V::String(_)] => return Ok(text.clone()),
        [V::Bool(b)] => b.to_string(),
        [V::Int(n)] => n.to_string(),
        [V::Uint(n)] => n.to_string(),
        [V::Double(n)] => double_text(*n),
        [V::Bytes(bytes)] => {
            meter.produce(bytes.len())?;
            let text = std::str::from_utf8(bytes);
            text.map_err(|_| CelError::evaluation("invalid UTF-8"))?.to_owned()
        }
        [V::Timestamp(time)] => time.to_string(),
        [V::Duration(span)] => span.to_string(),
        [V::Network(network)] => network.to_string(),
        _ => return Err(CelError::no_overload("string")),
    };
    Ok(V::string(text))
}

/// A double as people write it; with an exponent only when it is very large or very small.
pub(super) fn double_text(n: f64) -> String {
    let size = n.abs();
    if n.is_nan() {
        "NaN".to_owned()
    } else if n.is_infinite() {
        if n > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else if size != 0.0 && !(1e-4..1e21).contains(&size) {
        let text = format!("{n:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        format!("{digits}e{sign}{exponent:0>2}")
    } else {
        n.to_string()
    }
}

fn bytes(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Bytes(bytes)] => Ok(V::Bytes(bytes.clone())),
        [V::String(text)] => {
            meter.produce(text.len())?;
            Ok(V::Bytes(text.as_bytes().into()))
        }
        _ => Err(CelError::no_overload("bytes")),
    }
}

fn timestamp(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Timestamp(time)] => Ok(V::Timestamp(*time)),
        [V::String(text)] => Timestamp::parse(text).map(V::Timestamp),
        [V::Int(seconds)] => Timestamp::from_nanoseconds(i128::from(*seconds) * 1_000_000_000).map(V::Timestamp),
        _ => Err(CelError::no_overload("timestamp")),
    }
}

fn duration(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Duration(span)] => Ok(V::Duration(*span)),
        [V::String(text)] => Duration::parse(text).map(V::Duration),
        _ => Err(CelError::no_overload("duration")),
    }
}

fn type_of(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [value] => Ok(V::Type(value.type_name())),
        _ => Err(CelError::no_overload("type")),
    }
}

fn dynamic(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [value] => Ok(value.clone()),
        _ => Err(CelError::no_overload("dyn")),
    }
}

fn not_a(kind: &str) -> CelError {
    CelError::evaluation(format!("this text is not a {kind}"))
}
