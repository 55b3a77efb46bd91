//! Stability's Stable Image Core: a multipart form in, a picture as bytes or as JSON out.
//! Source: <https://platform.stability.ai/docs/api-reference#tag/Generate>.

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::png;
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::identifier::uuid_from;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "stability", operation, answer: call, failure, seed: Shelf::default };

const RATIOS: [&str; 9] = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("POST", ["v2beta", "stable-image", "generate", "core"]) => "generate_core",
        ("GET", ["v1", "user", "balance"]) => "get_balance",
        _ => "unknown",
    }
}

fn refuse(status: u16, name: &str, error: &str) -> Response {
    let body = json!({"id": uuid_from("stability", error), "name": name, "errors": [error]});
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

fn failure(status: StatusCode) -> Response {
    match status.as_u16() {
        429 => refuse(
            429,
            "rate_limit_exceeded",
            "You have exceeded the rate limit of 150 requests within a 10 second period.",
        ),
        code => refuse(code, "internal_error", "An unexpected server error has occurred, please try again later."),
    }
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    if asked.token(sandbox, "stability").is_none() {
        return refuse(401, "unauthorized", "authorization: is missing or invalid");
    }
    let (method, path) = asked.route();
    match (method, path.as_slice()) {
        ("GET", ["v1", "user", "balance"]) => Json(json!({"credits": 25.0})).into_response(),
        ("POST", ["v2beta", "stable-image", "generate", "core"]) => generate(sandbox, asked),
        _ => refuse(404, "not_found", "The requested resource was not found."),
    }
}

fn generate(sandbox: &Sandbox, asked: &Asked) -> Response {
    let Some(parts) = asked.parts().filter(|_| asked.kind().starts_with("multipart/form-data")) else {
        return refuse(400, "bad_request", "content-type: must be multipart/form-data");
    };
    let value = |name: &str| parts.iter().find(|part| part.name == name).map(crate::multipart::Part::text);
    let prompt = value("prompt").unwrap_or_default();
    if prompt.is_empty() || prompt.chars().count() > 10_000 {
        return refuse(400, "bad_request", "prompt: is required");
    }
    let ratio = value("aspect_ratio").unwrap_or_else(|| "1:1".to_owned());
    if !RATIOS.contains(&ratio.as_str()) {
        return refuse(400, "bad_request", &format!("aspect_ratio: must be one of {}", RATIOS.join(", ")));
    }
    if value("output_format").is_some_and(|format| format != "png") {
        return refuse(400, "bad_request", "output_format: the simulator makes png only");
    }
    let as_json = match asked.header("accept") {
        "application/json" => true,
        "image/*" | "*/*" | "" => false,
        _ => return refuse(400, "bad_request", "accept: must be either image/* or application/json"),
    };
    let picture = png::picture(&prompt, 64, 64);
    let mut world = sandbox.world();
    let id = world.fresh("stability", 20);
    let thing = json!({"id": id, "prompt": prompt, "aspect_ratio": ratio});
    if world.put(&asked.caller, ("stability", "generate_core"), ("image", &id), thing).is_err() {
        return refuse(500, "internal_error", "An unexpected server error has occurred, please try again later.");
    }
    match as_json {
        true => Json(json!({"image": STANDARD.encode(picture), "finish_reason": "SUCCESS", "seed": 343_940_597}))
            .into_response(),
        false => ([(CONTENT_TYPE, "image/png")], picture).into_response(),
    }
}
