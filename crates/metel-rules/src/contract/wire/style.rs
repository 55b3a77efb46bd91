//! How lists and objects are spelled in paths, queries, headers and forms (OpenAPI 3.1, "style").

use metel_model::contract::{Parameter, Style};
use serde_json::Value;

use super::fill::plain;
use super::render::encode;

/// Deepest nesting that `name[member]` is written for.
const DEPTH_MAX: usize = 12;

/// A value in a path, encoded. None when it holds nothing, or something that no path may hold.
pub(super) fn in_path(parameter: &Parameter, value: &Value) -> Option<String> {
    let bad = |text: &str| text.is_empty() || text == "." || text == ".." || text.chars().any(char::is_control);
    let words = words(value);
    if words.is_empty() || words.iter().any(|(_, value)| value.chars().any(char::is_control)) {
        return None;
    }
    let joined = |between: &str, explode: bool| joined(&words, between, explode);
    match parameter.style {
        Style::Label => Some(format!(".{}", joined(if parameter.explode { "." } else { "," }, parameter.explode))),
        Style::Matrix if parameter.explode && !is_scalar(value) => {
            let name = encode(&parameter.name);
            let pair = |(key, value): &(Option<String>, String)| match key {
                Some(key) => format!(";{}={}", encode(key), encode(value)),
                None => format!(";{name}={}", encode(value)),
            };
            Some(words.iter().map(pair).collect())
        }
        Style::Matrix => Some(format!(";{}={}", encode(&parameter.name), joined(",", false))),
        Style::Segments => {
            let text = plain(value);
            let segments: Vec<&str> = text.split('/').collect();
            // An outer slash would make an empty segment.
            (!segments.iter().any(|segment| bad(segment)))
                .then(|| segments.into_iter().map(encode).collect::<Vec<_>>().join("/"))
        }
        _ => {
            let text = joined(",", parameter.explode);
            (!bad(&text) && !bad(&plain(value))).then_some(text)
        }
    }
}

/// A value in a query or a form: `name=value` pairs, encoded.
pub(super) fn in_query(name: &str, style: Style, explode: bool, value: &Value, out: &mut Vec<String>) {
    let mut list = |between: &str| out.push(format!("{}={}", encode(name), joined(&words(value), between, false)));
    match style {
        Style::Json => out.push(pair(name, &value.to_string())),
        Style::DeepObject => deep(name, value, Items::Unnumbered, out),
        _ if is_scalar(value) => out.push(pair(name, &plain(value))),
        Style::SpaceDelimited if !explode => list("%20"),
        Style::PipeDelimited if !explode => list("%7C"),
        _ if explode => {
            out.extend(words(value).into_iter().map(|(key, value)| pair(key.as_deref().unwrap_or(name), &value)));
        }
        _ => list(","),
    }
}

/// `name=value`, encoded.
pub(super) fn pair(name: &str, value: &str) -> String {
    format!("{}={}", encode(name), encode(value))
}

/// A value in a header; not encoded.
pub(super) fn in_header(explode: bool, value: &Value) -> String {
    let words = words(value).into_iter().map(|(key, value)| match key {
        Some(key) if explode => format!("{key}={value}"),
        Some(key) => format!("{key},{value}"),
        None => value,
    });
    words.collect::<Vec<_>>().join(",")
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// The parts of a value: items, or members with their names. Null is no part.
fn words(value: &Value) -> Vec<(Option<String>, String)> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).map(|item| (None, plain(item))).collect(),
        Value::Object(members) => {
            let given = members.iter().filter(|(_, value)| !value.is_null());
            given.map(|(name, value)| (Some(name.clone()), plain(value))).collect()
        }
        other => vec![(None, plain(other))],
    }
}

fn joined(words: &[(Option<String>, String)], between: &str, explode: bool) -> String {
    let word = |(key, value): &(Option<String>, String)| match key {
        Some(key) if explode => format!("{}={}", encode(key), encode(value)),
        Some(key) => format!("{}{}{}", encode(key), if between == "." { "," } else { between }, encode(value)),
        None => encode(value),
    };
    words.iter().map(word).collect::<Vec<_>>().join(between)
}

/// How the items of a list are named inside brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    /// `a[0]`.
    Numbered,
    /// `a[]` in lists of plain values, `a[0]` in others.
    Unnumbered,
}

