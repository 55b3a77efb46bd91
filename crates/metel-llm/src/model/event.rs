//! What an answer consists of, in the order in which it comes. A whole answer is the same events at once.

use super::reply::Finish;

/// One step of an answer, the same for every provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The model that answers, as the provider names it.
    Model(String),
    Text(String),
    /// Thoughts that a provider shows; no part of the answer.
    Reasoning(String),
    /// The model's own words on why it does not answer.
    Refusal(String),
    /// A call of a tool begins. `index` tells calls of one answer apart.
    CallBegin {
        index: u32,
        id: String,
        name: String,
        signature: Option<String>,
    },
    /// A part of its arguments' JSON text.
    CallArguments {
        index: u32,
        text: String,
    },
    /// Counts so far; what is told later counts.
    Usage(Tokens),
    /// Why the answer ended. Without this event it did not end: it broke.
    Finish(Finish),
}

/// Token counts as far as they were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// All input, what came from or went into a cache included.
    pub input: Option<u64>,
    /// All output, thoughts included.
    pub output: Option<u64>,
    /// Input read from the provider's cache.
    pub cached: Option<u64>,
    /// Input written to it.
    pub cache_written: Option<u64>,
    /// Output that was thoughts.
    pub reasoning: Option<u64>,
}

impl Tokens {
    /// What `later` tells replaces what was told before.
    pub fn update(&mut self, later: Self) {
        self.input = later.input.or(self.input);
        self.output = later.output.or(self.output);
        self.cached = later.cached.or(self.cached);
        self.cache_written = later.cache_written.or(self.cache_written);
        self.reasoning = later.reasoning.or(self.reasoning);
    }
}
