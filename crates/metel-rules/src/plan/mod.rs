//! From a request to an action plan, and back to words: retrieval, extraction, planning without a
//! model, checking any plan, answers and summaries.
//! Everything here is a pure function of what is passed in.

pub mod approval;
pub mod catalogue;
pub mod check;
pub mod compose;
pub mod door;
pub mod evaluate;
pub mod fault;
pub mod kinds;
pub mod missing;
pub mod planner;
pub mod practice;
pub mod reference;
pub mod replan;
pub mod retrieve;
pub mod summarise;
pub mod template;
pub mod understand;

#[cfg(test)]
pub mod tests;

pub use catalogue::{Catalogue, Place};
pub use check::{check_plan, repair_surplus};
pub use compose::compose;
pub use door::door;
pub use fault::{FaultKind, PlanFault, PlanRefusal};
pub use planner::plan_without_model;
pub use summarise::{readable, summarise};
