//! What a selector may cost.

/// Longest selector in bytes.
pub const MAX_SELECTOR: usize = 8 * 1024;
/// Deepest nesting of filters, parentheses and function calls.
pub const MAX_NESTING: usize = 32;
/// Most nodes that one query may visit, compare or choose.
pub const MAX_VISITS: u64 = 400_000;
