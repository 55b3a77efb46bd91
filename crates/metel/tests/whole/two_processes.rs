//! A gateway and a worker as two processes over one PostgreSQL: the newcomer's path, a gate, a pipeline.

use metel_store::testing::Postgres;
use serde_json::json;

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_and_a_worker_share_the_work() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let (house, mut worker) = House::in_two(&url).await;
    for request in [
        "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘",
        "Create a Notion page 'Weekly notes' and share the link in Slack #team",
    ] {
        let seen = house.sandbox.effects().len();
        let run = house.ask(request).await;
        assert_eq!(run["status"], "completed", "{run:#}");
        assert_eq!(house.operations(seen), ["notion.create_page", "slack.chat.postMessage"]);
        let link = run["answer"]["links"][0]["url"].as_str().unwrap();
        assert!(house.effects(seen)[1].body.to_string().contains(link));
        let replayed = house.post(&format!("/v1/runs/{}/replay", run["id"].as_str().unwrap()), &json!({})).await.1;
        assert_eq!(replayed["differences"], 0, "{replayed}");
    }
    let (_, started) = house
        .post(
            "/orchestrate/pipeline/start",
            &json!({ "pipeline_id": "auto-healing", "input": { "service": "sheets" } }),
        )
        .await;
    let path = format!("/v1/runs/{}", started["execution_id"].as_str().unwrap());
    let run = house.settle(house.get(&path).await).await;
    assert_eq!(run["waiting"], "approval", "{run:#}");
    let approval = &run["approvals"][0];
    let decision = json!({ "decision": "approve", "digest": approval["digest"] });
    let (status, answer) =
        house.post(&format!("/v1/approvals/{}/decision", approval["id"].as_str().unwrap()), &decision).await;
    assert_eq!(status, 200, "{answer}");
    let run = house.settle(house.get(&path).await).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    assert_eq!(house.get("/v1/audit/verify").await["ok"], true);
    worker.start_kill().unwrap();
    worker.wait().await.unwrap();
    house.stop().await;
}

/// A pipeline and a switch of a tool, set at the gateway, hold for the worker at once.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_changes_the_other_knows() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let (house, mut worker) = House::in_two(&url).await;
    let definition =
        json!({"nodes": [{"id": "n", "type": "tool", "tool": "bench.noop", "args": {"n": 1}}], "entry_point": "n"});
    let (status, answer) = house.post("/v1/workflows", &json!({"name": "noop", "definition": definition})).await;
    assert_eq!(status, 201, "{answer}");
    for (switch, wanted) in [("enable", "completed"), ("disable", "failed"), ("enable", "completed")] {
        let (status, answer) = house.post(&format!("/v1/tools/bench.noop/{switch}"), &json!({})).await;
        assert_eq!(status, 200, "{answer}");
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(2);
        loop {
            let run = house.post("/v1/runs", &json!({"workflow": "noop", "input": {}})).await.1;
            let run = house.settle(run).await;
            if run["status"] == wanted {
                break;
            }
            assert!(tokio::time::Instant::now() < until, "{switch}: {run:#}");
        }
    }
    worker.start_kill().unwrap();
    worker.wait().await.unwrap();
    house.stop().await;
}
