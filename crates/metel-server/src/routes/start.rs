//! The one-time link that signs the page in.

use axum::extract::State;
use axum::response::IntoResponse;
use http::{StatusCode, header};
use serde::Deserialize;

use crate::app::Shared;
use crate::body::Query;
use crate::caller::COOKIE;
use crate::openapi::shape::text;
use crate::permission::Permission::Open;
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

async fn start(State(app): State<Shared>, Query(code): Query<Code>) -> Answer {
    let token = app.engine.redeem_start_code(&code.c).await?;
    let cookie = format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000", token.clear);
    // Strict cookies are not sent along a redirect that another site began, so the page itself goes on.
    let page = "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=/app/\"><title>metel</title><a href=\"/app/\">metel</a>";
    let headers = [(header::SET_COOKIE, cookie), (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned())];
    Ok((StatusCode::OK, headers, page).into_response())
}
