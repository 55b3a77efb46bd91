//! The description of the interface (OpenAPI 3.1), written from the table of routes, and a page that
//! shows it without anything from elsewhere.

use std::sync::Arc;

use axum::response::IntoResponse;
use http::header;
use serde_json::{Map, Value, json};

use crate::body;
use crate::permission::Permission::{self, Open};
use crate::table::{Declared, Keyed, Routes};

pub fn routes(routes: Routes, listed: Arc<Vec<Declared>>) -> Routes {
    let shown = listed.clone();
    routes
        .get("/openapi.json", Open, "This description", move || {
            let listed = listed.clone();
            async move { body::ok(&document(&listed)) }
        })
        .get("/docs", Open, "This description as a page", move || {
            let shown = shown.clone();
            async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page(&shown)).into_response() }
        })
}

pub fn document(listed: &[Declared]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in listed {
        // Wildcards are not a thing that the format can say.
        if route.path.contains('*') {
            continue;
        }
        let item = paths.entry(route.path.to_owned()).or_insert_with(|| json!({}));
        item[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "metel", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}, "page": {"type": "apiKey", "in": "cookie", "name": "metel_session"}},
            "schemas": {"Problem": {
                "type": "object",
                "required": ["type", "title", "status", "code", "kind"],
                "properties": {
                    "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "code": {"type": "string"},
                    "kind": {"type": "string"}, "detail": {"type": "string"}, "instance": {"type": "string"}, "where": {"type": "string"},
                    "hint": {"type": "string"}, "request_id": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "object", "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}}}}
                }
            }}
        }
    })
}

fn operation(route: &Declared) -> Value {
    let mut parameters: Vec<Value> = route
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let posts = route.method == http::Method::POST;
    if posts {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string", "maxLength": 200}}));
    }
    if posts && route.keyed == Keyed::Run {
        parameters.push(json!({"name": "Prefer", "in": "header", "required": false, "schema": {"type": "string"}, "example": "wait=30"}));
    }
    let name: String = route.path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut out = json!({
        "operationId": format!("{}{}", route.method.as_str().to_ascii_lowercase(), name.trim_end_matches('_')),
        "summary": route.summary,
        "tags": [noun(route.path)],
        "parameters": parameters,
        "responses": {
            "2XX": {"description": "As asked", "content": {"application/json": {"schema": {}}}},
            "default": {"description": "A problem", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        },
        "x-permission": format!("{:?}", route.permission).to_ascii_lowercase(),
    });
    if posts || route.method == http::Method::PUT {
        out["requestBody"] = json!({"content": {"application/json": {"schema": {"type": "object"}}}});
    }
    out["security"] = match route.permission {
        Permission::Open => json!([]),
        _ => json!([{"bearer": []}, {"page": []}]),
    };
    out
}

fn noun(path: &str) -> &str {
    path.trim_start_matches("/v1").split('/').nth(1).filter(|n| !n.is_empty()).unwrap_or("pages")
}

fn page(listed: &[Declared]) -> String {
    let mut rows = String::new();
    for route in listed.iter().filter(|r| !r.path.contains('*')) {
        rows.push_str(&format!(
            "<tr><td><code>{}</code><td><code>{}</code><td>{}<td>{}</tr>",
            route.method,
            route.path,
            route.summary,
            format!("{:?}", route.permission).to_ascii_lowercase()
        ));
    }
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>metel API</title>\
         <style>body{{font:15px/1.5 system-ui;max-width:64rem;margin:2rem auto;padding:0 1rem}}td{{padding:.3rem .8rem .3rem 0;border-top:1px solid #8883;vertical-align:top}}table{{border-collapse:collapse;width:100%}}</style>\
         <h1>metel API</h1><p>Send <code>Authorization: Bearer TOKEN</code>. The whole description: <a href=\"/openapi.json\">/openapi.json</a>.</p>\
         <table><tr><th align=left>Method<th align=left>Path<th align=left>What it does<th align=left>Needs</tr>{rows}</table></html>"
    )
}
