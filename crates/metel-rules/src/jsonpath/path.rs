//! A parsed selector and its answers.

use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;

use super::evaluate::Query as Evaluation;
use super::limits::MAX_SELECTOR;
use super::location;
use super::parse;
use super::syntax::Query;

/// Why a selector was refused or cut off.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// Not a valid selector (RFC 9535 §2.1). `offset` is in bytes.
    #[error("at byte {offset}: {message}")]
    Invalid { offset: usize, message: &'static str },
    /// Longer or deeper than the published limits.
    #[error("the selector is too large")]
    TooLarge,
    /// Cut off after [`super::MAX_VISITS`] visits.
    #[error("the query was cut off: it visits too many nodes")]
    Exhausted,
}

/// A valid selector. Cheap to clone; safe to share.
#[derive(Clone, Debug)]
pub struct Path {
    source: Arc<str>,
    query: Arc<Query>,
}

/// A chosen node and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<'v> {
    /// The normalized path (RFC 9535 §2.7), such as `$['이름'][0]`.
    pub path: String,
    /// The JSON Pointer (RFC 6901) of the same place.
    pub pointer: String,
    pub value: &'v Value,
}

impl Path {
    /// Parses a selector.
    pub fn parse(selector: &str) -> Result<Path, PathError> {
        if selector.len() > MAX_SELECTOR {
            return Err(PathError::TooLarge);
        }
        Ok(Path { query: Arc::new(parse::selector(selector)?), source: selector.into() })
    }

    /// The text that was parsed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// True when the selector can choose one node at most (RFC 9535 §2.3.5.1).
    pub fn is_singular(&self) -> bool {
        self.query.is_singular()
    }

    /// All chosen nodes in order; a node may be chosen more than once.
    pub fn query<'v>(&self, document: &'v Value) -> Result<Vec<&'v Value>, PathError> {
        let nodes = Evaluation::new(document, false).run(&self.query)?;
        Ok(nodes.into_iter().map(|node| node.value).collect())
    }

    /// The first chosen node.
    pub fn first<'v>(&self, document: &'v Value) -> Result<Option<&'v Value>, PathError> {
        Ok(self.query(document)?.first().copied())
    }

    /// All chosen nodes with their places.
    pub fn locate<'v>(&self, document: &'v Value) -> Result<Vec<Located<'v>>, PathError> {
        let mut evaluation = Evaluation::new(document, true);
        let nodes = evaluation.run(&self.query)?;
        let locate = |node: super::evaluate::Node<'v>| {
            let steps = evaluation.places.steps(node.place);
            let length: usize = steps.iter().map(|step| 8 + step.len() / 4).sum();
            evaluation.budget.visit(1 + length as u64 / 4)?;
            let (path, pointer) = location::write(&steps);
            let value = node.value;
            Ok(Located { path, pointer, value })
        };
        nodes.into_iter().map(locate).collect()
    }

    /// The normalized paths of all chosen nodes.
    pub fn normalized_paths(&self, document: &Value) -> Result<Vec<String>, PathError> {
        let located = self.locate(document)?;
        Ok(located.into_iter().map(|node| node.path).collect())
    }
}
