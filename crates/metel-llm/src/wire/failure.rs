//! What goes wrong between metel and a model server, sorted into: try again, or don't.

use metel_model::effect::Certainty;
use metel_model::{Code, Fault};
use metel_net::NetFailure;
use serde_json::Value;

use super::learnt::{self, Learnt};
use crate::endpoint::Endpoint;
use crate::model::ModelFailure;

/// The part of an answer before its body.
pub(crate) struct Head {
    pub status: u16,
    pub content_type: String,
    pub learnt: Learnt,
}

impl Head {
    pub fn of<'a>(status: u16, header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let content_type = header("content-type").unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Self { status, content_type, learnt: learnt::read(header) }
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn is_json(&self) -> bool {
        self.content_type == "application/json" || self.content_type.ends_with("+json")
    }

    pub fn is_event_stream(&self) -> bool {
        self.content_type == "text/event-stream"
    }
}

/// A request that cannot be put into words is our own fault.
pub(crate) fn unwritable(error: serde_json::Error) -> ModelFailure {
    ModelFailure::new(Fault::new(Code::Internal).about(error), false)
}

/// What a provider's protocol cannot say, said before anything is sent.
pub(crate) fn unsupported(en: &str, ko: &str) -> ModelFailure {
    ModelFailure::new(Fault::new(Code::ModelRefused).detail(en, ko), false)
}

/// The network failed, or the egress guard said no.
pub(crate) fn of_net(failure: NetFailure) -> ModelFailure {
    let certainty = failure.certainty;
    let (fault, is_transient) = match failure.fault.code {
        Code::EgressRefused => (failure.fault, false),
        Code::AnswerTooLarge => (recoded(Code::ModelBadAnswer, failure.fault), false),
        _ => (recoded(Code::ModelUnreachable, failure.fault), true),
    };
    ModelFailure { certainty, ..ModelFailure::new(fault, is_transient) }
}

fn recoded(code: Code, fault: Fault) -> Fault {
    Fault { code, ..fault }
}

/// An answer that is no success. The body's own words are quoted, short and without the key.
pub(crate) fn of_status(endpoint: &Endpoint, head: &Head, body: &[u8]) -> ModelFailure {
    let (words, code) = words(endpoint, head, body);
    let what = format!("HTTP {}: {words}", head.status);
    let spent = is_spent(&code);
    let is_transient = !spent && (matches!(head.status, 408 | 409 | 425 | 429) || head.status >= 500);
    let kind = if is_transient { Code::ModelUnreachable } else { Code::ModelRefused };
    let mut fault = Fault::new(kind).about(what);
    let retry_after_ms = head.learnt.retry_after_ms.or_else(|| retry_delay(body)).filter(|_| is_transient);
    fault.retry_after_ms = retry_after_ms;
    let certainty = if head.status >= 500 { Certainty::Ambiguous } else { Certainty::Certain };
    ModelFailure { certainty, retry_after_ms, status: Some(head.status), ..ModelFailure::new(fault, is_transient) }
}

fn words(endpoint: &Endpoint, head: &Head, body: &[u8]) -> (String, String) {
    if head.content_type.contains("html") || body.trim_ascii_start().starts_with(b"<") {
        return ("an HTML page instead of an answer".into(), String::new());
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let text = String::from_utf8_lossy(&body[..body.len().min(1_200)]).into_owned();
        return (endpoint.clean(&text), String::new());
    };
    error_of(endpoint, &value).unwrap_or_else(|| (endpoint.clean(&value.to_string()), String::new()))
}

/// An account that is empty stays so until somebody pays.
fn is_spent(code: &str) -> bool {
    matches!(code, "insufficient_quota" | "billing_hard_limit_reached" | "billing_error")
}

/// An error that came in a body without an error's status.
pub(crate) fn of_words(words: &str, code: &str, in_stream: bool) -> ModelFailure {
    let lasting = is_spent(code)
        || matches!(code, "invalid_request_error" | "authentication_error" | "permission_error" | "INVALID_ARGUMENT");
    let failure = ModelFailure::refused(words);
    match in_stream {
        true => ModelFailure { is_transient: !lasting, ..failure.ambiguous() },
        false => failure,
    }
}

/// Google's `RetryInfo` (google.rpc): `{"error": {"details": [{"retryDelay": "7s"}]}}`.
fn retry_delay(body: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let details = value.pointer("/error/details")?.as_array()?;
    let text = details.iter().find_map(|detail| detail.get("retryDelay")?.as_str())?;
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| (seconds * 1_000.0).min(86_400_000.0) as u64)
}

/// Message and code of `{"error": {"message", "code"}}` or `{"error": "…"}`.
pub(crate) fn error_of(endpoint: &Endpoint, value: &Value) -> Option<(String, String)> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    let message = error.get("message").and_then(Value::as_str).or_else(|| error.as_str());
    let message = message.map_or_else(|| error.to_string(), str::to_owned);
    let code = ["code", "status", "type"].iter().find_map(|name| error.get(name)?.as_str());
    Some((endpoint.clean(&message), code.unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: u16, content_type: &'static str, body: &str) -> ModelFailure {
        let endpoint = Endpoint::open_ai_chat("https://api.openai.com/v1", Some("sk-CANARY".into()), "m").unwrap();
        let head = Head::of(status, |name| match name {
            "content-type" => Some(content_type),
            "retry-after" => Some("3"),
            _ => None,
        });
        of_status(&endpoint, &head, body.as_bytes())
    }

    #[test]
    fn statuses_are_sorted() {
        for (status, transient) in
            [(400, false), (401, false), (404, false), (422, false), (408, true), (429, true), (500, true), (529, true)]
        {
            let failure = judge(status, "application/json", r#"{"error":{"message":"no"}}"#);
            assert_eq!(failure.is_transient, transient, "{status}");
            assert_eq!(failure.retry_after_ms, transient.then_some(3_000), "{status}");
        }
        assert_eq!(judge(503, "", "").status, Some(503));
        let told =
            br#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},{"retryDelay":"7.5s"}]}}"#;
        assert_eq!(retry_delay(told), Some(7_500));
        let spent = judge(
            429,
            "application/json",
            r#"{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}"#,
        );
        assert!(!spent.is_transient);
    }

    #[test]
    fn words_are_quoted_without_key_or_markup() {
        let key = judge(401, "application/json", r#"{"error":{"message":"Incorrect key sk-CANARY"}}"#);
        assert!(key.to_string().contains("***") && !key.to_string().contains("CANARY"));
        let page = judge(502, "text/html", "<html>secret</html>");
        assert!(page.to_string().contains("HTML page") && !page.to_string().contains("secret"));
        assert!(judge(500, "", "\u{0}garbage").to_string().contains("garbage"));
    }
}
