//! What an expression may cost. Nothing here depends on a clock: the same expression over the
//! same values is cut off at the same place everywhere.

/// Longest source text in bytes.
pub const MAX_SOURCE: usize = 16 * 1024;
/// Deepest nesting of brackets, calls and ternaries in the source.
pub const MAX_NESTING: usize = 64;
/// Deepest tree, counting chains such as `a.b.c` and `1 + 2 + 3`.
pub const MAX_DEPTH: usize = 192;
/// Deepest value taken from outside.
pub const MAX_VALUE_DEPTH: usize = 128;

/// What one evaluation may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuel {
    /// Nodes evaluated, elements visited or compared, and text looked at (64 bytes a step).
    pub steps: u64,
    /// Bytes of text, bytes and list slots produced, and of variables brought in.
    pub bytes: u64,
}

impl Default for Fuel {
    /// Room for tens of thousands of list elements; well under 100 ms on one slow core.
    fn default() -> Self {
        Fuel { steps: 200_000, bytes: 8 * 1024 * 1024 }
    }
}
