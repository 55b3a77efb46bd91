//! Policy, tokens, and addresses that are not there.

use metel_model::code::Code;
use serde_json::json;

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn no_bad_policy_token_or_address_is_taken() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    use Code::*;
    let all = vec![
        bad("no policy at all", "PUT /v1/policy", json!(null), FieldInvalid),
        bad("a rule without an effect", "PUT /v1/policy", json!({"rules": [{"id": "r"}]}), FieldInvalid)
            .at("/rules/0/effect"),
        bad("an unknown effect", "PUT /v1/policy", json!({"rules": [{"id": "r", "effect": "maybe"}]}), FieldInvalid)
            .at("/rules/0/effect"),
        bad(
            "a broken condition",
            "PUT /v1/policy",
            json!({"rules": [{"id": "r", "effect": "deny", "when": {"condition": "1 +"}}]}),
            FieldInvalid,
        ),
        bad("no name", "POST /v1/tokens", json!({"name": " "}), FieldInvalid).at("/name"),
        bad("no role", "POST /v1/tokens", json!({"name": "봇", "role": "root"}), FieldInvalid).at("/role"),
        bad(
            "a time that is over",
            "POST /v1/tokens",
            json!({"name": "봇", "expires_at": "2001-01-01T00:00:00Z"}),
            FieldInvalid,
        )
        .at("/expires_at"),
        bad("no time", "POST /v1/tokens", json!({"name": "봇", "expires_at": "내일"}), FieldInvalid).at("/expires_at"),
        bad("no token", "DELETE /v1/tokens/tok_00000000000000000000000000", json!(null), NotFound),
        bad("no token's id", "DELETE /v1/tokens/x", json!(null), IdInvalid),
        bad("more than one has", "POST /v1/tokens", json!({"name": "봇", "role": "owner"}), NotAllowed).by("admin"),
        bad("nothing there", "GET /v1/nothing", json!(null), RouteNotFound),
        bad("nothing there", "GET /app/none.js", json!(null), RouteNotFound),
        bad("no such code", "GET /help/METEL-9999", json!(null), RouteNotFound),
        bad("no code", "GET /start?c=guess", json!(null), NotSignedIn),
        bad("no code at all", "GET /start", json!(null), FieldInvalid).at("c"),
        bad("another method", "DELETE /v1/runs", json!(null), MethodNotAllowed),
        bad("another method", "PATCH /v1/policy", json!({}), MethodNotAllowed),
        bad("no socket", &format!("GET /ws/execution/{}", there.done), json!(null), FieldInvalid).at("Upgrade"),
        bad("no socket", "GET /v1/stream", json!(null), FieldInvalid).at("Upgrade"),
    ];
    refused(&house, all).await;
    house.end().await;
}
