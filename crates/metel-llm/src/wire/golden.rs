//! Recordings of each provider's streams in their own format, read as they are and in every cut.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Reader;
use crate::endpoint::{Dialect, Endpoint, Protocol};
use crate::gather::Gather;
use crate::model::{Call, Event, Finish, ModelFailure, Reply, Tool, ToolChoice};
use crate::sse::Sse;
use metel_model::Code;

macro_rules! recorded {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../../fixtures/", $name)))),*] };
}

const STREAMS: &[(&str, &str)] = recorded![
    "openai_chat.text.sse" "openai_chat.tools.sse" "openai_chat.half_call.sse" "openai_chat.no_end.sse"
    "openai_chat.half_call_ended.sse" "openai_chat.length_call.sse" "openai_chat.refusal.sse" "openai_chat.error.sse"
    "openai_responses.text.sse" "openai_responses.tools.sse" "openai_responses.no_end.sse"
    "openai_responses.half_call.sse" "openai_responses.failed.sse"
    "anthropic.text.sse" "anthropic.tools.sse" "anthropic.no_end.sse" "anthropic.half_call.sse"
    "anthropic.overloaded.sse" "anthropic.refusal.sse" "anthropic.answer.sse"
    "gemini.text.sse" "gemini.tools.sse" "gemini.no_end.sse" "gemini.blocked.sse" "gemini.malformed.sse"
];

const WHOLE: &[(&str, &str)] =
    recorded!["openai_chat.tools.json" "openai_responses.tools.json" "anthropic.tools.json" "gemini.tools.json"];

fn text(name: &str) -> &'static str {
    STREAMS.iter().chain(WHOLE).find(|(other, _)| *other == name).unwrap().1
}

fn endpoint(name: &str) -> Endpoint {
    let protocol = match name.split('.').next().unwrap() {
        "openai_chat" => Protocol::OpenAiChat(Dialect::OpenAi),
        "openai_responses" => Protocol::OpenAiResponses,
        "anthropic" => Protocol::AnthropicMessages,
        _ => Protocol::Gemini,
    };
    Endpoint::new("http://127.0.0.1:1/v1", None, "m").unwrap().protocol(protocol)
}

fn call(name: &str) -> Call {
    let call = Call::new("s", "u");
    if name.contains(".answer.") {
        return call.schema("answer", json!({"type": "object", "properties": {"title": {"type": "string"}}}));
    }
    let tool = |name: &str| Tool {
        name: name.into(),
        description: "d".into(),
        schema: json!({"type": "object"}),
        is_strict: false,
    };
    call.tools(vec![tool("slack.post_message"), tool("notion.create_page")], ToolChoice::Auto)
}

/// Reads a stream that comes in these pieces.
fn read(name: &str, pieces: &[&[u8]]) -> (Vec<Event>, Result<Reply, ModelFailure>) {
    let (endpoint, call) = (endpoint(name), call(name));
    let (mut sse, mut reader, mut gather) = (Sse::default(), Reader::of(&endpoint, &call), Gather::default());
    let (mut seen, mut events) = (Vec::new(), Vec::new());
    let mut parts = Vec::new();
    for piece in pieces {
        sse.push(piece, &mut parts).unwrap();
    }
    for part in &parts {
        let more = match reader.event(&endpoint, part, &mut events) {
            Ok(more) => more,
            Err(failure) => return (seen, Err(failure)),
        };
        for event in events.drain(..) {
            gather.take(&event).unwrap();
            seen.push(event);
        }
        if !more {
            break;
        }
    }
    (seen, gather.reply(&endpoint, &call))
}

fn reply(name: &str) -> Result<Reply, ModelFailure> {
    read(name, &[text(name).as_bytes()]).1
}

#[test]
fn every_provider_says_hello_alike() {
    for name in ["openai_chat.text.sse", "openai_responses.text.sse", "anthropic.text.sse", "gemini.text.sse"] {
        let (events, reply) = read(name, &[text(name).as_bytes()]);
        let reply = reply.unwrap();
        assert_eq!(
            (reply.text.as_str(), reply.finish, reply.refusal.as_deref()),
            ("안녕하세요 👋", Finish::Stop, None),
            "{name}"
        );
        let usage = &reply.usage;
        assert_eq!((usage.input_tokens, usage.output_tokens, usage.cached_tokens), (19, 10, 8), "{name}");
        let (written, thoughts) = if name.starts_with("anthropic") { (4, 0) } else { (0, 4) };
        assert_eq!((usage.cache_written_tokens, usage.reasoning_tokens), (written, thoughts), "{name}");
        assert!(usage.model.starts_with(['g', 'c']), "{name}: {}", usage.model);
        let pieces = events.iter().filter(|event| matches!(event, Event::Text(_))).count();
        assert_eq!(pieces, 2, "{name}");
    }
}

