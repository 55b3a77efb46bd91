//! A server that answers raw bytes as scripted, and counts what it was asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with a connection once its request was read.
#[derive(Clone)]
pub enum Act {
    Say(String),
    /// Bytes one by one, with a pause between them.
    Drip(String, u64),
    /// Says a beginning and then repeats a part until the other side leaves.
    Flood(String, usize),
    Hang,
    Reset,
}

pub struct Server {
    pub port: u16,
    asked: Arc<AtomicUsize>,
    requests: Arc<parking_lot::Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub async fn start(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let act = Arc::new(act);
        let (count, seen) = (asked.clone(), requests.clone());
        let task = tokio::spawn(async move {
            let mut children = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                children.spawn(serve(stream, act.clone(), count.clone(), seen.clone()));
            }
        });
        Self { port, asked, requests, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    act: Arc<impl Fn(&str) -> Act>,
    asked: Arc<AtomicUsize>,
    requests: Arc<parking_lot::Mutex<Vec<String>>>,
) {
    let mut request = Vec::new();
    let mut buffer = [0u8; 4096];
    loop {
        let Ok(n) = stream.read(&mut buffer).await else { return };
        if n == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().to_owned()))
            .and_then(|n| n.parse::<usize>().ok())
            .unwrap_or(0);
        if body.len() >= length {
            break;
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    asked.fetch_add(1, Ordering::SeqCst);
    requests.lock().push(text.clone());
    match act(&text) {
        Act::Say(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Act::Drip(answer, pause_ms) => {
            for byte in answer.bytes() {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
        }
        Act::Flood(beginning, bytes) => {
            let _ = stream.write_all(beginning.as_bytes()).await;
            let chunk = vec![b'x'; 64 * 1024];
            let mut left = bytes;
            while left > 0 && stream.write_all(&chunk[..chunk.len().min(left)]).await.is_ok() {
                left = left.saturating_sub(chunk.len());
            }
        }
        Act::Hang => {
            let _ = stream.read(&mut buffer).await;
        }
        Act::Reset => {
            let _ = stream.set_zero_linger();
        }
    }
}

pub fn ok(body: &str) -> Act {
    Act::Say(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()))
}

pub fn redirect(status: u16, to: &str) -> Act {
    Act::Say(format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
}
