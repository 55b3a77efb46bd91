//! `POST /v1/embeddings`: hashed character pairs, triples and words, of length one. Texts that
//! share wording come near each other, in Korean as in English; meaning is not understood.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::openai_gate::{Admitted, bad_parameter, body};
use super::tokens::estimate;
use crate::app::Sandbox;
use crate::identifier::digest;

const DIMENSIONS: usize = 256;
const MAX_DIMENSIONS: u64 = 3_072;
const MAX_INPUTS: usize = 2_048;

pub(super) async fn embed(State(_sandbox): State<Sandbox>, _admitted: Admitted, bytes: Bytes) -> Response {
    let (body, model) = match body(&bytes) {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    let inputs: Option<Vec<&str>> = match body.get("input") {
        Some(Value::String(text)) => Some(vec![text]),
        Some(Value::Array(list)) => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let Some(inputs) = inputs.filter(|all| !all.is_empty() && all.len() <= MAX_INPUTS) else {
        return bad_parameter("input", "'input' must be a string or a list of 1 to 2048 strings.");
    };
    if inputs.iter().any(|text| text.is_empty()) {
        return bad_parameter("input", "input cannot be an empty string");
    }
    let dimensions = match body.get("dimensions") {
        None | Some(Value::Null) => DIMENSIONS,
        Some(value) => match value.as_u64() {
            Some(wanted) if (1..=MAX_DIMENSIONS).contains(&wanted) => usize::try_from(wanted).unwrap_or(DIMENSIONS),
            _ => return bad_parameter("dimensions", "'dimensions' must be between 1 and 3072."),
        },
    };
    let as_base64 = body.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let tokens: u64 = inputs.iter().map(|text| estimate(text)).sum();
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, dimensions);
            let shown = if as_base64 {
                let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                json!(STANDARD.encode(bytes))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": shown})
        })
        .collect();
    Json(json!({
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }))
    .into_response()
}

fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut out = vec![0f32; dimensions];
    let mut add = |part: &str, weight: f32| {
        let hash = digest(&[part.as_bytes()]);
        let mut head = [0u8; 4];
        head.copy_from_slice(&hash[..4]);
        let place = u32::from_be_bytes(head) as usize % dimensions;
        let sign = if hash[4] & 1 == 0 { 1.0 } else { -1.0 };
        if let Some(slot) = out.get_mut(place) {
            *slot += sign * weight;
        }
    };
    let low = text.to_lowercase();
    for word in low.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        add(word, 1.0);
        let letters: Vec<char> = word.chars().collect();
        for size in [2, 3] {
            for gram in letters.windows(size) {
                add(&gram.iter().collect::<String>(), 0.5);
            }
        }
    }
    let length = out.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 {
        for number in &mut out {
            *number /= length;
        }
    } else if let Some(first) = out.first_mut() {
        *first = 1.0;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: &str, right: &str) -> f32 {
        let (left, right) = (vector(left, 256), vector(right, 256));
        left.iter().zip(&right).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn shared_wording_is_near() {
        assert!((near("회의록 정리", "회의록 정리") - 1.0).abs() < 1e-5);
        assert!(near("회의록을 정리해 줘", "회의록 정리") > near("회의록을 정리해 줘", "서버 비용 점검"));
        assert!(near("post a message", "post message") > near("post a message", "server cost"));
        assert_eq!(vector("!!!", 8).len(), 8);
    }
}
