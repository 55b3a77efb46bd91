//! Whether the process lives and can work. No sign-in, nothing to learn from it.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;

use crate::app::Shared;
use crate::body;
use crate::openapi::shape::of;
use crate::permission::Permission::Open;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/health", Open, "Whether metel can work", ready)
        .gives(200, of("Health"))
        .gives(503, of("Health"))
        .get("/health/live", Open, "Whether the process answers", live)
        .gives(200, of("Health"))
        .get("/health/ready", Open, "Whether the store answers", ready)
        .gives(200, of("Health"))
        .gives(503, of("Health"))
}

async fn live() -> Answer {
    Ok(body::ok(&json!({"status": "ok"})))
}

async fn ready(State(app): State<Shared>) -> Answer {
    let answered = app.engine.store().stats(app.engine.now()).await.is_ok();
    let (status, word) =
        if answered { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    Ok(body::with(status, &json!({"status": word, "version": app.version})))
}
