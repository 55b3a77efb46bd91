//! Workflows: from a definition to a program that the engine can follow, or every fault at once.
//!
//! All fronts (pipeline JSON, action plans, templates) become one [`Workflow`]; [`check`] finds what
//! does not hold, with a pointer for each fault; [`Program`] is the checked form with references and
//! conditions already parsed. A definition that fails any check changes nothing.

mod check;
mod joins;
mod order;
mod plan;
mod program;
mod read;
mod segment;
#[cfg(test)]
mod tests;

pub use check::{Tools, check};
pub use plan::workflow_of_plan;
pub(crate) use plan::{START, sources};
pub use program::{
    FORM_BYTES_MAX, Kind, MESSAGE_CHARS_MAX, PNode, PUndo, Program, ROUNDS_MAX, TTL_MS_MAX, Task, UNDO, call_step,
    called_by, is_message_name, scope_of, split_step, step_in, undone_by,
};
pub use read::{NODES_MAX, read_pipeline};
