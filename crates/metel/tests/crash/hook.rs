//! A receiver of notices: takes each with 204 and remembers under which id it came.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Signing secret of the tests.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What was told: run and event, with the ids that it came under and how often.
type Told = BTreeMap<(String, String), BTreeMap<String, u64>>;

pub struct Hook {
    pub url: String,
    told: Arc<Mutex<Told>>,
    task: tokio::task::JoinHandle<()>,
}

impl Hook {
    pub async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Told::new()));
        let kept = told.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, kept.clone()));
            }
        });
        Self { url, told, task }
    }

    /// How often a run's event was told, and under how many ids.
    pub fn told(&self, run: &str, event: &str) -> (u64, usize) {
        let told = self.told.lock().unwrap();
        let ids = told.get(&(run.to_owned(), event.to_owned()));
        ids.map_or((0, 0), |ids| (ids.values().sum(), ids.len()))
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request a connection; one that breaks off in the middle was not told.
async fn take(stream: TcpStream, told: Arc<Mutex<Told>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut id, mut length, mut line) = (String::new(), 0, String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        match line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim())) {
            Some((name, value)) if name == "webhook-id" => value.clone_into(&mut id),
            Some((name, value)) if name == "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    *told.lock().unwrap().entry((text("run"), text("event"))).or_default().entry(id).or_default() += 1;
    stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.ok()
}
