//! Actions that no words of the request ask for: the commonest fault of small models. They are
//! named, and cut where nothing is lost.

use std::collections::BTreeSet;

use metel_model::plan::{Action, ActionPlan, Request};

use super::requires_of;
use crate::plan::catalogue::Catalogue;
use crate::plan::kinds;
use crate::plan::reference::{Reference, Use, rewrite, uses};
use crate::plan::understand::Evidence;

/// Ids of surplus actions, in plan order. An action that a wanted one requires is not surplus,
/// except a rewording step that nobody asked for: what it rewords can be used as it is.
pub fn surplus(plan: &ActionPlan, request: &Request, catalogue: &Catalogue) -> Vec<String> {
    let evidence = Evidence::of(request, catalogue);
    let wanted: Vec<bool> = plan.actions.iter().map(|action| is_wanted(action, &evidence, catalogue)).collect();
    let mut kept: BTreeSet<usize> = (0..plan.actions.len()).filter(|at| wanted[*at]).collect();
    for (at, action) in plan.actions.iter().enumerate() {
        if plan.actions[..at].iter().any(|earlier| earlier.tool == action.tool && earlier.args == action.args) {
            kept.remove(&at);
        }
    }
    // What a kept action refers to is kept too, back to the start.
    for at in (0..plan.actions.len()).rev() {
        if kept.contains(&at) {
            for root in roots(&plan.actions[at]) {
                if let Some(of) = plan.actions.iter().position(|action| action.id == root)
                    && !rewords(&plan.actions[of], catalogue)
                {
                    kept.insert(of);
                }
            }
        }
    }
    // Nothing is wanted at all: then the words were not understood, and nothing is called surplus.
    if kept.is_empty() {
        return Vec::new();
    }
    (0..plan.actions.len()).filter(|at| !kept.contains(at)).map(|at| plan.actions[at].id.clone()).collect()
}

/// The plan without its surplus actions. What referred to a cut rewording step now refers to what
/// that step reworded; where that is impossible the step stays.
pub fn repair_surplus(plan: &ActionPlan, request: &Request, catalogue: &Catalogue) -> ActionPlan {
    let mut plan = plan.clone();
    for id in surplus(&plan, request, catalogue) {
        let Some(at) = plan.actions.iter().position(|action| action.id == id) else { continue };
        let used = plan.actions.iter().any(|action| roots(action).contains(&id));
        let source = if used { source_of(&plan.actions[at]) } else { None };
        if used && source.is_none() {
            continue;
        }
        plan.actions.remove(at);
        if let Some(source) = source {
            for action in &mut plan.actions {
                for value in action.args.values_mut() {
                    rewrite(value, &|old| (old.root == id).then(|| source.clone()));
                }
                action.requires = requires_of(&action.args);
            }
        }
        plan.missing.retain(|field| field.action != id);
    }
    plan
}

fn is_wanted(action: &Action, evidence: &Evidence, catalogue: &Catalogue) -> bool {
    catalogue.tool(&action.tool).is_none_or(|contract| evidence.asks_for(contract, &action.args, catalogue))
}

/// A built-in step that turns prose into prose.
fn rewords(action: &Action, catalogue: &Catalogue) -> bool {
    catalogue.tool(&action.tool).is_some_and(|contract| {
        contract.service() == "text" && contract.produces.values().all(|product| kinds::is_prose(&product.kind))
    })
}

fn roots(action: &Action) -> BTreeSet<String> {
    let from_args = action.args.values().flat_map(uses).filter_map(|one| match one {
        Use::Whole(reference) | Use::Inside(reference) => Some(reference.root),
        Use::Broken(_) => None,
    });
    let stated = action.requires.iter().filter_map(|key| Reference::parse(key)).map(|reference| reference.root);
    from_args.chain(stated).collect()
}

/// What a rewording step reads, where that is one reference.
fn source_of(action: &Action) -> Option<Reference> {
    let mut found = action.args.values().flat_map(uses);
    match (found.next(), found.next()) {
        (Some(Use::Whole(reference) | Use::Inside(reference)), None) => Some(reference),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::fixture;
    use serde_json::json;

    fn request(text: &str) -> Request {
        Request { text: text.into(), lang: Default::default(), session: None }
    }

    fn padded() -> ActionPlan {
        serde_json::from_value(json!({"goal": "g", "actions": [
            {"id": "a1", "tool": "firecrawl.scrape", "args": {"url": "https://example.com/a"}},
            {"id": "a2", "tool": "text.summarize", "args": {"text": "${a1.text}"}, "requires": ["a1.text"]},
            {"id": "a3", "tool": "slack.post_message", "args": {"channel": "#random", "text": "글: ${a2.summary}"}, "requires": ["a2.summary"]},
            {"id": "a4", "tool": "notion.archive_page", "args": {"page": "x"}},
        ]}))
        .unwrap()
    }

    #[test]
    fn surplus_steps_are_cut_and_the_flow_is_mended() {
        let (plan, catalogue) = (padded(), fixture::catalogue());
        for text in
            ["https://example.com/a 읽어서 random 채널에 올려줘", "read https://example.com/a and post it in #random"]
        {
            assert_eq!(surplus(&plan, &request(text), &catalogue), ["a2", "a4"], "{text}");
            let mended = repair_surplus(&plan, &request(text), &catalogue);
            assert_eq!(mended.actions.len(), 2);
            assert_eq!(mended.actions[1].args["text"], "글: ${a1.text}");
            assert_eq!(mended.actions[1].requires, ["a1.text"]);
        }
    }

    #[test]
    fn what_was_asked_for_stays() {
        let catalogue = fixture::catalogue();
        let text = "https://example.com/a 요약해서 random 채널에 올려줘";
        assert_eq!(surplus(&padded(), &request(text), &catalogue), ["a4"]);
        let twice: ActionPlan = serde_json::from_value(json!({"goal": "g", "actions": [
            {"id": "a1", "tool": "slack.post_message", "args": {"channel": "#random", "text": "x"}},
            {"id": "a2", "tool": "slack.post_message", "args": {"channel": "#random", "text": "x"}},
        ]}))
        .unwrap();
        assert_eq!(surplus(&twice, &request("random에 'x' 올려줘"), &catalogue), ["a2"]);
    }
}
