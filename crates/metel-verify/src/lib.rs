//! metel-verify: checks an exported record without metel. It shares no code with what it judges, reads one
//! file from front to end, and needs nothing else: no database, no network, no clock.
//!
//! What it holds the record to is written in docs/audit.md. The files are meant to be read in this order:
//! [`hash`] (the four hashes), [`line`] (what a line holds), [`verify`] (the rules).

pub mod hash;
pub mod line;
pub mod verify;

pub use line::Kept;
pub use verify::{Asked, Fault, Report, verify};
