//! Where a value came from: outsiders may fill what is read, not say where it goes.

use super::*;

#[test]
fn an_outsider_may_write_the_text_and_not_the_target() {
    let contract = tool(&["write"], to("channel"));
    let payload = json!({"to": "#team", "text": "x"});
    for (untrusted, effect, by) in [
        (vec![], ALLOW, "risk.write"),
        (vec!["/text"], ALLOW, "risk.write"),
        (vec!["/to"], ASK, "provenance.untrusted"),
        (vec!["/to/0"], ASK, "provenance.untrusted"),
        (vec!["/text", "/to"], ASK, "provenance.untrusted"),
        // All of the payload is one outsider's value.
        (vec![""], ASK, "provenance.untrusted"),
    ] {
        let verdict = judge(&contract, &payload, &facts(json!([])), &untrusted);
        assert_eq!(said(&verdict), (effect, by), "{untrusted:?}");
        assert_eq!(verdict.untrusted, untrusted, "the person is shown which");
    }
    let rules = json!([rule("let", ALLOW, json!({"condition": "'/to' in untrusted"}))]);
    assert_eq!(said(&judge(&contract, &payload, &facts(rules), &["/to"])), (ALLOW, "let"));
    let read = tool(&["read"], json!({}));
    assert_eq!(judge(&read, &payload, &facts(json!([])), &["/to"]).effect, ALLOW);
}

#[test]
fn fields_of_a_contract_without_types_steer_unless_they_are_called_like_prose() {
    let contract = tool(
        &["write"],
        json!({"input_schema": {"type": "object", "properties": {
            "repo": {"type": "string"}, "body": {"type": "string"}, "Title": {"type": "string"}}, "additionalProperties": false}}),
    );
    for (pointer, effect) in [("/repo", ASK), ("/body", ALLOW), ("/Title", ALLOW), ("/other", ASK)] {
        assert_eq!(judge(&contract, &json!({}), &facts(json!([])), &[pointer]).effect, effect, "{pointer}");
    }
}

#[test]
fn what_a_grant_may_cover() {
    let facts = facts(json!([]));
    let post = tool(&["write"], to("channel"));
    let page = tool(&["write"], json!({}));
    for (contract, payload, untrusted, may) in [
        (&post, json!({"to": "#partners", "text": "안녕"}), vec![], true),
        (&post, json!({"to": "#partners", "text": "010-1234-5678"}), vec![], false),
        (&post, json!({"to": "#team", "text": "010-1234-5678"}), vec![], true),
        // The grant is bound to the receiver itself.
        (&post, json!({"to": "#team", "text": "x"}), vec!["/to"], true),
        (&page, json!({"to": "p1", "text": "x"}), vec!["/to"], false),
        (&page, json!({"to": "p1", "text": "x"}), vec!["/text"], true),
        (&tool(&["destructive"], json!({})), json!({}), vec![], false),
        (&tool(&["write", "financial"], json!({})), json!({}), vec![], false),
    ] {
        let verdict = judge(contract, &payload, &facts, &untrusted);
        assert_eq!(is_grantable(&contract.contract, &verdict), may, "{payload} {untrusted:?}");
    }
}
