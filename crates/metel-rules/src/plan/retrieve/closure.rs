//! Type-directed closure: a tool that needs what only another tool makes brings that tool along.

use std::sync::Arc;

use metel_model::contract::Contract;

use crate::plan::kinds::{self, Fit};

/// Adds to `chosen` (ids, best first) the producers of required inputs that nothing chosen makes.
/// The result holds at most `k` ids; a producer takes the place of the last ones.
pub fn close(chosen: &[String], tools: &[Arc<Contract>], k: usize) -> Vec<String> {
    let find = |id: &str| tools.iter().find(|tool| tool.id == id);
    let mut out: Vec<String> = chosen.iter().take(k).cloned().collect();
    let mut needed: Vec<String> = Vec::new();
    for id in chosen.iter().take(k.min(4)) {
        let Some(tool) = find(id) else { continue };
        for field in kinds::fields(tool).into_iter().filter(|field| field.required && is_made(field.kind)) {
            let makes = |tool: &Contract| {
                tool.produces
                    .values()
                    .any(|product| matches!(kinds::fit(field.kind, &product.kind), Some(Fit::Exact | Fit::Kin)))
            };
            let held = out.iter().chain(&needed).filter_map(|id| find(id)).any(|tool| makes(tool));
            if !held && let Some(maker) = tools.iter().find(|other| other.id != *id && makes(other)) {
                needed.push(maker.id.clone());
            }
        }
    }
    needed.truncate(k / 2);
    out.truncate(k.saturating_sub(needed.len()));
    out.extend(needed);
    out
}

/// Whether a value of this type comes from a tool rather than from a person's words.
fn is_made(kind: &str) -> bool {
    !kind.is_empty() && (kind.contains('.') || kinds::is_link(kind) || kinds::is_table(kind)) && !kinds::is_prose(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::fixture;

    #[test]
    fn archiving_a_page_brings_what_makes_pages() {
        let catalogue = fixture::catalogue();
        let chosen = vec!["notion.archive_page".to_owned()];
        let closed = close(&chosen, catalogue.tools(), 8);
        assert!(closed.contains(&"notion.create_page".to_owned()), "{closed:?}");
    }

    #[test]
    fn the_limit_holds() {
        let catalogue = fixture::catalogue();
        let chosen: Vec<String> = catalogue.tools().iter().map(|tool| tool.id.clone()).collect();
        assert!(close(&chosen, catalogue.tools(), 3).len() <= 3);
    }
}
