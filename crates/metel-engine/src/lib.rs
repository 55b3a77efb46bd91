//! The runtime: it carries out what `metel-rules` decides.
//!
//! One loop drives a run: load, decide, commit, perform. Each run has at most one such loop in a
//! process, so a run's own commands never race each other; the version check guards against other
//! processes. What is not moving takes no memory. Everything in the background has a name, a limit
//! and a way to stop (see [`caretakers`]).

mod admission;
pub mod capsule;
pub mod caretakers;
pub mod drive;
mod engine;
mod facts;
pub mod gateway;
mod journal;
mod keyring;
mod keys;
mod library;
pub mod live;
mod options;
pub mod perform;
pub mod platform;
mod rewrapping;
mod sealing;

pub use admission::{Limits, Load, Urgency};
pub use engine::Surroundings;
pub use engine::{Engine, Parts};
pub use facts::Bound;
pub use gateway::NewRun;
pub use keyring::Keyring;
pub use keys::Keys;
pub use library::Definitions;
pub use options::Options;
pub use platform::{Platform, PlatformParts};
