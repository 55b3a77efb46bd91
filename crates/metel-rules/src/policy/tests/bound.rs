//! What an approval is bound to: run, tool, version, and every byte of the payload.

use metel_model::id::{RunId, WorkspaceId};
use proptest::prelude::*;

use super::*;
use crate::run::{approval_digest, blank};

fn run(n: u128) -> metel_model::run::Run {
    blank(WorkspaceId(uuid::Uuid::nil()), RunId(uuid::Uuid::from_u128(n)))
}

fn digest(n: u128, contract: &Contract, payload: &Value) -> metel_model::Digest {
    approval_digest(&run(n), contract, payload).unwrap()
}

#[test]
fn another_run_tool_or_version_is_another_approval() {
    let contract = tool(&["destructive"], json!({})).contract;
    let payload = json!({"to": "페이지", "text": "x"});
    let shown = digest(1, &contract, &payload);
    assert_eq!(shown, digest(1, &contract, &json!({"text": "x", "to": "페이지"})), "order of members is nothing");
    assert_ne!(shown, digest(2, &contract, &payload));
    assert_ne!(shown, digest(1, &Contract { id: "s.other".into(), ..contract.clone() }, &payload));
    assert_ne!(shown, digest(1, &Contract { version: "1.0.1".into(), ..contract.clone() }, &payload));
    // Parts do not run into each other.
    let (a, b) = (
        Contract { id: "s.a".into(), version: "1".into(), ..contract.clone() },
        Contract { id: "s.a1".into(), version: "".into(), ..contract.clone() },
    );
    assert_ne!(digest(1, &a, &payload), digest(1, &b, &payload));
    assert!(approval_digest(&run(1), &contract, &json!({"n": 9_007_199_254_740_993_i64})).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Any change of any character is another approval.
    #[test]
    fn every_character_counts(text in "\\PC{1,30}", at: prop::sample::Index, other: char) {
        let contract = tool_once();
        let mut changed: Vec<char> = text.chars().collect();
        let at = at.index(changed.len());
        changed[at] = other;
        let changed: String = changed.into_iter().collect();
        let same = text == changed;
        let of = |text: &str| digest(1, &contract, &json!({"to": "#team", "text": text}));
        prop_assert_eq!(of(&text) == of(&changed), same);
        prop_assert_ne!(of(&text), of(&format!("{text} ")));
        prop_assert_ne!(of(&text), digest(1, &contract, &json!({"to": "#team", "text": [text]})));
    }
}

fn tool_once() -> Contract {
    thread_local!(static ONCE: Contract = tool(&["destructive"], json!({})).contract);
    ONCE.with(Clone::clone)
}
