//! Every kind of fault: what the client sees, and whether the effect happened.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::guest::{Guest, json, start};

async fn send(guest: &Guest) -> Result<reqwest::Response, reqwest::Error> {
    guest.post("/ledgerbox/plain/effects", &json!({"본문": "가나다라마바사"})).send().await
}

async fn happened(guest: &Guest) -> u64 {
    guest.effects("ledgerbox", "record_plain").await
}

async fn with(kind: &str) -> Guest {
    let guest = start().await;
    guest.fault(json!({"service": "ledgerbox", "operation": "record_plain", "kind": kind, "delay_ms": 1})).await;
    guest
}

#[tokio::test]
async fn before_the_effect_nothing_happens() {
    for (kind, status) in [("429", 429), ("500", 500), ("503", 503), ("timeout_before", 504)] {
        let guest = with(kind).await;
        assert_eq!(send(&guest).await.unwrap().status(), status, "{kind}");
        assert_eq!(happened(&guest).await, 0, "{kind}");
        assert_eq!(send(&guest).await.unwrap().status(), 201, "{kind} strikes once");
    }
    let guest = with("reset_before").await;
    assert!(send(&guest).await.is_err());
    assert_eq!(happened(&guest).await, 0);
}

#[tokio::test]
async fn after_the_effect_it_counts() {
    let guest = with("500_after").await;
    assert_eq!(send(&guest).await.unwrap().status(), 500);
    assert_eq!(happened(&guest).await, 1);
    let guest = with("reset_after").await;
    assert!(send(&guest).await.is_err());
    assert_eq!(happened(&guest).await, 1);
    let guest = with("cut").await;
    assert!(send(&guest).await.unwrap().bytes().await.is_err());
    assert_eq!(happened(&guest).await, 1);
}

#[tokio::test]
async fn answers_are_damaged() {
    let guest = with("malformed").await;
    let text = send(&guest).await.unwrap().text().await.unwrap();
    assert!(text.starts_with('{') && serde_json::from_str::<serde_json::Value>(&text).is_err());
    assert_eq!(happened(&guest).await, 1);
    let guest = with("html").await;
    let answer = send(&guest).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].as_bytes()), (502, &b"text/html"[..]));
    let guest = with("oversize").await;
    assert_eq!(send(&guest).await.unwrap().bytes().await.unwrap().len(), 8 * 1024 * 1024);
    let guest = with("drip").await;
    let (_, whole) = json(send(&guest).await).await;
    assert_eq!(whole["body"]["본문"], "가나다라마바사");
}

#[tokio::test]
async fn an_answer_that_never_comes_still_counts() {
    let guest = start().await;
    guest.fault(json!({"kind": "timeout_after"})).await;
    let call = guest.post("/ledgerbox/plain/effects", &json!({})).timeout(Duration::from_millis(300));
    assert!(call.send().await.unwrap_err().is_timeout());
    assert_eq!(happened(&guest).await, 1);
    guest.fault(json!({"kind": "timeout_after", "delay_ms": 60})).await;
    let began = Instant::now();
    assert_eq!(send(&guest).await.unwrap().status(), 201);
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_hanging_answer_does_not_keep_the_sandbox_from_stopping() {
    let guest = start().await;
    guest.fault(json!({"kind": "timeout_before"})).await;
    let call = guest.post("/ledgerbox/plain/effects", &json!({})).send();
    let waiting = tokio::spawn(call);
    while guest.state().await["requests"]["ledgerbox"]["record_plain"] != 1 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    guest.handle.stop().await;
    assert!(began.elapsed() < Duration::from_secs(2));
    let _ = waiting.await.unwrap();
}

#[tokio::test]
async fn vendors_words_and_the_window_of_retry_after() {
    let guest = start().await;
    guest.fault(json!({"service": "slack", "operation": "auth.test", "kind": "429", "retry_after": 30})).await;
    for inside in [false, true] {
        let answer = guest.slack("auth.test").send().await.unwrap();
        assert_eq!(answer.status(), 429);
        let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((29..=30).contains(&wait));
        assert_eq!(json(Ok(answer)).await.1, json!({"ok": false, "error": "ratelimited"}));
        assert_eq!(guest.state().await["inside_retry_after"], u64::from(inside));
    }
    let (_, other) = json(guest.slack("users.list").send().await).await;
    assert_eq!(other["ok"], true, "other operations are not in the window");
}

#[tokio::test]
async fn a_redirect_points_where_told() {
    let guest = start().await;
    guest.fault(json!({"kind": "redirect", "location": "http://127.0.0.1:9/elsewhere"})).await;
    let answer = send(&guest).await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(answer.headers()["location"], "http://127.0.0.1:9/elsewhere");
    assert_eq!(happened(&guest).await, 0);
}
