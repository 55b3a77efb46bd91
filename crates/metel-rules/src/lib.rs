//! The laws of metel: pure decisions over the nouns.
//!
//! This crate never waits, never reads a clock, never draws a random number, never logs. What it is
//! given it judges; what it decides others carry out.

pub mod answer;
pub mod approvers;
pub mod asked;
pub mod audit;
pub mod cel;
pub mod contract;
pub mod credit;
pub mod door;
pub mod envelope;
pub mod graph;
pub mod jsonpath;
pub mod mail;
pub mod openapi;
pub mod pii;
pub mod plan;
pub mod policy;
pub mod refs;
pub mod retry;
pub mod run;
pub mod schema;
pub mod standing;
pub mod xml;

/// Time bounds hold for optimised builds; unoptimised ones on a busy machine get this many times more.
#[cfg(test)]
pub(crate) const SLACK: u32 = if cfg!(debug_assertions) { 20 } else { 1 };
