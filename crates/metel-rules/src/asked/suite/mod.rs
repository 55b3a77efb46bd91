//! A measured suite of injections: simulated tool worlds, what users ask there, what attackers want, and
//! a scripted model that does what the user asked and obeys every instruction that it reads.
//!
//! The model cannot be talked out of anything, so what does not happen was stopped by the gate. The
//! approver approves the calls of the user's task and nothing else, and is counted.

mod play;
mod world;

pub use play::{Figures, Judging, Wordings, attackable, is_own, play, play_with, worded};
pub use world::{Goal, Step, Task, World, WorldError};

#[cfg(test)]
mod tests;
