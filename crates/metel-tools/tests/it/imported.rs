//! Contracts made of a description really run: what a local server receives is what the description says.

use std::sync::{Arc, Mutex};

use metel_model::Micros;
use metel_model::effect::{Effect, EffectKind, Outcome};
use metel_model::id::RunId;
use metel_model::service::ConnectionState;
use metel_model::stored::Stored;
use metel_net::{Limits, Net};
use metel_rules::openapi::{Choice, Document, Import};
use metel_tools::{Credential, Registry, ToolCall, Tools};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One request as it came.
#[derive(Debug, Clone, Default)]
struct Came {
    line: String,
    head: String,
    body: String,
}

/// Answers every request with `answer` and keeps what came.
async fn listen(kind: &'static str, answer: &'static str) -> (String, Arc<Mutex<Vec<Came>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let came = Arc::new(Mutex::new(Vec::new()));
    let kept = came.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let (head, body) = loop {
                let mut chunk = [0; 4096];
                let read = stream.read(&mut chunk).await.unwrap_or(0);
                bytes.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    assert!(read > 0, "cut short: {text}");
                    continue;
                };
                let length = head
                    .to_ascii_lowercase()
                    .split("content-length: ")
                    .nth(1)
                    .and_then(|rest| rest.split("\r\n").next()?.trim().parse::<usize>().ok());
                if body.len() >= length.unwrap_or(0) || read == 0 {
                    break (head.to_owned(), body.to_owned());
                }
            };
            let line = head.lines().next().unwrap_or_default().to_owned();
            kept.lock().unwrap().push(Came { line, head: head.to_ascii_lowercase(), body });
            let reply = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                answer.len()
            );
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    (address, came)
}

fn tools(description: &Value) -> Tools {
    let document = Document::parse(&description.to_string()).unwrap();
    let choice = Choice { service: Some("pets".to_owned()), ..Choice::default() };
    let import = Import::of(&document, &choice).unwrap();
    let registry = Registry::empty();
    registry.add_service(import.service()).unwrap();
    let mut all = Vec::new();
    import.run(|made| all.push(Arc::new(made.unwrap().compiled)));
    registry.add_all(&all).unwrap();
    Tools::new(Net::new(Limits::default()).unwrap(), Arc::new(registry))
}

async fn run(tools: &Tools, address: &str, id: &str, payload: Value) -> Outcome {
    let compiled = tools.registry().get(id).unwrap_or_else(|| panic!("no {id}"));
    let connection = Credential {
        id: "conn_pets".to_owned(),
        service: "pets".to_owned(),
        state: ConnectionState::Ready,
        base_url: Some(address.to_owned()),
        hosts: Vec::new(),
        scopes: vec!["pets:write".to_owned()],
        aliases: Default::default(),
        secret: Some(SecretString::from("user:s3cret".to_owned())),
        is_inside: true,
    };
    let effect = Effect {
        run: RunId::from_bytes(&[7; 16]).unwrap(),
        step: "a1".to_owned(),
        intent: 1,
        kind: EffectKind::Tool,
        target: id.to_owned(),
        head: None,
        contract: Some(compiled.digest),
        payload: Stored::inline(payload.clone()),
        key: "the-key".to_owned(),
        attempt: 1,
        timeout_ms: 5_000,
        since: Micros(1),
    };
    let call = ToolCall {
        compiled: &compiled,
        effect: &effect,
        payload: &payload,
        connection: Some(&connection),
        workspace: None,
        redactor: None,
    };
    tools.run(call).await
}

fn description() -> Value {
    let scoped = json!([{"login": ["pets:write"]}]);
    json!({
        "openapi": "3.1.0", "info": {"title": "Pets", "version": "1.0.0"}, "servers": [{"url": "https://pets.example/v1"}],
        "components": {
            "securitySchemes": {"login": {"type": "http", "scheme": "basic"}},
            "schemas": {"Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": ["string", "null"]}, "tag": {"type": "string"}}}}
        },
        "security": scoped,
        "paths": {
            "/pets/{petId}": {
                "parameters": [{"name": "petId", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "put": {
                    "operationId": "savePet",
                    "parameters": [
                        {"name": "expand", "in": "query", "explode": false, "schema": {"type": "array", "items": {"type": "string"}}},
                        {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                    "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}
                },
                "get": {"operationId": "showPet", "responses": {"200": {"content": {"text/csv": {}}}}}
            },
            "/orders": {"post": {
                "operationId": "order",
                "parameters": [{"name": "Idempotency-Key", "in": "header", "required": true, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"pets": {"type": "array", "items": {"type": "integer"}}}}}}}
            }}
        }
    })
}

#[tokio::test]
async fn values_reach_path_query_header_and_body() {
    let (address, came) = listen("application/json", "{\"name\":\"Rex\"}").await;
    let tools = tools(&description());
    let payload =
        json!({"petId": 7, "expand": ["owner", "a b"], "X-Trace": "t-1", "body": {"name": "Rex", "tag": "dog"}});
    let outcome = run(&tools, &address, "pets.save_pet", payload).await;
    assert_eq!((outcome.fault.clone(), outcome.status), (None, Some(200)));
    assert_eq!(outcome.output.value(), Some(&json!({"name": "Rex"})));
    let first = came.lock().unwrap()[0].clone();
    assert_eq!(first.line, "PUT /pets/7?expand=owner,a%20b HTTP/1.1");
    assert!(first.head.contains("\r\nx-trace: t-1"), "{}", first.head);
    assert!(first.head.contains("\r\nauthorization: basic dxnlcjpzm2nyzxq="), "{}", first.head);
    assert!(first.head.contains("\r\ncontent-type: application/json"), "{}", first.head);
    assert_eq!(serde_json::from_str::<Value>(&first.body).unwrap(), json!({"name": "Rex", "tag": "dog"}));

    let outcome = run(&tools, &address, "pets.order", json!({"body": {"pets": [1, 2]}})).await;
    assert_eq!(outcome.fault, None);
    let second = came.lock().unwrap()[1].clone();
    assert_eq!((second.line.as_str(), second.body.as_str()), ("POST /orders HTTP/1.1", "pets=1&pets=2"));
    assert!(second.head.contains("\r\nidempotency-key: the-key"), "{}", second.head);
}

#[tokio::test]
async fn what_does_not_fit_is_never_sent() {
    let (address, came) = listen("application/json", "{}").await;
    let tools = tools(&description());
    for payload in [
        json!({"body": {"name": "x"}}),
        json!({"petId": "seven", "body": {"name": "x"}}),
        json!({"petId": 7, "body": {"tag": "x"}}),
        json!({"petId": 7, "body": {"name": "x", "admin": true}}),
        json!({"petId": 7, "body": {"name": "x"}, "extra": 1}),
        json!({"petId": 7, "body": {"name": "x"}, "X-Trace": "a\r\nx: y"}),
    ] {
        let outcome = run(&tools, &address, "pets.save_pet", payload.clone()).await;
        assert_eq!(outcome.fault.map(|fault| fault.code), Some(metel_model::Code::PayloadInvalid), "{payload}");
    }
    assert!(came.lock().unwrap().is_empty());
}

#[tokio::test]
async fn answers_that_are_no_json_are_kept_as_text() {
    let (address, came) = listen("text/csv", "name,tag").await;
    let outcome = run(&tools(&description()), &address, "pets.show_pet", json!({"petId": 1})).await;
    assert_eq!(outcome.output.value(), Some(&json!({"content_type": "text/csv", "text": "name,tag"})));
    assert!(came.lock().unwrap()[0].head.contains("\r\naccept: text/csv"));
}
