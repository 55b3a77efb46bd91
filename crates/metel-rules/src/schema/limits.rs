//! What a schema and a check may cost.

use serde_json::Value;

/// Most JSON nodes in a schema, and in each document that it refers to.
pub const MAX_NODES: usize = 50_000;
/// Deepest nesting of a schema, and of a checked value.
pub const MAX_DEPTH: usize = 128;
/// Longest chain of subschemas and references that lead to one another.
pub const MAX_REACH: usize = 400;
/// Most subschemas that a schema may reach.
pub(super) const MAX_SUBSCHEMAS: usize = 100_000;
/// Most pairs of a subschema and a part of the value that one check may meet.
pub const MAX_PAIRS: usize = 500_000;
/// Most applications of a subschema to a part of the value, counting repeats.
pub const MAX_WORK: u64 = 2_000_000;
/// Most nodes that explaining failed alternatives may copy; past it a failure is told as a whole.
pub(super) const MAX_EXPLAINED: u64 = 500_000;
/// Most violations told of one value.
pub const MAX_VIOLATIONS: usize = 64;
/// How often a pattern with look-around may step back.
pub(super) const MAX_BACKTRACKS: usize = 10_000;
/// Largest compiled pattern in bytes.
pub(super) const MAX_PATTERN: usize = 256 * 1024;

/// Nodes of a value, `None` when it is deeper than [`MAX_DEPTH`] or has more than `most` nodes.
pub(super) fn nodes(value: &Value, most: usize) -> Option<usize> {
    let mut stack = vec![(value, 1)];
    let mut count = 0;
    while let Some((value, depth)) = stack.pop() {
        count += 1;
        if depth > MAX_DEPTH || count + stack.len() > most {
            return None;
        }
        match value {
            Value::Array(items) => stack.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(entries) => stack.extend(entries.values().map(|v| (v, depth + 1))),
            _ => {}
        }
    }
    Some(count)
}
