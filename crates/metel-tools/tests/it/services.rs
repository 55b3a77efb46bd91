//! Each further service through its contracts, at its simulator: what it does, what it refuses, and
//! what an ambiguous end leaves behind.

use metel_model::effect::EffectKind;
use metel_model::{Code, Micros};
use metel_rules::contract::Judgement;
use serde_json::{Value, json};

use crate::room::Room;

const REPO: &str = "metel-lab/quickstart";

impl Room {
    /// The service's own code for a call that it refuses.
    async fn refusal(&self, tool: &str, payload: Value) -> String {
        let outcome = self.run(tool, payload.clone()).await;
        assert_eq!(outcome.fault, None, "{tool}");
        let compiled = self.tools.registry().get(tool).unwrap();
        let body = outcome.output.value().cloned().unwrap_or_default();
        match compiled.judge(outcome.status.unwrap_or(200), &body, &payload) {
            Judgement::Fail { code, .. } => code,
            Judgement::Pass => panic!("{tool} passed: {body}"),
        }
    }

    /// Lets a call's answer be lost after its effect, then asks whether it happened.
    async fn lost(&self, service: &str, operation: &str, tool: &str, payload: Value) -> Value {
        let since = self.now();
        let before = self.effects(operation);
        let compiled = self.tools.registry().get(tool).unwrap();
        let asked = self.attempt(EffectKind::Reconcile, tool, &payload, since).await;
        assert_eq!(asked.fault, None, "{tool}");
        assert_eq!(compiled.found(asked.output.value().unwrap(), &payload, since), Ok(None), "{tool}: not yet");
        self.strike(service, operation, "500_after").await;
        self.attempt(EffectKind::Tool, tool, &payload, since).await;
        let asked = self.attempt(EffectKind::Reconcile, tool, &payload, since).await;
        assert_eq!(asked.fault, None, "{tool}");
        let found = compiled.found(asked.output.value().unwrap(), &payload, since).unwrap();
        let found = found.unwrap_or_else(|| panic!("{tool}: not found in {:?}", asked.output));
        assert_eq!(compiled.check_output(&found), Vec::new(), "{tool}: {found}");
        compiled.products(&found).unwrap_or_else(|key| panic!("{tool}: no {key} in {found}"));
        assert_eq!(self.effects(operation), before + 1, "{tool}");
        found
    }
}

#[tokio::test]
async fn github_issues_are_listed_labelled_and_answered() {
    let room = Room::open().await;
    let (_, open) = room.good("github.list_issues", json!({"repo": REPO})).await;
    assert_eq!((open["rows"].as_array().unwrap().len(), &open["number"]), (3, &json!(3)));
    let (_, bugs) = room
        .good("github.list_issues", json!({"repo": format!("https://github.com/{REPO}.git"), "labels": "bug"}))
        .await;
    assert_eq!(bugs["rows"][0]["title"], "Export to CSV loses the header row");
    let payload = json!({"repo": REPO, "number": 3, "labels": ["enhancement", "디자인"]});
    for _ in 0..2 {
        let (_, labelled) = room.good("github.add_labels", payload.clone()).await;
        assert_eq!(labelled["labels"], "enhancement, 디자인");
    }
    let (_, said) = room.good("github.comment", json!({"repo": REPO, "number": 3, "body": "고맙습니다 <&>"})).await;
    assert!(said["comment_url"].as_str().unwrap().contains("#issuecomment-"));
    let (_, read) = room.good("github.list_comments", json!({"repo": REPO, "number": 3})).await;
    assert!(read["text"].as_str().unwrap().starts_with("metel-bot: 고맙습니다 <&>"));
    assert_eq!(room.refusal("github.comment", json!({"repo": REPO, "number": 99, "body": "x"})).await, "Not Found");
    assert_eq!(room.refusal("github.list_issues", json!({"repo": "metel-lab/nothing"})).await, "Not Found");
    let bad = room.run("github.list_issues", json!({"repo": "../../user"})).await.fault.unwrap();
    assert_eq!((bad.code, bad.fields[0].pointer.as_str()), (Code::PayloadInvalid, "/repo"));
    let found =
        room.lost("github", "comment", "github.comment", json!({"repo": REPO, "number": 2, "body": "한 번"})).await;
    assert!(found["html_url"].is_string());
}

