//! The shape of a selector (RFC 9535 §2).

use serde_json::Value;

use crate::cel::Pattern;

/// `$…`, or `@…` inside a filter.
#[derive(Debug)]
pub(super) struct Query {
    pub absolute: bool,
    pub segments: Vec<Segment>,
}

#[derive(Debug)]
pub(super) struct Segment {
    pub descendant: bool,
    pub selectors: Vec<Selector>,
}

#[derive(Debug)]
pub(super) enum Selector {
    Name(String),
    Wildcard,
    Index(i64),
    Slice(Option<i64>, Option<i64>, i64),
    Filter(Condition),
}

#[derive(Debug)]
pub(super) enum Condition {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    Exists(Query),
    Match(Box<Match>),
    Compare(Comparison, Operand, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Something with a value or with none.
#[derive(Debug)]
pub(super) enum Operand {
    Literal(Value),
    Singular(Query),
    Length(Box<Operand>),
    Count(Query),
    Value(Query),
}

/// `match(text, pattern)`, or `search` when not `whole`.
#[derive(Debug)]
pub(super) struct Match {
    pub whole: bool,
    pub text: Operand,
    pub pattern: PatternOperand,
}

/// A pattern known when the selector is parsed, or one that the document gives.
#[derive(Debug)]
pub(super) enum PatternOperand {
    /// `None` is a pattern that never matches, because it is none.
    Known(Option<Pattern>),
    Given(Operand),
}

impl Query {
    pub fn is_singular(&self) -> bool {
        let single = |selectors: &[Selector]| matches!(selectors, [Selector::Name(_) | Selector::Index(_)]);
        self.segments.iter().all(|s| !s.descendant && single(&s.selectors))
    }
}
