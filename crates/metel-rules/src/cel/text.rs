//! String functions: the standard ones, the strings extension, base64. Positions count characters
//! (Unicode code points), so that Korean text is cut where people see it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::error::CelError;
use super::function::Native;
use super::meter::Meter;
use super::pattern::{COMPILE_STEPS, Pattern};
use super::value::CelValue as V;

type Out = Result<V, CelError>;

pub(super) fn member(name: &str) -> Option<Native> {
    Some(match name {
        "contains" => contains,
        "startsWith" => starts_with,
        "endsWith" => ends_with,
        "matches" => matches,
        "charAt" => char_at,
        "indexOf" => index_of,
        "lastIndexOf" => last_index_of,
        "join" => join,
        "lowerAscii" => lower,
        "upperAscii" => upper,
        "replace" => replace,
        "split" => split,
        "substring" => substring,
        "trim" => trim,
        "reverse" => reverse,
        _ => return None,
    })
}

pub(super) fn global(name: &str) -> Option<Native> {
    Some(match name {
        "matches" => matches,
        "base64.encode" => encode,
        "base64.decode" => decode,
        _ => return None,
    })
}

fn out_of_range() -> CelError {
    CelError::evaluation("index out of range")
}

/// A position counted in characters, as bytes; the end counts too.
fn byte_at(text: &str, position: i64) -> Result<usize, CelError> {
    let position = usize::try_from(position).map_err(|_| out_of_range())?;
    let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    places.nth(position).ok_or_else(out_of_range)
}

fn characters(text: &str) -> i64 {
    text.chars().count() as i64
}

fn contains(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text), V::String(part)] => {
            meter.read(text.len() + part.len())?;
            Ok(V::Bool(text.contains(part.as_ref())))
        }
        _ => Err(CelError::no_overload("contains")),
    }
}

fn starts_with(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text), V::String(part)] => {
            meter.read(part.len())?;
            Ok(V::Bool(text.starts_with(part.as_ref())))
        }
        _ => Err(CelError::no_overload("startsWith")),
    }
}

fn ends_with(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text), V::String(part)] => {
            meter.read(part.len())?;
            Ok(V::Bool(text.ends_with(part.as_ref())))
        }
        _ => Err(CelError::no_overload("endsWith")),
    }
}

fn matches(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text), V::String(pattern)] => {
            meter.step(COMPILE_STEPS)?;
            Pattern::new(pattern)?.matches(text, meter).map(V::Bool)
        }
        _ => Err(CelError::no_overload("matches")),
    }
}

fn char_at(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text), V::Int(at)] => {
            meter.read(text.len())?;
            let rest = &text[byte_at(text, *at)?..];
            Ok(V::string(rest.chars().next().map_or(String::new(), String::from)))
        }
        _ => Err(CelError::no_overload("charAt")),
    }
}

fn index_of(meter: &mut Meter, args: &[V]) -> Out {
    let (text, part, from) = match args {
        [V::String(text), V::String(part)] => (text, part, 0),
        [V::String(text), V::String(part), V::Int(from)] => (text, part, *from),
        _ => return Err(CelError::no_overload("indexOf")),
    };
    meter.read(text.len() + part.len())?;
    let start = byte_at(text, from)?;
    let found = text[start..].find(part.as_ref());
    Ok(V::Int(found.map_or(-1, |at| characters(&text[..start + at]))))
}

fn last_index_of(meter: &mut Meter, args: &[V]) -> Out {
    let (text, part, from) = match args {
        [V::String(text), V::String(part)] => (text, part, None),
        [V::String(text), V::String(part), V::Int(from)] => (text, part, Some(*from)),
        _ => return Err(CelError::no_overload("lastIndexOf")),
    };
    meter.read(text.len() + part.len())?;
    let end = match from {
        // The match may start at `from` at the latest.
        Some(from) => {
            let mut end = (byte_at(text, from)? + part.len()).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            end
        }
        None => text.len(),
    };
    let found = text[..end].rfind(part.as_ref());
    Ok(V::Int(found.map_or(-1, |at| characters(&text[..at]))))
}

