//! Whatever a model server does, a call ends within its time with a reply or a typed failure.
#![allow(clippy::unwrap_used)]

mod scripted;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use metel_llm::{Call, Dialect, Finish, Model, ModelFailure, Price, Reply, Sink};
use metel_model::Code;
use scripted::{End, Scripted, Server};
use serde_json::{Value, json};

fn call() -> Call {
    let mut call = Call::new("s", "u");
    call.timeout_ms = 3_000;
    call
}

async fn whole(scripted: Scripted) -> Result<Reply, ModelFailure> {
    let server = Server::start([scripted]).await;
    server.client().chat(call(), None).await
}

/// The outcome, and what the sink was given.
async fn streamed(scripted: Scripted) -> (Result<Reply, ModelFailure>, String) {
    let server = Server::start([scripted]).await;
    let shown = Arc::new(Mutex::new(String::new()));
    let sink: Sink = {
        let shown = shown.clone();
        Arc::new(move |piece: &str| shown.lock().unwrap().push_str(piece))
    };
    let reply = server.client().chat(call(), Some(sink)).await;
    let shown = shown.lock().unwrap().clone();
    (reply, shown)
}

fn delta(text: &str) -> Value {
    json!({"model": "scripted-1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
}

fn stop() -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
}

#[tokio::test]
async fn a_reply_carries_text_usage_and_a_cost_only_when_the_price_is_known() {
    let server = Server::start([Scripted::says("안녕하세요")]).await;
    let reply = server.client().chat(call(), None).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.finish), ("안녕하세요", Finish::Stop));
    assert_eq!((reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.cost), (11, 7, None));
    assert_eq!(reply.usage.model, "scripted-1");
    assert_eq!(server.headers()["authorization"], "Bearer sk-CANARY");
    let price = Price { input: 1_000_000, output: 2_000_000, cached: None, cache_written: None };
    let reply = server.client_of(Dialect::Compatible, Some(price)).chat(call(), None).await.unwrap();
    assert_eq!(reply.usage.cost, Some(25));

    let silent = json!({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]});
    let server = Server::start([Scripted::raw(200, "application/json", silent.to_string())]).await;
    let reply = server.client_of(Dialect::Compatible, Some(price)).chat(call(), None).await.unwrap();
    assert_eq!(reply.usage.cost, None, "no tokens told, no cost known");
}

#[tokio::test]
async fn a_stream_is_handed_over_as_it_comes_and_counted() {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}});
    let events =
        Scripted::events(&[delta("안녕"), delta("하세요"), stop(), usage], End::Whole).piece("data: [DONE]\n\n");
    let (reply, shown) = streamed(events).await;
    let reply = reply.unwrap();
    assert_eq!((reply.text.as_str(), shown.as_str(), reply.usage.input_tokens), ("안녕하세요", "안녕하세요", 5));
}

#[tokio::test]
async fn a_letter_split_between_two_pieces_stays_whole() {
    let event = format!("data: {}\n\n", delta("한글"));
    let bytes = event.into_bytes();
    let cut = bytes.iter().position(|b| *b >= 0x80).unwrap() + 1;
    let events = Scripted::raw(200, "text/event-stream", &bytes[..cut]).piece(&bytes[cut..]).piece("data: [DONE]\n\n");
    assert_eq!(streamed(events).await.0.unwrap().text, "한글");
}

#[tokio::test]
async fn a_server_that_knows_no_streams_may_answer_whole() {
    let (reply, shown) = streamed(Scripted::says("ok")).await;
    assert_eq!((reply.unwrap().text.as_str(), shown.as_str()), ("ok", "ok"));
}

