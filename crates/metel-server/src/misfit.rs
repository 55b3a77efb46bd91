//! What a value's shape was refused for, as a field fault in both languages: the reader of shapes
//! speaks English only and names places in its own way.

use metel_model::json::pointer_push;
use serde_path_to_error::{Error, Segment};

use crate::problem::Refused;

/// The refusal for what a reader of shapes said. Places in a body are JSON pointers (`root` is `/`),
/// in a query plain names (`root` is empty).
pub fn refused<E: std::fmt::Display>(error: &Error<E>, root: &str) -> Refused {
    let mut pointer = String::new();
    for segment in error.path().iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => pointer = pointer_push(&pointer, key),
            Segment::Unknown => {}
        }
    }
    let said = error.inner().to_string();
    // A name that does not belong, is missing or comes twice is pointed at itself.
    for (prefix, en, ko) in [
        ("unknown field `", "is not known here", "여기에는 없는 항목이에요"),
        ("missing field `", "is required", "꼭 필요해요"),
        ("duplicate field `", "is given twice", "두 번 적혔어요"),
    ] {
        let Some(name) = said.strip_prefix(prefix).and_then(|rest| rest.split('`').next()) else { continue };
        if pointer.rsplit('/').next() != Some(name) {
            pointer = pointer_push(&pointer, name);
        }
        return Refused::field(place(&pointer, root), en, ko);
    }
    Refused::field(place(&pointer, root), said.clone(), korean(&said))
}

fn place<'p>(pointer: &'p str, root: &str) -> &'p str {
    if root.is_empty() { pointer.trim_start_matches('/') } else { pointer }
}

/// Kinds of values as the reader calls them.
const KINDS: &[(&str, &str)] = &[
    ("a string", "문자열"),
    ("string", "문자열"),
    ("a boolean", "참/거짓"),
    ("boolean", "참/거짓"),
    ("a sequence", "목록"),
    ("sequence", "목록"),
    ("a map", "객체"),
    ("map", "객체"),
    ("null", "null"),
    ("integer", "정수"),
    ("floating point", "소수"),
    ("u8", "정수"),
    ("u32", "정수"),
    ("u64", "정수"),
    ("usize", "정수"),
    ("i64", "정수"),
    ("f64", "숫자"),
    ("struct", "객체"),
    ("unit", "null"),
];

fn kind(words: &str) -> String {
    let (name, rest) = words.split_once(' ').unwrap_or((words, ""));
    let whole = KINDS.iter().find(|(en, _)| *en == words);
    let found = whole.or_else(|| KINDS.iter().find(|(en, _)| *en == name));
    match found {
        // `integer `7``: the value itself stays.
        Some((_, ko)) if whole.is_none() && rest.starts_with(['`', '"']) => format!("{ko} {rest}"),
        Some((_, ko)) => (*ko).to_owned(),
        None => words.to_owned(),
    }
}

fn korean(said: &str) -> String {
    if let Some((given, wanted)) = said.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected ")) {
        return format!("{}이(가) 와야 하는데 {}이(가) 왔어요", kind(wanted), kind(given));
    }
    if let Some((given, wanted)) = said.strip_prefix("invalid value: ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("{} 값은 맞지 않아요. {}이(가) 와야 해요", kind(given), kind(wanted));
    }
    if let Some((given, known)) = said.strip_prefix("unknown variant ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("{given}은(는) 없는 값이에요. 가능한 값: {}", known.trim_start_matches("one of "));
    }
    if let Some(prefix) = said.strip_prefix("not an id of the form ").and_then(|rest| rest.split(' ').next()) {
        return format!("{prefix} 뒤에 26글자인 id가 아니에요");
    }
    match said {
        "invalid digit found in string" | "cannot parse integer from empty string" => "숫자가 아니에요".to_owned(),
        "number too large to fit in target type" => "숫자가 너무 커요".to_owned(),
        "provided string was not `true` or `false`" => "true나 false여야 해요".to_owned(),
        _ => format!("모양이 맞지 않아요: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misfits_are_told_in_korean() {
        for (said, told) in [
            ("invalid type: integer `7`, expected a string", "문자열이(가) 와야 하는데 정수 `7`이(가) 왔어요"),
            ("invalid type: null, expected a boolean", "참/거짓이(가) 와야 하는데 null이(가) 왔어요"),
            (
                "unknown variant `perhaps`, expected one of `approve`, `edit`",
                "`perhaps`은(는) 없는 값이에요. 가능한 값: `approve`, `edit`",
            ),
            ("invalid digit found in string", "숫자가 아니에요"),
        ] {
            assert_eq!(korean(said), told);
        }
    }
}