#[tokio::test]
async fn github_pulls_are_read_and_reviewed_and_releases_published() {
    let room = Room::open().await;
    let at = |number: u32| json!({"repo": REPO, "number": number});
    let (_, pulls) = room.good("github.list_pulls", json!({"repo": REPO})).await;
    assert_eq!(pulls["rows"].as_array().unwrap().len(), 2);
    let (_, pull) = room.good("github.get_pull", at(12)).await;
    assert_eq!(pull["title"], "Add tax to the total");
    let (_, files) = room.good("github.list_pull_files", at(12)).await;
    assert_eq!(files["rows"], json!([{"file": "src/price.py", "status": "modified", "added": "2", "deleted": "1"}]));
    let (_, diff) = room.good("github.get_diff", at(12)).await;
    assert!(diff["diff"].as_str().unwrap().starts_with("diff --git a/src/price.py"));
    let review = |line: u32| {
        json!({"repo": REPO, "number": 12, "body": "세금이 합계에 더해져요", "verdict": "request_changes",
            "comments": [{"path": "src/price.py", "line": line, "body": "괄호가 필요해요"}]})
    };
    let (_, made) = room.good("github.create_review", review(3)).await;
    assert_eq!(made["state"], "CHANGES_REQUESTED");
    assert_eq!(room.refusal("github.create_review", review(400)).await, "Validation Failed");
    let (_, reviews) = room.good("github.list_reviews", at(12)).await;
    assert_eq!(reviews["count"], 1);
    let (_, commits) = room.good("github.list_commits", json!({"repo": REPO, "since": "2026-01-06T00:00:00Z"})).await;
    assert_eq!(commits["rows"].as_array().unwrap().len(), 3);
    let release = json!({"repo": REPO, "tag": "v0.2.0", "body": commits["text"]});
    let found = room.lost("github", "create_release", "github.create_release", release.clone()).await;
    assert_eq!(found["tag_name"], "v0.2.0");
    assert_eq!(room.refusal("github.create_release", release).await, "Validation Failed");
    let (_, releases) = room.good("github.list_releases", json!({"repo": REPO})).await;
    assert_eq!(releases["tag"], "v0.2.0");
}

