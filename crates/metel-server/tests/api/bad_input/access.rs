//! Nobody without a sign-in, from a foreign page or host, or without the right for it.

use axum::body::Body;
use metel_model::code::Code;
use serde_json::json;

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_from_elsewhere_or_without_a_right() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let start = json!({"workflow": "grant-factory", "input": {"query": "가나다"}});
    let yes = json!({"decision": "approve", "digest": there.digest});
    let decide = format!("POST /v1/approvals/{}/decision", there.approval);
    let cookie = |token: &str| format!("metel_session={token}");
    let mut all = vec![
        bad("nobody", "GET /v1/runs", json!(null), Code::NotSignedIn).by("nobody"),
        bad("nobody", "POST /v1/runs", start.clone(), Code::NotSignedIn).by("nobody"),
        bad("nobody", "GET /metrics", json!(null), Code::NotSignedIn).by("nobody"),
        bad("nobody", "GET /v1/stream", json!(null), Code::NotSignedIn).by("nobody"),
        bad("nobody", &format!("GET /ws/execution/{}", there.done), json!(null), Code::NotSignedIn).by("nobody"),
        bad("a guess in the address", "GET /v1/stream?token=guess", json!(null), Code::NotSignedIn).by("nobody"),
    ];
    for forged in
        ["Bearer metel_wrong", "Bearer ", "Bearer '; drop table tokens; --", "Basic b3duZXI6", "metel_x", "Bearer é"]
    {
        all.push(
            bad("a forged token", "GET /v1/runs", json!(null), Code::NotSignedIn)
                .by("nobody")
                .header("authorization", forged),
        );
    }
    all.push(
        bad("a long token", "GET /v1/runs", json!(null), Code::NotSignedIn)
            .by("nobody")
            .header("authorization", format!("Bearer {}", "x".repeat(5_000))),
    );
    all.push(
        bad("a forged cookie", "GET /v1/runs", json!(null), Code::NotSignedIn)
            .by("nobody")
            .header("cookie", cookie("x")),
    );
    for host in ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "0x7f.1", "169.254.169.254", ""]
    {
        all.push(bad("another Host", "GET /v1/runs", json!(null), Code::OriginRefused).header("host", host));
        all.push(
            bad("another Host", "GET /health", json!(null), Code::OriginRefused).by("nobody").header("host", host),
        );
    }
    for origin in
        ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", "http://localhost@evil.example"]
    {
        all.push(
            bad("a foreign page", "POST /v1/runs", start.clone(), Code::OriginRefused)
                .header("host", "127.0.0.1:7171")
                .header("origin", origin),
        );
        all.push(bad("a foreign page", "GET /v1/stream", json!(null), Code::OriginRefused).header("origin", origin));
    }
    // With the page's cookie only the very page itself may change things.
    for (name, value) in
        [("origin", "http://127.0.0.1:9999"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        let mut one = bad("another page with the cookie", "POST /v1/runs", start.clone(), Code::OriginRefused)
            .by("nobody")
            .header("cookie", cookie(&house.tokens["owner"]))
            .header("host", "127.0.0.1:7171");
        if name != "origin" {
            one = one.header("origin", "http://127.0.0.1:7171");
        }
        all.push(one.header(name, value));
    }
    all.push(
        bad("a cookie without a page", "POST /v1/runs", start.clone(), Code::OriginRefused)
            .by("nobody")
            .header("cookie", cookie(&house.tokens["owner"]))
            .header("host", "127.0.0.1:7171"),
    );
    for (who, line, body) in [
        ("viewer", "POST /v1/runs", start.clone()),
        ("viewer", decide.as_str(), yes.clone()),
        ("member", decide.as_str(), yes.clone()),
        ("operator", decide.as_str(), yes.clone()),
        ("builder", decide.as_str(), yes.clone()),
        ("approver", "POST /v1/runs", start.clone()),
        ("member", "POST /v1/workflows", json!({"name": "x", "definition": {}})),
        ("builder", "PUT /v1/secrets/x", json!({"value": "x"})),
        ("builder", "GET /v1/secrets", json!(null)),
        ("operator", "PUT /v1/policy", json!({})),
        ("operator", "POST /v1/tokens", json!({"name": "x"})),
        ("member", "POST /v1/connections", json!({"service": "slack"})),
    ] {
        all.push(bad("no right", line, body, Code::NotAllowed).by(who));
    }
    refused(&house, all).await;
    // A token that was taken back or is over opens nothing.
    let made = house.post("/v1/tokens", &json!({"name": "봇", "role": "viewer"})).await.body;
    let with = |token: &str| {
        bad("a revoked token", "GET /v1/runs", json!(null), Code::NotSignedIn)
            .by("nobody")
            .header("authorization", format!("Bearer {token}"))
    };
    let id = made["id"].as_str().unwrap();
    house.send(house.asking("owner", "DELETE", &format!("/v1/tokens/{id}")).body(Body::empty()).unwrap()).await;
    refused(&house, vec![with(made["token"].as_str().unwrap())]).await;
    house.end().await;
}
