//! The one-time link that signs the page in.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use metel_model::lang::Lang;
use serde::Deserialize;

use crate::app::Shared;
use crate::body::Query;
use crate::caller::COOKIE;
use crate::frame::Asked;
use crate::openapi::shape::text;
use crate::permission::Permission::Open;
use crate::plain::page;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/start", Open, "Sign the page in with a one-time code", start)
        .needs("c", text(), "The code")
        .gives_media(200, "text/html")
        .refuses(&[metel_model::code::Code::NotSignedIn])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    c: String,
}

async fn start(State(app): State<Shared>, asked: Asked, headers: HeaderMap, Query(code): Query<Code>) -> Answer {
    let token = match app.engine.redeem_start_code(&code.c).await {
        Ok(token) => token,
        Err(fault) if fault.code.http() == 401 && browses(&headers) => return Ok(over(asked.lang)),
        Err(fault) => return Err(fault.into()),
    };
    let cookie = format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000", token.clear);
    // Strict cookies are not sent along a redirect that another site began, so the page itself goes on.
    let page = "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=/app/\"><link rel=icon href=/app/mark.svg><title>metel</title><a href=\"/app/\">metel</a>";
    let headers = [(header::SET_COOKIE, cookie), (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned())];
    Ok((StatusCode::OK, headers, page).into_response())
}

fn browses(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
}

/// A person who opens a used or old link is told so, and what else there is.
fn over(lang: Lang) -> Response {
    let title = lang.pick("This link no longer works", "이 링크는 더 쓸 수 없어요");
    let text = lang.pick(
        "A sign-in link works once, for 15 minutes after metel started. If this browser is signed in already, \
         <a href=/app/>open metel</a>; if not, <a href=/app/sign-in>sign in with a token</a> or start metel again for a new link.",
        "로그인 링크는 metel을 켠 뒤 15분 안에 한 번만 쓸 수 있어요. 이 브라우저에서 이미 로그인했다면 \
         <a href=/app/>metel을 열고</a>, 아니면 <a href=/app/sign-in>토큰으로 로그인</a>하거나 metel을 다시 켜서 새 링크를 받으세요.",
    );
    page(StatusCode::UNAUTHORIZED, lang, title, false, &format!("<h1>{title}</h1><p>{text}</p>"))
}
