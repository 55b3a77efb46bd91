//! Each tool does what it says at the simulated service.

use metel_model::Code;
use serde_json::{Value, json};

use crate::room::Room;

const TASKS: &str = "a0000000-0000-4000-8000-000000000002";
const WEEKLY: &str = "1MetelSandboxWeeklyReport00000000000000000001";

#[tokio::test]
async fn notion_pages_are_made_read_extended_and_archived() {
    let room = Room::open().await;
    let (_, me) = room.good("notion.get_me", json!({})).await;
    assert!(me.contains_key("bot_id"));
    let content = "# 결정\n- 첫째\n\n본문 https://example.com/a?b=1&c=2";
    let (page, products) = room
        .good("notion.create_page", json!({"title": "주간 회의", "content": content, "parent": "팀 홈 Team home"}))
        .await;
    assert!(page["parent"]["page_id"].is_string(), "{page}");
    let (url, id) = (products["page_url"].clone(), products["page_id"].clone());
    let (_, text) = room.good("notion.list_blocks", json!({"page": id})).await;
    assert_eq!(text["text"], "결정\n첫째\n본문 https://example.com/a?b=1&c=2");

    let (child, _) = room.good("notion.create_page", json!({"title": "아래쪽", "parent": id})).await;
    assert_eq!(child["parent"]["page_id"], id);
    room.good("notion.append_blocks", json!({"page": url, "content": "덧붙임 하나\n## 둘"})).await;
    let (_, text) = room.good("notion.list_blocks", json!({"page": "주간 회의"})).await;
    assert!(text["text"].as_str().unwrap().ends_with("덧붙임 하나\n둘"), "{text:?}");

    let (_, found) = room.good("notion.search", json!({"query": "주간 회의", "kind": "page"})).await;
    assert_eq!(found["rows"][0]["title"], "주간 회의");
    let (_, shown) = room.good("notion.get_page", json!({"page": url})).await;
    assert_eq!(shown["title"], "주간 회의");
    room.good("notion.archive_page", json!({"page": "주간 회의"})).await;
    assert_eq!(room.effects("archive_page"), 1);
    let gone = room.run("notion.archive_page", json!({"page": "주간 회의"})).await;
    assert_eq!(gone.fault.unwrap().fields[0].pointer, "/page");
}

#[tokio::test]
async fn notion_pages_take_tables_and_long_texts() {
    let room = Room::open().await;
    let rows = json!([["이름", "값"], ["a", 1], {"url": "https://x.test", "state": "done"}, "끝"]);
    let (_, made) = room.good("notion.create_page", json!({"title": "표", "content": rows})).await;
    let (_, text) = room.good("notion.list_blocks", json!({"page": made["page_id"]})).await;
    assert_eq!(text["text"], "이름 | 값\na | 1\nstate: done, url: https://x.test\n끝");
    let long = "가".repeat(4_500);
    let lines = (0..150).map(|n| format!("줄 {n}")).collect::<Vec<_>>().join("\n");
    for content in [long, lines] {
        let (_, made) = room.good("notion.create_page", json!({"title": "긴 글", "content": content})).await;
        let (_, text) = room.good("notion.list_blocks", json!({"page": made["page_id"]})).await;
        assert_eq!(text["text"].as_str().unwrap().replace('\n', ""), content.replace('\n', ""));
    }
}

#[tokio::test]
async fn notion_databases_are_queried_by_name_and_word() {
    let room = Room::open().await;
    let (_, all) = room.good("notion.query_database", json!({"database": TASKS})).await;
    assert_eq!(all["count"], 12);
    for (database, filter, count) in [
        ("Tasks", json!("완료"), 3),
        ("할 일", json!("높음"), 4),
        ("할 일 Tasks", json!("report"), 0),
        ("Tasks", json!("보고서"), 1),
        ("Tasks", json!({"property": "Hours", "number": {"greater_than": 7}}), 2),
    ] {
        let (_, found) = room.good("notion.query_database", json!({"database": database, "filter": filter})).await;
        assert_eq!(found["count"], count, "{filter}");
    }
    let (_, open) = room.good("notion.query_database", json!({"database": "Tasks", "filter": "보고서"})).await;
    let row = &open["rows"][0];
    assert_eq!(
        (&row["할 일"], &row["Status"], &row["Hours"]),
        (&json!("주간 보고서 작성"), &json!("진행 중"), &json!("3"))
    );
    let (row, _) = room.good("notion.create_page", json!({"title": "새 일", "parent": "Tasks"})).await;
    assert!(row["parent"]["database_id"].is_string());
    let (_, columns) = room.good("notion.get_database", json!({"database": "Tasks"})).await;
    assert_eq!(columns["columns"].as_array().unwrap().len(), 9);
    let lost = room.run("notion.query_database", json!({"database": "없는 것"})).await.fault.unwrap();
    assert_eq!((lost.code, lost.fields[0].pointer.as_str()), (Code::PayloadInvalid, "/database"));
}

