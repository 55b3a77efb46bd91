//! Optional values: making them, asking them, falling back.

use super::error::CelError;
use super::function::Native;
use super::meter::Meter;
use super::value::CelValue as V;

type Out = Result<V, CelError>;

pub(super) fn global(name: &str) -> Option<Native> {
    Some(match name {
        "optional.of" => of,
        "optional.ofNonZeroValue" => of_non_zero,
        "optional.none" => none,
        "optional.unwrap" => unwrap,
        _ => return None,
    })
}

pub(super) fn member(name: &str) -> Option<Native> {
    Some(match name {
        "hasValue" => has_value,
        "value" => value,
        "or" => or,
        "orValue" => or_value,
        "unwrapOpt" => unwrap,
        _ => return None,
    })
}

fn refuse() -> CelError {
    CelError::no_overload("an optional was expected")
}

fn of(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [value] => Ok(V::Optional(Some(value.clone().into()))),
        _ => Err(refuse()),
    }
}

fn none(_: &mut Meter, args: &[V]) -> Out {
    if args.is_empty() { Ok(V::Optional(None)) } else { Err(refuse()) }
}

fn of_non_zero(_: &mut Meter, args: &[V]) -> Out {
    let [value] = args else {
        return Err(refuse());
    };
    let zero = match value {
        V::Null => true,
        V::Bool(b) => !b,
        V::Int(n) => *n == 0,
        V::Uint(n) => *n == 0,
        V::Double(n) => *n == 0.0,
        V::String(text) => text.is_empty(),
        V::Bytes(bytes) => bytes.is_empty(),
        V::List(items) => items.is_empty(),
        V::Map(map) => map.is_empty(),
        V::Duration(span) => span.nanoseconds() == 0,
        V::Timestamp(time) => time.nanoseconds() == 0,
        V::Optional(inner) => inner.is_none(),
        V::Type(_) | V::Network(_) => false,
    };
    Ok(V::Optional((!zero).then(|| value.clone().into())))
}

fn has_value(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Optional(inner)] => Ok(V::Bool(inner.is_some())),
        _ => Err(refuse()),
    }
}

fn value(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Optional(Some(inner))] => Ok(inner.as_ref().clone()),
        [V::Optional(None)] => Err(CelError::evaluation("this optional has no value")),
        _ => Err(refuse()),
    }
}

fn or(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Optional(None), other @ V::Optional(_)] => Ok(other.clone()),
        [some @ V::Optional(Some(_)), V::Optional(_)] => Ok(some.clone()),
        _ => Err(refuse()),
    }
}

fn or_value(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Optional(None), other] => Ok(other.clone()),
        [V::Optional(Some(inner)), _] => Ok(inner.as_ref().clone()),
        _ => Err(refuse()),
    }
}

fn unwrap(meter: &mut Meter, args: &[V]) -> Out {
    let [V::List(items)] = args else {
        return Err(refuse());
    };
    let mut out = Vec::new();
    for item in items.iter() {
        meter.step(1)?;
        match item {
            V::Optional(Some(inner)) => {
                meter.slots(1)?;
                out.push(inner.as_ref().clone());
            }
            V::Optional(None) => {}
            _ => return Err(refuse()),
        }
    }
    Ok(V::list(out))
}
