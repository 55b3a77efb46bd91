//! Why an expression was refused, failed, or was cut off. Cut off is never the same as failed.

use thiserror::Error;

/// Errors of [`super::Program`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CelError {
    /// The text is not an expression of this language. `offset` is in bytes.
    #[error("at byte {offset}: {message}")]
    Syntax { offset: usize, message: String },
    /// The text is longer or deeper than the published limits.
    #[error("the expression is too large: {0}")]
    TooLarge(&'static str),
    /// The expression has no value here: a missing name, a type that does not fit, an overflow.
    #[error("{0}")]
    Evaluation(String),
    /// The evaluation was cut off: out of steps or of room for results.
    #[error("the expression was cut off: it used up its {0}")]
    Exhausted(&'static str),
}

impl CelError {
    /// True when the evaluation was cut off rather than failed.
    pub fn is_exhausted(&self) -> bool {
        matches!(self, CelError::Exhausted(_))
    }

    pub(super) fn syntax(offset: usize, message: impl Into<String>) -> Self {
        CelError::Syntax { offset, message: message.into() }
    }

    pub(super) fn evaluation(message: impl Into<String>) -> Self {
        CelError::Evaluation(message.into())
    }

    pub(super) fn no_overload(what: &str) -> Self {
        CelError::Evaluation(format!("no such overload: {what}"))
    }
}
