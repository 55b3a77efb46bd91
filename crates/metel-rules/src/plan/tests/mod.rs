//! Shared ground for the planner's tests, and what must hold for any text at all.

pub mod fixture;

mod any_text;
mod published;
