//! Workflows: from a definition to a program that the engine can follow, or every fault at once.
//!
//! All fronts (pipeline JSON, action plans, templates) become one [`Workflow`]; [`check`] finds what
//! does not hold, with a pointer for each fault; [`Program`] is the checked form with references and
//! conditions already parsed. A definition that fails any check changes nothing.

mod check;
mod order;
mod plan;
mod program;
mod read;
#[cfg(test)]
mod tests;

pub use check::{Tools, check};
pub use plan::workflow_of_plan;
pub(crate) use plan::{START, sources};
pub use program::{Kind, PNode, Program, scope_of, split_step, step_in};
pub use read::{NODES_MAX, read_pipeline};
