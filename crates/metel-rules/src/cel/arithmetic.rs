//! `+ - * / %` and unary minus. Whole numbers never wrap: overflow and division by zero are errors.

use super::ast::Operator;
use super::error::CelError;
use super::meter::Meter;
use super::time::{Duration, Timestamp};
use super::value::CelValue;

fn overflow() -> CelError {
    CelError::evaluation("overflow")
}

/// One arithmetic step.
pub(super) fn apply(operator: Operator, a: CelValue, b: CelValue, meter: &mut Meter) -> Result<CelValue, CelError> {
    use CelValue as V;
    match (operator, a, b) {
        (operator, V::Int(a), V::Int(b)) => {
            if b == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
                return Err(zero(operator));
            }
            let out = match operator {
                Operator::Add => a.checked_add(b),
                Operator::Subtract => a.checked_sub(b),
                Operator::Multiply => a.checked_mul(b),
                Operator::Divide => a.checked_div(b),
                _ => a.checked_rem(b),
            };
            out.map(V::Int).ok_or_else(overflow)
        }
        (operator, V::Uint(a), V::Uint(b)) => {
            if b == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
                return Err(zero(operator));
            }
            let out = match operator {
                Operator::Add => a.checked_add(b),
                Operator::Subtract => a.checked_sub(b),
                Operator::Multiply => a.checked_mul(b),
                Operator::Divide => a.checked_div(b),
                _ => a.checked_rem(b),
            };
            out.map(V::Uint).ok_or_else(overflow)
        }
        (Operator::Add, V::Double(a), V::Double(b)) => Ok(V::Double(a + b)),
        (Operator::Subtract, V::Double(a), V::Double(b)) => Ok(V::Double(a - b)),
        (Operator::Multiply, V::Double(a), V::Double(b)) => Ok(V::Double(a * b)),
        (Operator::Divide, V::Double(a), V::Double(b)) => Ok(V::Double(a / b)),
        (Operator::Add, V::String(a), V::String(b)) => {
            meter.produce(a.len() + b.len())?;
            Ok(V::string([a.as_ref(), b.as_ref()].concat()))
        }
        (Operator::Add, V::Bytes(a), V::Bytes(b)) => {
            meter.produce(a.len() + b.len())?;
            Ok(V::Bytes([a.as_ref(), b.as_ref()].concat().into()))
        }
        (Operator::Add, V::List(a), V::List(b)) => {
            meter.slots(a.len() + b.len())?;
            Ok(V::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        (Operator::Add, V::Timestamp(t), V::Duration(d)) | (Operator::Add, V::Duration(d), V::Timestamp(t)) => {
            Timestamp::from_nanoseconds(t.nanoseconds() + d.nanoseconds()).map(V::Timestamp)
        }
        (Operator::Add, V::Duration(a), V::Duration(b)) => {
            Duration::from_nanoseconds(a.nanoseconds() + b.nanoseconds()).map(V::Duration)
        }
        (Operator::Subtract, V::Timestamp(t), V::Duration(d)) => {
            Timestamp::from_nanoseconds(t.nanoseconds() - d.nanoseconds()).map(V::Timestamp)
        }
        (Operator::Subtract, V::Timestamp(a), V::Timestamp(b)) => {
            Duration::from_nanoseconds(a.nanoseconds() - b.nanoseconds()).map(V::Duration)
        }
        (Operator::Subtract, V::Duration(a), V::Duration(b)) => {
            Duration::from_nanoseconds(a.nanoseconds() - b.nanoseconds()).map(V::Duration)
        }
        (operator, a, b) => {
            Err(CelError::no_overload(&format!("{operator:?} of {} and {}", a.type_name(), b.type_name())))
        }
    }
}

fn zero(operator: Operator) -> CelError {
    CelError::evaluation(match operator {
        Operator::Divide => "divide by zero",
        _ => "modulus by zero",
    })
}

/// `-a`.
pub(super) fn negate(a: &CelValue) -> Result<CelValue, CelError> {
    match a {
        CelValue::Int(n) => n.checked_neg().map(CelValue::Int).ok_or_else(overflow),
        CelValue::Double(n) => Ok(CelValue::Double(-n)),
        CelValue::Duration(d) => Duration::from_nanoseconds(-d.nanoseconds()).map(CelValue::Duration),
        other => Err(CelError::no_overload(&format!("minus of {}", other.type_name()))),
    }
}
