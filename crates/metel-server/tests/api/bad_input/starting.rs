//! Starting runs, plans, pipelines and agents with something that cannot be carried out.

use metel_model::code::Code;
use serde_json::json;

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn no_run_is_started_from_a_bad_value() {
    let house = House::build().await;
    let long = "가".repeat(20_001);
    let unknown = "run_00000000000000000000000000";
    use Code::*;
    let all = vec![
        bad("nothing to do", "POST /v1/runs", json!({}), FieldInvalid),
        bad("two things to do", "POST /v1/runs", json!({"request": "가", "workflow": "grant-factory"}), FieldInvalid),
        bad("an empty request", "POST /v1/runs", json!({"request": " \n "}), FieldInvalid).at("/request"),
        bad("a long request", "POST /v1/runs", json!({"request": long}), FieldInvalid).at("/request"),
        bad("a long request", "POST /v1/plans", json!({"request": long}), FieldInvalid).at("/request"),
        bad("a long request", "POST /runs", json!({"request": long}), FieldInvalid).at("/request"),
        bad("a number for words", "POST /v1/runs", json!({"request": 7}), FieldInvalid).at("/request"),
        bad("another's field", "POST /v1/runs", json!({"request": "가", "input": {}}), FieldInvalid).at("/input"),
        bad("another's field", "POST /v1/runs", json!({"workflow": "grant-factory", "lang": "ko"}), FieldInvalid)
            .at("/lang"),
        bad("no language of ours", "POST /v1/plans", json!({"request": "가", "lang": "fr"}), FieldInvalid).at("/lang"),
        bad("no session", "POST /v1/plans", json!({"request": "가", "session": "s1"}), FieldInvalid).at("/session"),
        bad("no plan", "POST /v1/runs", json!({"plan": "plan_00000000000000000000000000"}), NotFound),
        bad("no plan's id", "POST /v1/runs", json!({"plan": unknown}), IdInvalid),
        bad("no workflow", "POST /v1/runs", json!({"workflow": "없는것"}), NotFound),
        bad(
            "a large number",
            "POST /v1/runs",
            json!({"workflow": "grant-factory", "input": {"n": 9_007_199_254_740_993_i64}}),
            FieldInvalid,
        )
        .at("/input"),
        bad("input that lacks", "POST /v1/runs", json!({"workflow": "grant-factory"}), FieldInvalid).at("/input"),
        bad(
            "input of a wrong type",
            "POST /v1/runs",
            json!({"workflow": "grant-factory", "input": {"query": 7}}),
            FieldInvalid,
        )
        .at("/input/query"),
        bad(
            "input too short",
            "POST /v1/runs",
            json!({"workflow": "grant-factory", "input": {"query": "가"}}),
            FieldInvalid,
        )
        .at("/input/query"),
        bad(
            "input unknown",
            "POST /v1/runs",
            json!({"workflow": "grant-factory", "input": {"query": "가나다", "색": 1}}),
            FieldInvalid,
        )
        .at("/input"),
        bad(
            "input that lacks",
            "POST /orchestrate/pipeline/start",
            json!({"pipeline_id": "auto-healing", "input": {}}),
            FieldInvalid,
        )
        .at("/input"),
        bad("a wait too long", "POST /v1/runs", json!({"workflow": "grant-factory"}), FieldInvalid)
            .at("Prefer")
            .header("prefer", "wait=61"),
        bad("a wait of words", "POST /v1/runs", json!({"workflow": "grant-factory"}), FieldInvalid)
            .at("Prefer")
            .header("prefer", "wait=soon"),
        bad(
            "a service that is not there",
            "POST /runs",
            json!({"request": "가", "connected_services": ["jira"]}),
            FieldInvalid,
        )
        .at("/connected_services/0"),
        bad(
            "a tool that is not there",
            "POST /runs",
            json!({"request": "가", "tool_candidates": ["a.b"]}),
            FieldInvalid,
        )
        .at("/tool_candidates/0"),
        bad("no request", "POST /runs", json!({"tool_candidates": []}), FieldInvalid).at("/request"),
        bad(
            "no agent",
            "POST /orchestrate/agent/invoke",
            json!({"agent_id": "누구", "messages": [{"role": "user", "content": "가"}]}),
            NotFound,
        ),
        bad(
            "no user's message",
            "POST /orchestrate/agent/invoke",
            json!({"agent_id": "writer", "messages": []}),
            FieldInvalid,
        )
        .at("/messages"),
        bad(
            "no such role",
            "POST /orchestrate/agent/invoke",
            json!({"agent_id": "writer", "messages": [{"role": "root", "content": ""}]}),
            FieldInvalid,
        )
        .at("/messages/0/role"),
    ];
    refused(&house, all).await;
    house.end().await;
}
