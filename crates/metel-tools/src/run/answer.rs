//! What came back, sorted: a body to judge, or a fault; and whether the receiver may have acted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_model::contract::{Answer, Contract, Idempotency};
use metel_model::effect::{Certainty, Outcome};
use metel_model::json::{DEPTH_MAX, INTEGER_MAX, depth_within};
use metel_model::{Code, Fault, Micros};
use metel_net::{NetFailure, Reply};
use metel_rules::contract::{File, visible};
use metel_rules::xml::XmlFault;
use serde_json::{Value, json};

use super::retry_after;

/// How much of an answer that is no JSON is kept, in characters.
const EXCERPT_CHARS_MAX: usize = 200;

pub(super) fn sort(contract: &Contract, answer: Answer, sent: Result<Reply, NetFailure>, now: Micros) -> Outcome {
    match sent {
        Err(failure) => {
            Outcome { status: failure.status, ..Outcome::fault(failure.fault.at(&contract.id), failure.certainty, 0) }
        }
        Ok(reply) => read(contract, answer, &reply, now),
    }
}

fn read(contract: &Contract, answer: Answer, reply: &Reply, now: Micros) -> Outcome {
    let retry_after_ms = reply.header("retry-after").and_then(|header| retry_after::read(header, now));
    let is_success = (200..300).contains(&reply.status);
    // What goes wrong is told in JSON wherever it is readable, whatever a success would be.
    let body = match (answer, is_success) {
        (Answer::Json, _) => parse(reply),
        (Answer::Xml, true) => xml(reply),
        (Answer::Xml, false) => parse(reply).or_else(|_| xml(reply)),
        (Answer::Text, true) => text(reply),
        (Answer::File, true) => Ok(file(reply)),
        (Answer::Any, true) => parse(reply).or_else(|_| Ok(kept(reply))),
        (Answer::Text | Answer::File | Answer::Any, false) => parse(reply),
    };
    let outcome = match (body, is_success) {
        (Ok(body), true) => Outcome::answer(body, 0),
        (Err(why), true) => bad_answer(contract, why, reply),
        // An error needs no readable body: its status says enough.
        (Ok(body), false) => Outcome::answer(body, 0),
        (Err(_), false) => Outcome::answer(json!({ "message": excerpt(&reply.body) }), 0),
    };
    let may_have_acted = reply.status >= 500 && matches!(contract.idempotency, Idempotency::None { .. });
    Outcome {
        status: Some(reply.status),
        certainty: if may_have_acted { Certainty::Ambiguous } else { outcome.certainty },
        retry_after_ms,
        ..outcome
    }
}

fn bad_answer(contract: &Contract, why: &str, reply: &Reply) -> Outcome {
    let fault = Fault::new(Code::ToolBadAnswer)
        .detail(
            format!("{why}: {}", excerpt(&reply.body)),
            format!("읽을 수 없는 답이에요 ({why}): {}", excerpt(&reply.body)),
        )
        .at(&contract.id);
    Outcome::fault(fault, Certainty::Ambiguous, 0)
}

fn parse(reply: &Reply) -> Result<Value, &'static str> {
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    let mut body: Value = serde_json::from_slice(&reply.body).map_err(|_| "not JSON")?;
    if !depth_within(&body, DEPTH_MAX) {
        return Err("nested too deeply");
    }
    tame(&mut body);
    Ok(body)
}

/// An answer that is no JSON, as text or as base64 of its bytes.
fn kept(reply: &Reply) -> Value {
    let kind = reply.header("content-type").unwrap_or_default();
    match std::str::from_utf8(&reply.body) {
        Ok(text) => json!({ "content_type": kind, "text": text }),
        Err(_) => json!({ "content_type": kind, "base64": STANDARD.encode(&reply.body) }),
    }
}

fn xml(reply: &Reply) -> Result<Value, &'static str> {
    metel_rules::xml::read(&reply.body).map_err(|fault| match fault {
        XmlFault::Malformed(_) => "not XML",
        XmlFault::DocumentType => "a document type",
        XmlFault::TooLarge => "nested too deeply",
    })
}

fn text(reply: &Reply) -> Result<Value, &'static str> {
    std::str::from_utf8(&reply.body).map(|text| json!({ "text": text })).map_err(|_| "not UTF-8")
}

