//! Reading a request: what it quotes, what it names, what it asks for. No model, no clock.

pub mod clause;
pub mod evidence;
pub mod lexicon;
pub mod literal;
pub mod mark;
pub mod read;
pub mod residue;
pub mod seed;
pub mod spelling;
pub mod verb;

pub use evidence::Evidence;
