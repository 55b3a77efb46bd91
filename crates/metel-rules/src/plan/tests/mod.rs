//! Shared ground for the planner's tests.

pub mod fixture;
