//! The human pages: two languages, strict headers, nothing unescaped.

use reqwest::Method;
use serde_json::json;

use crate::guest::{HOME, start};

#[tokio::test]
async fn hostile_content_is_escaped_everywhere() {
    let guest = start().await;
    let nasty = "<script>alert('x')</script><img src=x onerror=alert(1)>";
    let page = json!({
        "parent": {"page_id": HOME},
        "properties": {"title": [{"text": {"content": nasty}}]},
        "children": [
            {"paragraph": {"rich_text": [{"text": {"content": nasty}}]}},
            {"bookmark": {"url": "javascript:alert(1)"}},
        ],
    });
    let made = guest.notion(Method::POST, "/pages").json(&page).send().await.unwrap();
    let made: serde_json::Value = made.json().await.unwrap();
    guest.slack("chat.postMessage").json(&json!({"channel": "general", "text": nasty})).send().await.unwrap();
    let id = "1MetelSandboxWeeklyReport00000000000000000001";
    guest
        .post(
            &format!("/sheets/v4/spreadsheets/{id}/values/Log:append?valueInputOption=RAW"),
            &json!({"values": [[nasty]]}),
        )
        .bearer_auth("sandbox-google-token")
        .send()
        .await
        .unwrap();
    let notion = made["url"].as_str().unwrap().strip_prefix(&guest.handle.url()).unwrap().to_owned();
    for path in
        ["/", "/ui/notion", &notion, "/ui/slack", "/ui/slack/general", "/ui/sheets", &format!("/ui/sheets/{id}")]
    {
        let answer = guest.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let text = answer.text().await.unwrap();
        assert!(!text.contains("<script") && !text.contains("<img") && !text.contains("href=\"javascript"), "{path}");
    }
}

#[tokio::test]
async fn pages_speak_two_languages() {
    let guest = start().await;
    let text = async |path: &str, accept: &str| {
        guest.get(path).header("Accept-Language", accept).send().await.unwrap().text().await.unwrap()
    };
    assert!(text("/", "ko-KR").await.contains("연습용 서비스"));
    assert!(text("/", "en").await.contains("Simulated services"));
    assert!(text("/?lang=ko", "en").await.contains("lang=\"ko\""));
    assert!(text("/ui/slack", "en").await.contains("shared externally"));
    let missing = guest.get("/ui/notion/nothing").send().await.unwrap();
    assert_eq!(missing.status(), 404);
}
