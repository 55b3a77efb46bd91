//! Tools, their contracts, connections and secrets.

use metel_model::code::Code;
use serde_json::{Value, json};

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn no_bad_call_contract_or_connection_is_taken() {
    let house = House::build().await;
    let contract = json!({"id": "x.y", "version": "1.0.0", "title": "x", "description": "x", "risk": ["read"],
        "input_schema": {"type": "object", "properties": {}, "additionalProperties": false},
        "transport": {"type": "http", "method": "GET", "path": "/x"}, "idempotency": {"type": "natural"}});
    let with = |name: &str, value: Value| {
        let mut out = contract.clone();
        out[name] = value;
        out
    };
    use Code::*;
    let all = vec![
        bad("no tool", "GET /v1/tools/a.b", json!(null), ToolUnknown),
        bad("no tool", "POST /v1/tools/a.b/call", json!({"args": {}}), ToolUnknown),
        bad("no tool", "POST /v1/tools/a.b/disable", json!({}), ToolUnknown),
        bad("arguments that lack", "POST /v1/tools/slack.post_message/call", json!({"args": {}}), PayloadInvalid)
            .at("/args"),
        bad(
            "an unknown argument",
            "POST /v1/tools/metel.echo/call",
            json!({"args": {"text": "가", "색": 1}}),
            PayloadInvalid,
        )
        .at("/args"),
        bad("no arguments", "POST /v1/tools/metel.echo/call", json!({}), FieldInvalid).at("/args"),
        bad("a list of arguments", "POST /v1/tools/metel.echo/call", json!({"args": []}), FieldInvalid).at("/args"),
        bad("a contract without risk", "POST /v1/tools", with("risk", json!([])), ContractInvalid),
        bad("a contract with a risk of its own", "POST /v1/tools", with("risk", json!(["harmless"])), FieldInvalid),
        bad("a contract with an odd id", "POST /v1/tools/validate", with("id", json!("../x")), ContractInvalid),
        bad(
            "a contract with a broken schema",
            "POST /v1/tools/validate",
            with("input_schema", json!({"type": "thing"})),
            ContractInvalid,
        ),
        bad(
            "a contract with broken CEL",
            "POST /v1/tools/validate",
            with("success", json!("status ==")),
            ContractInvalid,
        ),
        bad(
            "a contract that changed",
            "POST /v1/tools",
            json!({"id": "metel.echo", "version": "1.0.0", "title": "x", "description": "x", "risk": ["read"],
            "input_schema": {"type": "object", "additionalProperties": false}, "transport": {"type": "builtin", "name": "metel.echo"}, "idempotency": {"type": "natural"}}),
            ContractChanged,
        ),
        bad("no service", "POST /v1/connections", json!({"service": "jira"}), NotFound),
        bad(
            "an address with a name in it",
            "POST /v1/connections",
            json!({"service": "slack", "secret": "x", "base_url": "https://me@evil.example"}),
            FieldInvalid,
        )
        .at("/base_url"),
        bad(
            "a file's address",
            "POST /v1/connections",
            json!({"service": "slack", "secret": "x", "base_url": "file:///etc/passwd"}),
            FieldInvalid,
        )
        .at("/base_url"),
        bad(
            "a sandbox elsewhere",
            "POST /v1/connections",
            json!({"service": "slack", "sandbox": true, "base_url": "http://127.0.0.1:1/x"}),
            FieldInvalid,
        )
        .at("/base_url"),
        bad("no connection", "DELETE /v1/connections/conn_00000000000000000000000000", json!(null), NotFound),
        bad("no connection's id", "DELETE /v1/connections/x", json!(null), IdInvalid),
        bad("no connection", "POST /v1/connections/conn_00000000000000000000000000/test", json!({}), NotFound),
        bad("an empty secret", "PUT /v1/secrets/x", json!({"value": ""}), FieldInvalid).at("/value"),
        bad("a large secret", "PUT /v1/secrets/x", json!({"value": "x".repeat(65_537)}), FieldInvalid).at("/value"),
        bad(
            "a secret's name too long",
            &format!("PUT /v1/secrets/{}", "x".repeat(129)),
            json!({"value": "x"}),
            FieldInvalid,
        )
        .at("name"),
        bad("no secret", "DELETE /v1/secrets/x", json!(null), NotFound),
    ];
    refused(&house, all).await;
    house.end().await;
}
