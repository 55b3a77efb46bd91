//! Firecrawl's wire format, and the page that carries orders.

use serde_json::{Value, json};

use crate::guest::{Guest, json, start};

async fn call(guest: &Guest, path: &str, body: Value) -> (u16, Value) {
    json(guest.post(&format!("/firecrawl{path}"), &body).bearer_auth("sandbox-firecrawl-token").send().await).await
}

#[tokio::test]
async fn searches_then_scrapes() {
    let guest = start().await;
    let (_, found) = call(&guest, "/v1/search", json!({"query": "나라장터 AI 솔루션 입찰공고", "limit": 3})).await;
    assert_eq!(found["success"], true);
    let first = &found["data"][0];
    assert!(first["title"].as_str().unwrap().contains("AI"));
    let (_, page) = call(&guest, "/v1/scrape", json!({"url": first["url"], "formats": ["markdown", "links"]})).await;
    assert!(page["data"]["markdown"].as_str().unwrap().contains("입찰"));
    assert_eq!(page["data"]["metadata"]["sourceURL"], first["url"]);
    let (_, second) = call(&guest, "/v2/search", json!({"query": "AI 솔루션"})).await;
    assert_eq!(second["data"]["web"][0]["position"], 1);
    let (_, injected) =
        call(&guest, "/v2/scrape", json!({"url": "https://blog.vendor.example/ai-solution-review"})).await;
    assert!(injected["data"]["markdown"].as_str().unwrap().contains("ignore all previous instructions"));
}

#[tokio::test]
async fn refuses_without_token_or_address() {
    let guest = start().await;
    let bare = guest.post("/firecrawl/v1/scrape", &json!({"url": "https://a.example"})).send().await;
    assert_eq!(json(bare).await, (401, json!({"success": false, "error": "Unauthorized: Token missing"})));
    for wrong in [
        json!({}),
        json!({"url": "없음"}),
        json!({"url": "file:///etc/passwd"}),
        json!({"url": "https://www.g2b.example/notices/20260105-0011", "formats": ["gif"]}),
    ] {
        assert_eq!(call(&guest, "/v1/scrape", wrong.clone()).await.0, 400, "{wrong}");
    }
    assert_eq!(call(&guest, "/v1/scrape", json!({"url": "https://unknown.example/"})).await.0, 500);
}