#[tokio::test]
async fn mails_are_found_read_answered_and_sent() {
    let room = Room::open().await;
    let (_, found) = room.good("gmail.search", json!({"terms": "견적 is:unread"})).await;
    assert_eq!(found["count"], 1);
    let (_, mail) = room.good("gmail.get", json!({"thread": found["thread"]})).await;
    assert_eq!(mail["subject"], "견적 요청드립니다");
    assert!(mail["text"].as_str().unwrap().contains("M-200 20개 견적"), "{mail:?}");
    let reply = json!({"thread": found["thread"], "body": "금요일까지 보내드리겠습니다.\n감사합니다."});
    room.good("gmail.draft_reply", reply.clone()).await;
    let effects = room.sandbox.effects();
    let draft = &effects.last().unwrap().body["thing"];
    let header = |name: &str| {
        draft["headers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|h| h["name"] == name)
            .map(|h| h["value"].clone())
            .unwrap_or_default()
    };
    assert_eq!(header("To"), "박서연 <seoyeon@partner.example>");
    assert_eq!(header("Subject"), "Re: 견적 요청드립니다");
    assert_eq!(header("In-Reply-To"), "<18f0000000000002@mail.example>");
    assert_eq!(draft["text"], "금요일까지 보내드리겠습니다.\n감사합니다.");
    assert_eq!(draft["threadId"], found["thread"]);
    room.good("gmail.list_drafts", json!({"terms": "금요일까지"})).await;
    let to = "김하늘 <haneul@metel.example>, alex@metel.example";
    let send = json!({"to": to, "subject": "주간 보고", "body": "첨부했어요",
        "attachments": [{"name": "표.csv", "media_type": "text/csv", "base64": "YSxi"}]});
    let found = room.lost("gmail", "send", "gmail.send", send).await;
    assert!(found["id"].is_string());
    let effects = room.sandbox.effects();
    assert_eq!(effects.last().unwrap().body["thing"]["attachments"], json!(["표.csv"]));
    let bad = json!({"to": "a@x.test\r\nBcc: evil@x.test", "subject": "s", "body": "b"});
    assert_eq!(room.run("gmail.send", bad).await.fault.unwrap().code, Code::PayloadInvalid);
    assert_eq!(room.refusal("gmail.get", json!({"thread": "nothing00"})).await, "NOT_FOUND");
}

#[tokio::test]
async fn drafts_that_may_have_been_made_are_found_again() {
    let room = Room::open().await;
    let reply = json!({"thread": "18f0000000000001", "body": "답장"});
    room.lost("gmail", "create_draft", "gmail.draft_reply", reply.clone()).await;
    // A preparing read that fails leaves nothing behind, and says so.
    room.strike("gmail", "get_thread", "500").await;
    let outcome = room.run("gmail.draft_reply", reply).await;
    assert_eq!((outcome.status, outcome.certainty), (Some(500), metel_model::effect::Certainty::Certain));
    assert_eq!(room.effects("create_draft"), 1);
}

#[tokio::test]
async fn events_are_listed_and_created() {
    let room = Room::open().await;
    let (_, day) = room.good("calendar.agenda", json!({"from": "2026-01-05", "to": "2026-01-05"})).await;
    assert_eq!(day["text"], "- 2026-01-05 10:00 주간 회의 Weekly meeting\n- 2026-01-05 14:00 협력사 미팅 Partner call");
    for (start, end, begins, ends) in [
        (json!("2026-01-12T15:00"), Value::Null, json!("2026-01-12T15:00:00"), json!("2026-01-12T16:00:00")),
        (
            json!("2026-01-12T15:00+09:00"),
            json!("2026-01-12T15:30:00+09:00"),
            json!("2026-01-12T15:00:00+09:00"),
            json!("2026-01-12T15:30:00+09:00"),
        ),
    ] {
        let mut payload = json!({"title": "디자인 리뷰", "start": start});
        if !end.is_null() {
            payload["end"] = end;
        }
        let (event, _) = room.good("calendar.create_event", payload).await;
        assert_eq!((&event["start"]["dateTime"], &event["end"]["dateTime"]), (&begins, &ends));
    }
    let (event, _) = room.good("calendar.create_event", json!({"title": "휴일", "start": "2026-01-31"})).await;
    assert_eq!((&event["start"]["date"], &event["end"]["date"]), (&json!("2026-01-31"), &json!("2026-02-01")));
    let empty = json!({"title": "x", "start": "2026-01-12T15:00", "end": "2026-01-12T14:00"});
    assert_eq!(room.refusal("calendar.create_event", empty).await, "timeRangeEmpty");
    let other = Room::open().await;
    other
        .lost(
            "calendar",
            "create_event",
            "calendar.create_event",
            json!({"title": "회고", "start": "2026-01-13T10:00"}),
        )
        .await;
    // Without a day: from now on, which is long after everything that is there.
    let (_, now) = room.good("calendar.agenda", json!({})).await;
    assert_eq!(now["count"], 0);
}

#[tokio::test]
async fn drive_files_are_found_read_and_uploaded() {
    let room = Room::open().await;
    let (_, found) = room.good("drive.list_files", json!({"terms": "회의록"})).await;
    assert_eq!(found["rows"].as_array().unwrap().len(), 1);
    let (_, read) = room.good("drive.get_file", json!({"file": "launch plan"})).await;
    assert!(read["text"].as_str().unwrap().contains("Freeze on Friday"));
    let picture = json!({"name": "x.png", "media_type": "image/png", "base64": "iVBORw=="});
    let (made, _) =
        room.good("drive.upload_file", json!({"name": "It's 표.png", "file": picture, "folder": "0AFolder"})).await;
    assert_eq!((&made["mimeType"], &made["size"]), (&json!("image/png"), &json!("4")));
    let (_, back) = room.good("drive.list_files", json!({"terms": "It's 표", "folder": "0AFolder"})).await;
    assert_eq!(back["rows"].as_array().unwrap().len(), 1);
    let found =
        room.lost("drive", "upload_file", "drive.upload_file", json!({"name": "보고.md", "file": "# 보고"})).await;
    assert_eq!(found["name"], "보고.md");
    assert_eq!(room.refusal("drive.get_file", json!({"file": "1NothingOfThatName0000000000000"})).await, "NOT_FOUND");
}

#[tokio::test]
async fn telegram_carries_texts_and_pictures() {
    let room = Room::open().await;
    let to = |recipient: &str| json!({"recipient": recipient, "text": "배포 끝 <b>&"});
    let (sent, _) = room.good("telegram.send_message", to("@metel_alerts")).await;
    assert_eq!(sent["result"]["text"], "배포 끝 <b>&");
    room.good("telegram.get_chat", json!({"recipient": "700000001"})).await;
    assert_eq!(room.refusal("telegram.send_message", to("@nobody_here")).await, "Bad Request: chat not found");
    let (_, drawn) = room.good("openai.create_image", json!({"prompt": "부두 \"저녁\""})).await;
    let photo = json!({"recipient": "@metel_alerts", "photo": drawn["image"], "caption": "그림"});
    let (posted, _) = room.good("telegram.send_photo", photo).await;
    assert_eq!(posted["result"]["caption"], "그림");
    let wrong = json!({"recipient": "@metel_alerts", "photo": {"base64": "bm8gcGljdHVyZQ=="}});
    assert_eq!(room.refusal("telegram.send_photo", wrong).await, "Bad Request: IMAGE_PROCESS_FAILED");
    // The token stands in the path, and nowhere that anybody reads.
    room.strike("telegram", "sendMessage", "reset_before").await;
    let outcome = room.run("telegram.send_message", to("@metel_alerts")).await;
    assert!(!format!("{outcome:?}").contains("sandbox-telegram-token"), "{outcome:?}");
}

#[tokio::test]
async fn pictures_are_drawn_and_read_and_texts_spoken() {
    let room = Room::open().await;
    let (_, drawn) =
        room.good("stability.create_image", json!({"prompt": "항구\n저녁", "ratio": "16:9", "without": "사람"})).await;
    let (_, read) = room.good("paddleocr.read_image", json!({"image": drawn["image"]})).await;
    assert_eq!(read["text"], "항구\n저녁");
    room.good("paddleocr.read_image", json!({"image": "https://files.example/receipt.png"})).await;
    assert_eq!(
        room.refusal("paddleocr.read_image", json!({"image": {"base64": "aGk="}})).await,
        "The input file is neither an image nor a PDF"
    );
    let (spoken, _) = room.good("elevenlabs.create_speech", json!({"text": "안녕하세요", "voice": "Rachel"})).await;
    assert_eq!(spoken["file"]["media_type"], "audio/mpeg");
    assert!(spoken["bytes"].as_u64().unwrap() > 1_000);
    assert_eq!(
        room.refusal("elevenlabs.create_speech", json!({"text": "x", "voice": "A".repeat(20)})).await,
        "voice_not_found"
    );
    let unknown = room.run("elevenlabs.create_speech", json!({"text": "x", "voice": "Nobody"})).await.fault.unwrap();
    assert_eq!(unknown.fields[0].pointer, "/voice");
    let (spoken, products) = room.good("openai.create_speech", json!({"text": "안녕하세요", "format": "wav"})).await;
    assert_eq!(spoken["file"]["name"], "file.wav");
    let share = json!({"channel": "#team", "name": "인사.wav", "file": products["audio"], "comment": "들어 보세요"});
    let (shared, _) = room.good("slack.upload_file", share.clone()).await;
    assert_eq!((&shared["files"][0]["name"], &shared["files"][0]["size"]), (&json!("인사.wav"), &spoken["bytes"]));
    let (_, history) = room.good("slack.read_history", json!({"channel": "#team"})).await;
    assert_eq!(history["text"], "들어 보세요");
    // Failing before it is shared leaves nothing that anybody sees.
    room.strike("slack", "files.upload", "500").await;
    let outcome = room.run("slack.upload_file", share).await;
    assert_eq!((outcome.status, outcome.certainty), (Some(500), metel_model::effect::Certainty::Certain));
    assert_eq!(room.effects("files.completeUploadExternal"), 1);
    room.good("slack.upload_file", json!({"channel": "team", "name": "a.txt", "file": "글"})).await;
}

#[tokio::test]
async fn searches_find_pages_and_papers() {
    let room = Room::open().await;
    let (_, found) = room.good("brave.search", json!({"terms": "AI 솔루션 공고", "limit": 3})).await;
    assert!(found["rows"].as_array().unwrap().len() <= 3 && found.contains_key("url"));
    let (_, papers) = room.good("arxiv.search", json!({"terms": "tools agents", "limit": 5})).await;
    assert_eq!(papers["count"], 0, "all words must be there: {papers:?}");
    let (_, papers) = room.good("arxiv.search", json!({"terms": "cat:cs.AI AND ti:\"typed actions\""})).await;
    assert_eq!(papers["rows"][0]["title"], "Planning with Tools: Small Language Models & Typed Actions");
    assert_eq!(papers["rows"][0]["authors"], "Haneul Kim, Alex Morgan");
    assert!(papers["text"].as_str().unwrap().contains("http://arxiv.org/abs/2601.00011v1"));
    let (_, newest) = room.good("arxiv.search", json!({"terms": "models"})).await;
    assert!(newest["rows"][0]["date"].as_str().unwrap() >= newest["rows"][1]["date"].as_str().unwrap());
    let (_, crawled) =
        room.good("firecrawl.crawl", json!({"site": "https://www.g2b.example/notices", "limit": 2})).await;
    assert_eq!(crawled["count"], 2);
    // A failing look at the work is looked again; the work is not begun twice.
    room.strike("firecrawl", "crawl_status", "500").await;
    room.good("firecrawl.crawl", json!({"site": "https://www.g2b.example/notices"})).await;
    assert_eq!(room.effects("crawl"), 2);
}

#[tokio::test]
async fn payments_are_refunded_once_a_key() {
    let room = Room::open().await;
    let (_, payments) = room.good("stripe.list_payments", json!({})).await;
    assert_eq!(payments["rows"].as_array().unwrap().len(), 3);
    let payload =
        json!({"payment": "pi_sandbox0001", "amount": 8_000, "reason": "requested_by_customer", "note": "파손 & 지연"});
    let since = room.now();
    let mut refunds = Vec::new();
    for _ in 0..2 {
        let outcome = room.attempt(EffectKind::Tool, "stripe.refund", &payload, since).await;
        refunds.push(outcome.output.value().unwrap()["id"].clone());
    }
    assert_eq!(refunds[0], refunds[1]);
    assert_eq!(room.effects("create_refund"), 1);
    assert_eq!(room.sandbox.effects().last().unwrap().body["thing"]["metadata"]["note"], "파손 & 지연");
    let (_, rest) = room.good("stripe.refund", json!({"payment": "ch_sandbox0001"})).await;
    assert_eq!(rest["amount"], 40_000);
    assert_eq!(room.refusal("stripe.refund", json!({"payment": "pi_sandbox0001"})).await, "charge_already_refunded");
    assert_eq!(room.refusal("stripe.refund", json!({"payment": "pi_nothing0000"})).await, "resource_missing");
}

#[tokio::test]
async fn stock_is_told_and_ordered_once_a_key() {
    let room = Room::open().await;
    let (_, low) = room.good("erp.list_stock", json!({"low": true})).await;
    assert_eq!(low["text"], "- 센서 Sensor (M-200): 3");
    let since = Micros(1_800_000_000_000_000);
    let payload = json!({"sku": "M-100", "quantity": 2, "customer": "협력기획"});
    for _ in 0..2 {
        let outcome = room.attempt(EffectKind::Tool, "erp.create_order", &payload, since).await;
        assert_eq!(outcome.output.value().unwrap()["id"], "SO-1002");
    }
    let (_, stock) = room.good("erp.get_stock", json!({"sku": "M-100"})).await;
    assert_eq!(stock["count"], 38);
    assert_eq!(room.refusal("erp.create_order", json!({"sku": "M-200", "quantity": 20})).await, "only 3 in stock");
    let (_, orders) = room.good("erp.list_orders", json!({"state": "open"})).await;
    assert_eq!(orders["rows"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn push_messages_go_to_topics_and_devices() {
    let room = Room::open().await;
    let push = |target: &str| json!({"project": "metel-demo", "target": target, "title": "점검", "body": "곧 시작해요", "data": {"id": "7"}});
    let (sent, _) = room.good("fcm.send", push("news")).await;
    assert!(sent["name"].as_str().unwrap().starts_with("projects/metel-demo/messages/0:"));
    room.good("fcm.send", push(&"d".repeat(150))).await;
    let effects = room.sandbox.effects();
    assert!(effects[0].body["thing"]["topic"] == "news" && effects[1].body["thing"]["token"].is_string());
}

#[tokio::test]
async fn files_of_a_run_are_written_and_trends_remembered() {
    let room = Room::open().await;
    let (_, made) = room.good("file.write", json!({"path": "보고/a.md", "content": "하나\n"})).await;
    assert_eq!(made["path"], "보고/a.md");
    let (_, seen) = room.good("file.preview_write", json!({"path": "보고/a.md", "content": "둘\n"})).await;
    assert!(seen["diff"].as_str().unwrap().contains("-하나\n+둘"));
    room.good("file.write", json!({"path": "보고/a.md", "content": "둘\n", "replace": true, "was": seen["was"]})).await;
    let (_, read) = room.good("file.read", json!({"path": "보고/a.md"})).await;
    assert_eq!(read["text"], "둘\n");
    let (_, found) = room.good("file.search", json!({"terms": "둘"})).await;
    assert_eq!(found["text"], "보고/a.md:1 둘");
    room.good("file.list", json!({})).await;
    let out = room.run("file.read", json!({"path": "../../../etc/passwd"})).await.fault.unwrap();
    assert_eq!((out.code, out.fields[0].pointer.as_str()), (Code::PayloadInvalid, "/path"));
    let sources = json!({"series": "news", "sources": [{"name": "a", "content": "로봇 전시회"}, {"name": "b", "content": [{"title": "로봇의 날"}]}]});
    let (_, first) = room.good("trend.detect", sources.clone()).await;
    assert_eq!((&first["is_new"], &first["keyword"]), (&json!(true), &json!("로봇")));
    let (_, second) = room.good("trend.detect", sources).await;
    assert_eq!(second["is_new"], false);
    let (_, deck) = room.good("slides.render", json!({"title": "주간", "slides": "# 매출\n- 42"})).await;
    room.good("drive.upload_file", json!({"name": deck["name"], "file": deck["file"]})).await;
}

#[tokio::test]
async fn each_service_fails_in_its_own_words_and_waits_as_told() {
    let room = Room::open().await;
    for (service, operation, tool, payload) in [
        ("github", "list_issues", "github.list_issues", json!({"repo": REPO})),
        ("gmail", "list_threads", "gmail.search", json!({"terms": "x"})),
        ("calendar", "list_events", "calendar.agenda", json!({})),
        ("drive", "list_files", "drive.list_files", json!({})),
        ("telegram", "sendMessage", "telegram.send_message", json!({"recipient": "@metel_alerts", "text": "x"})),
        ("brave", "web_search", "brave.search", json!({"terms": "x"})),
        ("erp", "list_stock", "erp.list_stock", json!({})),
        ("stripe", "create_refund", "stripe.refund", json!({"payment": "pi_sandbox0001"})),
        ("arxiv", "query", "arxiv.search", json!({"terms": "x"})),
        ("paddleocr", "ocr", "paddleocr.read_image", json!({"image": "https://a.test/x.png"})),
        ("elevenlabs", "list_voices", "elevenlabs.list_voices", json!({})),
        ("openai", "create_speech", "openai.create_speech", json!({"text": "x"})),
        ("stability", "generate_core", "stability.create_image", json!({"prompt": "x"})),
        ("fcm", "send", "fcm.send", json!({"project": "metel-demo", "target": "a", "title": "b", "body": "c"})),
    ] {
        room.strike(service, operation, "429").await;
        let outcome = room.run(tool, payload.clone()).await;
        assert_eq!((outcome.status, outcome.retry_after_ms), (Some(429), Some(2_000)), "{tool}");
        let compiled = room.tools.registry().get(tool).unwrap();
        let body = outcome.output.value().cloned().unwrap_or_default();
        let judged = compiled.judge(429, &body, &payload);
        assert!(matches!(judged, Judgement::Fail { retryable: true, .. }), "{tool}: {judged:?}");
        // The account stays silent for as long as it was told.
        let held = room.run(tool, payload).await;
        assert_eq!(held.fault.map(|fault| fault.code), Some(Code::Overloaded), "{tool}");
    }
}