#[tokio::test]
async fn broken_streams_are_failures_whatever_came_before() {
    use Code::{ModelBadAnswer, ModelRefused, ModelUnreachable};
    let half = b"data: {\"choices\":[{\"delta\":{\"content\":\"ab".to_vec();
    let wrong = b"data: {\"choices\":[{\"delta\":{\"content\":\"\xff\xfe\"}}]}\n\n".to_vec();
    let error = json!({"error": {"message": "overloaded"}});
    for (name, scripted, codes) in [
        ("ends early", Scripted::events(&[delta("반만")], End::Whole), [ModelBadAnswer, ModelBadAnswer]),
        ("breaks", Scripted::events(&[delta("반만")], End::Break), [ModelBadAnswer, ModelUnreachable]),
        ("half an event", Scripted::raw(200, "text/event-stream", half), [ModelBadAnswer, ModelBadAnswer]),
        ("not JSON", Scripted::raw(200, "text/event-stream", "data: {oops}\n\n"), [ModelBadAnswer, ModelBadAnswer]),
        ("not UTF-8", Scripted::raw(200, "text/event-stream", wrong), [ModelBadAnswer, ModelBadAnswer]),
        ("no events", Scripted::raw(200, "text/event-stream", "<html>hello\n"), [ModelBadAnswer, ModelBadAnswer]),
        ("error inside", Scripted::events(&[delta("a"), error], End::Whole), [ModelRefused, ModelRefused]),
        ("silence", Scripted::events(&[delta("a")], End::Hang), [ModelUnreachable, ModelUnreachable]),
        ("HTML", Scripted::raw(200, "text/html", "<html>"), [ModelBadAnswer, ModelBadAnswer]),
    ] {
        let started = Instant::now();
        let failure = streamed(scripted).await.0.unwrap_err();
        assert!(codes.contains(&failure.fault.code), "{name}: {failure}");
        assert!(failure.is_transient, "{name}: {failure}");
        assert!(started.elapsed() < Duration::from_secs(5), "{name}");
    }
}

#[tokio::test]
async fn an_endless_stream_ends_with_its_time() {
    let started = Instant::now();
    let failure = streamed(Scripted::events(&[delta("가나다 ")], End::Forever)).await.0.unwrap_err();
    assert_eq!(failure.fault.code, Code::ModelUnreachable, "{failure}");
    assert!(started.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn half_a_tool_call_is_no_answer() {
    let tool = json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"name": "slack.post_message", "arguments": "{\"chan"}}]}, "finish_reason": null}]});
    let failure = streamed(Scripted::events(&[tool, stop()], End::Whole)).await.0.unwrap_err();
    assert_eq!(failure.fault.code, Code::ModelBadAnswer);
}

