//! Simulation: the real engine over the real SQLite store, in simulated time, on one thread, from a seed.
//!
//! A simulated process is an engine in a runtime of its own whose clock stands still until it is moved; a
//! crash drops the runtime. The tests of the engine build whole worlds of them; [`torture`] puts a user's own
//! workflow through faults at every step. Nothing here reaches a network, a disk or anybody's data.

mod clock;
mod dice;
mod machine;
mod story;
pub mod torture;

pub use clock::{EPOCH, Ids, Wall, ms_since_start, since_start};
pub use dice::Dice;
pub use machine::Machine;
pub use story::{Story, entry, seconds};
