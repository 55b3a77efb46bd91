//! Who decides: certain people, several of them, never whoever asked, and no way around them.

use metel_model::envelope::Envelope;
use proptest::prelude::*;

use super::*;

/// `s.say` goes to outsiders' channels: the second finance person counts, whoever asked does not.
fn ruled(w: &mut World, needs: Value) {
    let mut rule =
        json!({"id": "two", "when": {"tool": "s.*", "condition": "input.text != 'free'"}, "effect": "approval"});
    rule.as_object_mut().unwrap().extend(needs.as_object().unwrap().clone());
    w.facts.policy.rules = vec![serde_json::from_value(rule).unwrap()];
    for (group, members) in [("finance", vec!["user:1", "user:2", "user:3"]), ("legal", vec!["user:9"])] {
        w.facts.groups.insert(group.into(), members.into_iter().map(str::to_owned).collect());
    }
}

fn says(w: &World, step: &str, by: &str, decision: Decision) -> Command {
    let shown = w.run.steps[step].approval.clone().unwrap();
    Command::Decide { approval: shown.id, digest: shown.digest, decision, by: by.into(), channel: Channel::Web }
}

fn yes(w: &mut World, by: &str) -> Result<Vec<Event>, Refusal> {
    let command = says(w, "a", by, Decision::Approve { all_like_this: false });
    w.send(command)
}

