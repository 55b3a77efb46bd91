//! Slack's wire format: HTTP 200 with `ok:false`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::{Guest, json, start};

async fn post(guest: &Guest, body: &Value) -> Value {
    let (status, body) = json(guest.slack("chat.postMessage").json(body).send().await).await;
    assert_eq!(status, 200);
    body
}

#[tokio::test]
async fn messages_by_name_and_id_in_json_and_form() {
    let guest = start().await;
    let by_name = post(&guest, &json!({"channel": "#팀-공지", "text": "안녕하세요"})).await;
    assert_eq!(by_name["ok"], true);
    let id = by_name["channel"].as_str().unwrap();
    assert!(id.starts_with('C'));
    let form = guest.slack("chat.postMessage").form(&[("channel", id), ("text", "둘째"), ("client_msg_id", "x")]);
    let (_, second) = json(form.send().await).await;
    assert_eq!(second["ok"], true, "{second}");
    // client_msg_id is no idempotency key: the same call again posts again.
    let form = guest.slack("chat.postMessage").form(&[("channel", id), ("text", "둘째"), ("client_msg_id", "x")]);
    let (_, third) = json(form.send().await).await;
    assert_ne!(second["ts"], third["ts"]);
    let history = guest
        .get(&format!("/slack/api/conversations.history?channel={id}&limit=2"))
        .bearer_auth("xoxb-sandbox-slack-token")
        .send()
        .await;
    let (_, history) = json(history).await;
    assert_eq!(history["messages"][0]["text"], "둘째");
    assert_eq!(history["has_more"], true);
    let cursor = history["response_metadata"]["next_cursor"].as_str().unwrap();
    let rest = guest.slack("conversations.history").form(&[("channel", id), ("limit", "2"), ("cursor", cursor)]);
    let (_, rest) = json(rest.send().await).await;
    assert_eq!(rest["messages"][0]["text"], "안녕하세요");
    let link =
        guest.slack("chat.getPermalink").form(&[("channel", id), ("message_ts", by_name["ts"].as_str().unwrap())]);
    let (_, link) = json(link.send().await).await;
    let shown = guest.http.get(link["permalink"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("안녕하세요"));
    assert_eq!(guest.effects("slack", "chat.postMessage").await, 3);
}

#[tokio::test]
async fn refusals_come_with_status_200() {
    let guest = start().await;
    let error = async |body: Value| post(&guest, &body).await["error"].as_str().unwrap_or("none").to_owned();
    assert_eq!(error(json!({"channel": "#없는-곳", "text": "x"})).await, "channel_not_found");
    assert_eq!(error(json!({"channel": "#general"})).await, "no_text");
    assert_eq!(error(json!({"channel": "#general", "text": "가".repeat(40_001)})).await, "msg_too_long");
    assert_eq!(error(json!({"channel": "#archive-2024", "text": "x"})).await, "is_archived");
    assert_eq!(error(json!({"channel": "#general", "blocks": "{"})).await, "invalid_blocks_format");
    assert_eq!(error(json!({"text": "x"})).await, "invalid_arguments");
    let (status, none) = json(guest.post("/slack/api/auth.test", &json!({})).send().await).await;
    assert_eq!((status, &none["error"]), (200, &json!("not_authed")));
    let bad = guest.post("/slack/api/auth.test", &json!({})).bearer_auth("xoxb-other").send().await;
    assert_eq!(json(bad).await.1["error"], "invalid_auth");
    let (_, unknown) = json(guest.slack("chat.teleport").json(&json!({})).send().await).await;
    assert_eq!(unknown["error"], "unknown_method");
    assert_eq!(guest.state().await["effects_total"], 0);
}

#[tokio::test]
async fn scopes_are_checked_and_told() {
    let guest = start().await;
    let answer = guest
        .post("/slack/api/chat.postMessage", &json!({"channel": "#general", "text": "x"}))
        .bearer_auth("xoxb-sandbox-readonly-token")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-oauth-scopes"], "channels:read");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"], "missing_scope");
    assert_eq!((&body["needed"], &body["provided"]), (&json!("chat:write"), &json!("channels:read")));
}

#[tokio::test]
async fn channels_come_in_pages_and_one_is_shared_outside() {
    let guest = start().await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = guest
            .request(
                Method::GET,
                &format!("/slack/api/conversations.list?limit=4&cursor={}", cursor.replace('=', "%3D")),
            )
            .bearer_auth("xoxb-sandbox-slack-token")
            .send()
            .await;
        let (_, list) = json(answer).await;
        assert_eq!(list["ok"], true, "{list}");
        for channel in list["channels"].as_array().unwrap() {
            names.push((channel["name"].as_str().unwrap().to_owned(), channel["is_ext_shared"].as_bool().unwrap()));
        }
        cursor = list["response_metadata"]["next_cursor"].as_str().unwrap().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(names.len(), 9);
    let outside: Vec<&str> = names.iter().filter(|(_, outside)| *outside).map(|(name, _)| name.as_str()).collect();
    assert_eq!(outside, ["partners"]);
}

#[tokio::test]
async fn a_message_is_changed_and_deleted() {
    let guest = start().await;
    let made = post(&guest, &json!({"channel": "general", "text": "처음"})).await;
    let place = json!({"channel": made["channel"], "ts": made["ts"], "text": "나중"});
    let (_, changed) = json(guest.slack("chat.update").json(&place).send().await).await;
    assert_eq!(changed["text"], "나중");
    let (_, gone) = json(guest.slack("chat.delete").json(&place).send().await).await;
    assert_eq!(gone["ok"], true);
    let (_, again) = json(guest.slack("chat.delete").json(&place).send().await).await;
    assert_eq!(again["error"], "message_not_found");
}
