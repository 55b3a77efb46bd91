//! What holds for any payload under any rules.

use std::rc::Rc;

use proptest::prelude::*;

use super::*;

thread_local! {
    static TOOLS: Vec<Rc<Compiled>> = [
        tool(&["read"], json!({})),
        tool(&["write"], json!({})),
        tool(&["write"], to("channel")),
        tool(&["destructive"], json!({})),
        tool(&["read", "financial"], to("email")),
        tool(&["external_send"], to("email")),
        tool(&["external_send"], to("public")),
        tool(&["write", "destructive", "external_send"], to("channel")),
    ]
    .into_iter()
    .map(Rc::new)
    .collect();
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "010-1234-5678",
            "kim@example.com",
            "a@own.kr",
            "900101-1234568",
            "4111 1111 1111 1111",
            "계좌 110-482-913307",
            "#partners",
            "partners",
            "#팀",
            "192.168.14.6",
            ", ",
            " ",
            "안녕",
            "전화 ",
            "회의록",
            "sk-",
            "@",
            "-",
        ])
        .prop_map(str::to_owned),
        "[0-9가-힣a-z]{0,6}",
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn payload() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![text().prop_map(Value::from), any::<i64>().prop_map(Value::from), Just(Value::Null)];
    let value = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..3).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    });
    (value.clone(), value).prop_map(|(to, text)| json!({"to": to, "text": text}))
}

fn rules() -> impl Strategy<Value = Vec<PolicyRule>> {
    let effect = prop::sample::select(vec![ALLOW, ASK, DENY, ALLOW, ALLOW]);
    let when = prop::sample::select(vec![
        json!({}),
        json!({"tool": "s.*"}),
        json!({"risk": ["destructive", "financial"]}),
        json!({"condition": "outside"}),
        json!({"condition": "size(pii) == 0"}),
        json!({"condition": "input.text.contains('a')"}),
        json!({"service": "other"}),
    ]);
    prop::collection::vec((effect, when), 0..4).prop_map(|rules| {
        let of = |(i, (effect, when)): (usize, (PolicyEffect, Value))| {
            serde_json::from_value(rule(&format!("r{i}"), effect, when)).unwrap()
        };
        rules.into_iter().enumerate().map(of).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn hard_risks_always_ask_and_a_verdict_is_a_function_of_the_case(
        which in 0..8usize, payload in payload(), rules in rules(), mark: bool,
    ) {
        let contract = TOOLS.with(|tools| tools[which].clone());
        let mut facts = facts(json!([]));
        facts.policy.rules = rules;
        let untrusted: &[&str] = if mark { &["/to"] } else { &[] };
        let verdict = judge(&contract, &payload, &facts, untrusted);
        prop_assert_eq!(&verdict, &judge(&contract, &payload, &facts.clone(), untrusted));
        let denies = facts.policy.rules.iter().any(|r| verdict.rule == r.id && r.effect == DENY);
        prop_assert_eq!(verdict.effect == DENY, denies, "only a rule denies what is connected");
        let sends = contract.contract.has_risk(Risk::ExternalSend) || verdict.outside;
        let hard = contract.contract.has_risk(Risk::Destructive)
            || contract.contract.has_risk(Risk::Financial)
            || sends && !pii::scan_value(&payload).is_empty();
        prop_assert!(!hard || verdict.effect != ALLOW, "{:?}", verdict);
        prop_assert!(!hard || !is_grantable(&contract.contract, &verdict));
        prop_assert!(verdict.effect != ASK || !verdict.rule.is_empty());
        // What marks say is masked: the finding itself is not repeated.
        for mark in verdict.pii.iter().filter(|m| m.kind == "email") {
            prop_assert!(mark.masked.contains('*'));
        }
    }

    #[test]
    fn masking_leaves_nothing_personal(payload in payload()) {
        let mut masked = payload;
        pii::mask_value(&mut masked);
        prop_assert_eq!(pii::scan_value(&masked), vec![]);
        let contract = TOOLS.with(|tools| tools[6].clone());
        prop_assert_ne!(judge(&contract, &masked, &facts(json!([])), &[]).rule, "pii.external_send");
    }
}
