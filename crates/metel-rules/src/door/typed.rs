//! Values with their types in JSON, as the conformance suite of the language names them:
//! `{"type": "int", "value": 1}`. Bytes are base64, times RFC 3339, durations seconds with `s`;
//! list elements are typed again; maps are lists of `[key, value]` pairs, both typed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cel::{CelError, CelMap, CelValue, Duration, Key, MAX_VALUE_DEPTH, Network, Timestamp, double_to_json};

/// A value with its type.
pub(super) fn encode(value: &CelValue) -> Value {
    let plain = match value {
        CelValue::List(items) => items.iter().map(encode).collect(),
        CelValue::Map(map) => {
            let pair = |(key, value): (&Key, &CelValue)| json!([encode(&key.value()), encode(value)]);
            map.iter().map(pair).collect()
        }
        CelValue::Double(n) => double_to_json(*n),
        CelValue::Optional(Some(inner)) => encode(inner),
        other => other.to_json(),
    };
    let name = match value {
        CelValue::Timestamp(_) => "timestamp",
        CelValue::Duration(_) => "duration",
        other => other.type_name(),
    };
    json!({"type": name, "value": plain})
}

/// A variable: typed when it has the shape `{"type", "value"}` with a known type, else plain JSON.
pub(super) fn decode(json: &Value) -> Result<CelValue, CelError> {
    decode_within(json, MAX_VALUE_DEPTH)
}

fn decode_within(json: &Value, depth: usize) -> Result<CelValue, CelError> {
    if depth == 0 {
        return Err(CelError::TooLarge("a value is nested too deeply"));
    }
    let inner = |json: &Value| decode_within(json, depth - 1);
    match json {
        Value::Object(entries) => {
            if entries.len() == 2
                && let (Some(Value::String(name)), Some(value)) = (entries.get("type"), entries.get("value"))
                && let Some(typed) = typed(name, value, depth)
            {
                return typed;
            }
            let entry = |(key, value): (&String, &Value)| Ok((Key::String(key.as_str().into()), inner(value)?));
            entries.iter().map(entry).collect::<Result<_, _>>().map(CelValue::map)
        }
        Value::Array(items) => items.iter().map(inner).collect::<Result<_, _>>().map(CelValue::list),
        scalar => CelValue::from_json(scalar),
    }
}

/// `None` when the type is unknown, so that ordinary objects with these two fields stay objects.
fn typed(name: &str, value: &Value, depth: usize) -> Option<Result<CelValue, CelError>> {
    let text = || value.as_str().ok_or_else(|| mismatch(name));
    let digits = || match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(match name {
        "int" => digits().parse().map(CelValue::Int).map_err(|_| mismatch(name)),
        "uint" => digits().parse().map(CelValue::Uint).map_err(|_| mismatch(name)),
        "double" => match digits().as_str() {
            "Infinity" => Ok(CelValue::Double(f64::INFINITY)),
            "-Infinity" => Ok(CelValue::Double(f64::NEG_INFINITY)),
            digits => digits.parse().map(CelValue::Double).map_err(|_| mismatch(name)),
        },
        "string" => text().map(CelValue::string),
        "bool" => value.as_bool().map(CelValue::Bool).ok_or_else(|| mismatch(name)),
        "null" | "null_type" => Ok(CelValue::Null),
        "bytes" => text().and_then(|text| {
            let bytes = STANDARD.decode(text).map_err(|_| mismatch(name))?;
            Ok(CelValue::Bytes(bytes.into()))
        }),
        "timestamp" | "google.protobuf.Timestamp" => text().and_then(Timestamp::parse).map(CelValue::Timestamp),
        "duration" | "google.protobuf.Duration" => text().and_then(Duration::parse).map(CelValue::Duration),
        "net.IP" => text().and_then(Network::ip).map(CelValue::Network),
        "net.CIDR" => text().and_then(Network::cidr).map(CelValue::Network),
        "list" if value.is_array() => decode_within(value, depth),
        "map" => match value {
            Value::Object(_) => decode_within(value, depth),
            Value::Array(pairs) => {
                pairs.iter().map(|pair| entry(pair, depth)).collect::<Result<CelMap, _>>().map(CelValue::map)
            }
            _ => Err(mismatch(name)),
        },
        "type" => text().and_then(CelValue::type_named),
        _ => return None,
    })
}

/// `[key, value]` or `{"key", "value"}`.
fn entry(pair: &Value, depth: usize) -> Result<(Key, CelValue), CelError> {
    let (key, value) = match pair {
        Value::Array(pair) => (pair.first(), pair.get(1)),
        other => (other.get("key"), other.get("value")),
    };
    let (Some(key), Some(value), Some(depth)) = (key, value, depth.checked_sub(1)) else {
        return Err(mismatch("map"));
    };
    let key = match decode_within(key, depth)? {
        CelValue::Bool(b) => Key::Bool(b),
        CelValue::Int(n) => Key::Int(n),
        CelValue::Uint(n) => Key::Uint(n),
        CelValue::String(text) => Key::String(text),
        _ => return Err(mismatch("map")),
    };
    Ok((key, decode_within(value, depth)?))
}

fn mismatch(name: &str) -> CelError {
    CelError::Evaluation(format!("this is not a value of type {name}"))
}
