//! What a worker must be able to do for a step: words that its node and its contract name.

use metel_model::run::Run;

use super::scope::pinned;
use super::turn::Library;
use crate::graph::{Kind, Program, undone_by};

/// Most needs of one node or contract.
pub const NEEDS_MAX: usize = 8;

/// Whether a text can be a need: up to 32 lower-case letters, digits, `_` and `-`, a letter first.
pub fn is_need(word: &str) -> bool {
    let mut bytes = word.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
    first && word.len() <= 32 && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}

/// What a worker must be able to do for a step of a run: sorted, each word once.
pub fn needs(run: &Run, program: &Program, library: &dyn Library, step: &str) -> Vec<String> {
    of(run, Some(program), library, step)
}

pub(super) fn of(run: &Run, program: Option<&Program>, library: &dyn Library, step: &str) -> Vec<String> {
    let node = program.and_then(|program| program.node_of(step));
    let tool = match (undone_by(step), node.map(|node| &node.kind)) {
        (Some(undone), _) => run.undos.iter().find(|undo| undo.step == undone).map(|undo| undo.tool.as_str()),
        (None, Some(Kind::Tool { tool, .. })) => Some(tool.as_str()),
        (None, Some(Kind::Agents { .. })) => super::conversation::tool_of(run, step),
        _ => None,
    };
    let contract = tool.and_then(|tool| pinned(run, library, tool));
    let own = node.map(|node| node.needs.as_slice()).unwrap_or_default();
    let its = contract.as_ref().map(|c| c.contract.needs.as_slice()).unwrap_or_default();
    let mut needs: Vec<String> = own.iter().chain(its).cloned().collect();
    needs.sort();
    needs.dedup();
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_a_short_word() {
        assert!(["ffmpeg", "browser", "gpu-2", "a_b"].iter().all(|word| is_need(word)));
        let long = "a".repeat(33);
        assert!(["", "Ffmpeg", "2d", "a b", "영상", long.as_str()].iter().all(|word| !is_need(word)));
    }
}
