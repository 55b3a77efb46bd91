//! The ledger of a sandbox that is a process of its own and is killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use metel_sandbox::read_ledger;
use reqwest::Client;
use serde_json::{Value, json};

use crate::guest::{HOME, client};

struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(ledger: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_metel-sandbox"))
            .args(["--port", "0", "--ledger"])
            .arg(ledger)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.strip_prefix("listening ").unwrap().trim().to_owned();
        Self { child, url }
    }

    /// SIGKILL, and wait until it is gone.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(http: &Client, url: String) -> Value {
    let request = http.get(url).bearer_auth("sandbox-notion-token").header("Notion-Version", "2022-06-28");
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_killed_sandbox_keeps_its_count_and_its_pages() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger.jsonl");
    let http = client();
    let first = Process::start(&ledger);
    let body =
        json!({"parent": {"page_id": HOME}, "properties": {"title": [{"text": {"content": "살아남는 페이지"}}]}});
    let made: Value = http
        .post(format!("{}/notion/v1/pages", first.url))
        .bearer_auth("sandbox-notion-token")
        .header("Notion-Version", "2022-06-28")
        .header("Idempotency-Key", "k-1")
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let posted: Value = http
        .post(format!("{}/slack/api/chat.postMessage", first.url))
        .bearer_auth("xoxb-sandbox-slack-token")
        .json(&json!({"channel": "#team", "text": "살아남는 글"}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    http.post(format!("{}/ledgerbox/effects", first.url))
        .header("Idempotency-Key", "k-2")
        .json(&json!({"n": 1}))
        .send()
        .await
        .unwrap();
    first.kill();
    assert_eq!(read_ledger(&ledger).unwrap().len(), 3);

    let second = Process::start(&ledger);
    let state = get(&http, format!("{}/_control/state", second.url)).await;
    assert_eq!(state["effects_total"], 3);
    assert_eq!(state["effects"]["notion"]["create_page"]["keys"]["k-1"], 1);
    let page = get(&http, format!("{}/notion/v1/pages/{}", second.url, made["id"].as_str().unwrap())).await;
    assert_eq!(page["properties"], made["properties"]);
    assert_eq!(page["created_time"], made["created_time"]);
    let history: Value = http
        .get(format!("{}/slack/api/conversations.history?channel={}", second.url, posted["channel"].as_str().unwrap()))
        .bearer_auth("xoxb-sandbox-slack-token")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(history["messages"][0]["ts"], posted["ts"]);
    let again: Value = http
        .post(format!("{}/ledgerbox/effects", second.url))
        .header("Idempotency-Key", "k-2")
        .json(&json!({"n": 1}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(again["replayed"], true);
    second.kill();
}

#[tokio::test]
async fn every_answered_effect_is_in_the_ledger_of_a_sandbox_killed_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger.jsonl");
    let http = client();
    let mut answered = Vec::new();
    for round in 0..3 {
        let process = Process::start(&ledger);
        let url = format!("{}/ledgerbox/effects", process.url);
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let (http, url, tell) = (http.clone(), url.clone(), tell.clone());
                tokio::spawn(async move {
                    for n in 0.. {
                        let key = format!("{round}-{sender}-{n}");
                        let sent = http.post(&url).header("Idempotency-Key", &key).json(&json!({"n": n})).send().await;
                        match sent {
                            Ok(answer) if answer.status() == 201 => tell.send(key).unwrap(),
                            _ => return,
                        }
                    }
                })
            })
            .collect();
        drop(tell);
        for _ in 0..40 {
            answered.push(told.recv().await.unwrap());
        }
        process.kill();
        while let Some(key) = told.recv().await {
            answered.push(key);
        }
        for sender in senders {
            sender.await.unwrap();
        }
    }
    drop(Process::start(&ledger));
    let kept: Vec<String> = read_ledger(&ledger).unwrap().into_iter().filter_map(|effect| effect.key).collect();
    assert!(answered.len() >= 120);
    for key in &answered {
        assert_eq!(kept.iter().filter(|other| *other == key).count(), 1, "{key}");
    }
}
