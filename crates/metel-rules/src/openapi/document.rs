//! A whole description: read, its dialect told, its references followed.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::de::{DeserializeSeed, Deserializer};

use super::limits::{BYTES_MAX, CHAIN_MAX, PATHS_MAX, YAML_BYTES_MAX};
use super::node::{Node, PathCount, Reading, TOO_LARGE};

/// Why a whole description was refused. Nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportFault {
    #[error("the description cannot be read: {0}")]
    Malformed(String),
    #[error("this is no OpenAPI or Swagger description: {0}")]
    NotOpenApi(String),
    #[error("this version is not read: {0}")]
    Version(String),
    #[error("the description is too large: {0}")]
    TooLarge(String),
    #[error("the description is nested too deeply")]
    TooDeep,
}

impl ImportFault {
    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::NotOpenApi(_) => "not_openapi",
            Self::Version(_) => "version",
            Self::TooLarge(_) => "too_large",
            Self::TooDeep => "too_deep",
        }
    }

    fn of(error: &dyn std::fmt::Display) -> Self {
        let text = error.to_string();
        if let Some((_, why)) = text.split_once(TOO_LARGE) {
            let why = why.split(" at line").next().unwrap_or(why);
            return Self::TooLarge(why.to_owned());
        }
        if text.contains("recursion limit") {
            return Self::TooDeep;
        }
        if text.contains("repetition limit") {
            return Self::TooLarge("its aliases repeat too much".to_owned());
        }
        Self::Malformed(text.chars().take(200).collect())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Swagger2,
    OpenApi30,
    /// 3.1 and later: schemas are JSON Schema 2020-12.
    OpenApi31,
}

/// A description that was read.
pub struct Document {
    pub(super) root: Node,
    pub(super) dialect: Dialect,
}

/// Why a reference gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    Elsewhere(String),
    Nowhere(String),
    Endless(String),
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Elsewhere(target) => write!(f, "refers to another document: {target}"),
            Self::Nowhere(target) => write!(f, "a reference leads nowhere: {target}"),
            Self::Endless(target) => write!(f, "a reference leads back to itself: {target}"),
        }
    }
}

impl Document {
    /// Reads JSON, or YAML where the text does not begin with `{`.
    pub fn parse(text: &str) -> Result<Self, ImportFault> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.len() > BYTES_MAX {
            return Err(ImportFault::TooLarge(format!("more than {BYTES_MAX} bytes")));
        }
        // A list is no description, and YAML would take long to see that.
        if text.starts_with('[') {
            return Err(ImportFault::NotOpenApi("it is a list".to_owned()));
        }
        if !text.starts_with('{') {
            return Self::parse_yaml(text);
        }
        let mut counting = serde_json::Deserializer::from_str(text);
        // Any other fault is told by the real reading.
        if let Err(error) = counting.deserialize_any(PathCount)
            && error.to_string().contains(TOO_LARGE)
        {
            return Err(ImportFault::of(&error));
        }
        let reading = Reading::default();
        let mut reader = serde_json::Deserializer::from_str(text);
        let root = reading.deserialize(&mut reader).map_err(|error| ImportFault::of(&error))?;
        reader.end().map_err(|error| ImportFault::of(&error))?;
        Self::of(root)
    }

    fn parse_yaml(text: &str) -> Result<Self, ImportFault> {
        if text.len() > YAML_BYTES_MAX {
            return Err(ImportFault::TooLarge(format!("more than {YAML_BYTES_MAX} bytes of YAML")));
        }
        let reading = Reading::default();
        let reader = yaml_serde::Deserializer::from_str(text);
        Self::of(reading.deserialize(reader).map_err(|error| ImportFault::of(&error))?)
    }

    fn of(root: Node) -> Result<Self, ImportFault> {
        let version = |name: &str| match root.get(name) {
            Node::Text(text) => Some(text.to_string()),
            Node::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let shown = |text: &str| text.chars().take(40).collect::<String>();
        let dialect = match (version("openapi"), version("swagger")) {
            (Some(v), _) if v.starts_with("3.0") || v == "3" => Dialect::OpenApi30,
            (Some(v), _) if v.starts_with("3.") => Dialect::OpenApi31,
            (None, Some(v)) if v == "2" || v.starts_with("2.") => Dialect::Swagger2,
            (Some(v), _) => return Err(ImportFault::Version(format!("OpenAPI {}", shown(&v)))),
            (None, Some(v)) => return Err(ImportFault::Version(format!("Swagger {}", shown(&v)))),
            (None, None) if root.has("asyncapi") => {
                return Err(ImportFault::Version("AsyncAPI describes messages, not calls".to_owned()));
            }
            (None, None) => return Err(ImportFault::NotOpenApi("neither openapi nor swagger is said".to_owned())),
        };
        let paths = root.get("paths");
        if !paths.is_map() && !paths.is_null() {
            return Err(ImportFault::NotOpenApi("paths is not an object".to_owned()));
        }
        if paths.members().len() > PATHS_MAX {
            return Err(ImportFault::TooLarge(format!("more than {PATHS_MAX} paths")));
        }
        Ok(Self { root, dialect })
    }

    /// What a pointer (RFC 6901, in a fragment) leads to.
    pub(super) fn follow(&self, target: &str) -> Result<&Node, Lost> {
        let shown = || target.chars().take(120).collect::<String>();
        let Some(pointer) = target.strip_prefix('#') else { return Err(Lost::Elsewhere(shown())) };
        let mut node = &self.root;
        for part in pointer.split('/').skip(1) {
            let part = unescaped(part);
            node = match node {
                Node::List(items) => part.parse::<usize>().ok().and_then(|at| items.get(at)),
                other => other.find(&part),
            }
            .ok_or_else(|| Lost::Nowhere(shown()))?;
        }
        match pointer.is_empty() || pointer.starts_with('/') {
            true => Ok(node),
            false => Err(Lost::Nowhere(shown())),
        }
    }

    /// The node itself, or what its `$ref` leads to, through as many as there are.
    pub(super) fn resolved<'d>(&'d self, node: &'d Node) -> Result<&'d Node, Lost> {
        let mut node = node;
        for _ in 0..CHAIN_MAX {
            match node.get("$ref").text() {
                Some(target) => node = self.follow(target)?,
                None => return Ok(node),
            }
        }
        Err(Lost::Endless(node.get("$ref").text().unwrap_or_default().chars().take(120).collect()))
    }
}

/// A part of a pointer as it stands in a fragment: percent-encoded, then `~1` and `~0`.
fn unescaped(part: &str) -> String {
    let plain = if part.contains('%') { super::text::percent_decoded(part) } else { part.to_owned() };
    plain.replace("~1", "/").replace("~0", "~")
}

/// References that were followed already, by their text.
#[derive(Default)]
pub(super) struct Followed<'d>(RefCell<HashMap<&'d str, Result<&'d Node, Lost>>>);

impl<'d> Followed<'d> {
    pub fn follow(&self, document: &'d Document, target: &'d str) -> Result<&'d Node, Lost> {
        if let Some(known) = self.0.borrow().get(target) {
            return known.clone();
        }
        let found = document.follow(target);
        self.0.borrow_mut().insert(target, found.clone());
        found
    }
}
