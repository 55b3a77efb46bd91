//! The order: connection, scopes, deny, what always asks, the workspace's rules, the risk table.

use super::*;

#[test]
fn each_check_comes_before_the_next() {
    // Everything is wrong at once; what is mended lets the next check speak.
    let contract = tool(&["destructive"], to("email"));
    let payload = json!({"to": "kim@other.kr", "text": "010-1234-5678"});
    let rules = json!([rule("ask", ASK, json!({})), rule("let", ALLOW, json!({})), rule("no", DENY, json!({}))]);
    let mut facts = facts(rules);
    facts.connections.clear();
    let next = |facts: &Facts, effect, rule: &str, code: Option<Code>| {
        let verdict = judge(&contract, &payload, facts, &["/to"]);
        assert_eq!(said(&verdict), (effect, rule));
        if let Some(code) = code {
            assert_eq!(code_of(rule), code);
        }
        assert!(effect == ALLOW || verdict.reasons.iter().all(|r| !r.en.is_empty() && !r.ko.is_empty()));
    };
    next(&facts, DENY, "connection.missing", Some(Code::ConnectionMissing));
    for state in [ConnectionState::Expired, ConnectionState::Revoked] {
        facts.connections.insert("s".into(), connection(state, &[]));
        next(&facts, DENY, "connection.expired", Some(Code::ConnectionExpired));
    }
    facts.connections.insert("s".into(), connection(ConnectionState::Ready, &["other"]));
    next(&facts, DENY, "connection.scope", Some(Code::ScopeMissing));
    facts.connections.insert("s".into(), connection(ConnectionState::Ready, &["act", "other"]));
    next(&facts, DENY, "no", Some(Code::Denied));
    facts.policy.rules.pop();
    next(&facts, ASK, "risk.destructive", None);
    facts.policy.rules.remove(0);
    next(&facts, ASK, "risk.destructive", None);
}

#[test]
fn the_workspaces_rules_come_before_the_risk_table() {
    let inside = json!({"to": "#team", "text": "x"});
    let outside = json!({"to": "#partners", "text": "x"});
    let contract = tool(&["write"], to("channel"));
    let (ask, allow, no) = (rule("ask", ASK, json!({})), rule("let", ALLOW, json!({})), rule("no", DENY, json!({})));
    for (rules, payload, effect, by) in [
        (json!([]), &inside, ALLOW, "risk.write"),
        (json!([]), &outside, ASK, "risk.external_send"),
        (json!([allow]), &outside, ALLOW, "let"),
        (json!([allow, ask]), &outside, ASK, "ask"),
        (json!([ask, allow]), &inside, ASK, "ask"),
        (json!([allow, ask, no]), &inside, DENY, "no"),
    ] {
        assert_eq!(said(&judge(&contract, payload, &facts(rules.clone()), &[])), (effect, by), "{rules}");
    }
}

#[test]
fn the_risk_table() {
    let plain = json!({"text": "안녕"});
    let allow = || json!([rule("let", ALLOW, json!({}))]);
    for (risk, effect, by, with_rule) in [
        (vec!["read"], ALLOW, "risk.read", (ALLOW, "let")),
        (vec!["write"], ALLOW, "risk.write", (ALLOW, "let")),
        (vec!["read", "write"], ALLOW, "risk.write", (ALLOW, "let")),
        // No rule takes these from a person.
        (vec!["destructive"], ASK, "risk.destructive", (ASK, "risk.destructive")),
        (vec!["financial"], ASK, "risk.financial", (ASK, "risk.financial")),
        (vec!["write", "financial"], ASK, "risk.financial", (ASK, "risk.financial")),
        (vec!["external_send"], ASK, "risk.external_send", (ALLOW, "let")),
    ] {
        let contract = tool(&risk, json!({}));
        assert_eq!(said(&judge(&contract, &plain, &facts(json!([])), &[])), (effect, by), "{risk:?}");
        assert_eq!(said(&judge(&contract, &plain, &facts(allow()), &[])), with_rule, "{risk:?}");
    }
}