/// Bytes as a file value; what it is called stands in no header that can be trusted.
fn file(reply: &Reply) -> Value {
    let media_type = reply.header("content-type").unwrap_or("application/octet-stream");
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let ending: String = essence
        .rsplit(['/', '.', '-'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let ending = match ending.as_str() {
        "mpeg" => "mp3",
        "plain" => "txt",
        "" => "bin",
        other => other,
    };
    let name = format!("file.{}", ending.chars().take(10).collect::<String>());
    let file = File { name, media_type: essence, bytes: reply.body.to_vec() };
    json!({ "file": file.to_value(), "bytes": reply.body.len() })
}

/// Integers that other readers would round become text (RFC 8785 refuses them).
fn tame(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let is_wide = match number.as_i64() {
                Some(n) => !(-INTEGER_MAX..=INTEGER_MAX).contains(&n),
                None => number.is_u64(),
            };
            if is_wide {
                *value = Value::String(number.to_string());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tame),
        Value::Object(members) => members.values_mut().for_each(tame),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn excerpt(body: &[u8]) -> String {
    let head = &body[..body.len().min(EXCERPT_CHARS_MAX * 4)];
    let text = String::from_utf8_lossy(head);
    let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    visible(&plain.chars().take(EXCERPT_CHARS_MAX).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(idempotency: Value) -> Contract {
        serde_json::from_value(json!({
            "id": "demo.write_thing", "version": "1.0.0", "title": "t", "description": "d", "risk": ["write"],
            "idempotency": idempotency,
            "transport": {"type": "http", "method": "POST", "path": "/x"},
            "input_schema": {"type": "object", "additionalProperties": false},
        }))
        .unwrap()
    }

    fn outcome(idempotency: Value, status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
        outcome_as(Answer::Json, idempotency, status, headers, body.as_bytes())
    }

    fn outcome_as(answer: Answer, idempotency: Value, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Outcome {
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            map.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let reply = Reply { status, headers: map, body: bytes::Bytes::copy_from_slice(body), ms: 1 };
        sort(&contract(idempotency), answer, Ok(reply), Micros(0))
    }

    #[test]
    fn answers_are_sorted_by_what_they_prove() {
        let none = || json!({"type": "none"});
        let key = || json!({"type": "key", "place": "header", "name": "k"});
        for (idempotency, status, body, fault, certainty) in [
            (none(), 200, "{\"ok\":true}", None, Certainty::Certain),
            (none(), 204, "", None, Certainty::Certain),
            (none(), 404, "<html>", None, Certainty::Certain),
            (none(), 429, "{}", None, Certainty::Certain),
            (none(), 500, "{}", None, Certainty::Ambiguous),
            (key(), 500, "{}", None, Certainty::Certain),
            (none(), 200, "<html>", Some(Code::ToolBadAnswer), Certainty::Ambiguous),
            (none(), 200, "{\"ok\":tr", Some(Code::ToolBadAnswer), Certainty::Ambiguous),
            (none(), 200, &"[".repeat(100_000), Some(Code::ToolBadAnswer), Certainty::Ambiguous),
        ] {
            let outcome = outcome(idempotency, status, &[], body);
            assert_eq!(outcome.fault.map(|fault| fault.code), fault, "{status} {body:.20}");
            assert_eq!(outcome.certainty, certainty, "{status} {body:.20}");
            assert_eq!(outcome.status, Some(status));
        }
    }

    #[test]
    fn what_may_be_anything_is_kept_as_text_or_bytes() {
        let value = |status, body: &[u8]| {
            let headers = [("content-type", "text/csv")];
            let outcome = outcome_as(Answer::Any, json!({"type": "natural"}), status, &headers, body);
            outcome.output.value().cloned().unwrap()
        };
        assert_eq!(value(200, b"a,b"), json!({"content_type": "text/csv", "text": "a,b"}));
        assert_eq!(value(200, &[0xff, 0xfe]), json!({"content_type": "text/csv", "base64": "//4="}));
        assert_eq!(value(200, b"[1]"), json!([1]));
        assert_eq!(value(404, b"no such thing"), json!({"message": "no such thing"}));
    }

    #[test]
    fn every_answer_becomes_json() {
        let natural = || json!({"type": "natural"});
        let value = |answer, status, kind, body: &str| {
            let outcome = outcome_as(answer, natural(), status, &[("content-type", kind)], body.as_bytes());
            assert_eq!(outcome.fault, None, "{body}");
            outcome.output.value().cloned().unwrap()
        };
        assert_eq!(value(Answer::Xml, 200, "application/atom+xml", "<a><b>1</b></a>"), json!({"a": {"b": ["1"]}}));
        assert_eq!(value(Answer::Text, 200, "text/plain", "diff --git"), json!({"text": "diff --git"}));
        let file = value(Answer::File, 200, "audio/mpeg", "ID3");
        let expected = json!({"name": "file.mp3", "media_type": "audio/mpeg", "base64": "SUQz"});
        assert_eq!((&file["file"], &file["bytes"]), (&expected, &json!(3)));
        assert_eq!(value(Answer::File, 401, "application/json", "{\"detail\":\"no\"}"), json!({"detail": "no"}));
        assert_eq!(value(Answer::Xml, 500, "text/html", "down"), json!({"message": "down"}));
        let outcome = outcome_as(Answer::Xml, natural(), 200, &[], b"<!DOCTYPE a><a/>");
        assert_eq!(outcome.fault.unwrap().code, Code::ToolBadAnswer);
    }

    #[test]
    fn wide_integers_become_text() {
        let outcome = outcome(json!({"type": "none"}), 200, &[], "{\"id\":12345678901234567890,\"n\":5}");
        assert_eq!(outcome.output.value(), Some(&json!({"id": "12345678901234567890", "n": 5})));
    }

    #[test]
    fn waiting_times_are_read_from_any_status() {
        let outcome = outcome(json!({"type": "none"}), 429, &[("retry-after", "7")], "");
        assert_eq!(outcome.retry_after_ms, Some(7_000));
    }
}
