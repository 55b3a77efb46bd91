//! What people must know reaches a receiver outside, signed, again after a failure, and only what happened.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::house::House;

/// Takes one request; answers with `status`; headers by name and the body.
async fn take(listener: &TcpListener, status: &str) -> (Vec<(String, String)>, String) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    let (mut headers, mut line) = (Vec::new(), String::new());
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    let length = headers.iter().find(|h| h.0 == "content-length").unwrap().1.parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
    (headers, String::from_utf8(body).unwrap())
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    &headers.iter().find(|h| h.0 == name).unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_told_again_until_it_is_taken() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let settings =
        [("METEL_WEBHOOK_URL", url.as_str()), ("METEL_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")];
    let house = House::with_settings(&settings).await;
    let told = tokio::spawn(async move {
        let refused = take(&listener, "500 Internal Server Error").await;
        let taken = take(&listener, "204 No Content").await;
        (refused, taken)
    });
    let run = house.ask("Create a Notion page 'Notice'").await;
    let ((first, _), (second, body)) = tokio::time::timeout(Duration::from_secs(30), told).await.unwrap().unwrap();
    assert_eq!(header(&first, "webhook-id"), header(&second, "webhook-id"), "a repeat is known as one");
    assert!(header(&second, "webhook-signature").starts_with("v1,"));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["run"], run["id"], "{body}");
    assert!(["approval_required", "run_failed", "run_completed"].contains(&body["event"].as_str().unwrap()), "{body}");
    house.stop().await;
}
