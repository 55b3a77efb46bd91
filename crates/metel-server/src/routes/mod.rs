//! All routes, one file a noun, and the frame around them.

mod agents;
mod approval_health;
mod approvals;
mod audit;
mod authorizations;
mod blobs;
mod budgets;
mod catalogue;
mod connections;
mod dead;
mod early;
mod envelopes;
mod evaluate;
mod groups;
mod health;
mod help;
pub(crate) mod links;
mod me;
mod messages;
mod metrics;
mod models;
mod page;
mod plans;
mod policy;
mod run_commands;
mod run_events;
mod runs;
mod secrets;
mod standing;
mod start;
mod starts;
mod status;
mod subjects;
mod tokens;
mod tools;
mod users;
mod vault;
mod workflows;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use metel_model::code::Code;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::app::{App, Shared};
use crate::problem::Refused;
use crate::table::{Declared, Routes};
use crate::{body, dashboard, frame, live, model_face, openapi, plain};

/// The whole interface.
pub fn router(app: App) -> Router {
    let app: Shared = Arc::new(app);
    let (router, _) = table(app.clone());
    router
        .fallback(|| async { Refused::from(Code::RouteNotFound).into_response() })
        .method_not_allowed_fallback(|| async { Refused::from(Code::MethodNotAllowed).into_response() })
        .layer(DefaultBodyLimit::max(body::BODY_MAX))
        .layer(CatchPanicLayer::custom(frame::panicked))
        .layer(from_fn_with_state(app.clone(), frame::frame))
        .layer(CompressionLayer::new())
        // Outermost: its three paths are asked for thousands of times a second and speak another's language.
        .layer(from_fn_with_state(app.clone(), model_face::door))
        .with_state(app)
}

pub use run_commands::REASON_CHARS_MAX;

fn table(app: Shared) -> (Router<Shared>, Vec<Declared>) {
    let mut routes = Routes::new(app);
    for noun in [
        plans::routes,
        starts::routes,
        runs::routes,
        run_events::routes,
        run_commands::routes,
        messages::routes,
        dead::routes,
        approvals::routes,
        standing::routes,
        links::routes,
        approval_health::routes,
        envelopes::routes,
        blobs::routes,
        tools::routes,
        connections::routes,
        authorizations::routes,
        secrets::routes,
        vault::routes,
        workflows::routes,
        catalogue::routes,
        policy::routes,
        evaluate::routes,
        agents::routes,
        models::routes,
        budgets::routes,
        audit::routes,
        subjects::routes,
        tokens::routes,
        users::routes,
        groups::routes,
        me::routes,
        status::routes,
        health::routes,
        metrics::routes,
        start::routes,
        help::routes,
        plain::routes,
        early::routes,
        live::routes,
        dashboard::routes,
    ] {
        routes = noun(routes);
    }
    let listed = openapi::Listed::default();
    let (router, declared) = openapi::routes(routes, &listed).finish();
    let _ = listed.set(declared.clone());
    (router, declared)
}

/// Every route with what it needs, takes and gives.
pub fn listed(app: App) -> Vec<Declared> {
    table(Arc::new(app)).1
}