/// Members and items in brackets: `a[b]=1`, `a[0][c]=2`. Null is left out.
pub(super) fn deep(name: &str, value: &Value, items: Items, out: &mut Vec<String>) {
    below(name, value, items, 0, out);
}

fn below(name: &str, value: &Value, kind: Items, depth: usize, out: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) if depth <= DEPTH_MAX => {
            let is_numbered = kind == Items::Numbered || items.iter().any(|item| !is_scalar(item));
            for (at, item) in items.iter().enumerate() {
                let name = if is_numbered { format!("{name}[{at}]") } else { format!("{name}[]") };
                below(&name, item, kind, depth + 1, out);
            }
        }
        Value::Object(members) if depth <= DEPTH_MAX => {
            members.iter().for_each(|(member, value)| below(&format!("{name}[{member}]"), value, kind, depth + 1, out));
        }
        other => out.push(pair(name, &plain(other))),
    }
}

#[cfg(test)]
mod tests {
    use metel_model::contract::Place;
    use serde_json::json;

    use super::*;

    /// The examples of the specification's table of styles.
    #[test]
    fn values_are_spelled_as_the_specification_shows() {
        let (list, object) = (json!(["blue", "black", "brown"]), json!({"B": 150, "G": 200, "R": 100}));
        let path = |style, explode, value: &Value| {
            let name = "color".to_owned();
            in_path(&Parameter { input: name.clone(), place: Place::Path, name, style, explode }, value).unwrap()
        };
        assert_eq!(path(Style::Simple, false, &list), "blue,black,brown");
        assert_eq!(path(Style::Simple, true, &object), "B=150,G=200,R=100");
        assert_eq!(path(Style::Simple, false, &object), "B,150,G,200,R,100");
        assert_eq!(path(Style::Label, true, &list), ".blue.black.brown");
        assert_eq!(path(Style::Label, false, &list), ".blue,black,brown");
        assert_eq!(path(Style::Label, true, &object), ".B=150.G=200.R=100");
        assert_eq!(path(Style::Matrix, false, &list), ";color=blue,black,brown");
        assert_eq!(path(Style::Matrix, true, &list), ";color=blue;color=black;color=brown");
        assert_eq!(path(Style::Matrix, true, &object), ";B=150;G=200;R=100");
        assert_eq!(path(Style::Segments, false, &json!("a b/c")), "a%20b/c");
        let query = |style, explode, value: &Value| {
            let mut out = Vec::new();
            in_query("color", style, explode, value, &mut out);
            out.join("&")
        };
        assert_eq!(query(Style::Form, true, &list), "color=blue&color=black&color=brown");
        assert_eq!(query(Style::Form, false, &list), "color=blue,black,brown");
        assert_eq!(query(Style::Form, true, &object), "B=150&G=200&R=100");
        assert_eq!(query(Style::Form, false, &object), "color=B,150,G,200,R,100");
        assert_eq!(query(Style::SpaceDelimited, false, &list), "color=blue%20black%20brown");
        assert_eq!(query(Style::PipeDelimited, false, &list), "color=blue%7Cblack%7Cbrown");
        assert_eq!(query(Style::DeepObject, true, &object), "color%5BB%5D=150&color%5BG%5D=200&color%5BR%5D=100");
        let nested = json!({"a": [{"b": 1}, {"b": [2, 3]}], "n": null});
        assert_eq!(
            query(Style::DeepObject, true, &nested),
            "color%5Ba%5D%5B0%5D%5Bb%5D=1&color%5Ba%5D%5B1%5D%5Bb%5D%5B%5D=2&color%5Ba%5D%5B1%5D%5Bb%5D%5B%5D=3"
        );
        assert_eq!(in_header(false, &list), "blue,black,brown");
        assert_eq!(in_header(true, &object), "B=150,G=200,R=100");
    }

    #[test]
    fn paths_hold_no_way_out() {
        let segments = |value: Value| {
            let name = "p".to_owned();
            let parameter =
                Parameter { input: name.clone(), place: Place::Path, name, style: Style::Segments, explode: false };
            in_path(&parameter, &value)
        };
        for value in [json!("a/../b"), json!("/a"), json!("a//b"), json!(""), json!(null), json!("a/\u{0}")] {
            assert_eq!(segments(value.clone()), None, "{value}");
        }
    }
}
