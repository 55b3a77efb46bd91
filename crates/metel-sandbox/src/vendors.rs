//! The simulators that are one function each: a call in, an answer out, state on a shelf. One table
//! names them all, so that the door, the faults, the world and the pages need not.

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::shelf::Shelf;

/// One simulated service.
pub(crate) struct Vendor {
    /// Path prefix and name.
    pub name: &'static str,
    /// Names a call by its path after the prefix.
    pub operation: fn(&Method, &[&str]) -> &'static str,
    pub answer: fn(&Sandbox, &Asked) -> Response,
    /// The vendor's own words for a rate limit or a failure.
    pub failure: fn(StatusCode) -> Response,
    pub seed: fn() -> Shelf,
}

pub(crate) static ALL: [Vendor; 13] = [
    crate::google::drive::VENDOR,
    crate::google::gmail::VENDOR,
    crate::google::calendar::VENDOR,
    crate::google::fcm::VENDOR,
    crate::github::VENDOR,
    crate::telegram::VENDOR,
    crate::brave::VENDOR,
    crate::erp::VENDOR,
    crate::stripe::VENDOR,
    crate::arxiv::VENDOR,
    crate::paddleocr::VENDOR,
    crate::media::elevenlabs::VENDOR,
    crate::media::stability::VENDOR,
];

/// Services with routes of their own that keep some of their things on a shelf as well.
pub(crate) const SHELVES: [&str; 3] = ["slack", "firecrawl", "openai"];

/// The vendor of a path prefix.
pub(crate) fn find(name: &str) -> Option<&'static Vendor> {
    ALL.iter().find(|vendor| vendor.name == name)
}

/// The routes of a vendor that is alone below its prefix.
pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().fallback(answer)
}

async fn answer(State(sandbox): State<Sandbox>, asked: Asked) -> Response {
    let vendor = asked.path.first().and_then(|prefix| find(prefix));
    match vendor {
        Some(vendor) => (vendor.answer)(&sandbox, &asked),
        None => crate::ledgerbox::problem(StatusCode::NOT_FOUND, "no such service"),
    }
}
