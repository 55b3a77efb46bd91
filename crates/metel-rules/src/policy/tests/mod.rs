//! What the policy says of one action: the order of its checks, the risk table, personal data,
//! provenance, and what holds for any payload and any rules.

use metel_model::contract::Contract;
use metel_model::facts::Facts;
use metel_model::id::ConnectionId;
use metel_model::policy::{PolicyEffect, PolicyRule, Verdict};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::time::Micros;
use serde_json::{Value, json};

use super::*;

mod any;
mod bound;
mod order;
mod personal;
mod provenance;

const ALLOW: PolicyEffect = PolicyEffect::Allow;
const ASK: PolicyEffect = PolicyEffect::Approval;
const DENY: PolicyEffect = PolicyEffect::Deny;

/// A tool of service `s` with `to` and `text`.
fn tool(risk: &[&str], more: Value) -> Compiled {
    let mut contract = json!({
        "id": "s.act", "version": "1.0.0", "title": "s.act", "description": "s.act", "risk": risk, "scopes": ["act"],
        "input_schema": {"type": "object", "properties": {
            "text": {"type": "string", "x-type": "text"},
            "to": {"x-type": "s.place"}}, "additionalProperties": false},
        "transport": {"type": "http", "method": "POST", "path": "/x"},
        "idempotency": {"type": "natural"}
    });
    if let (Value::Object(contract), Value::Object(more)) = (&mut contract, more) {
        contract.extend(more);
    }
    let contract: Contract = serde_json::from_value(contract).unwrap();
    Compiled::compile(contract).map_err(|f| format!("{f:?}")).unwrap()
}

fn to(kind: &str) -> Value {
    json!({"audience": {"field": "to", "kind": kind}})
}

/// A workspace that is connected, with `own.kr` inside and `#partners` shared.
fn facts(rules: Value) -> Facts {
    let mut facts = Facts::default();
    facts.connections.insert("s".into(), connection(ConnectionState::Ready, &["act"]));
    facts.policy = serde_json::from_value(json!({
        "rules": rules, "inside": {"domains": ["own.kr"], "shared_channels": ["#Partners", "C0777"]}}))
    .unwrap();
    facts
}

fn connection(state: ConnectionState, scopes: &[&str]) -> ConnectionFact {
    let scopes = scopes.iter().map(|s| (*s).to_owned()).collect();
    ConnectionFact { id: ConnectionId(uuid::Uuid::nil()), state, scopes, sandbox: true }
}

fn rule(id: &str, effect: PolicyEffect, when: Value) -> Value {
    json!({"id": id, "effect": effect, "when": when, "reason": {"en": id, "ko": id}})
}

fn judge(contract: &Compiled, payload: &Value, facts: &Facts, untrusted: &[&str]) -> Verdict {
    let untrusted: Vec<String> = untrusted.iter().map(|p| (*p).to_owned()).collect();
    evaluate(&Case {
        contract,
        payload,
        untrusted: &untrusted,
        requester: "user:1",
        now: Micros::parse("2026-03-02T09:00:00Z").unwrap(),
        facts,
    })
}

fn said(verdict: &Verdict) -> (PolicyEffect, &str) {
    (verdict.effect, verdict.rule.as_str())
}
