//! Pages that are not the dashboard: help, the list of routes, a link that no longer works. They
//! take their look from one stylesheet, so that the Content-Security-Policy needs no inline style.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use metel_model::lang::Lang;

use crate::permission::Permission::Open;
use crate::table::Routes;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.6 system-ui,-apple-system,'Apple SD Gothic Neo','Noto Sans KR','Noto Sans CJK KR','Malgun Gothic',sans-serif;\
max-width:40rem;margin:3rem auto;padding:0 1rem;word-break:keep-all;overflow-wrap:anywhere}\
body.wide{max-width:64rem;margin:2rem auto}\
h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.1rem}\
code{font-size:.9em;opacity:.8}\
table{border-collapse:collapse;width:100%;font-size:.94rem}\
details{border-top:1px solid #8883;padding:.4rem 0}summary{cursor:pointer}small{opacity:.7}\
pre{overflow:auto;background:#8881;padding:.6rem;border-radius:6px;font-size:13px}\
th{text-align:left}td{padding:.3rem .8rem .3rem 0;border-top:1px solid #8883;vertical-align:top}";

pub fn routes(routes: Routes) -> Routes {
    routes.get("/plain.css", Open, "The look of plain pages", style).gives_media(200, "text/css")
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], STYLE).into_response()
}

/// A whole page. `body` is markup: whoever calls has escaped what came from outside.
pub fn page(status: StatusCode, lang: Lang, title: &str, wide: bool, body: &str) -> Response {
    let class = if wide { " class=wide" } else { "" };
    let text = format!(
        "<!doctype html><html lang={}><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title} · metel</title><link rel=icon href=/app/mark.svg><link rel=stylesheet href=/plain.css><body{class}>{body}</html>",
        lang.tag()
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

/// Nothing in `text` is markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