#[test]
fn parallel_calls_come_whole_from_every_provider() {
    for kind in ["openai_chat", "openai_responses", "anthropic", "gemini"] {
        let streamed = reply(&format!("{kind}.tools.sse")).unwrap();
        assert_eq!(streamed.finish, Finish::ToolCalls, "{kind}");
        let calls: Vec<(&str, &Value)> =
            streamed.calls.iter().map(|call| (call.name.as_str(), &call.arguments)).collect();
        let expected = [
            ("slack.post_message", &json!({"channel": "#team"})),
            ("notion.create_page", &json!({"title": "주간 회의록"})),
        ];
        assert_eq!(calls, expected, "{kind}");
        assert!(streamed.calls.iter().all(|call| !call.id.is_empty()) && streamed.calls[0].id != streamed.calls[1].id);
        let name = format!("{kind}.tools.json");
        let (endpoint, call) = (endpoint(&name), call(&name));
        let (mut events, mut gather) = (Vec::new(), Gather::default());
        let body = serde_json::from_str(text(&name)).unwrap();
        Reader::of(&endpoint, &call).whole(&endpoint, &body, &mut events).unwrap();
        events.iter().for_each(|event| gather.take(event).unwrap());
        assert_eq!(gather.reply(&endpoint, &call).unwrap(), streamed, "{kind}: whole and streamed");
    }
    assert_eq!(reply("gemini.tools.sse").unwrap().calls[0].signature.as_deref(), Some("CiQB"));
}

#[test]
fn what_broke_is_a_failure_and_no_call() {
    for (name, code, transient) in [
        ("openai_chat.half_call.sse", Code::ModelBadAnswer, true),
        ("openai_chat.no_end.sse", Code::ModelBadAnswer, true),
        ("openai_chat.half_call_ended.sse", Code::ModelBadAnswer, true),
        ("openai_chat.length_call.sse", Code::ModelBadAnswer, true),
        ("openai_chat.error.sse", Code::ModelRefused, true),
        ("openai_responses.no_end.sse", Code::ModelBadAnswer, true),
        ("openai_responses.half_call.sse", Code::ModelBadAnswer, true),
        ("openai_responses.failed.sse", Code::ModelRefused, true),
        ("anthropic.no_end.sse", Code::ModelBadAnswer, true),
        ("anthropic.half_call.sse", Code::ModelBadAnswer, true),
        ("anthropic.overloaded.sse", Code::ModelRefused, true),
        ("gemini.no_end.sse", Code::ModelBadAnswer, true),
        ("gemini.malformed.sse", Code::ModelBadAnswer, true),
    ] {
        let failure = reply(name).unwrap_err();
        assert_eq!((failure.fault.code, failure.is_transient), (code, transient), "{name}: {failure}");
    }
}

#[test]
fn refusals_keep_their_words() {
    let open_ai = reply("openai_chat.refusal.sse").unwrap();
    assert_eq!(open_ai.refusal.as_deref(), Some("I can't help with that."));
    assert_eq!(reply("anthropic.refusal.sse").unwrap().finish, Finish::Filter);
    let gemini = reply("gemini.blocked.sse").unwrap();
    assert_eq!((gemini.finish, gemini.refusal.as_deref()), (Finish::Filter, Some("blocked: PROHIBITED_CONTENT")));
}

#[test]
fn an_answer_given_as_a_tool_is_the_answer() {
    let reply = reply("anthropic.answer.sse").unwrap();
    assert_eq!((reply.value, reply.finish, reply.calls.len()), (Some(json!({"title": "회의"})), Finish::Stop, 0));
}

#[test]
fn every_byte_alone_says_the_same() {
    for (name, text) in STREAMS {
        let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(name, &single), read(name, &[text.as_bytes()]), "{name}");
    }
}

#[test]
fn however_early_a_stream_breaks_no_half_call_gets_out() {
    let whole = [json!({"channel": "#team"}), json!({"title": "주간 회의록"})];
    for (name, text) in STREAMS.iter().filter(|(name, _)| name.contains(".tools.")) {
        let bytes = text.as_bytes();
        let mut answered = 0;
        for end in 0..bytes.len() {
            match read(name, &[&bytes[..end]]).1 {
                Err(failure) => assert!(failure.is_transient, "{name} at {end}"),
                Ok(reply) => {
                    answered += 1;
                    let arguments: Vec<&Value> = reply.calls.iter().map(|call| &call.arguments).collect();
                    assert_eq!(arguments, [&whole[0], &whole[1]], "{name} at {end}");
                }
            }
        }
        assert!(answered < bytes.len() / 3, "{name}: most of what is cut off is no answer");
    }
}

proptest! {
    #[test]
    fn any_cut_says_the_same(which in 0..STREAMS.len(), cuts in proptest::collection::vec(0_usize..6_000, 0..12)) {
        let (name, text) = STREAMS[which];
        let bytes = text.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(read(name, &pieces), read(name, &[bytes]));
    }
}
