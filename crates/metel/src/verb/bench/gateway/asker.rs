//! Asks one thing again and again over connections that stay open, and keeps how long each took. It
//! reads just enough of HTTP/1.1 to find an answer's end, so that it costs little itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_model::Fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::super::lost;

/// A request as bytes, and where it goes.
#[derive(Clone)]
pub struct Ask {
    address: String,
    bytes: Arc<Vec<u8>>,
}

/// What asking brought.
pub struct Asked {
    /// Answers a second.
    pub rate: f64,
    /// Microseconds, in order.
    took: Vec<f64>,
}

impl Asked {
    /// The time that so large a part of the answers took at most.
    pub fn at(&self, part: f64) -> f64 {
        let last = self.took.len().saturating_sub(1);
        self.took.get((last as f64 * part) as usize).copied().unwrap_or(f64::NAN)
    }
}

impl Ask {
    pub fn new(address: &str, path: &str, key: &str, body: &str) -> Self {
        let bytes = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { address: address.to_owned(), bytes: Arc::new(bytes.into_bytes()) }
    }
}

/// Asks over so many connections for so long. An answer that is none fails the measurement.
pub async fn ask(ask: &Ask, connections: usize, time: Duration) -> Result<Asked, Fault> {
    let began = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..connections.max(1) {
        all.spawn(connection(ask.clone(), began + time));
    }
    let mut took = Vec::new();
    while let Some(one) = all.join_next().await {
        took.extend(one.map_err(lost)??);
    }
    let rate = took.len() as f64 / began.elapsed().as_secs_f64();
    took.sort_by(f64::total_cmp);
    Ok(Asked { rate, took })
}

async fn connection(ask: Ask, until: Instant) -> Result<Vec<f64>, Fault> {
    let mut stream = TcpStream::connect(&ask.address).await.map_err(lost)?;
    stream.set_nodelay(true).map_err(lost)?;
    let mut took = Vec::with_capacity(64 * 1024);
    let mut buffer = Vec::with_capacity(16 * 1024);
    while Instant::now() < until {
        let began = Instant::now();
        stream.write_all(&ask.bytes).await.map_err(lost)?;
        buffer.clear();
        loop {
            if stream.read_buf(&mut buffer).await.map_err(lost)? == 0 {
                return Err(lost("the connection was closed under way"));
            }
            if is_whole(&buffer)? {
                break;
            }
        }
        took.push(began.elapsed().as_secs_f64() * 1e6);
    }
    Ok(took)
}

/// Whether the bytes hold a whole answer, by its length or its last chunk.
fn is_whole(bytes: &[u8]) -> Result<bool, Fault> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(false) };
    let text = std::str::from_utf8(&bytes[..head]).map_err(lost)?;
    if !text.starts_with("HTTP/1.1 200") {
        return Err(lost(String::from_utf8_lossy(bytes)));
    }
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(match length {
        Some(length) => bytes.len() >= head + 4 + length,
        None => bytes.ends_with(b"0\r\n\r\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_s_end_is_found() {
        assert!(is_whole(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap());
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok").unwrap());
        assert!(is_whole(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").unwrap());
        assert!(is_whole(b"HTTP/1.1 500 No\r\n\r\n").is_err());
    }
}
