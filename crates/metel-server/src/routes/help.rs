//! A page for each error code, in the reader's language.

use axum::extract::Path;
use axum::response::IntoResponse;
use http::header;
use metel_model::code::Code;

use crate::frame::Asked;
use crate::permission::Permission::Open;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/help/{code}", Open, "What an error code means", help)
        .gives_media(200, "text/html")
        .refuses(&[Code::RouteNotFound])
}

async fn help(asked: Asked, Path(name): Path<String>) -> Answer {
    let code = Code::from_name(&name.to_ascii_uppercase()).ok_or(Code::RouteNotFound)?;
    let lang = asked.lang;
    let what = lang.pick("What to do", "이렇게 해 보세요");
    let page = format!(
        "<!doctype html><html lang={}><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{name} · metel</title>\
         <style>body{{font:16px/1.6 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}code{{color:#666}}</style>\
         <h1>{title}</h1><p><code>{name} · {kind} · HTTP {http}</code></p><h2>{what}</h2><p>{hint}</p></html>",
        lang.tag(),
        name = code.name(),
        title = code.title(lang),
        kind = code.kind(),
        http = code.http(),
        hint = escaped(code.hint(lang)),
    );
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response())
}

/// Hints name commands between backquotes; nothing in them is markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