fn join(meter: &mut Meter, args: &[V]) -> Out {
    let (items, between) = match args {
        [V::List(items)] => (items, ""),
        [V::List(items), V::String(between)] => (items, between.as_ref()),
        _ => return Err(CelError::no_overload("join")),
    };
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let V::String(item) = item else {
            return Err(CelError::no_overload("join needs strings"));
        };
        let between = if i == 0 { "" } else { between };
        meter.step(1)?;
        meter.produce(between.len() + item.len())?;
        out.push_str(between);
        out.push_str(item);
    }
    Ok(V::string(out))
}

fn lower(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text)] => {
            meter.produce(text.len())?;
            Ok(V::string(text.to_ascii_lowercase()))
        }
        _ => Err(CelError::no_overload("lowerAscii")),
    }
}

fn upper(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text)] => {
            meter.produce(text.len())?;
            Ok(V::string(text.to_ascii_uppercase()))
        }
        _ => Err(CelError::no_overload("upperAscii")),
    }
}

fn replace(meter: &mut Meter, args: &[V]) -> Out {
    let (text, from, to, most) = match args {
        [V::String(text), V::String(from), V::String(to)] => (text, from, to, -1),
        [V::String(text), V::String(from), V::String(to), V::Int(most)] => (text, from, to, *most),
        _ => return Err(CelError::no_overload("replace")),
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    meter.read(text.len())?;
    let count = text.matches(from.as_ref()).take(most).count();
    meter.step(count)?;
    meter.produce(text.len().saturating_add(count.saturating_mul(to.len())))?;
    Ok(V::string(text.replacen(from.as_ref(), to, count)))
}

fn split(meter: &mut Meter, args: &[V]) -> Out {
    let (text, by, most) = match args {
        [V::String(text), V::String(by)] => (text, by, -1),
        [V::String(text), V::String(by), V::Int(most)] => (text, by, *most),
        _ => return Err(CelError::no_overload("split")),
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    meter.produce(text.len())?;
    if most == 0 {
        return Ok(V::list(Vec::new()));
    }
    let mut out = Vec::new();
    let mut push = |part: &str| {
        meter.step(1)?;
        meter.slots(1)?;
        out.push(V::string(part));
        Ok(())
    };
    if by.is_empty() {
        let mut rest = text.as_ref();
        for n in 1.. {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            if n == most || first == rest.len() {
                break;
            }
            push(&rest[..first])?;
            rest = &rest[first..];
        }
        if !rest.is_empty() {
            push(rest)?;
        }
    } else {
        text.splitn(most, by.as_ref()).try_for_each(push)?;
    }
    Ok(V::list(out))
}

fn substring(meter: &mut Meter, args: &[V]) -> Out {
    let (text, start, end) = match args {
        [V::String(text), V::Int(start)] => (text, *start, None),
        [V::String(text), V::Int(start), V::Int(end)] => (text, *start, Some(*end)),
        _ => return Err(CelError::no_overload("substring")),
    };
    meter.produce(text.len())?;
    let start = byte_at(text, start)?;
    let end = end.map_or(Ok(text.len()), |end| byte_at(text, end))?;
    text.get(start..end).map(V::string).ok_or_else(out_of_range)
}

fn trim(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text)] => {
            meter.produce(text.len())?;
            Ok(V::string(text.trim()))
        }
        _ => Err(CelError::no_overload("trim")),
    }
}

fn reverse(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text)] => {
            meter.produce(text.len())?;
            Ok(V::string(text.chars().rev().collect::<String>()))
        }
        [V::List(items)] => {
            meter.slots(items.len())?;
            Ok(V::list(items.iter().rev().cloned().collect()))
        }
        _ => Err(CelError::no_overload("reverse")),
    }
}

fn encode(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Bytes(bytes)] => {
            meter.produce(bytes.len().saturating_mul(2))?;
            Ok(V::string(STANDARD.encode(bytes)))
        }
        _ => Err(CelError::no_overload("base64.encode")),
    }
}

fn decode(meter: &mut Meter, args: &[V]) -> Out {
    const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    match args {
        [V::String(text)] => {
            meter.produce(text.len())?;
            let bytes = ANY_PADDING.decode(text.as_bytes());
            let bytes = bytes.map_err(|_| CelError::evaluation("not base64"))?;
            Ok(V::Bytes(bytes.into()))
        }
        _ => Err(CelError::no_overload("base64.decode")),
    }
}
