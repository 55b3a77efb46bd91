//! References between steps: `${root.path}` inside text and `{"$ref": "root.path"}` for whole values.
//!
//! Roots are node ids and `input, params, item, index, run`. A text that is one lone `${x}` keeps
//! the value's type; `$${` stands for a literal `${`. Resolving never guesses: a reference to
//! nothing is an error that names it.

use std::borrow::Cow;

use metel_model::json::pointer_push;
use serde_json::{Map, Value};

/// Longest reference that is read, in bytes.
const REFERENCE_BYTES_MAX: usize = 512;

/// A root and the way from it to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub root: String,
    pub path: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Key(String),
    Index(usize),
}

/// Why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReference {
    #[error("`{0}` is not a reference: write a step's id and a key, such as a1.page_url")]
    Syntax(String),
    #[error("the reference that begins at `{0}` does not end: a closing brace is missing")]
    Open(String),
}

impl Reference {
    pub fn parse(text: &str) -> Result<Self, BadReference> {
        let bad = || BadReference::Syntax(text.chars().take(60).collect());
        if text.len() > REFERENCE_BYTES_MAX {
            return Err(bad());
        }
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let root = &text[..end];
        if !is_node_id(root) {
            return Err(bad());
        }
        let mut path = Vec::new();
        let mut rest = &text[end..];
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 || after[..end].contains(']') {
                    return Err(bad());
                }
                path.push(Segment::Key(after[..end].to_owned()));
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let end = after.find(']').ok_or_else(bad)?;
                path.push(Segment::Index(after[..end].parse().map_err(|_| bad())?));
                rest = &after[end + 1..];
            } else {
                return Err(bad());
            }
        }
        Ok(Self { root: root.to_owned(), path })
    }

    /// Follows the path from the root's value.
    pub fn follow<'v>(path: &[Segment], mut value: &'v Value) -> Option<&'v Value> {
        for segment in path {
            value = match segment {
                Segment::Key(key) => value.get(key.as_str())?,
                Segment::Index(index) => value.get(*index)?,
            };
        }
        Some(value)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        for segment in &self.path {
            match segment {
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Node ids: a letter or `_`, then up to 63 letters, digits, `_` or `-`.
pub fn is_node_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && text.len() <= 64 && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Where values come from.
pub trait Scope {
    /// The value and whether outsiders may have written it.
    fn get(&self, reference: &Reference) -> Result<(Cow<'_, Value>, bool), Unresolved>;
}

/// Why a reference gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    #[error("`{0}` points to nothing")]
    Missing(String),
    /// The value lies in the blob store and must be fetched first.
    #[error("a stored value has to be read first")]
    Blob(metel_model::Digest),
}

/// A value with its references found once, when the definition is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    Literal(Value),
    Whole(Reference),
    Text(Vec<Piece>),
    List(Vec<Template>),
    Object(Vec<(String, Template)>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    Text(String),
    Value(Reference),
}

/// A resolved value and the pointers at which untrusted content stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolved {
    pub value: Value,
    pub untrusted: Vec<String>,
}

impl Template {
    /// Reads a value; every bad reference is reported with its pointer.
    pub fn compile(value: &Value) -> Result<Self, Vec<(String, BadReference)>> {
        let mut faults = Vec::new();
        let template = compile(value, "", &mut faults);
        if faults.is_empty() { Ok(template) } else { Err(faults) }
    }

    /// Calls `visit` with each reference and the pointer of the value that holds it; `true` for whole values.
    pub fn visit<'t>(&'t self, visit: &mut dyn FnMut(&str, &'t Reference, bool)) {
        self.visit_at("", visit);
    }

    fn visit_at<'t>(&'t self, at: &str, visit: &mut dyn FnMut(&str, &'t Reference, bool)) {
        match self {
            Self::Literal(_) => {}
            Self::Whole(reference) => visit(at, reference, true),
            Self::Text(pieces) => {
                for piece in pieces {
                    if let Piece::Value(reference) = piece {
                        visit(at, reference, false);
                    }
                }
            }
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    item.visit_at(&format!("{at}/{i}"), visit);
                }
            }
            Self::Object(members) => {
                for (name, item) in members {
                    item.visit_at(&pointer_push(at, name), visit);
                }
            }
        }
    }

    /// Puts the values in. Stops at the first reference that gives nothing.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Resolved, Unresolved> {
        let mut untrusted = Vec::new();
        let value = self.resolve_at("", scope, &mut untrusted)?;
        Ok(Resolved { value, untrusted })
    }

    fn resolve_at(&self, at: &str, scope: &dyn Scope, untrusted: &mut Vec<String>) -> Result<Value, Unresolved> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Whole(reference) => {
                let (value, tainted) = scope.get(reference)?;
                if tainted {
                    untrusted.push(at.to_owned());
                }
                value.into_owned()
            }
            Self::Text(pieces) => {
                let mut text = String::new();
                let mut tainted = false;
                for piece in pieces {
                    match piece {
                        Piece::Text(part) => text.push_str(part),
                        Piece::Value(reference) => {
                            let (value, from_outside) = scope.get(reference)?;
                            tainted |= from_outside;
                            push_text(&mut text, &value);
                        }
                    }
                }
                if tainted {
                    untrusted.push(at.to_owned());
                }
                Value::String(text)
            }
            Self::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    list.push(item.resolve_at(&format!("{at}/{i}"), scope, untrusted)?);
                }
                Value::Array(list)
            }
            Self::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for (name, item) in members {
                    let value = item.resolve_at(&pointer_push(at, name), scope, untrusted)?;
                    object.insert(name.clone(), value);
                }
                Value::Object(object)
            }
        })
    }
}

