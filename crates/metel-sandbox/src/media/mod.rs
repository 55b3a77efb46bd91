//! Simulated media: pictures and sounds that are valid files and say in themselves what was asked for.

pub(crate) mod elevenlabs;
pub(crate) mod openai;
pub(crate) mod png;
pub(crate) mod sound;
pub(crate) mod stability;
