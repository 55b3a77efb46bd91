//! The scripted model servers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::{Guest, json, start};

async fn chat(guest: &Guest, body: Value) -> (u16, Value) {
    json(guest.post("/openai/v1/chat/completions", &body).bearer_auth("sandbox-openai-key").send().await).await
}

fn ask(text: &str) -> Value {
    json!({"model": "sandbox-model", "messages": [{"role": "user", "content": text}]})
}

async fn script(guest: &Guest, replies: Value) {
    let answer = guest.post("/_control/model/script", &json!({"replies": replies})).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn the_simulated_model_says_the_same_every_time() {
    let guest = start().await;
    let (_, first) = chat(&guest, ask("오늘 회의를 요약해 줘. 예산을 정했다.")).await;
    let (_, again) = chat(&guest, ask("오늘 회의를 요약해 줘. 예산을 정했다.")).await;
    assert_eq!(first["choices"], again["choices"]);
    assert!(first["choices"][0]["message"]["content"].as_str().unwrap().starts_with("(모의 모델)"));
    assert!(first["usage"]["prompt_tokens"].as_u64().unwrap() > 0);
    let mut form = ask("계획을 세워 줘");
    form["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "plan", "schema": {
        "type": "object", "required": ["goal", "steps"], "additionalProperties": false,
        "properties": {"goal": {"type": "string"}, "steps": {"type": "array", "minItems": 1, "items": {"enum": ["notion.create_page"]}}}}}});
    let (_, answer) = chat(&guest, form).await;
    let value: Value = serde_json::from_str(answer["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(value, json!({"goal": "계획을 세워 줘", "steps": ["notion.create_page"]}));
}

#[tokio::test]
async fn tools_are_called_when_they_must_be() {
    let guest = start().await;
    let tools = json!([{"type": "function", "function": {"name": "slack_post", "parameters": {
        "type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}}]);
    let mut body = ask("알려 줘");
    body["tools"] = tools.clone();
    let (_, free) = chat(&guest, body.clone()).await;
    assert_eq!(free["choices"][0]["finish_reason"], "stop");
    body["tool_choice"] = json!("required");
    let (_, forced) = chat(&guest, body).await;
    let call = &forced["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(
        (&forced["choices"][0]["finish_reason"], &call["function"]["name"]),
        (&json!("tool_calls"), &json!("slack_post"))
    );
    assert_eq!(call["function"]["arguments"], "{\"text\":\"알려 줘\"}");
}

#[tokio::test]
async fn scripts_answer_in_order_and_by_match() {
    let guest = start().await;
    script(
        &guest,
        json!([
            {"match": "비밀", "content": "거절"},
            {"content": "하나"},
            {"status": 429, "headers": {"retry-after": "2"}},
            {"raw": "<html>", "content_type": "text/html", "status": 502},
            {"content": "잘린다", "malformed": true},
            {"tool_calls": [{"name": "x", "arguments": "{\"half\":"}]},
            {"oversize": 100_000},
        ]),
    )
    .await;
    let content = |answer: &Value| answer["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned();
    assert_eq!(content(&chat(&guest, ask("q")).await.1), "하나");
    assert_eq!(content(&chat(&guest, ask("비밀을 말해")).await.1), "거절");
    let limited =
        guest.post("/openai/v1/chat/completions", &ask("q")).bearer_auth("sandbox-openai-key").send().await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].as_bytes()), (429, &b"2"[..]));
    let raw =
        guest.post("/openai/v1/chat/completions", &ask("q")).bearer_auth("sandbox-openai-key").send().await.unwrap();
    assert_eq!((raw.status().as_u16(), raw.text().await.unwrap().as_str()), (502, "<html>"));
    let cut =
        guest.post("/openai/v1/chat/completions", &ask("q")).bearer_auth("sandbox-openai-key").send().await.unwrap();
    assert!(serde_json::from_slice::<Value>(&cut.bytes().await.unwrap()).is_err());
    let (_, half) = chat(&guest, ask("q")).await;
    assert_eq!(half["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"], "{\"half\":");
    assert_eq!(content(&chat(&guest, ask("q")).await.1).len(), 100_000);
    assert!(content(&chat(&guest, ask("q")).await.1).starts_with("(simulated model)"));
}

#[tokio::test]
async fn streams_join_to_the_whole_and_can_break() {
    let guest = start().await;
    let mut body = ask("한 문장을 흘려서 답해 줘, 그리고 조각을 이어 붙여 보자.");
    let (_, whole) = chat(&guest, body.clone()).await;
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    let send = || guest.post("/openai/v1/chat/completions", &body).bearer_auth("sandbox-openai-key").send();
    let text = send().await.unwrap().text().await.unwrap();
    let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(events.last(), Some(&"[DONE]"));
    let chunks: Vec<Value> =
        events[..events.len() - 1].iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let joined: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(joined, whole["choices"][0]["message"]["content"].as_str().unwrap());
    assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);
    script(&guest, json!([{"content": "끊어진다 ".repeat(20), "cut_after": 3}])).await;
    assert!(send().await.unwrap().bytes().await.is_err());
}

#[tokio::test]
async fn anthropic_speaks_its_own_protocol() {
    let guest = start().await;
    let body = json!({"model": "claude-sandbox", "max_tokens": 100, "messages": [{"role": "user", "content": "안녕"}]});
    let call = |body: Value| {
        guest
            .post("/anthropic/v1/messages", &body)
            .header("x-api-key", "sandbox-anthropic-key")
            .header("anthropic-version", "2023-06-01")
            .send()
    };
    let (_, said) = json(call(body.clone()).await).await;
    assert_eq!((&said["type"], &said["stop_reason"]), (&json!("message"), &json!("end_turn")));
    let mut short = body.clone();
    short["max_tokens"] = json!(2);
    assert_eq!(json(call(short).await).await.1["stop_reason"], "max_tokens");
    let mut streamed = body.clone();
    streamed["stream"] = json!(true);
    let text = call(streamed).await.unwrap().text().await.unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!((names[0], *names.last().unwrap()), ("message_start", "message_stop"));
    let (status, wrong) = json(call(json!({"model": "m", "messages": []})).await).await;
    assert_eq!((status, &wrong["error"]["message"]), (400, &json!("max_tokens: Field required")));
    let bare = guest.post("/anthropic/v1/messages", &body).send().await;
    assert_eq!(json(bare).await.1["error"]["type"], "authentication_error");
}

#[tokio::test]
async fn responses_embeddings_and_models() {
    let guest = start().await;
    let post = |path: &str, body: Value| guest.post(path, &body).bearer_auth("sandbox-openai-key").send();
    let (_, said) = json(post("/openai/v1/responses", json!({"model": "m", "input": "안녕"})).await).await;
    assert_eq!((&said["object"], &said["status"]), (&json!("response"), &json!("completed")));
    assert_eq!(said["output"][0]["content"][0]["text"], "(모의 모델) 안녕");
    let (_, vectors) =
        json(post("/openai/v1/embeddings", json!({"model": "m", "input": ["가", "나"], "dimensions": 8})).await).await;
    assert_eq!(vectors["data"][1]["embedding"].as_array().unwrap().len(), 8);
    let (status, _) = json(post("/openai/v1/embeddings", json!({"model": "m", "input": ""})).await).await;
    assert_eq!(status, 400);
    let models = guest.request(Method::GET, "/openai/v1/models").send().await;
    assert_eq!(json(models).await.0, 401);
}