#[test]
fn a_builtin_needs_no_connection() {
    let contract = tool(&["write"], json!({"transport": {"type": "builtin", "name": "echo"}, "scopes": []}));
    assert_eq!(said(&judge(&contract, &json!({}), &Facts::default(), &[])), (ALLOW, "risk.write"));
}

#[test]
fn only_the_scopes_that_lack_are_named() {
    let contract = tool(&["write"], json!({"scopes": ["act", "more", "most"]}));
    let verdict = judge(&contract, &json!({}), &facts(json!([])), &[]);
    assert_eq!(said(&verdict), (DENY, "connection.scope"));
    assert_eq!(verdict.reasons[0].en, "s lacks more, most");
}

#[test]
fn a_rule_matches_on_all_that_it_names() {
    let contract = tool(&["write"], to("channel"));
    let payload = json!({"to": "#team", "text": "환불 50000원"});
    for (when, holds) in [
        (json!({}), true),
        (json!({"tool": "s.act"}), true),
        (json!({"tool": "s.*"}), true),
        (json!({"tool": "s.ac"}), false),
        (json!({"tool": "t.*"}), false),
        (json!({"service": "s"}), true),
        (json!({"service": "slack"}), false),
        (json!({"risk": ["read", "write"]}), true),
        (json!({"risk": ["read"]}), false),
        (json!({"tool": "s.*", "risk": ["read"]}), false),
        (json!({"condition": "input.text.contains('환불')"}), true),
        (json!({"condition": "input.to == '#general'"}), false),
        (json!({"condition": "'write' in risk && tool == 's.act' && service == 's'"}), true),
        (json!({"condition": "requester == 'user:1'"}), true),
        (json!({"condition": "outside"}), false),
        (json!({"condition": "size(pii) > 0"}), false),
        (json!({"condition": "timestamp(now).getHours() < 9"}), false),
        (json!({"condition": "timestamp(now).getHours('Asia/Seoul') == 18"}), true),
        (json!({"service": "s", "condition": "'/to' in untrusted"}), true),
    ] {
        let facts = facts(json!([rule("no", DENY, when.clone())]));
        assert_eq!(check_rules(&facts.policy), [], "{when}");
        let verdict = judge(&contract, &payload, &facts, &["/to"]);
        assert_eq!(verdict.effect == DENY, holds, "{when}");
    }
}

#[test]
fn a_condition_that_cannot_be_computed_holds_back_and_never_lets_through() {
    let contract = tool(&["write"], to("channel"));
    let outside = json!({"to": "partners", "text": "x"});
    for condition in ["input.amount > 3", "input.", "nobody == 1", "input.text", "[1,2].map(x, x/0) == []"] {
        for (effect, expected) in [(DENY, DENY), (ASK, ASK), (ALLOW, ASK)] {
            let facts = facts(json!([rule("r", effect, json!({"condition": condition}))]));
            assert_eq!(judge(&contract, &outside, &facts, &[]).effect, expected, "{condition}");
        }
    }
}

#[test]
fn every_fault_of_a_rule_book_is_named_with_its_place() {
    let policy = facts(json!([
        rule("a", DENY, json!({"condition": "input."})),
        rule("a", DENY, json!({})),
        rule("", ASK, json!({"condition": "budget > 3"})),
    ]))
    .policy;
    let places: Vec<String> = check_rules(&policy).into_iter().map(|fault| fault.pointer).collect();
    assert_eq!(places, ["/rules/0/when/condition", "/rules/1/id", "/rules/2/id", "/rules/2/when/condition"]);
    for unknown in
        [json!({"rules": [{"id": "a", "effect": "maybe"}]}), json!({"rule": []}), json!({"rules": [{"id": "a"}]})]
    {
        assert!(serde_json::from_value::<metel_model::policy::Policy>(unknown).is_err());
    }
}
