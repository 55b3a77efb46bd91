//! Upstream faults: each ends in a typed failure within its time and says whether the receiver may have acted.

use std::time::{Duration, Instant};

use metel_model::Code;
use metel_model::effect::Certainty;
use metel_net::{Call, Egress, Limits, Method, Net, NetFailure};
use serde_json::json;

use crate::server::{Act, Server, ok};

async fn failure(act: Act, timeout_ms: u64) -> (NetFailure, Duration) {
    let server = Server::start(move |_| act.clone()).await;
    let net = Net::new(Limits { body_bytes_max: 1024 * 1024, ..Limits::default() }).unwrap();
    let call = Call::new(Method::POST, server.url("/v1")).json(&json!({"text": "회의"})).timeout_ms(timeout_ms);
    let started = Instant::now();
    let failure = net.send(call, &Egress::none().with_inside("127.0.0.1", server.port)).await.unwrap_err();
    (failure, started.elapsed())
}

#[tokio::test]
async fn lost_answers_are_ambiguous() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    for (name, act, code) in [
        ("hang", Act::Hang, Code::ToolTimeout),
        ("reset", Act::Reset, Code::NetworkFailed),
        ("empty", Act::Say(String::new()), Code::NetworkFailed),
        ("cut", Act::Say(format!("{head}{{\"a\":")), Code::NetworkFailed),
        ("not http", Act::Say("SSH-2.0-x\r\n\r\n".to_owned()), Code::NetworkFailed),
        ("drip", Act::Drip(format!("{head}{}", "x".repeat(100)), 30), Code::ToolTimeout),
        ("large", Act::Flood("HTTP/1.1 200 OK\r\n\r\n".to_owned(), 8 * 1024 * 1024), Code::AnswerTooLarge),
        (
            "announced",
            Act::Flood("HTTP/1.1 200 OK\r\ncontent-length: 8388608\r\n\r\n".to_owned(), 1024),
            Code::AnswerTooLarge,
        ),
    ] {
        let (failure, took) = failure(act, 700).await;
        assert_eq!(failure.fault.code, code, "{name}: {failure}");
        assert_eq!(failure.certainty, Certainty::Ambiguous, "{name}");
        assert!(took < Duration::from_millis(3_000), "{name}: {took:?}");
    }
}

#[tokio::test]
async fn what_was_never_sent_is_certain() {
    let net = Net::new(Limits { connect_ms: 300, ..Limits::default() }).unwrap();
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let egress = Egress::none().with_inside("127.0.0.1", closed).with_host("no-such-host.invalid");
    for url in [format!("http://127.0.0.1:{closed}/"), "https://no-such-host.invalid/".to_owned()] {
        let call = Call::new(Method::POST, &url).json(&json!({})).timeout_ms(5_000);
        let failure = net.send(call, &egress).await.unwrap_err();
        assert_eq!(failure.certainty, Certainty::Certain, "{url}: {failure}");
    }
}

#[tokio::test]
async fn a_failed_handshake_is_certain() {
    let server = Server::start(|_| ok("plain")).await;
    let net = Net::new(Limits::default()).unwrap();
    let call = Call::new(Method::POST, format!("https://127.0.0.1:{}/", server.port)).json(&json!({})).timeout_ms(700);
    let failure = net.send(call, &Egress::none().with_inside("127.0.0.1", server.port)).await.unwrap_err();
    assert_eq!(failure.certainty, Certainty::Certain, "{failure}");
}

#[tokio::test]
async fn a_post_travels_whole() {
    let server = Server::start(|_| ok("{}")).await;
    let net = Net::new(Limits::default()).unwrap();
    let call = Call::new(Method::POST, server.url("/v1?q=1")).json(&json!({"text": "안녕"})).header("x-a", "b");
    net.send(call, &Egress::none().with_inside("127.0.0.1", server.port)).await.unwrap();
    let seen = server.requests().remove(0);
    assert!(seen.starts_with("POST /v1?q=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("content-length: 17") && seen.ends_with("{\"text\":\"안녕\"}"), "{seen}");
    assert!(!seen.contains("transfer-encoding"));
}

#[tokio::test]
async fn errors_never_repeat_the_address() {
    let net = Net::new(Limits::default()).unwrap();
    let call = Call::get("http://127.0.0.1:9/?key=CANARY").timeout_ms(500);
    let failure = net.send(call, &Egress::none().with_inside("127.0.0.1", 9)).await.unwrap_err();
    assert!(!format!("{failure:?}").contains("CANARY"));
}
