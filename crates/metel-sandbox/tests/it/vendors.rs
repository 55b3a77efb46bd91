//! Services that no client library judges here: their documented wire formats, refusals, limits and
//! pages, and that a ledger rebuilds what they hold.

use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::{config, json as told, start};

#[tokio::test]
async fn everybody_refuses_strangers_in_their_own_words() {
    let guest = start().await;
    let post = |path: &str| guest.request(Method::POST, path).header("content-type", "application/json").body("{}");
    for (request, status, pointer, says) in [
        (guest.get("/drive/drive/v3/files"), 401, "/error/status", "UNAUTHENTICATED"),
        (guest.get("/gmail/gmail/v1/users/me/messages"), 401, "/error/errors/0/reason", "authError"),
        (guest.get("/calendar/calendar/v3/calendars/primary/events"), 401, "/error/status", "UNAUTHENTICATED"),
        (post("/fcm/v1/projects/p/messages:send"), 401, "/error/status", "UNAUTHENTICATED"),
        (guest.get("/github/user").header("user-agent", "t"), 401, "/message", "Requires authentication"),
        (guest.get("/telegram/bot1:x/getMe"), 401, "/description", "Unauthorized"),
        (guest.get("/brave/res/v1/web/search?q=a"), 422, "/error/code", "SUBSCRIPTION_TOKEN_INVALID"),
        (guest.get("/erp/v1/stock"), 401, "/title", "a known token is needed"),
        (post("/stripe/v1/refunds"), 401, "/error/type", "invalid_request_error"),
        (post("/paddleocr/ocr"), 401, "/errorMsg", "Unauthorized"),
        (guest.get("/elevenlabs/v2/voices"), 401, "/detail/status", "invalid_api_key"),
        (post("/stability/v2beta/stable-image/generate/core"), 401, "/name", "unauthorized"),
        (post("/openai/v1/audio/speech"), 401, "/error/type", "invalid_request_error"),
    ] {
        let (code, body) = told(request.send().await).await;
        assert_eq!((code, body.pointer(pointer).and_then(Value::as_str)), (status, Some(says)), "{body}");
    }
    assert_eq!(guest.state().await["effects_total"], 0);
}

#[tokio::test]
async fn github_wants_to_know_who_calls() {
    let guest = start().await;
    let (status, body) = told(guest.get("/github/user").bearer_auth("ghp_sandboxgithubtoken").send().await).await;
    assert_eq!((status, body["message"].as_str().unwrap().contains("User-Agent")), (403, true));
}

#[tokio::test]
async fn atom_is_answered_with_counts_and_errors_are_feeds() {
    let guest = start().await;
    let ask = |query: &str| guest.get(&format!("/arxiv/api/query?{query}"));
    let answer = ask("search_query=cat:cs.AI&max_results=1").send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/atom+xml"));
    let text = answer.text().await.unwrap();
    for part in [
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        "<opensearch:totalResults xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\">1</opensearch:totalResults>",
        "Small Language Models &amp; Typed Actions",
        "<link title=\"pdf\" href=\"http://arxiv.org/pdf/2601.00011v1\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let wrong = ask("search_query=x&max_results=many").send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.unwrap().contains("http://arxiv.org/api/errors#max_results_must_be_an_integer"));
    let none = ask("search_query=ti:nothing").send().await.unwrap().text().await.unwrap();
    assert!(!none.contains("<entry>"));
}

#[tokio::test]
async fn a_ledger_rebuilds_what_services_hold_and_pages_show_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = config();
    settings.ledger = Some(folder.path().join("ledger.jsonl"));
    let first = crate::guest::Guest {
        handle: metel_sandbox::serve(settings.clone()).await.unwrap(),
        http: crate::guest::client(),
    };
    let order = json!({"sku": "M-100", "quantity": 1, "customer": "<b>한빛</b>"});
    let (status, made) = told(first.post("/erp/v1/orders", &order).bearer_auth("sandbox-erp-token").send().await).await;
    assert_eq!((status, made["id"].as_str()), (201, Some("SO-1002")));
    first.handle.stop().await;
    let second =
        crate::guest::Guest { handle: metel_sandbox::serve(settings).await.unwrap(), http: crate::guest::client() };
    let (_, stock) = told(second.get("/erp/v1/stock/M-100").bearer_auth("sandbox-erp-token").send().await).await;
    assert_eq!(stock["count"], 39);
    let page = second.get("/ui/shelf/erp?lang=ko").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("SO-1002") && page.contains("&lt;b&gt;한빛") && !page.contains("<b>한빛"), "{page}");
    assert_eq!(second.get("/ui/shelf/nothing").send().await.unwrap().status(), 404);
    let overview = second.get("/?lang=en").send().await.unwrap().text().await.unwrap();
    assert!(overview.contains("/ui/shelf/github") && overview.contains("/arxiv"));
}

#[tokio::test]
async fn devices_and_topics_are_told_apart() {
    let guest = start().await;
    let push = |message: Value| {
        let body = json!({"message": message});
        guest.post("/fcm/v1/projects/p/messages:send", &body).bearer_auth("sandbox-google-token").send()
    };
    let (status, sent) = told(push(json!({"topic": "news", "notification": {"title": "t"}})).await).await;
    assert!(status == 200 && sent["name"].as_str().unwrap().starts_with("projects/p/messages/"));
    for message in [
        json!({}),
        json!({"topic": "a", "token": "b"}),
        json!({"token": "short"}),
        json!({"topic": "news", "data": {"n": 1}}),
    ] {
        let (status, body) = told(push(message.clone()).await).await;
        assert_eq!((status, body["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")), "{message}");
    }
}
