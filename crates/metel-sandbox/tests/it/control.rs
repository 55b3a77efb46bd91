//! The control API: what it tells, what it refuses.

use reqwest::Method;
use serde_json::json;

use crate::guest::{json, start};

#[tokio::test]
async fn requests_are_told_without_credentials() {
    let guest = start().await;
    let sent = json!({"channel": "#general", "text": "비밀 xoxb-sandbox-slack-token", "token": "zzz"});
    guest
        .slack("chat.postMessage")
        .header("Metel-Run", "run_1")
        .header("Idempotency-Key", "k1")
        .json(&sent)
        .send()
        .await
        .unwrap();
    let answer = guest.get("/_control/requests?service=slack").send().await.unwrap().text().await.unwrap();
    assert!(!answer.contains("xoxb-sandbox") && !answer.contains("zzz"), "{answer}");
    let body: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let record = &body["requests"][0];
    assert_eq!((&record["op"], &record["status"]), (&json!("chat.postMessage"), &json!(200)));
    assert_eq!((&record["key"], &record["run"]), (&json!("k1"), &json!("run_1")));
    let (_, effects) = json(guest.get("/_control/effects").send().await).await;
    assert_eq!(effects["effects"][0]["run"], "run_1");
}

#[tokio::test]
async fn reset_brings_the_seed_back() {
    let guest = start().await;
    guest.fault(json!({"kind": "500", "service": "notion", "times": 0})).await;
    guest.slack("chat.postMessage").json(&json!({"channel": "general", "text": "x"})).send().await.unwrap();
    let (status, _) = json(guest.post("/_control/reset", &json!({})).send().await).await;
    assert_eq!(status, 200);
    let state = guest.state().await;
    assert_eq!((&state["effects_total"], &state["requests"]), (&json!(0), &json!({})));
    let me = guest.notion(Method::GET, "/users/me").send().await.unwrap();
    assert_eq!(me.status(), 200);
}

#[tokio::test]
async fn browsers_and_nonsense_are_refused() {
    let guest = start().await;
    let form = guest.request(Method::POST, "/_control/reset").header("Content-Type", "text/plain").body("{}");
    assert_eq!(form.send().await.unwrap().status(), 415);
    for wrong in [
        json!({"kind": "explode"}),
        json!({"kind": "500", "probability": -1}),
        json!([{"kind": "500"}, {"kind": "redirect"}]),
        json!(3),
    ] {
        let answer = guest.post("/_control/faults", &wrong).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{wrong}");
    }
    let (_, list) = json(guest.get("/_control/faults").send().await).await;
    assert_eq!(list["faults"], json!([]));
    let huge = guest.request(Method::POST, "/ledgerbox/effects").body(vec![b'x'; 9 * 1024 * 1024]);
    if let Ok(answer) = huge.send().await {
        assert_eq!(answer.status(), 413);
    }
    let deep = "[".repeat(100_000);
    let answer = guest.request(Method::POST, "/ledgerbox/effects").body(deep).send().await.unwrap();
    assert_eq!(answer.status(), 400);
}