#[tokio::test]
async fn slack_messages_are_posted_read_and_deleted() {
    let room = Room::open().await;
    let (_, posted) = room.good("slack.post_message", json!({"channel": "#팀-공지", "text": "안녕 <& \"팀\""})).await;
    let permalink = posted["permalink"].as_str().unwrap();
    assert!(permalink.starts_with(&room.sandbox.url()) && permalink.contains("#p"), "{permalink}");
    let rows = json!([{"할 일": "보고", "Status": "완료", "url": "https://n.test"}, {"할 일": "정리", "Status": ""}]);
    let (table, _) = room.good("slack.post_message", json!({"channel": "general", "text": rows})).await;
    let text = table["message"]["text"].as_str().unwrap();
    assert!(text.contains("할 일: 보고") && text.contains("Status: 완료") && text.lines().count() == 2, "{text}");
    let (_, read) = room.good("slack.read_history", json!({"channel": "#팀-공지"})).await;
    assert_eq!(read["text"], "안녕 <& \"팀\"");
    room.good("slack.delete_message", json!({"channel": "#팀-공지", "message": permalink})).await;
    let (_, read) = room.good("slack.read_history", json!({"channel": posted["channel_id"]})).await;
    assert_eq!(read["text"], "");
    let (_, listed) = room.good("slack.list_channels", json!({})).await;
    assert!(listed["rows"].as_array().unwrap().iter().any(|row| row["name"] == "#partners"));
}

#[tokio::test]
async fn a_permalink_that_cannot_be_read_is_made_up_for() {
    let room = Room::open().await;
    room.strike("slack", "chat.getPermalink", "500").await;
    let (_, posted) = room.good("slack.post_message", json!({"channel": "#team", "text": "x"})).await;
    assert!(posted["permalink"].as_str().unwrap().starts_with("https://slack.com/app_redirect?channel=C0"));
    assert_eq!(room.effects("chat.postMessage"), 1);
}

#[tokio::test]
async fn slack_says_no_with_status_200() {
    let room = Room::open().await;
    let payload = json!({"channel": "#nowhere", "text": "x"});
    let outcome = room.run("slack.post_message", payload.clone()).await;
    assert_eq!((outcome.status, &outcome.fault), (Some(200), &None));
    let compiled = room.tools.registry().get("slack.post_message").unwrap();
    let judged = compiled.judge(200, outcome.output.value().unwrap(), &payload);
    let failed = metel_rules::contract::Judgement::Fail {
        code: "channel_not_found".to_owned(),
        message: "channel_not_found".to_owned(),
        retryable: false,
    };
    assert_eq!(judged, failed);
}

