//! After the last kill: waits until every run has ended. A person stands by who approves, and settles
//! doubtful steps by what the receiver holds.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use metel_sandbox::read_ledger;
use serde_json::{Value, json};

use crate::client::Client;
use crate::load::Book;

/// What the person had to do.
#[derive(Debug, Default)]
pub struct Person {
    pub approved: u64,
    pub doubts: u64,
}

impl Person {
    /// Approves what waits.
    pub async fn approve(&mut self, client: &Client) {
        let Ok((200, list)) = client.get("/v1/approvals?status=pending&limit=200").await else { return };
        for approval in list["items"].as_array().into_iter().flatten() {
            let path = format!("/v1/approvals/{}/decision", approval["id"].as_str().unwrap());
            let body = json!({"decision": "approve", "digest": approval["digest"]});
            // Somebody may kill the process meanwhile.
            if let Ok((200, _)) = client.post(&path, &body).await {
                self.approved += 1;
            }
        }
    }

    /// Tells of each doubtful step whether the receiver has its effect.
    async fn settle(&mut self, client: &Client, run: &Value, ledger: &Path) {
        for step in run["steps"].as_array().into_iter().flatten().filter(|step| step["status"] == "in_doubt") {
            let (run, name) = (run["id"].as_str().unwrap(), step["id"].as_str().unwrap());
            let reference = step["payload"]["reference"].as_str().unwrap_or_else(|| panic!("no payload: {step}"));
            let effect = read_ledger(ledger).unwrap().into_iter().find(|e| e.body["reference"] == reference);
            let body = match effect {
                Some(effect) => {
                    json!({"happened": true, "intent": step["intent"], "output": {"id": effect.id, "seq": effect.seq}})
                }
                None => json!({"happened": false, "intent": step["intent"]}),
            };
            let settled = client.post(&format!("/v1/runs/{run}/steps/{name}/resolve"), &body).await.unwrap();
            assert_eq!(settled.0, 200, "{}", settled.1);
            self.doubts += 1;
        }
    }
}

/// The runs that a run has started.
async fn children(client: &Client, run: &str) -> Vec<String> {
    let list = client.ask(&format!("/v1/runs?parent={run}&limit=200")).await;
    list["items"].as_array().unwrap().iter().map(|child| child["id"].as_str().unwrap().to_owned()).collect()
}

/// Waits until all have ended; the runs as they are then, children included.
pub async fn drain(client: &Client, book: &Book, ledger: &Path, person: &mut Person) -> BTreeMap<String, Value> {
    let mut open: Vec<String> = book.all().into_iter().map(|asked| asked.run).collect();
    let mut ended = BTreeMap::new();
    let until = Instant::now() + Duration::from_secs(60 + open.len() as u64 / 4);
    while !open.is_empty() {
        person.approve(client).await;
        let mut left = Vec::new();
        for id in std::mem::take(&mut open) {
            let run = client.ask(&format!("/v1/runs/{id}")).await;
            match run["status"].as_str().unwrap() {
                "completed" | "failed" => {
                    left.extend(children(client, &id).await);
                    ended.insert(id, run);
                }
                "cancelled" => panic!("nobody cancelled {id}"),
                _ => {
                    person.settle(client, &run, ledger).await;
                    if run["waiting"] == "child" {
                        left.extend(children(client, &id).await);
                    }
                    left.push(id);
                }
            }
        }
        left.sort();
        left.dedup();
        left.retain(|id| !ended.contains_key(id));
        open = left;
        if Instant::now() >= until {
            for id in &open {
                eprintln!("{:#}", client.ask(&format!("/v1/runs/{id}")).await);
            }
            panic!("{} runs did not end: {open:?}", open.len());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ended
}
