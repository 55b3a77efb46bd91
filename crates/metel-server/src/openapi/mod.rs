//! The description of the interface (OpenAPI 3.1), written from the table of routes, and a page that
//! shows it without anything from elsewhere.

mod operation;
mod page;
pub mod schemas;
pub mod shape;

use std::sync::{Arc, OnceLock};

use axum::response::IntoResponse;
use http::{StatusCode, header};
use metel_model::lang::Lang;
use serde_json::{Map, Value, json};

use crate::permission::Permission::Open;
use crate::plain;
use crate::table::{Declared, Routes};

/// The whole table, once it is complete.
pub type Listed = Arc<OnceLock<Vec<Declared>>>;

pub fn routes(routes: Routes, listed: &Listed) -> Routes {
    // Both are made once, on first use.
    let (table, whole) = (listed.clone(), Arc::new(OnceLock::<String>::new()));
    let (shown, drawn) = (listed.clone(), Arc::new(OnceLock::<String>::new()));
    routes
        .get("/openapi.json", Open, "This description", move || {
            let text = whole.get_or_init(|| document(table.get().map_or(&[], Vec::as_slice)).to_string()).clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], text).into_response() }
        })
        .gives(200, shape::object(json!({"openapi": shape::text(), "jsonSchemaDialect": shape::text(), "info": {}, "paths": {}, "components": {}}), &[]))
        .get("/docs", Open, "This description as a page", move || {
            let text = drawn.get_or_init(|| page::body(shown.get().map_or(&[], Vec::as_slice))).clone();
            async move { plain::page(StatusCode::OK, Lang::En, "API", true, &text) }
        })
        .gives_media(200, "text/html")
}

/// The document for a table of routes.
pub fn document(listed: &[Declared]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in listed {
        let item = paths.entry(operation::path(route.path)).or_insert_with(|| json!({}));
        item[route.method.as_str().to_ascii_lowercase()] = operation::operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "metel",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Every error is a problem document (RFC 9457) with a stable code; /help/{code} explains each. Sentences are in the language of Accept-Language (en or ko).",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "page": {"type": "apiKey", "in": "cookie", "name": crate::caller::COOKIE},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            },
            "schemas": schemas::all(),
        }
    })
}
