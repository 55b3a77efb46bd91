//! A page for each error code, in the reader's language.

use axum::extract::Path;
use http::StatusCode;
use metel_model::code::Code;

use crate::frame::Asked;
use crate::permission::Permission::Open;
use crate::plain::{escaped, page};
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
    let body = format!(
        "<h1>{title}</h1><p><code>{name} · {kind} · HTTP {http}</code></p><h2>{what}</h2><p>{hint}</p>",
        name = code.name(),
        title = code.title(lang),
        kind = code.kind(),
        http = code.http(),
        hint = escaped(code.hint(lang)),
    );
    Ok(page(StatusCode::OK, lang, &code.name(), false, &body))
}
