//! A model server that does nothing but answer: the same words each time, as fast as a socket allows.

use clap::Args;
use metel_model::Fault;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::super::lost;

#[derive(Args)]
pub struct Upstream {
    #[arg(long, default_value_t = 8)]
    chunks: usize,
}

impl Upstream {
    pub async fn run(self) -> Result<u8, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(lost)?;
        println!("listening {}", listener.local_addr().map_err(lost)?);
        let whole: &'static [u8] = Vec::leak(whole());
        let streamed: &'static [u8] = Vec::leak(streamed(self.chunks));
        loop {
            let (stream, _) = listener.accept().await.map_err(lost)?;
            tokio::spawn(async move {
                // A connection that breaks ends here and nowhere else.
                let _ = serve(stream, whole, streamed).await;
            });
        }
    }
}

fn counts() -> Value {
    json!({"prompt_tokens": 90, "completion_tokens": 24, "total_tokens": 114})
}

fn whole() -> Vec<u8> {
    let message =
        json!({"role": "assistant", "content": "The budget for the coming quarter stays as it is.", "refusal": null});
    let body = json!({
        "id": "chatcmpl-scripted", "object": "chat.completion", "created": 1_763_700_000, "model": "scripted",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": "stop"}], "usage": counts(),
    })
    .to_string();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn streamed(chunks: usize) -> Vec<u8> {
    let chunk = |choices: Value, usage: Value| {
        let event = json!({
            "id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1_763_700_000, "model": "scripted",
            "choices": choices, "usage": usage,
        });
        format!("data: {event}\n\n")
    };
    let delta = |delta: Value, finish: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]), Value::Null)
    };
    let mut events = vec![delta(json!({"role": "assistant", "content": ""}), Value::Null)];
    events.extend((0..chunks).map(|_| delta(json!({"content": "four words of text "}), Value::Null)));
    events.push(delta(json!({}), json!("stop")));
    events.push(chunk(json!([]), counts()));
    events.push("data: [DONE]\n\n".to_owned());
    let mut out = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for event in events {
        out.extend_from_slice(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

async fn serve(mut stream: TcpStream, whole: &[u8], streamed: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        let end = loop {
            if let Some(end) = request_end(&buffer) {
                break end;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let wants_stream = contains(&buffer[..end], b"\"stream\":true");
        buffer.drain(..end);
        stream.write_all(if wants_stream { streamed } else { whole }).await?;
    }
}

/// Where the first whole request ends: head and as much body as it announces.
fn request_end(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let end = head + length.unwrap_or(0);
    (bytes.len() >= end).then_some(end)
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_end_with_their_bodies() {
        assert_eq!(request_end(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST"), Some(41));
        assert_eq!(request_end(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab"), None);
        assert_eq!(request_end(b"GET / HTTP/1.1\r\n"), None);
    }
}
