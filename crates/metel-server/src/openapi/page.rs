//! The description as a page: every operation with what it needs, takes and gives.

use serde_json::Value;

use super::operation::{noun, operation};
use super::schemas;
use crate::plain::escaped;
use crate::table::Declared;

/// The body of the page.
pub fn body(listed: &[Declared]) -> String {
    let mut out = String::from(
        "<h1>metel API</h1><p>Send <code>Authorization: Bearer TOKEN</code>. The whole description: \
         <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p>",
    );
    let mut nouns: Vec<&str> = Vec::new();
    for route in listed {
        if !nouns.contains(&noun(route.path)) {
            nouns.push(noun(route.path));
        }
    }
    for about in nouns {
        out.push_str(&format!("<h2 id=\"{about}\">{about}</h2>"));
        listed.iter().filter(|route| noun(route.path) == about).for_each(|route| one(route, &mut out));
    }
    out.push_str("<h2 id=schemas>Schemas</h2>");
    for (name, schema) in schemas::all().as_object().into_iter().flatten() {
        out.push_str(&format!(
            "<details id=\"{name}\"><summary><code>{name}</code></summary><pre>{}</pre></details>",
            code(schema)
        ));
    }
    out
}

fn one(route: &Declared, out: &mut String) {
    let described = operation(route);
    let summary = format!(
        "<details><summary><code>{} {}</code> {} <small>{}</small></summary>",
        route.method,
        escaped(route.path),
        escaped(route.summary),
        route.permission.name()
    );
    out.push_str(&summary);
    out.push_str("<table>");
    for parameter in described["parameters"].as_array().into_iter().flatten() {
        let word = |name: &str| escaped(parameter[name].as_str().unwrap_or_default());
        out.push_str(&format!(
            "<tr><td><code>{}</code><td>{}<td>{}</tr>",
            word("name"),
            word("in"),
            word("description")
        ));
    }
    out.push_str("</table>");
    if let Some(body) = &route.body {
        out.push_str(&format!("<p>Takes</p><pre>{}</pre>", code(body)));
    }
    out.push_str("<table>");
    for (status, answer) in described["responses"].as_object().into_iter().flatten() {
        let content = answer["content"].as_object().and_then(|content| content.values().next());
        let schema = content.map(|c| &c["schema"]).filter(|s| s.get("$ref").is_some() || s.get("items").is_some());
        let link = schema.and_then(|s| s["$ref"].as_str()).and_then(|r| r.rsplit('/').next()).unwrap_or_default();
        out.push_str(&format!(
            "<tr><td>{status}<td><a href=\"#{link}\">{link}</a><td>{}</tr>",
            escaped(answer["description"].as_str().unwrap_or_default())
        ));
    }
    out.push_str("</table></details>");
}

fn code(value: &Value) -> String {
    escaped(&serde_json::to_string_pretty(value).unwrap_or_default())
}
