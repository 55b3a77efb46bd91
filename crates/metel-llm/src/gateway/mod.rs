//! The door to all models: whoever asks names targets in order, waits for a turn in each one's lane,
//! and is tried again or elsewhere where that makes sense.

mod door;
mod estimate;
mod lanes;
mod meter;
mod pass;
mod target;

pub use door::{Door, Origin};
pub(crate) use estimate::tokens_of;
pub use estimate::tokens_of_bytes;
pub use lanes::Lanes;
pub use meter::{Asking, Free, Hold, Meter};
pub use pass::{Flow, Passed};
pub use target::Target;
