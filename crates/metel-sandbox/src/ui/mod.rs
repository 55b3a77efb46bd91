//! Pages for people: what the simulated services hold, in Korean or English, light or dark.
//! Everything shown is escaped, and the pages may load nothing but their own style sheet.

mod html;
mod notion;
mod overview;
mod sheets;
mod shelf;
mod slack;

use axum::Router;
use axum::routing::get;

use crate::app::Sandbox;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/", get(overview::show))
        .route("/ui/style.css", get(html::style))
        .route("/ui/notion", get(notion::index))
        .route("/ui/notion/{page}", get(notion::page))
        .route("/ui/slack", get(slack::index))
        .route("/ui/slack/", get(slack::index))
        .route("/ui/slack/{channel}", get(slack::channel))
        .route("/ui/sheets", get(sheets::index))
        .route("/ui/sheets/{id}", get(sheets::spreadsheet))
        .route("/ui/shelf/{service}", get(shelf::show))
        .fallback(html::missing)
}
