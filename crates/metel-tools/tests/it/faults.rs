//! What goes wrong at the service, what the outcome then says, and whether the question "did it
//! already happen?" is answered rightly.

use metel_model::Code;
use metel_model::effect::{Certainty, EffectKind};
use serde_json::{Value, json};

use crate::room::Room;

const WEEKLY: &str = "1MetelSandboxWeeklyReport00000000000000000001";
const HOME: &str = "a0000000-0000-4000-8000-000000000001";

/// Tools without idempotency that can be asked: tool, sandbox operation, payload.
fn askable() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("notion.create_page", "create_page", json!({"title": "회의 록", "content": "본문", "parent": HOME})),
        ("notion.create_page", "create_page", json!({"title": "Row", "parent": "Tasks"})),
        ("notion.create_page", "create_page", json!({"title": "맨 위"})),
        ("notion.append_blocks", "append_blocks", json!({"page": HOME, "content": "하나\n- 둘"})),
        ("slack.post_message", "chat.postMessage", json!({"channel": "#team", "text": "배포 <완료> & https://x.test"})),
        (
            "sheets.append_rows",
            "append_rows",
            json!({"spreadsheet": WEEKLY, "range": "Log", "rows": [["a", 1, true], ["끝", 2.5]]}),
        ),
        ("ledgerbox.post_plain", "record_plain", json!({"reference": "r-1"})),
    ]
}

#[tokio::test]
async fn what_happened_in_silence_is_found() {
    for (tool, operation, payload) in askable() {
        for kind in ["500_after", "timeout_after", "malformed", "html", "reset_after", "cut"] {
            let room = Room::open().await;
            let service = tool.split('.').next().unwrap();
            // Something alike happened before and must not be mistaken for it.
            if tool == "slack.post_message" {
                room.good(tool, payload.clone()).await;
            }
            let since = room.now();
            let before = room.effects(operation);
            room.strike(service, operation, kind).await;
            let credential = room.credential(service);
            let timeout_ms = if kind == "timeout_after" { 300 } else { 2_000 };
            let outcome = room.attempt_as(Some(&credential), EffectKind::Tool, tool, &payload, since, timeout_ms).await;
            assert_eq!(outcome.certainty, Certainty::Ambiguous, "{tool} {kind}: {outcome:?}");
            assert_eq!(room.effects(operation), before + 1, "{tool} {kind}");

            let outcome = room.attempt(EffectKind::Reconcile, tool, &payload, since).await;
            assert_eq!(outcome.fault, None, "{tool} {kind}");
            let compiled = room.tools.registry().get(tool).unwrap();
            // The caller knows the payload as it was asked for: nothing is looked up there.
            let found = compiled.found(outcome.output.value().unwrap(), &payload, since);
            let output = found.unwrap().unwrap_or_else(|| panic!("{tool} {kind}: not found"));
            compiled.products(&output).unwrap_or_else(|key| panic!("{tool} {kind}: no {key} in {output}"));
        }
    }
}

#[tokio::test]
async fn what_never_happened_is_not_found() {
    for (tool, operation, payload) in askable() {
        for kind in ["500", "timeout_before", "reset_before"] {
            let room = Room::open().await;
            let service = tool.split('.').next().unwrap();
            if tool == "slack.post_message" {
                room.good(tool, payload.clone()).await;
            }
            let since = room.now();
            let before = room.effects(operation);
            room.strike(service, operation, kind).await;
            let credential = room.credential(service);
            let outcome = room.attempt_as(Some(&credential), EffectKind::Tool, tool, &payload, since, 300).await;
            assert_eq!(outcome.certainty, Certainty::Ambiguous, "{tool} {kind}: {outcome:?}");
            assert_eq!(room.effects(operation), before, "{tool} {kind}");
            let outcome = room.attempt(EffectKind::Reconcile, tool, &payload, since).await;
            let compiled = room.tools.registry().get(tool).unwrap();
            let found = compiled.found(outcome.output.value().unwrap(), &payload, since);
            assert_eq!(found, Ok(None), "{tool} {kind}");
        }
    }
}

#[tokio::test]
async fn a_deletion_is_asked_about_as_well() {
    let room = Room::open().await;
    let (_, posted) = room.good("slack.post_message", json!({"channel": "#team", "text": "x"})).await;
    let payload = json!({"channel": "#team", "message": posted["permalink"]});
    let compiled = room.tools.registry().get("slack.delete_message").unwrap();
    let since = room.now();
    for (kind, happened) in [("500", false), ("500_after", true)] {
        room.strike("slack", "chat.delete", kind).await;
        let outcome = room.attempt(EffectKind::Tool, "slack.delete_message", &payload, since).await;
        assert_eq!(outcome.certainty, Certainty::Ambiguous);
        let outcome = room.attempt(EffectKind::Reconcile, "slack.delete_message", &payload, since).await;
        let found = compiled.found(outcome.output.value().unwrap(), &payload, since).unwrap();
        assert_eq!(found.is_some(), happened, "{kind}");
    }
}

