//! Puts values into a template.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Map, Value};

use super::template::{Piece, Reference, Template};
use crate::contract::names::{Names, value_of};
use crate::mail;

/// Why a payload makes no request. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderFault {
    #[error("`{0}` has no value")]
    Missing(String),
    #[error("the expression at {0} could not be computed: {1}")]
    Expression(String, String),
    #[error("`{0}` cannot stand in a path")]
    Path(String),
    #[error("header {0} would hold a line break or control character")]
    Header(String),
    #[error("a form holds named values only")]
    Form,
    #[error("a file is written as base64")]
    Base64,
    #[error("the idempotency key needs a body with named values")]
    Key,
    #[error("a file cannot be sent: {0}")]
    File(String),
    #[error("a mail cannot be written: {0}")]
    Mail(String),
}

/// The template with its values. An absent value is null, except inside running text, where it is a fault.
pub fn fill(template: &Template, names: Names<'_>) -> Result<Value, RenderFault> {
    Ok(match template {
        Template::Literal(value) => value.clone(),
        Template::Whole(reference) => follow(reference, names).cloned().unwrap_or_default(),
        Template::Text(pieces) => Value::String(text(pieces, names, &|value| value)?),
        Template::Cel(program) => value_of(program, names)
            .map_err(|error| RenderFault::Expression(program.source().chars().take(80).collect(), error.to_string()))?,
        Template::Mail(inner) => {
            let fields = fill(inner, names)?;
            let mail = mail::Mail::read(&fields).map_err(|fault| RenderFault::Mail(fault.to_string()))?;
            Value::String(URL_SAFE.encode(mail.write()))
        }
        Template::List(items) => Value::Array(items.iter().map(|item| fill(item, names)).collect::<Result<_, _>>()?),
        Template::Object(members) => {
            let mut object = Map::new();
            for member in members {
                // An optional member around a missing value is absent as well.
                let value = match fill(&member.value, names) {
                    Err(RenderFault::Missing(_)) if member.optional => continue,
                    filled => filled?,
                };
                if !(member.optional && value.is_null()) {
                    object.insert(member.name.clone(), value);
                }
            }
            Value::Object(object)
        }
    })
}

/// Running text; `encode` is applied to each value, not to the text around it.
pub(super) fn text(
    pieces: &[Piece],
    names: Names<'_>,
    encode: &dyn Fn(String) -> String,
) -> Result<String, RenderFault> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Value(reference) => {
                let value = follow(reference, names).filter(|value| !value.is_null());
                let value = value.ok_or_else(|| RenderFault::Missing(reference.to_string()))?;
                out.push_str(&encode(plain(value)));
            }
        }
    }
    Ok(out)
}

/// A value as text: a string as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn follow<'v>(reference: &Reference, names: Names<'v>) -> Option<&'v Value> {
    let mut value = names.0.iter().find(|(name, _)| *name == reference.root)?.1;
    for name in &reference.path {
        value = match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            other => other.get(name)?,
        };
    }
    Some(value)
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        self.path.iter().try_for_each(|name| write!(f, ".{name}"))
    }
}
