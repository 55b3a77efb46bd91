//! Equality and order. Numbers compare by value across `int`, `uint` and `double`
//! (a whole number meets a double as a double); values of other
//! differing types are unequal, and have no order. Every visited element is paid for, because
//! shared values can be far larger than the memory that they take.

use std::cmp::Ordering;

use super::error::CelError;
use super::meter::Meter;
use super::value::{CelValue, Key};

/// `a == b`.
pub(super) fn equal(a: &CelValue, b: &CelValue, meter: &mut Meter) -> Result<bool, CelError> {
    meter.step(1)?;
    Ok(match (a, b) {
        (CelValue::Null, CelValue::Null) => true,
        (CelValue::Bool(a), CelValue::Bool(b)) => a == b,
        (CelValue::String(a), CelValue::String(b)) => {
            meter.read(a.len().min(b.len()))?;
            a == b
        }
        (CelValue::Bytes(a), CelValue::Bytes(b)) => {
            meter.read(a.len().min(b.len()))?;
            a == b
        }
        (CelValue::List(a), CelValue::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(a, b, meter)? {
                    return Ok(false);
                }
            }
            true
        }
        (CelValue::Map(a), CelValue::Map(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            // Both are in key order, so equal maps agree entry by entry.
            for ((ka, va), (kb, vb)) in a.iter().zip(b.iter()) {
                if ka != kb || !equal(va, vb, meter)? {
                    return Ok(false);
                }
            }
            true
        }
        (CelValue::Timestamp(a), CelValue::Timestamp(b)) => a == b,
        (CelValue::Duration(a), CelValue::Duration(b)) => a == b,
        (CelValue::Type(a), CelValue::Type(b)) => a == b,
        (CelValue::Optional(a), CelValue::Optional(b)) => match (a, b) {
            (Some(a), Some(b)) => equal(a, b, meter)?,
            (None, None) => true,
            _ => false,
        },
        (CelValue::Network(a), CelValue::Network(b)) => a == b,
        _ => numbers(a, b) == Some(Ordering::Equal),
    })
}

/// The order of two values, `None` when a NaN is among them.
pub(super) fn order(a: &CelValue, b: &CelValue, meter: &mut Meter) -> Result<Option<Ordering>, CelError> {
    Ok(match (a, b) {
        (CelValue::Bool(a), CelValue::Bool(b)) => Some(a.cmp(b)),
        (CelValue::String(a), CelValue::String(b)) => {
            meter.read(a.len().min(b.len()))?;
            Some(a.cmp(b))
        }
        (CelValue::Bytes(a), CelValue::Bytes(b)) => {
            meter.read(a.len().min(b.len()))?;
            Some(a.cmp(b))
        }
        (CelValue::Timestamp(a), CelValue::Timestamp(b)) => Some(a.cmp(b)),
        (CelValue::Duration(a), CelValue::Duration(b)) => Some(a.cmp(b)),
        _ if is_number(a) && is_number(b) => numbers(a, b),
        _ => return Err(CelError::no_overload("these values have no order")),
    })
}

fn is_number(value: &CelValue) -> bool {
    matches!(value, CelValue::Int(_) | CelValue::Uint(_) | CelValue::Double(_))
}

/// Whole numbers compare exactly with each other, and as doubles with doubles.
fn numbers(a: &CelValue, b: &CelValue) -> Option<Ordering> {
    let whole = |value: &CelValue| match value {
        CelValue::Int(n) => Some(i128::from(*n)),
        CelValue::Uint(n) => Some(i128::from(*n)),
        _ => None,
    };
    let double = |value: &CelValue| match value {
        CelValue::Double(n) => Some(*n),
        other => whole(other).map(|n| n as f64),
    };
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => double(a)?.partial_cmp(&double(b)?),
    }
}

/// The key that a value stands for when a map is written: doubles and others are refused.
pub(super) fn key(value: &CelValue) -> Result<Key, CelError> {
    match value {
        CelValue::Bool(b) => Ok(Key::Bool(*b)),
        CelValue::Int(n) => Ok(Key::Int(*n)),
        CelValue::Uint(n) => Ok(Key::Uint(*n)),
        CelValue::String(s) => Ok(Key::String(s.clone())),
        other => Err(CelError::evaluation(format!("unsupported key type: {}", other.type_name()))),
    }
}

/// The key that a value finds in a map; whole doubles find numbers. `None` when it can find nothing.
pub(super) fn lookup_key(value: &CelValue) -> Option<Key> {
    match value {
        CelValue::Double(n) if n.fract() == 0.0 => {
            if *n >= -9_223_372_036_854_775_808.0 && *n < 9_223_372_036_854_775_808.0 {
                Some(Key::Int(*n as i64))
            } else if *n > 0.0 && *n < 18_446_744_073_709_551_616.0 {
                Some(Key::Uint(*n as u64))
            } else {
                None
            }
        }
        other => key(other).ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_compare_exactly() {
        let mut meter = Meter::unbounded();
        let mut order = |a, b| super::order(&a, &b, &mut meter).unwrap();
        use CelValue::{Double, Int, Uint};
        assert_eq!(order(Int(i64::MAX), Uint(9_223_372_036_854_775_808)), Some(Ordering::Less));
        assert_eq!(order(Uint(u64::MAX), Int(-1)), Some(Ordering::Greater));
        assert_eq!(order(Double(1.5), Int(1)), Some(Ordering::Greater));
        assert_eq!(order(Double(-1.5), Int(-1)), Some(Ordering::Less));
        assert_eq!(order(Double(f64::NAN), Int(1)), None);
        assert_eq!(order(Int(1), Double(f64::INFINITY)), Some(Ordering::Less));
    }

    #[test]
    fn other_types_are_unequal_and_unordered() {
        let mut meter = Meter::unbounded();
        let (text, one) = (CelValue::string("1"), CelValue::Int(1));
        assert!(!equal(&text, &one, &mut meter).unwrap());
        assert!(order(&text, &one, &mut meter).is_err());
        let (a, b) = (CelValue::string("가"), CelValue::string("나"));
        assert_eq!(order(&a, &b, &mut meter).unwrap(), Some(Ordering::Less));
    }
}
