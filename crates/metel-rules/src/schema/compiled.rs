//! A compiled schema. Formats are annotations unless asked for; patterns run in linear time, those
//! with look-around within a bound of steps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jsonschema::{PatternOptions, Registry, Validator};
use serde_json::Value;
use thiserror::Error;

use super::cost::Estimate;
use super::given::Given;
use super::limits::{MAX_BACKTRACKS, MAX_EXPLAINED, MAX_NODES, MAX_PATTERN, MAX_VIOLATIONS, nodes};
use super::reach::Graph;
use super::violation::Violation;

/// Why a schema was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Not a schema, or it refers to what was not given.
    #[error("not a usable schema: {0}")]
    Invalid(String),
    /// Larger, deeper or more entangled than the published limits.
    #[error("the schema is too large: {0}")]
    TooLarge(&'static str),
}

/// Dialects. A schema's own `$schema` wins over what the caller says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Draft {
    Draft4,
    Draft6,
    Draft7,
    Draft201909,
    #[default]
    Draft202012,
}

impl Draft {
    /// Reads `2020-12`, `draft2020-12`, `draft7`, `7` and the URIs of the meta-schemas.
    pub fn named(name: &str) -> Option<Draft> {
        let name = name.trim_end_matches('#').trim_end_matches("/schema");
        let name = name.rsplit_once("json-schema.org/").map_or(name, |(_, rest)| rest);
        let name = name.strip_prefix("draft").unwrap_or(name).trim_matches(['-', '/', '0']);
        Some(match name {
            "4" => Draft::Draft4,
            "6" => Draft::Draft6,
            "7" => Draft::Draft7,
            "2019-09" | "201909" => Draft::Draft201909,
            "2020-12" | "202012" => Draft::Draft202012,
            _ => return None,
        })
    }

    pub(super) fn inner(self) -> jsonschema::Draft {
        match self {
            Draft::Draft4 => jsonschema::Draft::Draft4,
            Draft::Draft6 => jsonschema::Draft::Draft6,
            Draft::Draft7 => jsonschema::Draft::Draft7,
            Draft::Draft201909 => jsonschema::Draft::Draft201909,
            Draft::Draft202012 => jsonschema::Draft::Draft202012,
        }
    }
}

/// A schema, compiled once and shared freely.
#[derive(Clone)]
pub struct Schema {
    validator: Arc<Validator>,
    graph: Arc<Graph>,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

impl Schema {
    /// Compiles a self-contained schema; the dialect is 2020-12 unless it says otherwise.
    pub fn compile(schema: &Value) -> Result<Schema, SchemaError> {
        Self::build(Draft::default(), schema, &BTreeMap::new(), false)
    }

    /// Compiles a schema in a dialect, with the documents that it refers to by URI.
    pub fn compile_with(
        draft: Draft,
        schema: &Value,
        remotes: &BTreeMap<String, Value>,
    ) -> Result<Schema, SchemaError> {
        Self::build(draft, schema, remotes, false)
    }

    /// As [`Schema::compile`], but `format` must hold.
    pub fn compile_with_formats(schema: &Value) -> Result<Schema, SchemaError> {
        Self::build(Draft::default(), schema, &BTreeMap::new(), true)
    }

    fn build(
        draft: Draft,
        schema: &Value,
        remotes: &BTreeMap<String, Value>,
        formats: bool,
    ) -> Result<Schema, SchemaError> {
        if nodes(schema, MAX_NODES).is_none() {
            return Err(SchemaError::TooLarge("too many nodes, or nested too deeply"));
        }
        // A custom meta-schema must be among the remotes; it decides by itself.
        let (wanted, detected) = (draft.inner(), draft.inner().detect(schema));
        let custom = detected == jsonschema::Draft::Unknown;
        let draft = if custom { wanted } else { detected };
        let invalid = |error: &dyn fmt::Display| SchemaError::Invalid(shortened(&error.to_string()));
        let given = Given::new(remotes);
        let registry = Registry::new().draft(draft).retriever(given.clone());
        let registry = registry.extend(given.meta_schemas(schema));
        let registry = registry.and_then(|r| r.prepare()).map_err(|e| invalid(&e))?;
        let graph = Graph::of(schema, &given, draft).map_err(|error| match error {
            SchemaError::Invalid(text) => SchemaError::Invalid(shortened(&text)),
            other => other,
        })?;
        let patterns = PatternOptions::fancy_regex()
            .backtrack_limit(MAX_BACKTRACKS)
            .size_limit(MAX_PATTERN)
            .dfa_size_limit(MAX_PATTERN);
        let options = jsonschema::options();
        let options = if custom { options } else { options.with_draft(draft) };
        let validator = options
            .with_retriever(given.clone())
            .with_registry(&registry)
            .with_pattern_options(patterns)
            .should_validate_formats(formats)
            .build(schema)
            .map_err(|error| invalid(&error.masked()))?;
        Ok(Schema { validator: Arc::new(validator), graph: Arc::new(graph) })
    }

    /// Whether a value fits. Values past the published limits do not.
    pub fn is_valid(&self, value: &Value) -> bool {
        matches!(self.graph.estimate(value), Estimate::Work { .. }) && self.validator.is_valid(value)
    }

    /// What is wrong with a value, at most [`MAX_VIOLATIONS`]; nothing when it fits.
    pub fn check(&self, value: &Value) -> Vec<Violation> {
        let copied = match self.graph.estimate(value) {
            Estimate::Work { copied } => copied,
            Estimate::TooDeep => return vec![Violation::too_deep()],
            Estimate::TooMuch => return vec![Violation::too_much()],
        };
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        if copied > MAX_EXPLAINED {
            return vec![Violation::unexplained()];
        }
        let errors = self.validator.iter_errors(value);
        errors.take(MAX_VIOLATIONS).map(|error| Violation::of(&error)).collect()
    }
}

/// The beginning of a message that may quote whatever was given.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
