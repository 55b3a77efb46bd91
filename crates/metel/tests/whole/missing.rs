//! Missing facts are asked for, only those, and the run goes on when they come.

use serde_json::json;

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_asked_for_and_nothing_else() {
    let house = House::with_rules().await;
    let cases = [
        ("노션에 페이지를 만들고 링크를 슬랙 #team 에 공유해줘", "notion.create_page", "title", json!("분기 계획")),
        (
            "Create a Notion page 'Quarter plan' and post the link to Slack",
            "slack.post_message",
            "channel",
            json!("#random"),
        ),
    ];
    for (request, tool, field, value) in cases {
        let seen = house.sandbox.effects().len();
        let run = house.ask(request).await;
        assert_eq!(run["waiting"], "input", "{run:#}");
        let missing = run["missing"].as_array().unwrap();
        assert_eq!(missing.len(), 1, "{missing:?}");
        let key = missing[0]["key"].as_str().unwrap();
        let step = run["steps"].as_array().unwrap().iter().find(|s| s["tool"] == tool).unwrap();
        assert_eq!(key, format!("{}.{field}", step["id"].as_str().unwrap()));
        let asked = missing[0]["title"]["ko"].as_str().unwrap();
        assert!(!asked.is_empty());
        let before = house.operations(seen);
        assert!(!before.iter().any(|op| op.starts_with("slack")), "{before:?}");

        // What does not fit is refused by its place, and changes nothing.
        let id = run["id"].as_str().unwrap();
        let path = format!("/v1/runs/{id}/input");
        let (status, problem) = house.post(&path, &json!({ "values": { key: 7 } })).await;
        assert_eq!(status, 422, "{problem}");
        let (status, problem) = house.post(&path, &json!({ "values": { "nothing.at_all": "x" } })).await;
        assert_eq!(status, 422, "{problem}");
        assert_eq!(house.operations(seen), before);

        let (status, run) = house.post(&path, &json!({ "values": { key: value } })).await;
        assert!(status < 300, "{run:#}");
        let run = house.settle(run).await;
        assert_eq!(run["status"], "completed", "{run:#}");
        let effects = house.effects(seen);
        assert_eq!(house.operations(seen), ["notion.create_page", "slack.chat.postMessage"]);
        let sent = serde_json::to_string(&effects.iter().map(|e| &e.body).collect::<Vec<_>>()).unwrap();
        assert!(!sent.contains("MISSING"), "{sent}");
        let page = step_product(&run, "notion.create_page", "page_url");
        assert!(effects[1].body.to_string().contains(&page), "the message carries the page's link");
    }
    house.stop().await;
}

fn step_product(run: &serde_json::Value, tool: &str, product: &str) -> String {
    let step = run["steps"].as_array().unwrap().iter().find(|s| s["tool"] == tool).unwrap();
    step["products"][product].as_str().unwrap().to_owned()
}