#[tokio::test]
async fn wrong_whole_answers_are_typed_failures() {
    use Code::{ModelBadAnswer, ModelRefused, ModelUnreachable};
    let json = "application/json";
    let message = |message: Value| json!({"choices": [{"message": message, "finish_reason": "stop"}]}).to_string();
    for (name, scripted, code, transient) in [
        ("cut JSON", Scripted::raw(200, json, r#"{"choices":[{"mess"#), ModelBadAnswer, true),
        ("HTML for JSON", Scripted::raw(200, "text/html", "<html>"), ModelBadAnswer, true),
        ("not UTF-8", Scripted::raw(200, json, b"{\"a\":\"\xff\"}".to_vec()), ModelBadAnswer, true),
        ("no choices", Scripted::raw(200, json, r#"{"choices":[]}"#), ModelBadAnswer, true),
        ("an array", Scripted::raw(200, json, "[1]"), ModelBadAnswer, true),
        ("empty text", Scripted::raw(200, json, message(json!({"content": " "}))), ModelBadAnswer, true),
        ("null text", Scripted::raw(200, json, message(json!({"content": null}))), ModelBadAnswer, true),
        ("deep", Scripted::raw(200, json, "[".repeat(200_000)), ModelBadAnswer, true),
        (
            "refusal",
            Scripted::raw(200, json, message(json!({"content": null, "refusal": "I cannot"}))),
            ModelRefused,
            false,
        ),
        ("error in 200", Scripted::raw(200, json, r#"{"error":"no such model"}"#), ModelRefused, false),
        ("wrong key", Scripted::raw(401, json, r#"{"error":{"message":"bad key sk-CANARY"}}"#), ModelRefused, false),
        ("HTML error", Scripted::raw(502, "text/html", "<html>nginx</html>"), ModelUnreachable, true),
        ("garbage error", Scripted::raw(500, "", vec![0xff; 50_000]), ModelUnreachable, true),
        ("cut body", Scripted::raw(200, json, r#"{"choices""#).end(End::Break), ModelUnreachable, true),
        ("hang", Scripted::raw(200, json, "{").end(End::Hang), ModelUnreachable, true),
    ] {
        let failure = whole(scripted).await.unwrap_err();
        assert_eq!((failure.fault.code, failure.is_transient), (code, transient), "{name}: {failure}");
        assert!(!failure.to_string().contains("CANARY"), "{name}");
    }
}

#[tokio::test]
async fn huge_answers_are_not_taken() {
    let text = "가".repeat(4_000_000);
    let failure = whole(Scripted::says(&text)).await.unwrap_err();
    assert_eq!((failure.fault.code, failure.is_transient), (Code::ModelBadAnswer, false), "{failure}");
    let failure = whole(Scripted::says(&"a".repeat(2_000_000))).await.unwrap_err();
    assert_eq!((failure.fault.code, failure.is_transient), (Code::ModelBadAnswer, false), "{failure}");
    let pieces: Vec<Value> = (0..40).map(|_| delta(&"b".repeat(40_000))).collect();
    let (failure, shown) = streamed(Scripted::events(&pieces, End::Whole)).await;
    assert_eq!(failure.unwrap_err().fault.code, Code::ModelBadAnswer);
    assert!(shown.len() <= metel_llm::TEXT_BYTES_MAX);
}

#[tokio::test]
async fn too_many_requests_say_when_to_come_back() {
    let busy = || Scripted::raw(429, "application/json", r#"{"error":{"message":"slow down"}}"#);
    let failure = whole(busy().header("retry-after", "2")).await.unwrap_err();
    assert_eq!((failure.is_transient, failure.retry_after_ms), (true, Some(2_000)));
    assert_eq!(streamed(busy().header("retry-after-ms", "30")).await.0.unwrap_err().retry_after_ms, Some(30));
    let spent = Scripted::raw(429, "application/json", r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#);
    let failure = whole(spent.header("retry-after", "2")).await.unwrap_err();
    assert_eq!((failure.is_transient, failure.retry_after_ms), (false, None));
}

#[tokio::test]
async fn nobody_listening_and_nowhere_allowed() {
    let server = Server::start([Scripted::says("x")]).await;
    let client = server.client();
    let base = server.base_url.clone();
    let outside = metel_llm::Endpoint::open_ai_chat(&base, None, "m").unwrap();
    let net = metel_net::Net::new(metel_net::Limits::default()).unwrap();
    let closed = metel_llm::Client::new(net, outside, metel_net::Egress::none());
    let failure = closed.chat(call(), None).await.unwrap_err();
    assert_eq!((failure.fault.code, failure.is_transient), (Code::EgressRefused, false));
    assert!(server.requests().is_empty());
    drop(server);
    tokio::task::yield_now().await;
    let gone = metel_llm::Endpoint::open_ai_chat("http://127.0.0.1:9/v1", None, "m").unwrap();
    let net = metel_net::Net::new(metel_net::Limits::default()).unwrap();
    let egress = metel_net::Egress::none().with_inside_base("http://127.0.0.1:9/v1");
    let failure = metel_llm::Client::new(net, gone, egress).chat(call(), None).await.unwrap_err();
    assert_eq!((failure.fault.code, failure.is_transient), (Code::ModelUnreachable, true));
    assert_eq!(client.name(), "m");
}

#[tokio::test]
async fn values_are_read_and_held_against_the_schema() {
    let schema = json!({"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}, "n": {"type": "integer"}}, "additionalProperties": false});
    let call = || call().schema("answer", schema.clone());
    let ask = |scripted: Scripted, dialect: Dialect| {
        let call = call();
        async move {
            let server = Server::start([scripted]).await;
            metel_llm::locked::value(&server.client_of(dialect, None), call, None).await
        }
    };
    let fine = ask(Scripted::says("```json\n{\"title\": \"회의\"}\n```"), Dialect::Plain).await.unwrap();
    assert_eq!((fine.0, fine.1.output_tokens), (json!({"title": "회의"}), 7));
    let null = ask(Scripted::says(r#"{"title": "회의", "n": null}"#), Dialect::OpenAi).await.unwrap();
    assert_eq!(null.0, json!({"title": "회의"}));
    for wrong in [r#"{"title": 3}"#, r#"{"title": "x", "admin": true}"#, r#"{"title": "#, "no"] {
        let failure = ask(Scripted::says(wrong), Dialect::Compatible).await.unwrap_err();
        assert_eq!(failure.fault.code, Code::ModelBadAnswer, "{wrong}");
        assert_eq!(failure.usage.unwrap().output_tokens, 7, "what a wrong answer used is counted");
    }
}
