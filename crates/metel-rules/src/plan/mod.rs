//! From a request to an action plan, and back to words: retrieval, extraction, planning without a
//! model, checking any plan, schemas that lock a model to what exists, answers and summaries.
//! Everything here is a pure function of what is passed in.

pub mod catalogue;
pub mod check;
pub mod fault;
pub mod kinds;
pub mod planner;
pub mod practice;
pub mod reference;
pub mod retrieve;
pub mod understand;

#[cfg(test)]
pub mod tests;

pub use catalogue::{Catalogue, Place};
pub use check::{check_plan, repair_surplus};
pub use fault::{FaultKind, PlanFault, PlanRefusal};
pub use planner::plan_without_model;
