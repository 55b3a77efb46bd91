//! The description of the interface: complete, well-formed, true.

use std::collections::BTreeSet;

use jsonschema::Draft;
use serde_json::{Value, json};

use crate::house::{self, House};

/// The outside of an OpenAPI 3.1 document, as its specification has it.
fn outline() -> Value {
    let schema = json!({"type": ["object", "boolean"]});
    let media = json!({"type": "object", "minProperties": 1, "additionalProperties": {
        "type": "object", "required": ["schema"], "properties": {"schema": schema}, "additionalProperties": false}});
    let header = json!({"type": "object", "required": ["schema"], "properties": {"schema": schema}});
    let response = json!({"type": "object", "required": ["description"], "additionalProperties": false, "properties": {
        "description": {"type": "string", "minLength": 1}, "content": media, "headers": {"type": "object", "additionalProperties": header}}});
    let parameter = json!({"type": "object", "required": ["name", "in", "schema"], "additionalProperties": false, "properties": {
        "name": {"type": "string", "minLength": 1}, "in": {"enum": ["query", "header", "path", "cookie"]},
        "required": {"type": "boolean"}, "description": {"type": "string"}, "schema": schema},
        "if": {"properties": {"in": {"const": "path"}}}, "then": {"required": ["required"], "properties": {"required": {"const": true}}}});
    let operation = json!({"type": "object", "required": ["operationId", "summary", "responses", "security"],
        "patternProperties": {"^x-": {}}, "additionalProperties": false, "properties": {
        "operationId": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}, "summary": {"type": "string", "minLength": 3},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1}, "parameters": {"type": "array", "items": parameter, "uniqueItems": true},
        "requestBody": {"type": "object", "required": ["content"], "additionalProperties": false,
            "properties": {"required": {"type": "boolean"}, "content": media}},
        "responses": {"type": "object", "minProperties": 2, "propertyNames": {"pattern": "^([1-5][0-9][0-9]|default)$"}, "additionalProperties": response},
        "security": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}}}});
    json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "required": ["openapi", "info", "paths", "components"], "additionalProperties": false, "properties": {
        "openapi": {"type": "string", "pattern": "^3\\.1\\.\\d+$"},
        "info": {"type": "object", "required": ["title", "version"], "properties": {"title": {"type": "string"}, "version": {"type": "string"},
            "description": {"type": "string"}, "license": {"type": "object", "required": ["name"]}}, "additionalProperties": false},
        "jsonSchemaDialect": {"type": "string", "format": "uri"},
        "paths": {"type": "object", "propertyNames": {"pattern": "^/"}, "additionalProperties": {
            "type": "object", "minProperties": 1, "propertyNames": {"enum": ["get", "put", "post", "delete"]}, "additionalProperties": operation}},
        "components": {"type": "object", "required": ["schemas", "securitySchemes"], "propertyNames": {"enum": ["schemas", "securitySchemes"]},
            "properties": {"schemas": {"type": "object", "propertyNames": {"pattern": "^[A-Za-z0-9._-]+$"}, "additionalProperties": schema},
                "securitySchemes": {"type": "object", "additionalProperties": {"type": "object", "required": ["type"]}}}}}})
}

/// Every schema of the document with its place.
fn schemas(at: &str, value: &Value, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, part) in members {
                let place = format!("{at}/{name}");
                if name == "schema" {
                    out.push((place.clone(), part.clone()));
                }
                schemas(&place, part, out);
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| schemas(&format!("{at}/{i}"), item, out)),
        _ => {}
    }
}

fn references(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                out.insert(to.clone());
            }
            members.values().for_each(|part| references(part, out));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, out)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_described_and_the_reverse() {
    let house = House::build().await;
    let listed = metel_server::listed(house::app(&house.platform, house.ours, &house.sandbox));
    let routes: BTreeSet<String> =
        listed.iter().map(|r| format!("{} {}", r.method, r.path.replace("{*", "{"))).collect();
    let described: BTreeSet<String> =
        house.described.operations().iter().map(|o| format!("{} {}", o.method, o.path)).collect();
    assert_eq!(routes, described);
    assert_eq!(listed.len(), routes.len(), "a route stands twice");
    assert!(routes.len() >= 60, "{}", routes.len());
    for route in &listed {
        assert!(!route.answers.is_empty(), "{} {} says nothing of its answer", route.method, route.path);
        let changes = matches!(route.method.as_str(), "POST" | "PUT");
        assert_eq!(route.body.is_some(), changes, "{} {} and its body", route.method, route.path);
    }
    // What is described is there: no operation is answered as an unknown address or method.
    for operation in house.described.operations() {
        let path = operation.path.replace("{", "").replace("}", "");
        let request = house.asking("nobody", operation.method.as_str(), &path).body(axum::body::Body::empty()).unwrap();
        let reply = house.send(request).await;
        assert_ne!(reply.body["code"], "METEL-7004", "{} {path}", operation.method);
        if reply.body["code"] == "METEL-7003" {
            // Files and pages that may be missing say so.
            let told = operation.value["responses"]["404"]["description"].to_string();
            assert!(told.contains("METEL-7003"), "{} {path}: {:#}", operation.method, reply.body);
        }
    }
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_well_formed() {
    let house = House::build().await;
    let document = &house.described.document;
    let outline = jsonschema::options().with_draft(Draft::Draft202012).build(&outline()).unwrap();
    let wrong: Vec<String> = outline.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut ids = BTreeSet::new();
    for operation in house.described.operations() {
        let id = operation.value["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} stands twice");
        // Parameters of the path are those in its name.
        let named: BTreeSet<&str> =
            operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let parameters = operation.value["parameters"].as_array().unwrap();
        let told: BTreeSet<&str> =
            parameters.iter().filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
        assert_eq!(named, told, "{}", operation.path);
        for schemes in operation.value["security"].as_array().unwrap() {
            for scheme in schemes.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme}");
            }
        }
    }
    let mut all = Vec::new();
    schemas("", &document["paths"], &mut all);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        all.push((format!("/components/schemas/{name}"), schema.clone()));
    }
    for (at, schema) in &all {
        assert!(jsonschema::meta::is_valid(schema), "{at}: {schema}");
        house.described.compiled(at, schema, false);
    }
    let mut used = BTreeSet::new();
    references(document, &mut used);
    for to in &used {
        assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to} points to nothing");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(used.contains(&format!("#/components/schemas/{name}")), "{name} is used by nothing");
    }
    house.end().await;
}

/// The table of the documentation names every path of the interface, and no other.
#[tokio::test(flavor = "multi_thread")]
async fn the_written_documentation_names_every_path() {
    let house = House::build().await;
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md")).unwrap();
    for operation in house.described.operations().iter().filter(|o| o.path.starts_with("/v1/")) {
        let plain = |text: &str| {
            let names = text.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
            names.collect::<Vec<_>>().join("/")
        };
        let path = plain(&operation.path);
        let last = operation.path.rsplit('/').next().unwrap();
        let told = text.split(['`', ' ', '?', '\n', '|']).any(|word| plain(word) == path || word == format!("/{last}"));
        assert!(told, "docs/api.md does not name {} {}", operation.method, operation.path);
    }
    house.end().await;
}