#[tokio::test]
async fn sheets_are_read_appended_and_cleared() {
    let room = Room::open().await;
    let at = |range: &str| json!({"spreadsheet": WEEKLY, "range": range});
    let (_, read) = room.good("sheets.get_range", at("주간 보고!A1:B2")).await;
    assert_eq!(read["values"], json!([["주차", "부서"], ["2026-W01", "영업"]]));
    let (_, all) = room.good("sheets.get_range", at("Weekly")).await;
    assert_eq!(all["values"].as_array().unwrap().len(), 6);
    let add = |range: &str, rows: Value| json!({"spreadsheet": WEEKLY, "range": range, "rows": rows});
    let (_, added) =
        room.good("sheets.append_rows", add("주간 보고", json!([["2026-W04", "영업", 10, true, "=1+1"]]))).await;
    assert_eq!(added["count"], 1);
    let (_, tail) = room.good("sheets.get_range", at("주간 보고!A7:E7")).await;
    assert_eq!(tail["values"][0][4], "=1+1");
    room.good("sheets.append_rows", add("Log", json!("한 칸"))).await;
    room.good("sheets.append_rows", add("Log", json!([{"a": "x", "b": "y"}, ["z"]]))).await;
    let (_, log) = room.good("sheets.get_range", at("Log")).await;
    assert_eq!(log["values"], json!([["한 칸"], ["x", "y"], ["z"]]));
    room.good("sheets.clear_range", at("Log!A1:A2")).await;
    let link = format!("https://docs.google.com/spreadsheets/d/{WEEKLY}/edit#gid=0");
    let (_, left) = room.good("sheets.get_range", json!({"spreadsheet": link, "range": "Log!A1:B3"})).await;
    assert_eq!(left["values"], json!([[], ["", "y"], ["z"]]));
}

#[tokio::test]
async fn a_workspaces_own_names_are_known() {
    let room = Room::open().await;
    let mut credential = room.credential("sheets");
    credential.aliases.insert("우리 장부".to_owned(), WEEKLY.to_owned());
    let payload = json!({"spreadsheet": "우리장부", "range": "Weekly!A1"});
    let kind = metel_model::effect::EffectKind::Tool;
    let outcome = room.attempt_as(Some(&credential), kind, "sheets.get_range", &payload, room.now(), 2_000).await;
    assert_eq!(outcome.output.value().unwrap()["values"], json!([["Week"]]));
    // The simulator's own names as well.
    room.good("sheets.get_range", json!({"spreadsheet": "Weekly Report", "range": "Weekly!A1"})).await;
}

#[tokio::test]
async fn the_web_is_searched_and_read() {
    let room = Room::open().await;
    let (found, products) = room.good("firecrawl.search", json!({"query": "공고", "limit": 3})).await;
    let url = found["data"][0]["url"].as_str().unwrap_or_else(|| panic!("{found}"));
    assert!(products["text"].as_str().unwrap().contains(url));
    let (_, page) = room.good("firecrawl.scrape", json!({"url": url})).await;
    assert!(page["text"].as_str().unwrap().starts_with("# "));
}

#[tokio::test]
async fn keys_are_checked_and_rotated_once_a_key() {
    let room = Room::open().await;
    let (_, before) = room.good("authority.check_key", json!({"service": "firecrawl"})).await;
    assert_eq!(before["status"], "expired");
    let since = room.now();
    let payload = json!({"service": "firecrawl"});
    let kind = metel_model::effect::EffectKind::Tool;
    for _ in 0..2 {
        let outcome = room.attempt(kind, "authority.rotate_key", &payload, since).await;
        assert_eq!(outcome.output.value().unwrap()["status"], "active");
    }
    assert_eq!(room.effects("rotate_key"), 1);
}

#[tokio::test]
async fn the_ledger_box_takes_entries() {
    let room = Room::open().await;
    for tool in ["ledgerbox.post_keyed", "ledgerbox.post_plain", "ledgerbox.post_blind"] {
        room.good(tool, json!({"reference": tool, "value": {"n": [1, 2]}, "note": "메모"})).await;
    }
    let (_, found) = room.good("ledgerbox.find_plain", json!({"reference": "ledgerbox.post_plain"})).await;
    assert_eq!(found["count"], 1);
    let effects = room.sandbox.effects();
    assert_eq!(effects[0].body, json!({"reference": "ledgerbox.post_keyed", "value": {"n": [1, 2]}, "note": "메모"}));
    assert!(effects[0].key.is_some() && effects[1].key.is_none());
    assert!(effects[0].run.as_deref().unwrap().starts_with("run_"));
}

#[tokio::test]
async fn builtins_give_back_what_they_got() {
    let room = Room::open().await;
    let (output, products) = room.good("bench.noop", json!({"n": 3})).await;
    assert_eq!((output, &products["n"]), (json!({"n": 3}), &json!(3)));
    room.good("metel.echo", json!({"text": "안녕"})).await;
}
