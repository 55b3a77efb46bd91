//! OpenAI's speech and pictures, beside its simulated models.
//! Source: <https://platform.openai.com/docs/api-reference/audio/createSpeech> and
//! <https://platform.openai.com/docs/api-reference/images/create>.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{png, sound};
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::model::{Admitted, bad_parameter, openai_error};

const VOICES: [&str; 11] =
    ["alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse"];

fn needed<'b>(body: &'b Value, name: &str) -> Result<&'b str, Box<Response>> {
    let found = body[name].as_str().filter(|text| !text.trim().is_empty());
    found.ok_or_else(|| Box::new(bad_parameter(name, &format!("Missing required parameter: '{name}'."))))
}

pub(crate) async fn speech(_admitted: Admitted, State(sandbox): State<Sandbox>, asked: Asked) -> Response {
    let Some(body) = asked.json() else { return openai_error(StatusCode::BAD_REQUEST) };
    let read = || -> Result<_, Box<Response>> {
        Ok((needed(&body, "model")?, needed(&body, "input")?, needed(&body, "voice")?))
    };
    let (model, input, voice) = match read() {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    if !VOICES.contains(&voice) {
        return bad_parameter("voice", "Invalid value for 'voice'.");
    }
    if input.chars().count() > 4_096 {
        return bad_parameter("input", "String too long: at most 4096 characters.");
    }
    let format = body["response_format"].as_str().unwrap_or("mp3");
    let Some((bytes, kind)) = sound::speak(input, format) else {
        return bad_parameter("response_format", "Invalid value for 'response_format'.");
    };
    let mut world = sandbox.world();
    let id = world.fresh("speech", 20);
    let thing = json!({"id": id, "model": model, "voice": voice, "input": input, "bytes": bytes.len()});
    match world.put(&asked.caller, ("openai", "create_speech"), ("speech", &id), thing) {
        Ok(_) => ([(CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => openai_error(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

pub(crate) async fn image(_admitted: Admitted, State(sandbox): State<Sandbox>, asked: Asked) -> Response {
    let Some(body) = asked.json() else { return openai_error(StatusCode::BAD_REQUEST) };
    let prompt = match needed(&body, "prompt") {
        Ok(prompt) => prompt,
        Err(refusal) => return *refusal,
    };
    let count = body["n"].as_u64().unwrap_or(1);
    if !(1..=10).contains(&count) {
        return bad_parameter("n", "Invalid value for 'n': must be between 1 and 10.");
    }
    let (width, height) = match body["size"].as_str().unwrap_or("auto") {
        "1024x1024" | "auto" => (64, 64),
        "1536x1024" => (96, 64),
        "1024x1536" => (64, 96),
        _ => return bad_parameter("size", "Invalid value for 'size'."),
    };
    let data: Vec<Value> = (0..count)
        .map(|nth| {
            let text = if nth == 0 { prompt.to_owned() } else { format!("{prompt} #{nth}") };
            json!({"b64_json": STANDARD.encode(png::picture(&text, width, height))})
        })
        .collect();
    let mut world = sandbox.world();
    let id = world.fresh("image", 20);
    let thing = json!({"id": id, "prompt": prompt, "n": count});
    if world.put(&asked.caller, ("openai", "create_image"), ("image", &id), thing).is_err() {
        return openai_error(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let used = prompt.chars().count() / 4 + 1;
    Json(json!({
        "created": world.now() / 1_000_000, "data": data, "output_format": "png", "quality": "low", "size": "1024x1024",
        "usage": {"input_tokens": used, "output_tokens": 272, "total_tokens": used + 272},
    }))
    .into_response()
}
