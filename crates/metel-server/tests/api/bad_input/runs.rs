//! Asking for runs and telling them things: ids, queries, and commands that do not fit where a run stands.

use metel_model::code::Code;
use serde_json::json;

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn no_run_is_shown_or_moved_by_a_bad_value() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let run = |rest: &str| format!("POST /v1/runs/{}{rest}", there.waiting);
    let asked = format!("POST /v1/runs/{}/input", there.asked);
    let unknown = "run_00000000000000000000000000";
    use Code::*;
    let all = vec![
        bad("no run", &format!("GET /v1/runs/{unknown}"), json!(null), RunNotFound),
        bad("no run by its end", "GET /v1/runs/ZZZZZZ", json!(null), RunNotFound),
        bad("no id", "GET /v1/runs/%EC%8B%A4%ED%96%89", json!(null), IdInvalid),
        bad("broken letters", "GET /v1/runs/%ff%fe", json!(null), IdInvalid),
        bad("U+0000 in the address", "GET /v1/workflows/a%00b", json!(null), IdInvalid),
        bad("another noun's id", &format!("GET /v1/runs/{}", there.approval), json!(null), IdInvalid),
        bad("an id that is SQL", "GET /v1/runs/'%20or%201=1--", json!(null), IdInvalid),
        bad("no limit", "GET /v1/runs?limit=0", json!(null), FieldInvalid).at("limit"),
        bad("a limit of words", "GET /v1/runs?limit=many", json!(null), FieldInvalid).at("limit"),
        bad("an unknown name", "GET /v1/runs?colour=red", json!(null), FieldInvalid).at("colour"),
        bad("a name twice", "GET /v1/runs?limit=1&limit=2", json!(null), FieldInvalid).at("limit"),
        bad("no status", "GET /v1/runs?status=happy", json!(null), FieldInvalid).at("status"),
        bad("no status", "GET /v1/approvals?status=happy", json!(null), FieldInvalid).at("status"),
        bad("no cursor", "GET /v1/runs?cursor=x", json!(null), FieldInvalid).at("cursor"),
        bad(
            "events past the limit",
            &format!("GET /v1/runs/{}/events?limit=1001", there.done),
            json!(null),
            FieldInvalid,
        )
        .at("limit"),
        bad("a number below zero", &format!("GET /v1/runs/{}/events?after=-1", there.done), json!(null), FieldInvalid)
            .at("after"),
        bad("a run that asks nothing", &run("/input"), json!({"values": {"a1.title": "가"}}), InputUnexpected),
        bad("no values", &asked, json!({"values": {}}), InputUnexpected),
        bad("values that are not asked for", &asked, json!({"values": {"a9.x": "가"}}), FieldInvalid)
            .at("/values/a9.x"),
        bad("a value of a wrong type", &asked, json!({"values": {(there.missing.as_str()): 7}}), FieldInvalid)
            .at(&format!("/values/{}", there.missing)),
        bad(
            "the word for a missing value",
            &asked,
            json!({"values": {(there.missing.as_str()): "MISSING"}}),
            FieldInvalid,
        ),
        bad("a run that has ended", &format!("POST /v1/runs/{}/cancel", there.done), json!({}), RunFinal),
        bad(
            "a run that has ended",
            &format!("POST /v1/runs/{}/input", there.done),
            json!({"values": {"a": 1}}),
            RunFinal,
        ),
        bad("a run that did not fail", &format!("POST /v1/runs/{}/retry", there.done), json!({}), RunStale),
        bad("a run that goes on", &run("/retry"), json!({}), RunStale),
        bad("a step without doubt", &run("/steps/call/resolve"), json!({"happened": true}), RunStale),
        bad("a step that is not there", &run("/steps/없음/resolve"), json!({"happened": true}), StepUnknown),
        bad("a form of a step that asks for none", &run("/steps/call/submit"), json!({"values": {}}), InputUnexpected),
        bad("a form of a step that is not there", &run("/steps/없음/submit"), json!({"values": {}}), StepUnknown),
        bad("a form that is no object", &run("/steps/call/submit"), json!({"values": 7}), FieldInvalid).at("/values"),
        bad("resuming what is not paused", &run("/resume"), json!({}), RunStale),
        bad("pausing what has ended", &format!("POST /v1/runs/{}/pause", there.done), json!({}), RunFinal),
        bad("a message without a name", "POST /v1/messages", json!({"payload": 1}), FieldInvalid).at("/name"),
        bad("a message with an empty name", "POST /v1/messages", json!({"name": ""}), FieldInvalid).at("/name"),
        bad("a name of two lines", "POST /v1/messages", json!({"name": "a\nb"}), FieldInvalid).at("/name"),
        bad("a name that is too long", "POST /v1/messages", json!({"name": "가".repeat(200)}), FieldInvalid)
            .at("/name"),
        bad("a message kept for no time", "POST /v1/messages", json!({"name": "a", "ttl_ms": 0}), FieldInvalid)
            .at("/ttl_ms"),
        bad("no message", "GET /v1/messages/msg_00000000000000000000000000", json!(null), NotFound),
        bad("no id of a message", "GET /v1/messages/7", json!(null), IdInvalid),
        bad("no code", "GET /v1/dead?code=METEL-0000", json!(null), FieldInvalid).at("code"),
        bad("nothing to start again", "POST /v1/dead/retry", json!({}), FieldInvalid),
        bad(
            "a priority out of bounds",
            "POST /v1/runs",
            json!({"workflow": "grant-factory", "priority": 101}),
            FieldInvalid,
        )
        .at("/priority"),
        bad("no time at all", "POST /v1/runs", json!({"workflow": "grant-factory", "deadline_ms": 0}), FieldInvalid)
            .at("/deadline_ms"),
        bad("a long reason", &run("/cancel"), json!({"reason": "가".repeat(2_001)}), FieldInvalid).at("/reason"),
        bad("no digest", "GET /v1/blobs/zz", json!(null), IdInvalid),
        bad("no value", &format!("GET /v1/blobs/{}", "0".repeat(64)), json!(null), NotFound),
        bad("no run", &format!("GET /v1/audit/verify?run={unknown}"), json!(null), RunNotFound),
    ];
    refused(&house, all).await;
    house.end().await;
}
