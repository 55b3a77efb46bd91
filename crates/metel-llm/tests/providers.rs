//! Every provider's protocol against a server that speaks it: the same questions, the same answers;
//! and what comes of calls where servers fail at random.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use metel_llm::gateway::{Door, Lanes, Origin, Target};
use metel_llm::lane::{Limits, Retry};
use metel_llm::{
    Call, Client, Dialect, Endpoint, Event, Finish, Message, Model, Part, Protocol, Role, Tool, ToolChoice, ToolResult,
    Watch,
};
use metel_model::Code;
use metel_net::{Call as NetCall, Egress, Method, Net};
use metel_sandbox::{SandboxConfig, SandboxHandle};
use serde_json::{Value, json};

struct Ground {
    sandbox: SandboxHandle,
    net: Net,
}

const PROVIDERS: [(&str, &str, Protocol); 4] = [
    ("/openai/v1", "sandbox-openai-key", Protocol::OpenAiChat(Dialect::OpenAi)),
    ("/openai/v1", "sandbox-openai-key", Protocol::OpenAiResponses),
    ("/anthropic/v1", "sandbox-anthropic-key", Protocol::AnthropicMessages),
    ("/gemini/v1beta", "sandbox-gemini-key", Protocol::Gemini),
];

impl Ground {
    async fn new() -> Self {
        let sandbox = metel_sandbox::serve(SandboxConfig::new("127.0.0.1:0".parse().unwrap())).await.unwrap();
        Self { sandbox, net: Net::new(metel_net::Limits::default()).unwrap() }
    }

    async fn control(&self, path: &str, body: &Value) {
        let url = format!("{}/_control{path}", self.sandbox.url());
        let egress = Egress::none().with_inside_base(&url);
        let reply = self.net.send(NetCall::new(Method::POST, url).json(body), &egress).await.unwrap();
        assert!(reply.status < 300, "{}", String::from_utf8_lossy(&reply.body));
    }

    async fn script(&self, replies: Value) {
        self.control("/model/script", &json!({ "replies": replies })).await;
    }

    fn target(&self, which: usize, lanes: &Lanes) -> Target {
        let (path, key, protocol) = PROVIDERS[which];
        let base = format!("{}{path}", self.sandbox.url());
        let endpoint = Endpoint::new(&base, Some(key.into()), "sandbox-model").unwrap().protocol(protocol);
        let lane = lanes.of(&endpoint, Limits::default());
        Target::new(Client::new(self.net.clone(), endpoint, Egress::none().with_inside_base(&base)), lane)
    }

    fn door(&self, which: &[usize]) -> Door {
        let lanes = Lanes::default();
        let targets = which.iter().map(|which| self.target(*which, &lanes)).collect();
        let retry = Retry { pause_ms: 10, ..Retry::default() };
        Door::new(targets, Origin::default()).unwrap().retry(retry)
    }
}

fn tool() -> Tool {
    let schema = json!({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}, "additionalProperties": false});
    Tool { name: "slack.post_message".into(), description: "Posts".into(), schema, is_strict: false }
}

#[tokio::test]
async fn every_provider_answers_alike_whole_and_streamed() {
    let ground = Ground::new().await;
    for (which, (path, _, protocol)) in PROVIDERS.iter().enumerate() {
        let door = ground.door(&[which]);
        let whole = door.answer(Call::new("be brief", "안녕하세요. 반갑습니다."), None).await.unwrap();
        assert_eq!(
            (whole.text.as_str(), whole.finish),
            ("(모의 모델) 안녕하세요. 반갑습니다.", Finish::Stop),
            "{path}"
        );
        assert!(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 0 && whole.usage.cost.is_none());
        let pieces = Arc::new(Mutex::new(Vec::new()));
        let seen = pieces.clone();
        let watch: Watch = Arc::new(move |event: &Event| {
            if let Event::Text(text) = event {
                seen.lock().unwrap().push(text.clone());
            }
        });
        let streamed = door.answer(Call::new("be brief", "안녕하세요. 반갑습니다."), Some(watch)).await.unwrap();
        assert_eq!(streamed, whole, "{path} {}", protocol.name());
        let pieces = pieces.lock().unwrap();
        assert!(pieces.len() > 1 && pieces.concat() == whole.text, "{path}");
    }
}

