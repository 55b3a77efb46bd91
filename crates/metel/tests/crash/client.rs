//! The HTTP client of the suite: it speaks to whichever process lives, and knows nothing of the engine.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// The addresses of the processes that live.
    pub alive: Arc<Mutex<Vec<String>>>,
    home: PathBuf,
}

/// An answer that came, or that none came.
pub type Answer = Result<(u16, Value), String>;

impl Client {
    pub fn new(home: PathBuf) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(15)).build().unwrap();
        Self { http, alive: Arc::default(), home }
    }

    /// One try at one of the processes; `turn` chooses.
    pub async fn call(&self, turn: u64, method: Method, path: &str, key: Option<&str>, body: Option<&Value>) -> Answer {
        let base = {
            let alive = self.alive.lock().unwrap();
            let count = alive.len() as u64;
            if count == 0 {
                return Err("nobody is there".to_owned());
            }
            alive[(turn % count) as usize].clone()
        };
        let token = std::fs::read_to_string(self.home.join("token")).map_err(|error| error.to_string())?;
        let mut request = self.http.request(method, format!("{base}{path}")).bearer_auth(token.trim());
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = request.send().await.map_err(|error| error.to_string())?;
        let status = reply.status().as_u16();
        let text = reply.text().await.map_err(|error| error.to_string())?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(0, Method::GET, path, None, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(0, Method::POST, path, None, Some(body)).await
    }

    /// What must answer, as long as a process lives; a database that was just away may be missed for a moment.
    pub async fn ask(&self, path: &str) -> Value {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            match self.get(path).await.unwrap() {
                (200, value) => return value,
                (503, _) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(50)).await,
                (status, value) => panic!("{path}: {status} {value}"),
            }
        }
    }
}

/// Sets the faults of the simulated services.
pub async fn set_faults(sandbox: &str, faults: &Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let reply = http.post(format!("{sandbox}/_control/faults")).json(faults).send().await.unwrap();
    let (status, text) = (reply.status(), reply.text().await.unwrap());
    assert_eq!(status.as_u16(), 201, "{text}");
}

/// What a start is asked with.
pub fn start_body(workflow: &str, id: &str) -> Value {
    let mut input = json!({"id": id});
    if workflow == "crash-large" {
        // More than a table takes on SQLite.
        input["text"] = json!("가나다라마바사 ".repeat(14_000));
    }
    json!({"workflow": workflow, "input": input})
}
