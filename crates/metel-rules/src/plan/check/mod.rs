//! Whether a proposed plan holds: known tools, declared and well-typed arguments, references to
//! earlier products of a fitting type, nothing that nobody asked for. Faults are all listed.

pub(in crate::plan) mod args;
mod surplus;

use std::collections::BTreeMap;

use metel_model::contract::Contract;
use metel_model::plan::{ActionPlan, Request};

pub use metel_model::plan::ACTIONS_MAX;
pub use surplus::{repair_surplus, surplus};

use super::catalogue::Catalogue;
use super::fault::{FaultKind, PlanFault};
use super::reference::{Reference, Use, uses};

/// Every fault of `plan` for `request`; none means that it may be compiled and run.
pub fn check_plan(plan: &ActionPlan, request: &Request, catalogue: &Catalogue) -> Vec<PlanFault> {
    let mut faults = check_shape(plan, catalogue);
    for id in surplus(plan, request, catalogue) {
        let at = plan.actions.iter().position(|action| action.id == id).unwrap_or_default();
        faults.push(
            PlanFault::new(
                FaultKind::Surplus,
                format!("/actions/{at}"),
                format!("No words of the request ask for {}", plan.actions[at].tool),
                format!("요청에 없는 단계예요: {}", plan.actions[at].tool),
            )
            .at(&id),
        );
    }
    faults
}

/// The faults that do not depend on the request's words.
pub fn check_shape(plan: &ActionPlan, catalogue: &Catalogue) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    if plan.actions.is_empty() {
        faults.push(PlanFault::new(FaultKind::Empty, "/actions", "The plan has no action", "계획에 단계가 없어요"));
    }
    if plan.actions.len() > ACTIONS_MAX {
        faults.push(PlanFault::new(
            FaultKind::TooMany,
            "/actions",
            format!("A plan has at most {ACTIONS_MAX} actions"),
            format!("계획은 {ACTIONS_MAX}단계까지예요"),
        ));
        return faults;
    }
    let mut tools: BTreeMap<&str, &str> = BTreeMap::new();
    for (at, action) in plan.actions.iter().enumerate() {
        let pointer = format!("/actions/{at}");
        let mut found = Vec::new();
        if !is_name(&action.id) {
            found.push(PlanFault::new(
                FaultKind::Id,
                format!("{pointer}/id"),
                "An action's id is a letter and up to 63 letters, digits, `_` or `-`",
                "단계 id는 영문자로 시작하고 영문자, 숫자, `_`, `-`로 64자까지예요",
            ));
        }
        match catalogue.tool(&action.tool) {
            None => found.push(PlanFault::new(
                FaultKind::ToolUnknown,
                format!("{pointer}/tool"),
                format!("There is no tool {}", action.tool),
                format!("없는 도구예요: {}", action.tool),
            )),
            Some(contract) => args::check(action, contract, &tools, catalogue, &pointer, &mut found),
        }
        for (i, key) in action.requires.iter().enumerate() {
            let known = Reference::parse(key).is_some_and(|r| tools.contains_key(r.root.as_str()));
            if !known {
                found.push(PlanFault::new(
                    FaultKind::Reference,
                    format!("{pointer}/requires/{i}"),
                    format!("{key} is made by no earlier action"),
                    format!("앞 단계에서 만들지 않는 값이에요: {key}"),
                ));
            }
        }
        faults.extend(found.into_iter().map(|fault| fault.at(&action.id)));
        if tools.insert(&action.id, &action.tool).is_some() {
            faults.push(
                PlanFault::new(
                    FaultKind::Id,
                    format!("{pointer}/id"),
                    format!("Two actions are called {}", action.id),
                    format!("단계 id가 겹쳐요: {}", action.id),
                )
                .at(&action.id),
            );
        }
    }
    faults
}

/// The state keys that an action's arguments refer to: what its `requires` must list.
pub fn requires_of(args: &serde_json::Map<String, serde_json::Value>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for value in args.values() {
        for found in uses(value) {
            if let Use::Whole(reference) | Use::Inside(reference) = found {
                let key = format!("{}.{}", reference.root, reference.key());
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
    }
    keys
}

/// The state keys that an action with this tool leaves: what its `produces` must list.
pub fn produces_of(id: &str, contract: &Contract) -> Vec<String> {
    contract.produces.keys().map(|key| format!("{id}.{key}")).collect()
}

fn is_name(id: &str) -> bool {
    Reference::parse(id).is_some_and(|reference| reference.path.is_empty() && !id.contains('.'))
        && !matches!(id, "input" | "params" | "item" | "index" | "run")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::fixture;
    use serde_json::json;

    fn kinds(plan: serde_json::Value, request: &str) -> Vec<FaultKind> {
        let plan: ActionPlan = serde_json::from_value(plan).unwrap();
        let request = Request { text: request.into(), lang: Default::default(), session: None };
        check_plan(&plan, &request, &fixture::catalogue()).into_iter().map(|fault| fault.kind).collect()
    }

    fn two(second: serde_json::Value) -> serde_json::Value {
        json!({"goal": "g", "actions": [
            {"id": "a1", "tool": "notion.create_page", "args": {"title": "회의록"}},
            second,
        ]})
    }

    const WORDS: &str = "노션에 회의록 페이지를 만들고 슬랙 #team 에 공유해줘";

    #[test]
    fn a_good_plan_has_no_fault() {
        let post = json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "team", "text": "링크 ${a1.page_url}"}});
        assert_eq!(kinds(two(post), WORDS), []);
    }

    #[test]
    fn every_sort_of_fault_is_named() {
        use FaultKind::*;
        for (second, kind) in [
            (json!({"id": "a2", "tool": "slack.nothing", "args": {}}), ToolUnknown),
            (
                json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "team", "text": "x", "as": "me"}}),
                ArgUnknown,
            ),
            (json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "team"}}), ArgAbsent),
            (json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": 3, "text": "x"}}), ArgInvalid),
            (
                json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "team", "text": "${a3.page_url}"}}),
                Reference,
            ),
            (
                json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "team", "text": "${a1.rows}"}}),
                Reference,
            ),
            (
                json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "team", "text": "${a2.ts}"}}),
                Reference,
            ),
            (
                json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "${a1.page_url}", "text": "x"}}),
                ReferenceType,
            ),
            (json!({"id": "a1", "tool": "slack.post_message", "args": {"channel": "team", "text": "x"}}), Id),
            (json!({"id": "a 2", "tool": "slack.post_message", "args": {"channel": "team", "text": "x"}}), Id),
            (
                json!({"id": "a2", "tool": "slack.post_message", "args": {"channel": "team", "text": "x"}, "requires": ["a9.x"]}),
                Reference,
            ),
        ] {
            assert_eq!(kinds(two(second.clone()), WORDS), [kind], "{second}");
        }
        assert_eq!(kinds(json!({"goal": "g", "actions": []}), WORDS), [Empty]);
        let many: Vec<_> = (0..21).map(|i| json!({"id": format!("a{i}"), "tool": "text.summarize"})).collect();
        assert!(kinds(json!({"goal": "g", "actions": many}), WORDS).contains(&TooMany));
    }

    #[test]
    fn what_nobody_asked_for_is_a_fault() {
        let clear =
            json!({"id": "a2", "tool": "sheets.clear_range", "args": {"spreadsheet": "매출", "range": "A1:B2"}});
        assert_eq!(kinds(two(clear), WORDS), [FaultKind::Surplus]);
    }
}
