//! The expression tree of a compiled condition. Macros are their own nodes (never generic folds),
//! so that each loop costs what it looks like and no intermediate list is copied.

use std::sync::Arc;

use super::function::Function;
use super::value::CelValue;

/// Binary operators that evaluate both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

/// What a comprehension macro makes of its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    All,
    Exists,
    ExistsOne,
    /// `map`, `filter` and `transformList`.
    List,
    /// `transformMap`: same keys, new values.
    Values,
    /// `transformMapEntry`: the body yields a map whose entries are merged.
    Entries,
}

/// A node. Children are counted into `depth` so that every later walk may recurse safely.
#[derive(Debug)]
pub(super) enum Expr {
    Constant(CelValue),
    /// A free name. `absolute` names (`.x`) skip macro variables; after resolution a free name is a variable or a type.
    Ident {
        name: Arc<str>,
        absolute: bool,
    },
    /// A macro variable by its place on the evaluation stack.
    Local(usize),
    Select {
        operand: Box<Expr>,
        field: Arc<str>,
        /// The whole dotted name when the chain is made of names only (`a.b.c`).
        dotted: Option<Arc<str>>,
        optional: bool,
    },
    /// `has(operand.field)`.
    Has {
        operand: Box<Expr>,
        field: Arc<str>,
    },
    Index {
        operand: Box<Expr>,
        index: Box<Expr>,
        optional: bool,
    },
    /// Elements, each with whether it is optional (`[?x]`).
    List(Vec<(Expr, bool)>),
    /// Entries, each with whether it is optional (`{?k: v}`).
    Map(Vec<(Expr, Expr, bool)>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Conditional(Box<[Expr; 3]>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<[Expr; 2]>),
    /// A call as written; `member` says that the first argument stood before the dot.
    Call {
        name: Arc<str>,
        member: bool,
        args: Vec<Expr>,
    },
    /// A call whose function is known.
    Apply {
        function: Function,
        args: Vec<Expr>,
    },
    /// `matches` with a constant pattern, compiled once.
    Matches {
        subject: Box<Expr>,
        pattern: super::pattern::Pattern,
    },
    Comprehension(Box<Comprehension>),
    /// `cel.bind(name, value, body)`.
    Bind(Box<Bind>),
    /// `target.optMap(x, e)`; `flat` for `optFlatMap`.
    OptionalMap {
        bind: Box<Bind>,
        flat: bool,
    },
}

#[derive(Debug)]
pub(super) struct Comprehension {
    pub fold: Fold,
    pub range: Expr,
    /// One name (element, or key of a map) or two (index and element, or key and value).
    pub names: Vec<Arc<str>>,
    pub filter: Option<Expr>,
    pub body: Expr,
}

#[derive(Debug)]
pub(super) struct Bind {
    pub name: Arc<str>,
    pub value: Expr,
    pub body: Expr,
}
