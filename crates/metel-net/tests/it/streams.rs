//! Answers read piece by piece.

use metel_model::Code;
use metel_net::{Call, Egress, Limits, Net};

use crate::server::{Act, Server, redirect};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

async fn start(act: Act, limits: Limits, timeout_ms: u64) -> Result<metel_net::Streamed, metel_net::NetFailure> {
    let server = Server::start(move |_| act.clone()).await;
    let net = Net::new(limits).unwrap();
    let egress = Egress::none().with_inside("127.0.0.1", server.port);
    let streamed = net.stream(Call::get(server.url("/")).timeout_ms(timeout_ms), &egress).await;
    // The server goes on until the connection closes, also after its acceptor is gone.
    std::mem::forget(server);
    streamed
}

#[tokio::test]
async fn pieces_arrive_as_they_come() {
    let text = "data: 안녕\n\ndata: [DONE]\n\n";
    let streamed = start(Act::Drip(format!("{HEAD}{text}"), 1), Limits::default(), 5_000).await.unwrap();
    assert_eq!(streamed.status, 200);
    assert_eq!(streamed.rest().await.unwrap(), text.as_bytes());
}

#[tokio::test]
async fn silence_size_and_time_are_capped() {
    let limits = Limits { idle_ms: 100, ..Limits::default() };
    let mut silent = start(Act::Drip(format!("{HEAD}ab"), 0), limits.clone(), 5_000).await.unwrap();
    assert!(silent.next().await.is_some());

    let mut slow = start(Act::Drip(format!("{HEAD}{}", "x".repeat(2_000)), 2), Limits::default(), 500).await.unwrap();
    let failure = loop {
        match slow.next().await.unwrap() {
            Ok(_) => continue,
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.fault.code, Code::ToolTimeout);
    assert!(slow.next().await.is_none());

    let limits = Limits { body_bytes_max: 100_000, ..Limits::default() };
    let long = start(Act::Flood(HEAD.to_owned(), 1_000_000), limits, 5_000).await.unwrap();
    assert_eq!(long.rest().await.unwrap_err().fault.code, Code::AnswerTooLarge);
}

#[tokio::test]
async fn a_redirected_stream_is_refused() {
    let act = redirect(302, "http://127.0.0.1:1/");
    let failure = start(act, Limits::default(), 1_000).await.unwrap_err();
    assert_eq!(failure.refused.unwrap().code, "redirect");
}
