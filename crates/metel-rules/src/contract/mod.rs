//! A tool contract made ready for use: everything in it is checked once, and then judged with.
//!
//! Pure: rendering a call, judging an answer, finding what it produced and telling whether it already
//! happened need no clock and no network. A contract with any fault is not usable at all.

mod check;
mod compile;
mod found;
mod judge;
mod lookup;
mod names;
mod preview;
mod products;
mod schemas;
#[cfg(test)]
mod tests;
mod visible;
pub mod wire;

pub use compile::{Compiled, CompiledBefore, CompiledUntil};
pub use judge::Judgement;
pub use lookup::{CompiledAfter, CompiledLookup};
pub use names::Names;
pub use schemas::field_faults;
pub use visible::visible;
pub use wire::{File, RenderFault, Request};