#[tokio::test]
async fn too_many_requests_are_told_with_their_pause() {
    for (tool, operation, payload) in [
        ("notion.create_page", "create_page", json!({"title": "t"})),
        ("slack.post_message", "chat.postMessage", json!({"channel": "#team", "text": "t"})),
        ("sheets.get_range", "get_range", json!({"spreadsheet": WEEKLY, "range": "Log"})),
        ("firecrawl.search", "search", json!({"query": "t"})),
        ("authority.rotate_key", "rotate_key", json!({"service": "slack"})),
        ("ledgerbox.post_blind", "record_plain", json!({"reference": "r"})),
    ] {
        let room = Room::open().await;
        let service = tool.split('.').next().unwrap();
        room.strike(service, operation, "429").await;
        let outcome = room.run(tool, payload.clone()).await;
        assert_eq!((outcome.status, outcome.certainty), (Some(429), Certainty::Certain), "{tool}");
        assert_eq!(outcome.retry_after_ms, Some(2_000), "{tool}");
        let compiled = room.tools.registry().get(tool).unwrap();
        let judged = compiled.judge(429, outcome.output.value().unwrap(), &payload);
        assert!(matches!(judged, metel_rules::contract::Judgement::Fail { retryable: true, .. }), "{tool}: {judged:?}");
        // Whoever comes within the pause is held back here, unsent.
        let held = room.run(tool, payload).await;
        let fault = held.fault.unwrap_or_else(|| panic!("{tool}"));
        assert_eq!((fault.code, held.certainty), (Code::Overloaded, Certainty::Certain), "{tool}");
        assert!(held.retry_after_ms.is_some_and(|ms| (1_000..=2_000).contains(&ms)), "{tool}");
    }
}

#[tokio::test]
async fn every_fault_ends_in_time_and_in_a_type() {
    let room = Room::open().await;
    for (kind, code, certainty) in [
        ("503", None, Certainty::Ambiguous),
        ("timeout_before", Some(Code::ToolTimeout), Certainty::Ambiguous),
        ("malformed", Some(Code::ToolBadAnswer), Certainty::Ambiguous),
        ("html", Some(Code::ToolBadAnswer), Certainty::Ambiguous),
        ("reset_before", Some(Code::NetworkFailed), Certainty::Ambiguous),
        ("cut", Some(Code::NetworkFailed), Certainty::Ambiguous),
    ] {
        room.fault(json!({"service": "ledgerbox", "operation": "record_plain", "kind": kind, "status": 200})).await;
        let started = std::time::Instant::now();
        let credential = room.credential("ledgerbox");
        let payload = json!({"reference": kind});
        let outcome = room
            .attempt_as(Some(&credential), EffectKind::Tool, "ledgerbox.post_blind", &payload, room.now(), 400)
            .await;
        assert_eq!(outcome.fault.map(|fault| fault.code), code, "{kind}");
        assert_eq!(outcome.certainty, certainty, "{kind}");
        assert!(started.elapsed() < std::time::Duration::from_secs(2), "{kind}");
        room.good("ledgerbox.find_plain", json!({"reference": "x"})).await;
    }
    for fault in [
        json!({"kind": "oversize", "bytes": 8_388_608}),
        json!({"kind": "drip", "delay_ms": 50}),
        json!({"kind": "redirect", "location": "http://169.254.169.254/"}),
    ] {
        let mut fault = fault;
        fault["service"] = json!("ledgerbox");
        fault["operation"] = json!("record_plain");
        room.fault(fault.clone()).await;
        let credential = room.credential("ledgerbox");
        let payload = json!({"reference": "y"});
        let outcome = room
            .attempt_as(Some(&credential), EffectKind::Tool, "ledgerbox.post_blind", &payload, room.now(), 700)
            .await;
        let code = outcome.fault.unwrap_or_else(|| panic!("{fault}")).code;
        assert!(matches!(code, Code::AnswerTooLarge | Code::ToolTimeout | Code::EgressRefused), "{fault}: {code:?}");
        assert_eq!(outcome.certainty, Certainty::Ambiguous, "{fault}");
    }
}
