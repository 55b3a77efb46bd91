//! Google Sheets API v4: values and spreadsheet metadata.
//! Source: <https://developers.google.com/sheets/api/reference/rest>.

mod cells;
mod grid;
mod notation;
mod refusal;
mod seed;
mod spreadsheets;
mod state;
mod values;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::Sandbox;
pub(crate) use cells::formatted;
pub(crate) use notation::column_name;
use refusal::Refusal;
pub(crate) use state::Sheets;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/v4/spreadsheets/{id}", get(spreadsheets::retrieve))
        .route("/v4/spreadsheets/{id}/values/{range}", get(values::read).put(values::update).post(values::act))
        .fallback(|| async { Refusal::not_found() })
}

/// Names a call by its path after `/sheets/`.
pub(crate) fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["v4", "spreadsheets", _]) => "get_spreadsheet",
        ("GET", ["v4", "spreadsheets", _, "values", _]) => "get_range",
        ("PUT", ["v4", "spreadsheets", _, "values", _]) => "update_range",
        ("POST", ["v4", "spreadsheets", _, "values", range]) if range.ends_with(":append") => "append_rows",
        ("POST", ["v4", "spreadsheets", _, "values", range]) if range.ends_with(":clear") => "clear_range",
        _ => "unknown",
    }
}

/// Google's answer to too many requests.
pub(crate) fn rate_limited() -> Response {
    Refusal::new(
        StatusCode::TOO_MANY_REQUESTS,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per \
         user' of service 'sheets.googleapis.com' for consumer 'project_number:000000000000'.",
    )
    .into_response()
}

/// Google's answer when it fails.
pub(crate) fn server_error(status: StatusCode) -> Response {
    let (word, message) = match status {
        StatusCode::SERVICE_UNAVAILABLE => ("UNAVAILABLE", "The service is currently unavailable."),
        StatusCode::GATEWAY_TIMEOUT => ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
        _ => ("INTERNAL", "Internal error encountered."),
    };
    Refusal::new(status, word, message).into_response()
}
