//! The dashboard's files, built into the binary, and the ways to them.
//!
//! Files with a hash in their name never change and are kept by browsers for good; everything else
//! is asked for again. Addresses below `/app/` that are no files belong to the page itself.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode, header};
use metel_model::code::Code;
use metel_model::lang::Lang;

use crate::permission::Permission::Open;
use crate::plain::page;
use crate::problem::Answer;
use crate::table::Routes;

include!(concat!(env!("OUT_DIR"), "/files.rs"));

const ABSENT: &str = "<h1>metel</h1><p>This binary was built without the dashboard. Build it with <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code> and build metel again.</p>\
<p lang=ko>이 실행 파일에는 대시보드가 들어 있지 않아요. <code>web/</code>에서 <code>npm ci &amp;&amp; npm run build</code>를 한 뒤 metel을 다시 빌드하세요.</p>\
<p><a href=/docs>API</a></p>";

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/", Open, "To the dashboard", home)
        .gives_nothing(307)
        .get("/dashboard", Open, "To the dashboard", home)
        .gives_nothing(307)
        .get("/favicon.ico", Open, "The mark that browsers ask for", mark)
        .gives_media(200, "image/svg+xml")
        .refuses(&[Code::RouteNotFound])
        .get("/app", Open, "To the dashboard", home)
        .gives_nothing(307)
        .get("/app/", Open, "The dashboard", index)
        .gives_media(200, "text/html")
        .get("/app/{*path}", Open, "The dashboard's files", file)
        .gives_media(200, "*/*")
        .refuses(&[Code::RouteNotFound])
}

async fn home() -> Redirect {
    Redirect::temporary("/app/")
}

async fn mark(headers: HeaderMap) -> Answer {
    give("mark.svg", &headers).ok_or_else(|| Code::RouteNotFound.into())
}

fn find(name: &str) -> Option<&'static [u8]> {
    FILES.binary_search_by(|(known, _)| (*known).cmp(name)).ok().map(|at| FILES[at].1)
}

async fn index(headers: HeaderMap) -> Response {
    match give("index.html", &headers) {
        Some(response) => response,
        None => page(StatusCode::OK, Lang::En, "dashboard", false, ABSENT),
    }
}

async fn file(headers: HeaderMap, Path(path): Path<String>) -> Answer {
    if let Some(response) = give(&path, &headers) {
        return Ok(response);
    }
    // A dot may be part of a page's address, as in /app/tools/notion.create_page: what tells a page
    // from a missing file is whether a browser navigates to it.
    let page = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    let dotted = path.rsplit('/').next().unwrap_or_default().contains('.');
    if path.starts_with("assets/") || (dotted && !page) {
        return Err(Code::RouteNotFound.into());
    }
    Ok(index(headers).await)
}

/// The file in the best form that the browser takes.
fn give(name: &str, headers: &HeaderMap) -> Option<Response> {
    let plain = find(name)?;
    let takes = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let takes = |coding: &str| {
        takes.split(',').any(|part| {
            let (word, rest) = part.split_once(';').unwrap_or((part, ""));
            word.trim().eq_ignore_ascii_case(coding) && !matches!(rest.trim(), "q=0" | "q=0.0")
        })
    };
    let mut chosen = (plain, None);
    for (coding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        if takes(coding)
            && let Some(bytes) = find(&format!("{name}{ending}"))
        {
            chosen = (bytes, Some(coding));
            break;
        }
    }
    let kept = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers =
        [(header::CONTENT_TYPE, kind(name)), (header::CACHE_CONTROL, kept), (header::VARY, "Accept-Encoding")];
    let mut response = (headers, chosen.0).into_response();
    if let Some(coding) = chosen.1 {
        response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(coding));
    }
    Some(response)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
