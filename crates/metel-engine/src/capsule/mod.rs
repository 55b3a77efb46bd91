//! Capsules: a run with everything that its decisions looked at, packed so that another machine can
//! re-derive the same state without a network, a database or this workspace.
//!
//! What goes in is what a replay asks for, no more: logs, stored values, workflows, contracts, facts and what
//! names meant. Secrets are in none of these: they are filled into a call after everything recorded of it.

mod noting;
mod offline;
mod pack;

pub use offline::{CapsuleReport, RunReport, replay_capsule};
