//! Lanes: the way to one model at one provider. Whoever wants to ask waits for a turn here.
//!
//! [`law`] decides and knows no clock, no socket and no chance: time and chance are passed in.
//! [`Lane`] is the thin part that waits and wakes.

mod law;
mod turn;

pub use law::{Breaker, Limits, Outcome, Queue, Retry, Urgency, Verdict, Who, Window};
pub use turn::{Lane, Turn};
