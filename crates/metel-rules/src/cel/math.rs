//! The math extension: extremes, rounding, sign, bits. Whole numbers and doubles do not mix, but in
//! `greatest` and `least`, which compare by value.

use std::cmp::Ordering;

use super::compare;
use super::error::CelError;
use super::function::Native;
use super::meter::Meter;
use super::value::CelValue as V;

type Out = Result<V, CelError>;

pub(super) fn global(name: &str) -> Option<Native> {
    Some(match name.strip_prefix("math.")? {
        "greatest" => |m, a| extreme(m, a, Ordering::Greater),
        "least" => |m, a| extreme(m, a, Ordering::Less),
        "ceil" => |_, a| double(a).map(|n| V::Double(n.ceil())),
        "floor" => |_, a| double(a).map(|n| V::Double(n.floor())),
        "round" => |_, a| double(a).map(|n| V::Double(n.round())),
        "trunc" => |_, a| double(a).map(|n| V::Double(n.trunc())),
        "isNaN" => |_, a| double(a).map(|n| V::Bool(n.is_nan())),
        "isInf" => |_, a| double(a).map(|n| V::Bool(n.is_infinite())),
        "isFinite" => |_, a| double(a).map(|n| V::Bool(n.is_finite())),
        "sqrt" => sqrt,
        "abs" => abs,
        "sign" => sign,
        "bitAnd" => |_, a| bits(a, |a, b| a & b),
        "bitOr" => |_, a| bits(a, |a, b| a | b),
        "bitXor" => |_, a| bits(a, |a, b| a ^ b),
        "bitNot" => not,
        "bitShiftLeft" => |_, a| shift(a, u64::checked_shl),
        "bitShiftRight" => |_, a| shift(a, u64::checked_shr),
        _ => return None,
    })
}

fn refuse() -> CelError {
    CelError::no_overload("a math function")
}

fn extreme(meter: &mut Meter, args: &[V], wanted: Ordering) -> Out {
    let items = match args {
        [V::List(items)] => items.as_slice(),
        [] => return Err(refuse()),
        args => args,
    };
    let mut best: Option<&V> = None;
    for item in items {
        meter.step(1)?;
        if !matches!(item, V::Int(_) | V::Uint(_) | V::Double(_)) {
            return Err(refuse());
        }
        let better = match best {
            Some(best) => compare::order(item, best, meter)? == Some(wanted),
            None => true,
        };
        best = if better { Some(item) } else { best };
    }
    best.cloned().ok_or_else(|| CelError::evaluation("no numbers to choose from"))
}

fn double(args: &[V]) -> Result<f64, CelError> {
    match args {
        [V::Double(n)] => Ok(*n),
        _ => Err(refuse()),
    }
}

fn sqrt(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Double(n)] => Ok(V::Double(n.sqrt())),
        [V::Int(n)] => Ok(V::Double((*n as f64).sqrt())),
        [V::Uint(n)] => Ok(V::Double((*n as f64).sqrt())),
        _ => Err(refuse()),
    }
}

fn abs(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Int(n)] => {
            let n = n.checked_abs();
            n.map(V::Int).ok_or_else(|| CelError::evaluation("overflow"))
        }
        [V::Uint(n)] => Ok(V::Uint(*n)),
        [V::Double(n)] => Ok(V::Double(n.abs())),
        _ => Err(refuse()),
    }
}

fn sign(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Int(n)] => Ok(V::Int(n.signum())),
        [V::Uint(n)] => Ok(V::Uint(u64::from(*n > 0))),
        [V::Double(n)] if *n == 0.0 || n.is_nan() => Ok(V::Double(*n)),
        [V::Double(n)] => Ok(V::Double(n.signum())),
        _ => Err(refuse()),
    }
}

fn bits(args: &[V], combine: fn(u64, u64) -> u64) -> Out {
    match args {
        [V::Int(a), V::Int(b)] => Ok(V::Int(combine(a.cast_unsigned(), b.cast_unsigned()).cast_signed())),
        [V::Uint(a), V::Uint(b)] => Ok(V::Uint(combine(*a, *b))),
        _ => Err(refuse()),
    }
}

fn not(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Int(n)] => Ok(V::Int(!n)),
        [V::Uint(n)] => Ok(V::Uint(!n)),
        _ => Err(refuse()),
    }
}

/// Shifts fill with zeros on both sides; past 63 places nothing is left.
fn shift(args: &[V], by: fn(u64, u32) -> Option<u64>) -> Out {
    let places = |n: &i64| {
        let n = u64::try_from(*n).map_err(|_| CelError::evaluation("a negative shift"))?;
        Ok::<u32, CelError>(u32::try_from(n).unwrap_or(u32::MAX))
    };
    match args {
        [V::Int(n), V::Int(shift)] => {
            let n = by(n.cast_unsigned(), places(shift)?).unwrap_or(0);
            Ok(V::Int(n.cast_signed()))
        }
        [V::Uint(n), V::Int(shift)] => Ok(V::Uint(by(*n, places(shift)?).unwrap_or(0))),
        _ => Err(refuse()),
    }
}
