//! The key authority: one key runs out, and is rotated once.

use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::{Guest, json, start};

async fn call(guest: &Guest, method: Method, path: &str, key: Option<&str>) -> (u16, Value) {
    let mut request = guest.request(method, &format!("/authority{path}")).bearer_auth("sandbox-authority-token");
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    json(request.send().await).await
}

#[tokio::test]
async fn the_expiring_key_is_rotated_once_per_idempotency_key() {
    let guest = start().await;
    let (_, keys) = call(&guest, Method::GET, "/keys", None).await;
    let expiring: Vec<&Value> =
        keys["keys"].as_array().unwrap().iter().filter(|key| key["status"] == "expiring").collect();
    assert_eq!(expiring.len(), 1);
    assert_eq!(expiring[0]["service"], "sheets");
    let before = expiring[0]["key_id"].clone();
    let (_, first) = call(&guest, Method::POST, "/keys/sheets/rotate", Some("run-1")).await;
    let (_, again) = call(&guest, Method::POST, "/keys/sheets/rotate", Some("run-1")).await;
    assert_ne!(first["key_id"], before);
    assert_eq!(first["key_id"], again["key_id"]);
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    let (_, now) = call(&guest, Method::GET, "/keys/sheets", None).await;
    assert_eq!(now["status"], "active");
    assert_eq!(guest.effects("authority", "rotate_key").await, 1);
    assert_eq!(call(&guest, Method::POST, "/keys/none/rotate", None).await.0, 404);
    let bare = guest.get("/authority/keys/sheets").send().await.unwrap();
    assert_eq!(bare.status(), 401);
}