fn code(refused: Result<Vec<Event>, Refusal>) -> Code {
    match refused {
        Err(Refusal::Fault(fault)) => fault.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_goes_once_different_people_of_the_group_have_approved() {
    let mut w = World::new();
    ruled(&mut w, json!({"approvers": ["group:finance"], "quorum": 2, "separation": true}));
    w.start(one("s.write")).unwrap();
    assert_eq!(w.run.steps["a"].needs.len(), 1, "a write is asked about because the rule says so");
    for (by, refused) in [
        ("user:1", Code::ApprovalForbidden),
        ("user:4", Code::ApprovalForbidden),
        ("agent:2", Code::ApprovalForbidden),
        ("system", Code::ApprovalForbidden),
    ] {
        assert_eq!(code(yes(&mut w, by)), refused, "{by}");
    }
    assert_eq!(names(&yes(&mut w, "user:2").unwrap()), ["approval_voted"]);
    assert_eq!(code(yes(&mut w, "user:2")), Code::ApprovalCounted);
    assert_eq!(w.status("a"), StepStatus::Waiting);
    assert_eq!(names(&yes(&mut w, "user:3").unwrap())[..2], ["approval_decided", "effect_intended"]);
    w.answer("a", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn one_no_refuses() {
    for (by, may) in [("user:3", true), ("user:1", true), ("user:4", false), ("agent:3", false)] {
        let mut w = World::new();
        ruled(&mut w, json!({"approvers": ["group:finance"], "quorum": 2, "separation": true}));
        w.start(one("s.write")).unwrap();
        yes(&mut w, "user:2").unwrap();
        let no = says(&w, "a", by, Decision::Reject { reason: None });
        assert_eq!(w.send(no).is_ok(), may, "{by}");
        assert_eq!(w.run.status == RunStatus::Failed, may, "{by}");
        w.check_history();
    }
}

#[test]
fn a_group_is_looked_up_when_it_is_decided() {
    let mut w = World::new();
    ruled(&mut w, json!({"approvers": ["group:finance"], "quorum": 2}));
    w.start(one("s.write")).unwrap();
    yes(&mut w, "user:2").unwrap();
    // Whoever has left does not count any more, whoever has come does.
    w.facts.groups.insert("finance".into(), ["user:3".to_owned(), "user:4".to_owned()].into());
    yes(&mut w, "user:3").unwrap();
    assert_eq!(w.status("a"), StepStatus::Waiting);
    yes(&mut w, "user:4").unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    // What was decided stays decided: a retry asks nobody again.
    w.facts.groups.clear();
    w.status_of("a", 503).unwrap();
    w.wake("a").unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    w.check_history();
}

#[test]
fn whoever_comes_back_into_the_group_counts_again() {
    for last in ["user:3", "user:4"] {
        let mut w = World::new();
        ruled(&mut w, json!({"approvers": ["group:finance"], "quorum": 2}));
        w.start(one("s.write")).unwrap();
        yes(&mut w, "user:2").unwrap();
        w.facts.groups.insert("finance".into(), ["user:3".to_owned()].into());
        yes(&mut w, "user:3").unwrap();
        assert_eq!(w.status("a"), StepStatus::Waiting);
        // Now both have said it; whoever of the group says it next completes it.
        let all = ["user:2", "user:3", "user:4"].map(str::to_owned);
        w.facts.groups.insert("finance".into(), all.into());
        assert!(yes(&mut w, "user:9").is_err());
        yes(&mut w, last).unwrap();
        assert_eq!(w.status("a"), StepStatus::Running);
        w.check_history();
    }
}

#[test]
fn rules_that_hold_together_are_met_together() {
    let mut w = World::new();
    ruled(&mut w, json!({"approvers": ["group:finance"], "quorum": 1}));
    let legal = json!({"id": "legal", "effect": "approval", "approvers": ["group:legal"]});
    w.facts.policy.rules.push(serde_json::from_value(legal).unwrap());
    w.start(one("s.write")).unwrap();
    yes(&mut w, "user:9").unwrap();
    assert_eq!(w.status("a"), StepStatus::Waiting);
    yes(&mut w, "user:2").unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    w.check_history();
}

#[test]
fn another_payload_is_asked_about_anew() {
    let mut w = World::new();
    ruled(&mut w, json!({"approvers": ["group:finance"], "quorum": 2, "separation": true}));
    w.start(one("s.write")).unwrap();
    yes(&mut w, "user:2").unwrap();
    // Even one that the rule does not hold for: it held for what was asked.
    for text in ["free", "other"] {
        let edit = says(&w, "a", "user:3", Decision::Edit { payload: json!({"text": text}) });
        let events = w.send(edit).unwrap();
        assert!(names(&events).contains(&"approval_requested"), "{:?}", names(&events));
        assert_eq!((w.status("a"), w.payload("a")), (StepStatus::Waiting, json!({"text": text})));
        // The editor counts for it, whoever approved the former payload does not.
        assert_eq!(code(yes(&mut w, "user:3")), Code::ApprovalCounted);
    }
    yes(&mut w, "user:2").unwrap();
    assert_eq!((w.status("a"), w.payload("a")), (StepStatus::Running, json!({"text": "other"})));
    w.check_history();
}

#[test]
fn a_stricter_policy_meanwhile_counts_too() {
    let mut w = World::new();
    ruled(&mut w, json!({}));
    w.start(one("s.write")).unwrap();
    ruled(&mut w, json!({"quorum": 2}));
    yes(&mut w, "user:2").unwrap();
    assert_eq!(w.status("a"), StepStatus::Waiting, "one yes is not two");
    yes(&mut w, "user:3").unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    w.check_history();
}

#[test]
fn neither_all_like_this_nor_an_envelope_goes_around_it() {
    let mut w = World::new();
    w.facts.policy.inside.shared_channels.push("partners".into());
    let say = |id: &str, text: &str| json!({"id": id, "type": "tool", "tool": "s.say", "args": {"text": text, "to": "partners"}});
    let two =
        json!({"nodes": [say("a", "free"), say("b", "알림")], "edges": [{"from": "a", "to": "b"}], "entry_point": "a"});
    ruled(&mut w, json!({"quorum": 2}));
    w.start(two.clone()).unwrap();
    w.decide("a", Decision::Approve { all_like_this: true }).unwrap();
    w.answer("a", json!({})).unwrap();
    assert_eq!(w.status("b"), StepStatus::Waiting, "a grant is no quorum");
    let like = says(&w, "b", "user:2", Decision::Approve { all_like_this: true });
    assert_eq!(code(w.send(like)), Code::ApprovalForbidden);

    let mut w = World::new();
    ruled(&mut w, json!({"quorum": 2}));
    w.start(two).unwrap();
    let env = Env { library: &w.shelf, facts: &w.facts, facts_digest: w.run.facts };
    let found = propose(&w.run, &env, w.now).unwrap();
    assert_eq!(found.open, ["b"]);
    // Somebody seals more than was proposed: bounds and the exact payload of the second.
    let payload = json!({"text": "알림", "to": "partners"});
    let exact = crate::run::tool::approval_digest(&w.run, &w.shelf.contracts["s.say"].contract, &payload).unwrap();
    let mut envelope: Envelope = found.envelope;
    envelope.exact.insert(exact);
    envelope.recipients.insert("partners".into());
    envelope.calls = 9;
    let digest = envelope.digest().unwrap();
    w.send(Command::Seal { envelope: Box::new(envelope), digest, by: "user:2".into(), channel: Channel::Web }).unwrap();
    w.answer("a", json!({})).unwrap();
    assert_eq!(w.status("b"), StepStatus::Waiting, "an envelope is no quorum");
    w.check_history();
}

#[test]
fn a_log_from_before_quorums_is_read() {
    let old = json!({"type": "approval_requested", "ask": {
        "id": "appr_00000000000000000000000000", "step": "a", "digest": "0".repeat(64), "title": {"en": "x", "ko": "x"},
        "payload": {}, "verdict": {"effect": "approval", "rule": "risk.write"}, "expires_at": 5}});
    let event: Event = serde_json::from_value(old).unwrap();
    let mut run = blank(WorkspaceId(Uuid::nil()), RunId(Uuid::nil()));
    evolve(&mut run, &event, Micros(1));
    assert!(run.steps["a"].needs.is_empty());
    assert!(!serde_json::to_string(&event).unwrap().contains("needs"));
}

proptest! {
    /// Whoever says what in whatever order: the ledger counts the people behind every call, and the log replays.
    #[test]
    fn no_call_goes_without_its_people(
        quorum in 1u32..4, separation: bool, group: bool,
        acts in prop::collection::vec((0u8..6, 0usize..8, any::<bool>()), 1..16),
    ) {
        let people = ["user:1", "user:2", "user:3", "user:4", "user:9", "agent:2", "system", "worker"];
        let mut w = World::new();
        let mut needs = json!({"quorum": quorum, "separation": separation});
        if group {
            needs["approvers"] = json!(["group:finance"]);
        }
        ruled(&mut w, needs);
        w.start(pair("s.write", "s.say")).unwrap();
        for (what, who, first) in acts {
            let step = if first { "x" } else { "y" };
            if w.run.status.is_final() || w.status(step) != StepStatus::Waiting || w.run.steps[step].approval.is_none() {
                continue;
            }
            let decision = match what {
                0 | 1 => Decision::Approve { all_like_this: false },
                2 => Decision::Approve { all_like_this: true },
                3 => Decision::Edit { payload: json!({"text": format!("{who}")}) },
                4 => Decision::Mask {},
                _ => {
                    let members = w.facts.groups.entry("finance".into()).or_default();
                    let name = people[who % 5].to_owned();
                    if !members.remove(&name) {
                        members.insert(name);
                    }
                    Decision::Reject { reason: None }
                }
            };
            if what < 5 {
                let _ = w.send(says(&w, step, people[who], decision));
            }
        }
        w.check_history();
    }
}