#[tokio::test]
async fn every_provider_calls_tools_and_reads_what_came_of_them() {
    let ground = Ground::new().await;
    for (which, (path, _, _)) in PROVIDERS.iter().enumerate() {
        let door = ground.door(&[which]);
        for choice in [ToolChoice::Required, ToolChoice::One("slack.post_message".into())] {
            let call = Call::new("", "보내 줘").tools(vec![tool()], choice);
            let reply = door.answer(call.clone(), None).await.unwrap();
            assert_eq!(
                (reply.finish, reply.calls[0].name.as_str()),
                (Finish::ToolCalls, "slack.post_message"),
                "{path}"
            );
            assert_eq!(reply.calls[0].arguments, json!({"text": "보내 줘"}), "{path}");
            let mut after = call.tools(vec![tool()], ToolChoice::Auto);
            let (id, name) = (reply.calls[0].id.clone(), reply.calls[0].name.clone());
            after.messages.push(Message::new(Role::Assistant, vec![Part::Call(reply.calls[0].clone())]));
            let result = ToolResult { call: id, name, text: "주소 https://a.example".into(), is_error: false };
            after.messages.push(Message::new(Role::User, vec![Part::Result(result)]));
            let said = door.answer(after, None).await.unwrap();
            assert!(said.text.contains("https://a.example"), "{path}: {}", said.text);
        }
        let none = Call::new("", "slack_post_message").tools(vec![tool()], ToolChoice::None);
        assert!(door.answer(none, None).await.unwrap().calls.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn every_provider_fills_a_form() {
    let ground = Ground::new().await;
    let schema = json!({"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}, "note": {"type": "string"}}, "additionalProperties": false});
    for (which, (path, _, _)) in PROVIDERS.iter().enumerate() {
        let call = Call::new("", "회의").schema("answer", schema.clone());
        let (value, _) = metel_llm::locked::value(&ground.door(&[which]), call, None).await.unwrap();
        assert_eq!(value["title"], "회의", "{path}");
    }
}

#[tokio::test]
async fn refusals_of_providers_are_told_apart() {
    let ground = Ground::new().await;
    for (which, (path, _, _)) in PROVIDERS.iter().enumerate() {
        for (status, transient, code) in [
            (401, false, Code::ModelRefused),
            (429, true, Code::ModelUnreachable),
            (500, true, Code::ModelUnreachable),
            (529, true, Code::ModelUnreachable),
        ] {
            ground.script(json!([{"status": status, "times": 1}])).await;
            let failure = ground.door(&[which]).retry(Retry::NEVER).answer(Call::new("", "x"), None).await.unwrap_err();
            assert_eq!(
                (failure.status, failure.is_transient, failure.fault.code),
                (Some(status), transient, code),
                "{path} {status}"
            );
        }
    }
}

#[tokio::test]
async fn a_call_is_tried_again_and_then_asked_elsewhere() {
    let ground = Ground::new().await;
    ground.script(json!([{"provider": "openai", "status": 503, "times": 2}])).await;
    assert!(ground.door(&[0]).answer(Call::new("", "셋째에 답해"), None).await.is_ok());
    ground.script(json!([{"provider": "openai", "status": 500, "times": 3}, {"provider": "anthropic", "content": "둘째 모델"}])).await;
    let reply = ground.door(&[0, 2]).answer(Call::new("", "x"), None).await.unwrap();
    assert_eq!(reply.text, "둘째 모델");
    // A key that is refused is no reason to try again, but to ask elsewhere; a wrong call is for nobody.
    ground.script(json!([{"provider": "openai", "status": 401, "times": 1}])).await;
    assert!(ground.door(&[0, 3]).answer(Call::new("", "x"), None).await.is_ok());
    ground.script(json!([{"provider": "openai", "status": 400, "times": 1}])).await;
    let failure = ground.door(&[0, 3]).answer(Call::new("", "x"), None).await.unwrap_err();
    assert_eq!(failure.status, Some(400));
}

#[tokio::test]
async fn nobody_calls_before_a_server_wants_to_be_called() {
    let ground = Ground::new().await;
    ground.script(json!([{"status": 429, "headers": {"retry-after": "1"}}])).await;
    let door = ground.door(&[0]);
    let began = Instant::now();
    let (one, other) = tokio::join!(door.answer(Call::new("", "하나"), None), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let asked = Instant::now();
        (door.answer(Call::new("", "둘"), None).await, asked.duration_since(began), began.elapsed())
    });
    assert!(one.is_ok() && other.0.is_ok());
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert!(other.2 >= Duration::from_secs(1), "who came meanwhile waits too: {:?}", other.2);
}

#[tokio::test]
async fn what_was_shown_is_not_shown_twice() {
    let ground = Ground::new().await;
    ground.script(json!([{"content": "끊어지는 말 ".repeat(30), "cut_after": 4}, {"content": "온전한 답"}])).await;
    let shown = Arc::new(Mutex::new(String::new()));
    let seen = shown.clone();
    let sink: metel_llm::Sink = Arc::new(move |text: &str| seen.lock().unwrap().push_str(text));
    let reply = ground.door(&[0]).chat(Call::new("", "x"), Some(sink)).await.unwrap();
    assert_eq!(reply.text, "온전한 답");
    let shown = shown.lock().unwrap().clone();
    assert!(shown.starts_with("끊어지는") && !shown.contains("온전한"), "{shown}");
    // For whoever keeps what is shown, the answer fails instead.
    ground
        .script(
            json!([{"content": "끊어지는 말 ".repeat(30), "cut_after": 4}, {"content": "온전한 답", "match": "never"}]),
        )
        .await;
    let sink: metel_llm::Sink = Arc::new(|_: &str| ());
    let failure = ground.door(&[0]).shown_once().chat(Call::new("", "x"), Some(sink)).await.unwrap_err();
    assert!(failure.is_transient, "{failure}");
}

#[tokio::test]
async fn who_stops_waiting_frees_the_lane() {
    let ground = Ground::new().await;
    ground.script(json!([{"content": "늦은 답", "delay_ms": 60_000}])).await;
    let lanes = Lanes::default();
    let target = ground.target(0, &lanes);
    let lane = target.lane.clone();
    let door = Door::new(vec![target], Origin::default()).unwrap();
    let call = door.answer(Call::new("", "x"), None);
    assert!(tokio::time::timeout(Duration::from_millis(300), call).await.is_err());
    assert_eq!(lane.load(), (0, 0));
    assert!(door.answer(Call::new("", "또"), None).await.is_ok());
}

#[tokio::test]
async fn in_chaos_every_call_ends_and_no_half_call_gets_out() {
    let ground = Arc::new(Ground::new().await);
    for service in ["openai", "anthropic", "gemini"] {
        for (kind, probability) in [("reset_before", 0.1), ("reset_after", 0.1), ("malformed", 0.1), ("cut", 0.1)] {
            let fault = json!({"service": service, "kind": kind, "probability": probability, "times": 0, "seed": 7});
            ground.control("/faults", &fault).await;
        }
    }
    let mut all = tokio::task::JoinSet::new();
    for n in 0..120_usize {
        let ground = ground.clone();
        all.spawn(async move {
            let call = Call::new("", format!("{n}번 보내 줘")).tools(vec![tool()], ToolChoice::Required);
            let watch: Option<Watch> = (n % 2 == 0).then(|| -> Watch { Arc::new(|_: &Event| ()) });
            (n, ground.door(&[n % 4]).answer(call, watch).await)
        });
    }
    let (mut answered, mut failed) = (0, 0);
    while let Some(one) = all.join_next().await {
        match one.unwrap() {
            (n, Ok(reply)) => {
                answered += 1;
                assert_eq!(reply.calls[0].arguments, json!({"text": format!("{n}번 보내 줘")}));
            }
            (n, Err(failure)) => {
                failed += 1;
                let typed = [Code::ModelUnreachable, Code::ModelBadAnswer, Code::ModelRefused];
                assert!(typed.contains(&failure.fault.code), "{n}: {failure}");
            }
        }
    }
    assert!(answered > 80 && failed < 40, "{answered} answered, {failed} failed");
}
