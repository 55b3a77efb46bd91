//! Values of the expression language and their plain JSON form. Copies are cheap (shared), so that
//! a value may be larger when written out than in memory: whoever walks one pays fuel for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::error::CelError;
use super::limits::MAX_VALUE_DEPTH;
use super::meter::Meter;
use super::network::Network;
use super::time::{Duration, Timestamp};

/// A value. Equality and ordering are the language's own and cost fuel, so there is no `PartialEq`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CelValue {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    List(Arc<Vec<CelValue>>),
    Map(Arc<CelMap>),
    Timestamp(Timestamp),
    Duration(Duration),
    /// A type, by its name in the language.
    Type(&'static str),
    /// A value that may be missing (`optional.of`, `a.?b`).
    Optional(Option<Arc<CelValue>>),
    /// An internet address or a range of them.
    Network(Network),
}

/// Entries in key order, so that every walk over a map is the same walk.
pub type CelMap = BTreeMap<Key, CelValue>;

/// A map key. `1` and `1u` are the same key.
#[derive(Clone, Debug)]
pub enum Key {
    Bool(bool),
    Int(i64),
    Uint(u64),
    String(Arc<str>),
}

impl Key {
    fn number(&self) -> Option<i128> {
        match self {
            Key::Int(n) => Some(i128::from(*n)),
            Key::Uint(n) => Some(i128::from(*n)),
            _ => None,
        }
    }