/// How a value reads inside a sentence.
pub fn push_text(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => out.push_str(text),
        Value::Null => {}
        other => out.push_str(&other.to_string()),
    }
}

fn compile(value: &Value, at: &str, faults: &mut Vec<(String, BadReference)>) -> Template {
    match value {
        Value::String(text) => match compile_text(text) {
            Ok(template) => template,
            Err(bad) => {
                faults.push((at.to_owned(), bad));
                Template::Literal(Value::Null)
            }
        },
        Value::Array(items) => {
            let list: Vec<Template> =
                items.iter().enumerate().map(|(i, item)| compile(item, &format!("{at}/{i}"), faults)).collect();
            if list.iter().all(|item| matches!(item, Template::Literal(_))) {
                return Template::Literal(literal(list));
            }
            Template::List(list)
        }
        Value::Object(members) => {
            if let (1, Some(Value::String(text))) = (members.len(), members.get("$ref")) {
                return match Reference::parse(text) {
                    Ok(reference) => Template::Whole(reference),
                    Err(bad) => {
                        faults.push((at.to_owned(), bad));
                        Template::Literal(Value::Null)
                    }
                };
            }
            let parts: Vec<(String, Template)> = members
                .iter()
                .map(|(name, item)| (name.clone(), compile(item, &pointer_push(at, name), faults)))
                .collect();
            if parts.iter().all(|(_, item)| matches!(item, Template::Literal(_))) {
                let object = parts.into_iter().map(|(name, item)| (name, literal_of(item))).collect();
                return Template::Literal(Value::Object(object));
            }
            Template::Object(parts)
        }
        other => Template::Literal(other.clone()),
    }
}

fn literal(list: Vec<Template>) -> Value {
    Value::Array(list.into_iter().map(literal_of).collect())
}

fn literal_of(template: Template) -> Value {
    match template {
        Template::Literal(value) => value,
        _ => Value::Null,
    }
}

fn compile_text(text: &str) -> Result<Template, BadReference> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if at > 0 && rest.as_bytes()[at - 1] == b'$' {
            plain.push_str(&rest[..at - 1]);
            plain.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        plain.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let end = inside.find('}').ok_or_else(|| BadReference::Open(rest[at..].chars().take(40).collect()))?;
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Value(Reference::parse(inside[..end].trim())?));
        rest = &inside[end + 1..];
    }
    plain.push_str(rest);
    if pieces.is_empty() {
        return Ok(Template::Literal(Value::String(plain)));
    }
    if plain.is_empty()
        && pieces.len() == 1
        && let Some(Piece::Value(reference)) = pieces.pop()
    {
        return Ok(Template::Whole(reference));
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(Template::Text(pieces))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Fixed(Value);

    impl Scope for Fixed {
        fn get(&self, reference: &Reference) -> Result<(Cow<'_, Value>, bool), Unresolved> {
            self.0
                .get(&reference.root)
                .and_then(|root| Reference::follow(&reference.path, root))
                .map(|value| (Cow::Borrowed(value), reference.root == "web"))
                .ok_or_else(|| Unresolved::Missing(reference.to_string()))
        }
    }

    fn resolve(template: Value) -> Result<Resolved, Unresolved> {
        let scope =
            Fixed(json!({"a1": {"url": "https://n/1", "rows": [{"이름": "kim"}], "n": 3}, "web": {"text": "x"}}));
        Template::compile(&template).unwrap().resolve(&scope)
    }

    #[test]
    fn a_lone_reference_keeps_its_type() {
        assert_eq!(resolve(json!("${a1.n}")).unwrap().value, json!(3));
        assert_eq!(resolve(json!({"$ref": "a1.rows"})).unwrap().value, json!([{"이름": "kim"}]));
        assert_eq!(resolve(json!("회의록: ${a1.url} (${a1.n})")).unwrap().value, json!("회의록: https://n/1 (3)"));
        assert_eq!(resolve(json!("${a1.rows[0].이름}님")).unwrap().value, json!("kim님"));
    }

    #[test]
    fn two_dollars_escape() {
        assert_eq!(resolve(json!("$${a1.n} costs ${a1.n}")).unwrap().value, json!("${a1.n} costs 3"));
    }

    #[test]
    fn untrusted_places_are_named() {
        let got = resolve(json!({"text": ["see ${web.text}", "ok"]})).unwrap();
        assert_eq!(got.untrusted, vec!["/text/0"]);
    }

    #[test]
    fn nothing_is_guessed() {
        assert_eq!(resolve(json!("${a1.nope}")), Err(Unresolved::Missing("a1.nope".into())));
        assert!(Template::compile(&json!({"a": "${1bad}", "b": ["${open"]})).unwrap_err().len() == 2);
    }
}
