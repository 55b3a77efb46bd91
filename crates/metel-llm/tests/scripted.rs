//! A model server that says exactly what a test tells it to, byte for byte, on a loopback port.
#![allow(clippy::unwrap_used, dead_code)]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use futures::StreamExt;
use metel_llm::{Client, Dialect, Endpoint};
use metel_net::{Egress, Limits, Net};
use serde_json::{Value, json};

/// One answer of the server.
#[derive(Clone)]
pub struct Scripted {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub pieces: Vec<Vec<u8>>,
    pub end: End,
}

#[derive(Clone, Copy, PartialEq)]
pub enum End {
    /// The body ends as it should.
    Whole,
    /// The connection breaks after the last piece.
    Break,
    /// Nothing more ever comes.
    Hang,
    /// The last piece comes again and again.
    Forever,
}

impl Scripted {
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            pieces: vec![body.into()],
            end: End::Whole,
        }
    }

    pub fn says(text: &str) -> Self {
        let body = json!({
            "id": "x", "object": "chat.completion", "model": "scripted-1",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        });
        Self::raw(200, "application/json", body.to_string())
    }

    pub fn value(value: &Value) -> Self {
        Self::says(&value.to_string())
    }

    pub fn events(events: &[Value], end: End) -> Self {
        let pieces = events.iter().map(|event| format!("data: {event}\n\n").into_bytes()).collect();
        Self { status: 200, headers: vec![("content-type", "text/event-stream".into())], pieces, end }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn end(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    pub fn piece(mut self, piece: impl Into<Vec<u8>>) -> Self {
        self.pieces.push(piece.into());
        self
    }
}

#[derive(Default)]
struct Seen {
    script: VecDeque<Scripted>,
    requests: Vec<(HeaderMap, Value)>,
}

pub struct Server {
    pub base_url: String,
    seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub async fn start(script: impl IntoIterator<Item = Scripted>) -> Self {
        let seen = Arc::new(Mutex::new(Seen { script: script.into_iter().collect(), requests: Vec::new() }));
        let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(seen.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base_url, seen, task }
    }

    pub fn client(&self) -> Client {
        self.client_of(Dialect::Compatible, None)
    }

    pub fn client_of(&self, dialect: Dialect, price: Option<metel_llm::Price>) -> Client {
        let mut endpoint =
            Endpoint::open_ai_chat(&self.base_url, Some("sk-CANARY".into()), "m").unwrap().dialect(dialect);
        endpoint.price = price;
        let net = Net::new(Limits { idle_ms: 2_000, ..Limits::default() }).unwrap();
        Client::new(net, endpoint, Egress::none().with_inside_base(&self.base_url))
    }

    pub fn requests(&self) -> Vec<Value> {
        self.seen.lock().unwrap().requests.iter().map(|(_, body)| body.clone()).collect()
    }

    pub fn headers(&self) -> HeaderMap {
        self.seen.lock().unwrap().requests[0].0.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(seen): State<Arc<Mutex<Seen>>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let scripted = {
        let mut seen = seen.lock().unwrap();
        seen.requests.push((headers, serde_json::from_slice(&body).unwrap()));
        // The last answer is given again and again.
        if seen.script.len() > 1 { seen.script.pop_front().unwrap() } else { seen.script.front().unwrap().clone() }
    };
    let mut response = Response::builder().status(scripted.status);
    for (name, value) in &scripted.headers {
        response = response.header(*name, value);
    }
    let last = scripted.pieces.last().cloned().unwrap_or_default();
    let pieces =
        futures::stream::iter(scripted.pieces.into_iter().map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece))));
    let body = match scripted.end {
        End::Whole => Body::from_stream(pieces),
        End::Break => Body::from_stream(pieces.chain(futures::stream::once(async {
            // Lets what was said be sent before the break.
            tokio::task::yield_now().await;
            Err(std::io::Error::other("broken on purpose"))
        }))),
        End::Hang => Body::from_stream(pieces.chain(futures::stream::pending())),
        End::Forever => {
            let again = futures::stream::repeat(Bytes::from(last)).map(Ok::<_, Infallible>).then(|piece| async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                piece
            });
            Body::from_stream(pieces.chain(again.map(|piece| piece.map_err(|never| match never {}))))
        }
    };
    response.body(body).unwrap()
}