    /// The key as a value.
    pub fn value(&self) -> CelValue {
        match self {
            Key::Bool(b) => CelValue::Bool(*b),
            Key::Int(n) => CelValue::Int(*n),
            Key::Uint(n) => CelValue::Uint(*n),
            Key::String(s) => CelValue::String(s.clone()),
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |key: &Key| match key {
            Key::Bool(_) => 0,
            Key::Int(_) | Key::Uint(_) => 1,
            Key::String(_) => 2,
        };
        match (self, other) {
            (Key::Bool(a), Key::Bool(b)) => a.cmp(b),
            (Key::String(a), Key::String(b)) => a.cmp(b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => rank(self).cmp(&rank(other)),
            },
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

impl CelValue {
    /// Text as a value.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        CelValue::String(text.into())
    }

    /// A list as a value.
    pub fn list(items: Vec<CelValue>) -> Self {
        CelValue::List(Arc::new(items))
    }

    /// A map as a value.
    pub fn map(entries: CelMap) -> Self {
        CelValue::Map(Arc::new(entries))
    }

    /// A type as a value, by its name in the language.
    pub fn type_named(name: &str) -> Result<Self, CelError> {
        let found = super::resolve::type_named(name).map(CelValue::Type);
        found.ok_or_else(|| CelError::evaluation("an unknown type"))
    }

    /// The name of the value's type in the language.
    pub fn type_name(&self) -> &'static str {
        match self {
            CelValue::Null => "null_type",
            CelValue::Bool(_) => "bool",
            CelValue::Int(_) => "int",
            CelValue::Uint(_) => "uint",
            CelValue::Double(_) => "double",
            CelValue::String(_) => "string",
            CelValue::Bytes(_) => "bytes",
            CelValue::List(_) => "list",
            CelValue::Map(_) => "map",
            CelValue::Timestamp(_) => "google.protobuf.Timestamp",
            CelValue::Duration(_) => "google.protobuf.Duration",
            CelValue::Type(_) => "type",
            CelValue::Optional(_) => "optional_type",
            CelValue::Network(network) => network.type_name(),
        }
    }

    /// JSON as a value: whole numbers become `int` (`uint` past `i64`), others `double`.
    /// Refuses documents nested deeper than the published limit.
    pub fn from_json(json: &Value) -> Result<Self, CelError> {
        Self::metered_from_json(json, &mut Meter::unbounded(), MAX_VALUE_DEPTH)
    }

    pub(super) fn metered_from_json(json: &Value, meter: &mut Meter, depth: usize) -> Result<Self, CelError> {
        if depth == 0 {
            return Err(CelError::TooLarge("a value is nested too deeply"));
        }
        meter.step(1)?;
        Ok(match json {
            Value::Null => CelValue::Null,
            Value::Bool(b) => CelValue::Bool(*b),
            Value::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
                (Some(n), _, _) => CelValue::Int(n),
                (None, Some(n), _) => CelValue::Uint(n),
                (None, None, Some(n)) => CelValue::Double(n),
                _ => return Err(CelError::evaluation("a number out of range")),
            },
            Value::String(text) => {
                meter.produce(text.len())?;
                CelValue::string(text.as_str())
            }
            Value::Array(items) => {
                meter.slots(items.len())?;
                let items = items.iter();
                let items = items.map(|item| Self::metered_from_json(item, meter, depth - 1));
                CelValue::list(items.collect::<Result<_, _>>()?)
            }
            Value::Object(entries) => {
                meter.slots(entries.len())?;
                let mut map = CelMap::new();
                for (key, value) in entries {
                    meter.produce(key.len())?;
                    let value = Self::metered_from_json(value, meter, depth - 1)?;
                    map.insert(Key::String(key.as_str().into()), value);
                }
                CelValue::map(map)
            }
        })
    }

    /// The value as plain JSON: bytes as base64, times and durations as text, absent optionals as
    /// null, numbers that JSON lacks as `"NaN"`, `"Infinity"`, `"-Infinity"`.
    pub fn to_json(&self) -> Value {
        match self {
            CelValue::Null | CelValue::Optional(None) => Value::Null,
            CelValue::Bool(b) => Value::Bool(*b),
            CelValue::Int(n) => Value::from(*n),
            CelValue::Uint(n) => Value::from(*n),
            CelValue::Double(n) => double_to_json(*n),
            CelValue::String(text) => Value::from(text.as_ref()),
            CelValue::Bytes(bytes) => Value::from(BASE64.encode(bytes)),
            CelValue::List(items) => items.iter().map(CelValue::to_json).collect(),
            CelValue::Map(map) => {
                let entry = |(key, value): (&Key, &CelValue)| (key.text(), value.to_json());
                Value::Object(map.iter().map(entry).collect())
            }
            CelValue::Timestamp(time) => Value::from(time.to_string()),
            CelValue::Duration(span) => Value::from(span.to_string()),
            CelValue::Type(name) => Value::from(*name),
            CelValue::Optional(Some(value)) => value.to_json(),
            CelValue::Network(network) => Value::from(network.to_string()),
        }
    }
}

impl Key {
    /// The key as text, as a JSON object needs it.
    pub fn text(&self) -> String {
        match self {
            Key::Bool(b) => b.to_string(),
            Key::Int(n) => n.to_string(),
            Key::Uint(n) => n.to_string(),
            Key::String(s) => s.to_string(),
        }
    }
}

/// Doubles as JSON, with names for the three that JSON cannot write.
pub(crate) fn double_to_json(n: f64) -> Value {
    match serde_json::Number::from_f64(n) {
        Some(number) => Value::Number(number),
        None if n.is_nan() => Value::from("NaN"),
        None if n > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn json_goes_in_and_comes_back() {
        let json = json!({"이름": "김민수", "n": [1, -2, 1.5, 18446744073709551615u64, null, true]});
        assert_eq!(CelValue::from_json(&json).unwrap().to_json(), json);
        assert_eq!(CelValue::from_json(&json!(1)).unwrap().type_name(), "int");
        assert_eq!(CelValue::from_json(&json!(1.0)).unwrap().type_name(), "double");
    }

    #[test]
    fn refuses_deep_json() {
        let mut json = json!(1);
        for _ in 0..MAX_VALUE_DEPTH {
            json = json!([json]);
        }
        assert!(CelValue::from_json(&json).is_err());
    }

    #[test]
    fn keys_compare_by_number() {
        assert_eq!(Key::Int(1), Key::Uint(1));
        assert!(Key::Int(-1) < Key::Uint(0));
    }
}
