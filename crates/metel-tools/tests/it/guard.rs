//! What never leaves: payloads that do not fit, calls without a grant, secrets in what is told.

use metel_model::Code;
use metel_model::effect::EffectKind;
use metel_model::service::ConnectionState;
use serde_json::{Value, json};

use crate::room::Room;

#[tokio::test]
async fn payloads_that_do_not_fit_are_not_sent() {
    let room = Room::open().await;
    for (tool, payload) in [
        ("slack.post_message", json!({"channel": "#team"})),
        ("slack.post_message", json!({"channel": "#team", "text": "x", "as_user": true})),
        ("slack.post_message", json!({"channel": "#team", "text": "MISSING"})),
        ("slack.post_message", json!({"channel": "#team", "text": [["MISSING"]]})),
        ("slack.post_message", json!({"channel": 7, "text": "x"})),
        ("slack.post_message", json!("#team")),
        ("authority.rotate_key", json!({"service": "../keys/slack"})),
        ("notion.get_page", json!({"page": ""})),
        ("firecrawl.scrape", json!({"url": "file:///etc/passwd"})),
    ] {
        let outcome = room.run(tool, payload.clone()).await;
        assert_eq!(outcome.fault.map(|fault| fault.code), Some(Code::PayloadInvalid), "{payload}");
    }
    assert_eq!(room.sandbox.effects().len(), 0);
}

#[tokio::test]
async fn a_call_needs_its_grant() {
    let room = Room::open().await;
    let payload = json!({"channel": "#team", "text": "x"});
    let good = room.credential("slack");
    let mut cases = vec![(None, Code::ConnectionMissing)];
    for (change, code) in [
        (("state", json!("expired")), Code::ConnectionExpired),
        (("state", json!("revoked")), Code::ConnectionMissing),
        (("scopes", json!(["channels:read"])), Code::ScopeMissing),
        (("secret", Value::Null), Code::ConnectionMissing),
        (("service", json!("notion")), Code::Denied),
    ] {
        let mut credential = good.clone();
        match change {
            ("state", state) if state == "expired" => credential.state = ConnectionState::Expired,
            ("state", _) => credential.state = ConnectionState::Revoked,
            ("scopes", _) => credential.scopes = vec!["channels:read".to_owned()],
            ("secret", _) => credential.secret = None,
            _ => credential.service = "notion".to_owned(),
        }
        cases.push((Some(credential), code));
    }
    for (credential, code) in cases {
        let outcome = room
            .attempt_as(credential.as_ref(), EffectKind::Tool, "slack.post_message", &payload, room.now(), 1_000)
            .await;
        assert_eq!(outcome.fault.map(|fault| fault.code), Some(code));
    }
    room.tools.registry().disable("slack.post_message", true).unwrap();
    let outcome = room.run("slack.post_message", payload).await;
    assert_eq!(outcome.fault.map(|fault| fault.code), Some(Code::ToolDisabled));
    assert_eq!(room.sandbox.effects().len(), 0);
}

#[tokio::test]
async fn an_inside_address_needs_the_rule() {
    let room = Room::open().await;
    let mut credential = room.credential("slack");
    credential.is_inside = false;
    let payload = json!({"channel": "#team", "text": "x"});
    let outcome =
        room.attempt_as(Some(&credential), EffectKind::Tool, "slack.post_message", &payload, room.now(), 1_000).await;
    assert_eq!(outcome.fault.map(|fault| fault.code), Some(Code::EgressRefused));
    assert_eq!(room.sandbox.effects().len(), 0);
}

#[tokio::test]
async fn a_secret_that_comes_back_is_masked() {
    let room = Room::open().await;
    let secret = "xoxb-sandbox-slack-token";
    let payload = json!({"channel": "#team", "text": format!("token {secret}")});
    let outcome = room.run("slack.post_message", payload).await;
    assert!(outcome.fault.is_none());
    assert!(!serde_json::to_string(&outcome).unwrap().contains(secret));
    let credential = room.credential("slack");
    assert!(!format!("{credential:?}").contains(secret));
}
