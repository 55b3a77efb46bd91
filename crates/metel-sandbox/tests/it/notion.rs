//! Notion's wire format.

use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::{Guest, HOME, TASKS, json, start};

fn page(title: &str) -> Value {
    json!({
        "parent": {"page_id": HOME},
        "properties": {"title": {"title": [{"text": {"content": title}}]}},
        "children": [{"heading_2": {"rich_text": [{"text": {"content": "결정 사항"}}]}}],
    })
}

async fn created(guest: &Guest, title: &str) -> Value {
    let (status, body) = json(guest.notion(Method::POST, "/pages").json(&page(title)).send().await).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn a_page_is_made_read_changed_and_archived() {
    let guest = start().await;
    let made = created(&guest, "회의록 2026-01-05").await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["object"], "page");
    assert_eq!(made["parent"], json!({"type": "page_id", "page_id": HOME}));
    assert_eq!(made["properties"]["title"]["title"][0]["plain_text"], "회의록 2026-01-05");
    let (_, read) = json(guest.notion(Method::GET, &format!("/pages/{}", id.replace('-', ""))).send().await).await;
    assert_eq!(read["url"], made["url"]);
    let shown = guest.http.get(made["url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("회의록 2026-01-05") && shown.contains("결정 사항"));
    let change = json!({"properties": {"title": [{"text": {"content": "고친 제목"}}]}});
    let (_, changed) = json(guest.notion(Method::PATCH, &format!("/pages/{id}")).json(&change).send().await).await;
    assert_eq!(changed["properties"]["title"]["title"][0]["plain_text"], "고친 제목");
    let archive = json!({"archived": true});
    let (_, gone) = json(guest.notion(Method::PATCH, &format!("/pages/{id}")).json(&archive).send().await).await;
    assert_eq!((&gone["archived"], &gone["in_trash"]), (&json!(true), &json!(true)));
    let (status, again) = json(guest.notion(Method::PATCH, &format!("/pages/{id}")).json(&change).send().await).await;
    assert_eq!((status, &again["code"]), (400, &json!("validation_error")));
    assert_eq!(guest.effects("notion", "create_page").await, 1);
    assert_eq!(guest.effects("notion", "archive_page").await, 1);
}

#[tokio::test]
async fn refusals_have_notions_bodies() {
    let guest = start().await;
    let code = |answer: (u16, Value)| {
        assert_eq!(answer.1["object"], "error");
        assert_eq!(answer.1["status"], answer.0);
        assert!(answer.1["request_id"].is_string() && answer.1["message"].is_string());
        (answer.0, answer.1["code"].as_str().unwrap().to_owned())
    };
    let bare = guest.get("/notion/v1/users/me").send().await;
    assert_eq!(code(json(bare).await), (401, "unauthorized".into()));
    let no_version = guest.get("/notion/v1/users/me").bearer_auth("sandbox-notion-token").send().await;
    assert_eq!(code(json(no_version).await), (400, "missing_version".into()));
    let nowhere = guest.notion(Method::GET, "/pages/a0000000-0000-4000-8000-00000000ffff").send().await;
    assert_eq!(code(json(nowhere).await), (404, "object_not_found".into()));
    let not_id = guest.notion(Method::GET, "/pages/abc").send().await;
    assert_eq!(code(json(not_id).await), (400, "validation_error".into()));
    let not_json = guest.notion(Method::POST, "/pages").body("{").send().await;
    assert_eq!(code(json(not_json).await), (400, "invalid_json".into()));
    let no_path = guest.notion(Method::GET, "/nothing").send().await;
    assert_eq!(code(json(no_path).await), (400, "invalid_request_url".into()));
    let no_verb = guest.notion(Method::PUT, "/pages").send().await;
    assert_eq!(code(json(no_verb).await), (400, "invalid_request_url".into()));
    for wrong in [
        json!({}),
        json!({"parent": {"page_id": HOME}}),
        json!({"parent": {"page_id": "x"}, "properties": {}}),
        json!({"parent": {"page_id": HOME}, "properties": {"제목": {"title": []}}}),
        json!({"parent": {"database_id": TASKS}, "properties": {"Hours": {"number": "셋"}}}),
    ] {
        let answer = json(guest.notion(Method::POST, "/pages").json(&wrong).send().await).await;
        assert_eq!(code(answer), (400, "validation_error".into()), "{wrong}");
    }
    assert_eq!(guest.state().await["effects_total"], 0);
}

#[tokio::test]
async fn a_database_is_queried_page_by_page() {
    let guest = start().await;
    let path = format!("/databases/{TASKS}/query");
    let filter = json!({"and": [
        {"property": "Status", "status": {"does_not_equal": "완료"}},
        {"or": [{"property": "할 일", "title": {"contains": "보고서"}}, {"property": "Hours", "number": {"greater_than": 6}}]},
    ]});
    let sorts = json!([{"property": "Hours", "direction": "descending"}]);
    let mut names = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let mut body = json!({"filter": filter, "sorts": sorts, "page_size": 2});
        if !cursor.is_null() {
            body["start_cursor"] = cursor;
        }
        let (status, list) = json(guest.notion(Method::POST, &path).json(&body).send().await).await;
        assert_eq!(status, 200, "{list}");
        for row in list["results"].as_array().unwrap() {
            names.push(row["properties"]["할 일"]["title"][0]["plain_text"].as_str().unwrap().to_owned());
        }
        cursor = list["next_cursor"].clone();
        if list["has_more"] == false {
            break;
        }
    }
    assert_eq!(
        names,
        ["Migrate billing to new API", "Prepare Q1 roadmap", "개인정보 처리방침 개정", "주간 보고서 작성"]
    );
    let wrong = json!({"filter": {"property": "Status", "number": {"equals": 1}}});
    let (status, refused) = json(guest.notion(Method::POST, &path).json(&wrong).send().await).await;
    assert_eq!(status, 400);
    assert_eq!(refused["message"], "database property status does not match filter number");
}

#[tokio::test]
async fn blocks_are_appended_listed_and_deleted() {
    let guest = start().await;
    let made = created(&guest, "빈 페이지").await;
    let path = format!("/blocks/{}/children", made["id"].as_str().unwrap());
    let text = |text: &str| json!({"paragraph": {"rich_text": [{"text": {"content": text}}]}});
    let body = json!({"children": [text("첫째"), text("둘째")]});
    let (_, appended) = json(guest.notion(Method::PATCH, &path).json(&body).send().await).await;
    let first = appended["results"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({"children": [text("사이")], "after": first});
    json(guest.notion(Method::PATCH, &path).json(&body).send().await).await;
    let (_, list) = json(guest.notion(Method::GET, &path).send().await).await;
    let texts: Vec<&str> = list["results"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|block| block["paragraph"]["rich_text"][0]["plain_text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["첫째", "사이", "둘째"]);
    json(guest.notion(Method::DELETE, &format!("/blocks/{first}")).send().await).await;
    let (_, list) = json(guest.notion(Method::GET, &path).send().await).await;
    assert_eq!(list["results"].as_array().unwrap().len(), 3);
    let (status, _) = json(guest.notion(Method::DELETE, &format!("/blocks/{first}")).send().await).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn search_finds_by_title_and_kind() {
    let guest = start().await;
    let found = async |body: Value| {
        let (_, list) = json(guest.notion(Method::POST, "/search").json(&body).send().await).await;
        list["results"].as_array().unwrap().len()
    };
    assert_eq!(found(json!({"query": "나라장터"})).await, 1);
    assert_eq!(found(json!({"filter": {"property": "object", "value": "database"}})).await, 1);
    assert_eq!(found(json!({"query": "없는 것"})).await, 0);
}
