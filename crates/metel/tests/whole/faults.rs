//! Services that fail: retried, asked again, or given up with a name; by the services' own count
//! nothing is ever done twice and nothing acknowledged is lost.

use serde_json::{Value, json};

use crate::house::House;

const REQUEST: &str = "Create a Notion page 'Weekly notes' and share the link in Slack #team";

/// What happens, how the run ends, how often the service did it.
struct Case {
    name: &'static str,
    fault: Value,
    ends: &'static [&'static str],
    /// Posts that Slack counts.
    posts: std::ops::RangeInclusive<usize>,
}

fn cases() -> Vec<Case> {
    let on = |operation: &str, kind: &str| json!({ "service": "slack", "operation": operation, "kind": kind });
    let post = |kind: &str| on("chat.postMessage", kind);
    let with = |mut fault: Value, key: &str, value: Value| {
        fault[key] = value;
        fault
    };
    vec![
        Case {
            name: "too many requests",
            fault: with(post("429"), "retry_after", json!(1)),
            ends: &["completed"],
            posts: 1..=1,
        },
        Case { name: "server error before", fault: post("500"), ends: &["completed", "in_doubt"], posts: 0..=1 },
        Case {
            name: "unavailable",
            fault: with(post("503"), "retry_after", json!(1)),
            ends: &["completed", "in_doubt"],
            posts: 0..=1,
        },
        Case {
            name: "server error after the effect",
            fault: post("500_after"),
            ends: &["completed", "in_doubt"],
            posts: 1..=1,
        },
        Case { name: "reset before", fault: post("reset_before"), ends: &["completed", "in_doubt"], posts: 0..=1 },
        Case {
            name: "reset after the effect",
            fault: post("reset_after"),
            ends: &["completed", "in_doubt"],
            posts: 1..=1,
        },
        Case { name: "broken answer", fault: post("malformed"), ends: &["completed", "in_doubt"], posts: 1..=1 },
        Case {
            name: "a page instead of an answer",
            fault: post("html"),
            ends: &["completed", "in_doubt"],
            posts: 1..=1,
        },
        Case { name: "cut answer", fault: post("cut"), ends: &["completed", "in_doubt"], posts: 1..=1 },
        Case {
            name: "late answer",
            fault: with(post("timeout_after"), "delay_ms", json!(40_000)),
            ends: &["completed", "in_doubt"],
            posts: 1..=1,
        },
        Case {
            name: "huge answer",
            fault: with(post("oversize"), "bytes", json!(20_000_000)),
            ends: &["completed", "in_doubt"],
            posts: 1..=1,
        },
        Case {
            name: "a redirect elsewhere",
            fault: with(post("redirect"), "location", json!("http://127.0.0.1:1/x")),
            ends: &["completed", "failed", "in_doubt"],
            posts: 0..=1,
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_service_is_met_without_doubling() {
    let house = House::with_rules().await;
    let mut table = Vec::new();
    for case in cases() {
        house.faults(json!([case.fault])).await;
        let seen = house.sandbox.effects().len();
        let run = house.ask(REQUEST).await;
        let end = match run["waiting"].as_str() {
            Some(waiting) => waiting.to_owned(),
            None => run["status"].as_str().unwrap_or_default().to_owned(),
        };
        let done = house.operations(seen);
        let pages = done.iter().filter(|op| *op == "notion.create_page").count();
        let posts = done.iter().filter(|op| *op == "slack.chat.postMessage").count();
        table.push(format!("{:<32} {end:<10} pages {pages} posts {posts}", case.name));
        assert_eq!(pages, 1, "{}: {done:?}", case.name);
        assert!(case.posts.contains(&posts), "{}: {done:?}", case.name);
        assert!(case.ends.contains(&end.as_str()), "{}: ended {end}: {run:#}", case.name);
        if end == "completed" {
            assert_eq!(posts, 1, "{}: completed and not done", case.name);
        }
        let replayed = house.post(&format!("/v1/runs/{}/replay", run["id"].as_str().unwrap()), &json!({})).await.1;
        assert_eq!(replayed["differences"], 0, "{}: {replayed}", case.name);
    }
    let counts = house.counts().await;
    assert_eq!(counts["inside_retry_after"], 0, "{counts}");
    println!("{}", table.join("\n"));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stays_down_ends_the_run_by_name() {
    let house = House::with_rules().await;
    house
        .faults(
            json!([{ "service": "notion", "operation": "create_page", "kind": "429", "times": 0, "retry_after": 1 }]),
        )
        .await;
    let run = house.ask(REQUEST).await;
    assert_eq!(run["status"], "failed", "{run:#}");
    assert!(run["error"]["code"].as_str().unwrap().starts_with("METEL-"), "{run:#}");
    assert!(run["answer"]["text"].as_str().unwrap().contains('✕'), "{run:#}");
    assert!(house.effects(0).is_empty());
    house.stop().await;
}
