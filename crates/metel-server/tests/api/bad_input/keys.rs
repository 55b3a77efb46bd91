//! One key, one request: however often it is sent, and never for another body or another person.

use axum::body::Body;
use metel_model::code::Code;
use serde_json::{Value, json};

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_means_one_request() {
    let house = House::build().await;
    let echo = "/v1/tools/metel.echo/call";
    let send = |path: &'static str, key: &'static str, body: Value| {
        let request = house
            .asking("owner", "POST", path)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        house.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let one = json!({"args": {"text": "하나"}});
    // Fifty at once, one run.
    let all = futures::future::join_all((0..50).map(|_| send(echo, "k1", one.clone()))).await;
    assert!(all.iter().all(|reply| reply.status < 300 && reply.body["id"] == all[0].body["id"]), "{:#}", all[0].body);
    // Whoever asks again and wants to wait is answered at once when the run has ended already.
    for _ in 0..2 {
        let began = std::time::Instant::now();
        let request = house
            .asking("owner", "POST", echo)
            .header("content-type", "application/json")
            .header("idempotency-key", "k0")
            .header("prefer", "wait=30");
        let reply = house.send(request.body(Body::from(one.to_string())).unwrap()).await;
        assert_eq!((reply.status, &reply.body["status"]), (200, &json!("completed")), "{:#}", reply.body);
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    }
    // A refused request does not use up its key.
    assert_eq!(send(echo, "k2", json!({"args": {}})).await.status, 422);
    assert!(send(echo, "k2", one.clone()).await.status < 300);
    let made = send(
        "/v1/workflows",
        "k3",
        json!({"name": "w", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}),
    )
    .await;
    assert_eq!(made.status, 201, "{:#}", made.body);
    let completed = |run: &Value| run["status"] == "completed";
    house.until("/v1/runs", |runs| runs["items"].as_array().unwrap().iter().all(completed)).await;
    let keyed = |line: &str, key: &'static str, body: Value| {
        bad("a key with another body", line, body, Code::KeyReused).header("idempotency-key", key)
    };
    refused(
        &house,
        vec![
            keyed(&format!("POST {echo}"), "k1", json!({"args": {"text": "둘"}})),
            keyed("POST /v1/tools/bench.noop/call", "k1", json!({"args": {}})),
            keyed(
                "POST /v1/workflows",
                "k3",
                json!({"name": "w2", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}),
            ),
            keyed(
                "POST /v1/workflows/validate",
                "k3",
                json!({"name": "w", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}),
            ),
            keyed(&format!("POST {echo}"), "k1", one).by("second"),
        ],
    )
    .await;
    house.end().await;
}
