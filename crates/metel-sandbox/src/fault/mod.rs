//! Faults that tests set: which call is disturbed, when, and how. A fault never invents an
//! effect; it only comes before one (which then does not happen) or after one (which did).

mod act;
mod kind;
mod table;

pub(crate) use act::play;
pub(crate) use kind::Fault;
pub(crate) use table::FaultTable;
