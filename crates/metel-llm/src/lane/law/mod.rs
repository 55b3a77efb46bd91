//! What a lane may do when: pure decisions over plain data. Times are milliseconds of any steady clock.

mod breaker;
mod line;
mod queue;
mod retry;
mod window;

pub use breaker::Breaker;
pub use line::{Urgency, Who};
pub use queue::{Limits, Outcome, Queue, Verdict};
pub use retry::Retry;
pub use window::Window;
