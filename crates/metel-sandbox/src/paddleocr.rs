//! PaddleOCR's serving (PaddleX basic serving): one pipeline at `/ocr`. It cannot really read; it tells
//! the text that the sandbox's own pictures carry, and a fixed line for others.
//! Source: <https://paddlepaddle.github.io/PaddleX/latest/en/pipeline_usage/tutorials/ocr_pipelines/OCR.html>.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::identifier::uuid_from;
use crate::media::png;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "paddleocr", operation, answer: call, failure, seed: Shelf::default };

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("POST", ["ocr"]) => "ocr",
        ("GET", ["health"]) => "health",
        _ => "unknown",
    }
}

fn refuse(status: u16, message: &str) -> Response {
    let body = json!({"logId": uuid_from("paddleocr", message), "errorCode": status, "errorMsg": message});
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

fn failure(status: StatusCode) -> Response {
    let message = if status == StatusCode::TOO_MANY_REQUESTS { "Too many requests" } else { "Internal server error" };
    refuse(status.as_u16(), message)
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    if asked.token(sandbox, "paddleocr").is_none() {
        return refuse(401, "Unauthorized");
    }
    let (method, path) = asked.route();
    match (method, path.as_slice()) {
        ("GET", ["health"]) => {
            Json(json!({"logId": uuid_from("paddleocr", "health"), "errorCode": 0, "errorMsg": "Healthy"}))
                .into_response()
        }
        ("POST", ["ocr"]) => ocr(asked),
        _ => refuse(404, "Not Found"),
    }
}

fn ocr(asked: &Asked) -> Response {
    let Some(body) = asked.json() else { return refuse(422, "Input should be a valid dictionary") };
    let Some(file) = body["file"].as_str().filter(|file| !file.is_empty()) else {
        return refuse(422, "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field required'}]");
    };
    if !matches!(body["fileType"].as_u64(), None | Some(0 | 1)) {
        return refuse(
            422,
            "[{'type': 'literal_error', 'loc': ('body', 'fileType'), 'msg': 'Input should be 0 or 1'}]",
        );
    }
    let texts: Vec<String> = match file.starts_with("http://") || file.starts_with("https://") {
        true => vec![file.rsplit('/').next().unwrap_or_default().to_owned()],
        false => match STANDARD.decode(file) {
            Ok(bytes) => match png::text_of(&bytes) {
                Some(text) => text.lines().map(str::to_owned).collect(),
                None if bytes.starts_with(b"%PDF")
                    || bytes.starts_with(b"\xff\xd8\xff")
                    || bytes.starts_with(b"\x89PNG") =>
                {
                    vec!["영수증 RECEIPT".to_owned(), "합계 48,000원".to_owned()]
                }
                None => return refuse(422, "The input file is neither an image nor a PDF"),
            },
            Err(_) => return refuse(422, "The input file is not valid base64"),
        },
    };
    let boxes: Vec<Value> = (0..texts.len()).map(|nth| json!([10, 10 + nth * 30, 300, 35 + nth * 30])).collect();
    let scores: Vec<f64> = texts.iter().map(|_| 0.985).collect();
    Json(json!({
        "logId": uuid_from("paddleocr", file), "errorCode": 0, "errorMsg": "Success",
        "result": {
            "ocrResults": [{
                "prunedResult": {
                    "model_settings": {"use_doc_preprocessor": false, "use_textline_orientation": false},
                    "text_type": "general", "text_rec_score_thresh": 0.0,
                    "rec_texts": texts, "rec_scores": scores, "rec_boxes": boxes,
                },
                "ocrImage": null, "docPreprocessingImage": null, "inputImage": null,
            }],
            "dataInfo": {"width": 320, "height": 200, "type": "image"},
        },
    }))
    .into_response()
}
