//! Standing rules: everything like one action passes within the bounds, and nothing else.

use metel_model::id::StandingId;
use metel_model::standing::Standing;
use proptest::prelude::*;

use super::*;

fn rule(tool: &str, receivers: &[&str], until: Micros) -> Standing {
    let receivers = receivers.iter().map(|name| (*name).to_owned()).collect();
    Standing { id: StandingId(Uuid::from_u128(7)), tool: tool.into(), receivers, amount_micros: None, until }
}

fn say(text: &str, to: &str) -> Value {
    json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.say", "args": {"text": text, "to": to}}], "entry_point": "a"})
}

#[test]
fn what_a_rule_covers_passes_and_the_log_names_it() {
    let mut w = World::new();
    w.facts.standing = vec![rule("s.say", &["partners"], Micros(9_000_000_000))];
    let events = w.start(say("알림", "partners")).unwrap();
    let used = events.iter().find_map(|event| match event {
        Event::StandingUsed { rule, .. } => Some(*rule),
        _ => None,
    });
    assert_eq!((used, w.status("a")), (Some(StandingId(Uuid::from_u128(7))), StepStatus::Running));
    let intended =
        events.iter().any(|e| matches!(e, Event::EffectIntended { rule, .. } if rule.as_deref() == Some("standing")));
    assert!(intended, "{events:?}");
    // A retry is the same call: it uses nothing again.
    w.status_of("a", 429).unwrap();
    w.facts.standing.clear();
    let again = w.wake("a").unwrap();
    assert!(names(&again).contains(&"effect_intended") && !names(&again).contains(&"standing_used"));
    w.check_history();
}

#[test]
fn what_is_outside_asks() {
    let late = Micros(1);
    let far = Micros(9_000_000_000);
    for (rule, text, to) in [
        (rule("s.say", &["partners"], late), "알림", "partners"),
        (rule("s.say", &["vendors"], far), "알림", "partners"),
        (rule("s.write", &["partners"], far), "알림", "partners"),
        (rule("s.say", &["partners"], far), "전화 010-1234-5678", "partners"),
    ] {
        let mut w = World::new();
        w.facts.standing = vec![rule.clone()];
        w.start(say(text, to)).unwrap();
        assert_eq!(w.status("a"), StepStatus::Waiting, "{rule:?} {text}");
        w.check_history();
    }
    for tool in ["s.delete", "s.pay"] {
        let mut w = World::new();
        w.facts.standing = vec![rule(tool, &[], far)];
        w.start(one(tool)).unwrap();
        assert_eq!(w.status("a"), StepStatus::Waiting, "{tool}");
    }
    // Nor what certain people have to approve.
    let mut w = World::new();
    w.facts.standing = vec![rule("s.say", &["partners"], far)];
    let two = json!({"id": "two", "when": {"tool": "s.say"}, "effect": "approval", "quorum": 2});
    w.facts.policy.rules = vec![serde_json::from_value(two).unwrap()];
    w.start(say("알림", "partners")).unwrap();
    assert_eq!(w.status("a"), StepStatus::Waiting);
}

proptest! {
    /// Whatever rules stand: the ledger sees no call outside them.
    #[test]
    fn nothing_outside_the_rules_goes_out(
        rules in prop::collection::vec((0usize..5, 0usize..3, 1i64..3), 0..4),
        calls in prop::collection::vec((0usize..5, 0usize..3, any::<bool>()), 1..5),
    ) {
        let (tools, places) = (["s.say", "s.write", "s.delete", "s.pay", "s.mail"], ["partners", "vendors", "a@x.com"]);
        let mut w = World::new();
        w.facts.policy.inside.shared_channels.push("vendors".into());
        w.facts.standing = rules
            .iter()
            .zip(1..)
            .map(|((tool, place, until), id)| Standing {
                id: StandingId(Uuid::from_u128(id)),
                ..rule(tools[*tool], &[places[*place]], Micros(until * 1_000_000))
            })
            .collect();
        let nodes: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(i, (tool, place, pii))| {
                let text = if *pii { "전화 010-1234-5678" } else { "알림" };
                json!({"id": format!("n{i}"), "type": "tool", "tool": tools[*tool], "args": {"text": text, "to": places[*place]}})
            })
            .collect();
        let edges: Vec<Value> =
            (1..nodes.len()).map(|i| json!({"from": format!("n{}", i - 1), "to": format!("n{i}")})).collect();
        w.start(json!({"nodes": nodes, "edges": edges, "entry_point": "n0"})).unwrap();
        for _ in 0..calls.len() {
            if let Some(id) = w.run.steps.iter().find(|(_, s)| s.status == StepStatus::Running).map(|(id, _)| id.clone()) {
                w.answer(&id, json!({})).unwrap();
            }
        }
        w.check_history();
    }
}
