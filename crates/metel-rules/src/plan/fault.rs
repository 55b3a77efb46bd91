//! What may be wrong with a plan or a template, and where.

use metel_model::lang::Text;
use serde::Serialize;

/// One fault of a plan. All of them are found, not only the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanFault {
    pub kind: FaultKind,
    /// JSON pointer into the plan.
    pub pointer: String,
    /// The action it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    pub message: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The plan is not of the plan's shape.
    Shape,
    /// No action at all.
    Empty,
    /// More actions than a plan may have.
    TooMany,
    /// Two actions with one id, or an id that is no name.
    Id,
    /// A tool that is not offered.
    ToolUnknown,
    /// An argument that the tool does not declare.
    ArgUnknown,
    /// A required argument that is not there.
    ArgAbsent,
    /// An argument of the wrong type.
    ArgInvalid,
    /// A reference to nothing, to itself or to something later.
    Reference,
    /// A reference to something of another sort than is asked for.
    ReferenceType,
    /// An action that no words of the request ask for.
    Surplus,
}

impl PlanFault {
    pub fn new(kind: FaultKind, pointer: impl Into<String>, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { kind, pointer: pointer.into(), action: None, message: Text::new(en, ko) }
    }

    #[must_use]
    pub fn at(mut self, action: &str) -> Self {
        self.action = Some(action.to_owned());
        self
    }
}

/// Why there is no plan: a sentence for the person, naming what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanRefusal {
    pub reason: Text,
    /// The service that would have to be connected, where that would help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl PlanRefusal {
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { reason: Text::new(en, ko), service: None }
    }
}
