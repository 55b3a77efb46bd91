//! The neutral receiver, with and without idempotency.

use serde_json::json;

use crate::guest::{json, start};

#[tokio::test]
async fn the_keyed_receiver_counts_once() {
    let guest = start().await;
    let send =
        |body| guest.post("/ledgerbox/effects", &body).header("Idempotency-Key", "열쇠 아님".len().to_string()).send();
    let (status, first) = json(send(json!({"n": 1})).await).await;
    assert_eq!((status, &first["replayed"]), (201, &json!(false)));
    let (status, again) = json(send(json!({"n": 1})).await).await;
    assert_eq!((status, &again["replayed"], &again["id"]), (201, &json!(true), &first["id"]));
    let (status, _) = json(send(json!({"n": 2})).await).await;
    assert_eq!(status, 409);
    assert_eq!(guest.effects("ledgerbox", "record").await, 1);
    let (_, found) = json(guest.get("/ledgerbox/effects?key=13").send().await).await;
    assert_eq!(found["count"], 1);
}

#[tokio::test]
async fn fifty_at_once_under_one_key_count_once() {
    let guest = start().await;
    let calls =
        (0..50).map(|_| guest.post("/ledgerbox/effects", &json!({"n": 1})).header("Idempotency-Key", "k").send());
    let answers = futures::future::join_all(calls).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 201));
    assert_eq!(guest.effects("ledgerbox", "record").await, 1);
}

#[tokio::test]
async fn the_plain_receiver_counts_every_call() {
    let guest = start().await;
    for _ in 0..3 {
        let sent =
            guest.post("/ledgerbox/plain/effects", &json!({"reference": "주문-7"})).header("Idempotency-Key", "k");
        assert_eq!(sent.send().await.unwrap().status(), 201);
    }
    let state = guest.state().await;
    assert_eq!(state["effects"]["ledgerbox"]["record_plain"]["keys"]["k"], 3);
    assert_eq!(state["effects"]["ledgerbox"]["record_plain"]["keys_seen_twice"], 1);
    let (_, found) = json(guest.get("/ledgerbox/plain/effects?reference=%EC%A3%BC%EB%AC%B8-7").send().await).await;
    assert_eq!(found["count"], 3);
    let bad = guest.request(reqwest::Method::POST, "/ledgerbox/effects").body("{").send().await.unwrap();
    assert_eq!(bad.status(), 400);
}
