//! `POST /v1/scrape` and `/v2/scrape`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::corpus::{PAGES, Page};
use super::gate::{bad_field, enter};
use super::refuse;
use crate::app::Sandbox;

const FORMATS: [&str; 5] = ["markdown", "html", "rawHtml", "links", "summary"];

pub(super) async fn v1(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    scrape(&sandbox, &headers, &body)
}

pub(super) async fn v2(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    scrape(&sandbox, &headers, &body)
}

fn scrape(sandbox: &Sandbox, headers: &HeaderMap, body: &[u8]) -> Response {
    let body = match enter(sandbox, headers, body) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    let Some(address) = body.get("url").and_then(Value::as_str) else {
        return bad_field("url", "Required");
    };
    let parsed = url::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if parsed.is_none() {
        return bad_field("url", "Invalid URL");
    }
    let formats = match formats(body.get("formats")) {
        Ok(formats) => formats,
        Err(refusal) => return *refusal,
    };
    let wanted = address.trim_end_matches('/');
    match PAGES.iter().find(|page| page.url == wanted) {
        Some(page) => Json(json!({"success": true, "data": shown(page, &formats)})).into_response(),
        None => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The URL failed to load in the browser with error code \"ERR_NAME_NOT_RESOLVED\".",
        ),
    }
}

/// The wanted formats; markdown by default.
pub(super) fn formats(given: Option<&Value>) -> Result<Vec<String>, Box<Response>> {
    let Some(given) = given else {
        return Ok(vec!["markdown".to_owned()]);
    };
    let wrong = || {
        Box::new(bad_field(
            "formats",
            "Invalid enum value. Expected 'markdown' | 'html' | 'rawHtml' | 'links' | 'summary'",
        ))
    };
    let list = given.as_array().ok_or_else(wrong)?;
    list.iter()
        .map(|format| {
            let name = format.as_str().or_else(|| format.get("type")?.as_str());
            name.filter(|name| FORMATS.contains(name)).map(str::to_owned).ok_or_else(wrong)
        })
        .collect()
}

/// A page as `data`.
pub(super) fn shown(page: &Page, formats: &[String]) -> Value {
    let mut out = json!({"metadata": {
        "title": page.title,
        "description": page.description,
        "language": page.language,
        "sourceURL": page.url,
        "url": page.url,
        "statusCode": 200,
        "contentType": "text/html; charset=utf-8",
    }});
    let markdown = format!("# {}\n\n{}", page.title, page.body);
    for format in formats {
        match format.as_str() {
            "markdown" => out["markdown"] = json!(markdown),
            "html" | "rawHtml" => out[format.as_str()] = json!(html(page)),
            "summary" => out["summary"] = json!(page.description),
            _ => {
                let links: Vec<&str> = PAGES.iter().map(|other| other.url).filter(|url| *url != page.url).collect();
                out["links"] = json!(links);
            }
        }
    }
    out
}

fn html(page: &Page) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs: Vec<String> = page.body.split("\n\n").map(|part| format!("<p>{}</p>", escape(part))).collect();
    format!("<h1>{}</h1>{}", escape(page.title), paragraphs.concat())
}
