//! Starts runs while processes come and go: one key a run, given again until it is acknowledged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use metel_model::id::{FreshIds, IdSource, MessageId};
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, start_body};
use crate::work::{GO, NAMES};

/// A run as the caller knows it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub workflow: &'static str,
    /// The id in its input, and its idempotency key.
    pub id: String,
    /// The run that was acknowledged.
    pub run: String,
}

#[derive(Clone, Default)]
pub struct Book(Arc<Mutex<BTreeMap<String, Asked>>>);

impl Book {
    pub fn all(&self) -> Vec<Asked> {
        self.0.lock().unwrap().values().cloned().collect()
    }

    /// Enters an acknowledgement; a key that stood for another run before is a fault.
    pub fn enter(&self, asked: Asked) {
        let mut book = self.0.lock().unwrap();
        if let Some(before) = book.insert(asked.id.clone(), asked.clone()) {
            assert_eq!(before.run, asked.run, "one key, two runs: {}", asked.id);
        }
    }
}

/// Starts one run; comes back once it was acknowledged. Every fourth is asked for three times at once.
pub async fn start(client: Client, book: Book, n: u64, seed: u64) {
    start_of(client, book, NAMES[(n % NAMES.len() as u64) as usize], n, seed).await;
}

/// The same of a named pipeline.
pub async fn start_of(client: Client, book: Book, workflow: &'static str, n: u64, seed: u64) {
    let id = format!("{seed:x}-{n}");
    let times = if n.is_multiple_of(4) { 3 } else { 1 };
    let each = (0..times).map(|time| one(&client, &book, workflow, &id, n + time));
    futures::future::join_all(each).await;
    if workflow == "crash-message" {
        publish(&client, &id, n).await;
    }
}

/// Publishes what the run waits for, under one id until that is acknowledged.
async fn publish(client: &Client, id: &str, mut turn: u64) {
    let message = MessageId(FreshIds.next());
    let body = json!({"id": message, "name": GO, "correlation": id, "payload": {"go": true}});
    let until = Instant::now() + Duration::from_secs(300);
    loop {
        match client.call(turn, Method::POST, "/v1/messages", None, Some(&body)).await {
            Ok((202, _)) => return,
            Ok((429 | 500..=599, _)) | Err(_) => {}
            Ok((status, problem)) => panic!("{id}: {status} {problem}"),
        }
        assert!(Instant::now() < until, "the message for {id} was never acknowledged");
        turn += 1;
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

async fn one(client: &Client, book: &Book, workflow: &'static str, id: &str, mut turn: u64) {
    let body = start_body(workflow, id);
    let until = Instant::now() + Duration::from_secs(300);
    loop {
        match client.call(turn, Method::POST, "/v1/runs", Some(id), Some(&body)).await {
            Ok((200..=202, run)) => {
                let run = run["id"].as_str().unwrap().to_owned();
                return book.enter(Asked { workflow, id: id.to_owned(), run });
            }
            // Overloaded, stopping, or the store is away.
            Ok((429 | 500..=599, _)) | Err(_) => {}
            Ok((status, problem)) => panic!("{id}: {status} {problem}"),
        }
        assert!(Instant::now() < until, "{id} was never acknowledged");
        turn += 1;
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}
