//! ElevenLabs: voices, and speech as bytes.
//! Source: <https://elevenlabs.io/docs/api-reference/text-to-speech/convert>.

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::sound;
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::bearer::find_token;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "elevenlabs", operation, answer: call, failure, seed };

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["v1" | "v2", "voices"]) => "list_voices",
        ("POST", ["v1", "text-to-speech", _]) => "text_to_speech",
        _ => "unknown",
    }
}

fn seed() -> Shelf {
    let voice = |id: &str, name: &str, language: &str| json!({"voice_id": id, "name": name, "category": "premade", "labels": {"language": language}, "preview_url": null});
    let voices = vec![voice("21m00Tcm4TlvDq8ikWAM", "Rachel", "en"), voice("sandboxVoiceKo000001", "하늘", "ko")];
    Shelf::default().with("voice", "voice_id", voices)
}

fn refuse(code: u16, status: &str, message: &str) -> Response {
    let body = json!({"detail": {"status": status, "message": message}});
    (StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

fn failure(status: StatusCode) -> Response {
    match status.as_u16() {
        429 => refuse(429, "too_many_concurrent_requests", "Too many concurrent requests."),
        code => refuse(code, "internal_server_error", "Something went wrong."),
    }
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    if find_token(sandbox, "elevenlabs", asked.header("xi-api-key")).is_none() {
        return refuse(401, "invalid_api_key", "Invalid API key");
    }
    let (method, path) = asked.route();
    let mut world = sandbox.world();
    match (method, path.as_slice()) {
        ("GET", ["v1" | "v2", "voices"]) => {
            let voices: Vec<&Value> = world.shelf("elevenlabs").all("voice").collect();
            Json(json!({"voices": voices, "has_more": false, "total_count": voices.len()})).into_response()
        }
        ("POST", ["v1", "text-to-speech", voice]) => {
            if world.shelf("elevenlabs").one("voice", voice).is_none() {
                return refuse(404, "voice_not_found", &format!("A voice with the voice_id {voice} was not found."));
            }
            let Some(body) = asked.json() else { return refuse(422, "invalid_body", "The body is not JSON.") };
            let text = body["text"].as_str().unwrap_or_default();
            if text.is_empty() {
                let body = json!({"detail": [{"type": "missing", "loc": ["body", "text"], "msg": "Field required", "input": body}]});
                return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
            }
            if text.chars().count() > 10_000 {
                return refuse(400, "max_character_limit_exceeded", "The text is longer than 10000 characters.");
            }
            let format = asked.q("output_format").unwrap_or("mp3_44100_128").split('_').next().unwrap_or_default();
            let Some((bytes, kind)) = sound::speak(text, format) else {
                return refuse(400, "invalid_output_format", "The output format is not supported.");
            };
            let id = world.fresh("speech", 20);
            let thing = json!({"id": id, "voice": voice, "text": text, "bytes": bytes.len()});
            if world.put(&asked.caller, ("elevenlabs", "text_to_speech"), ("speech", &id), thing).is_err() {
                return refuse(500, "internal_server_error", "Something went wrong.");
            }
            let cost = HeaderValue::from(text.chars().count());
            ([(CONTENT_TYPE, HeaderValue::from_static(kind)), (HeaderName::from_static("character-cost"), cost)], bytes)
                .into_response()
        }
        _ => refuse(404, "not_found", "Not Found"),
    }
}
