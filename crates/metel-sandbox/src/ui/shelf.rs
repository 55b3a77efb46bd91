//! `/ui/shelf/{service}`: everything that a simulated service holds, newest first, as its interface
//! would answer it. Contents of files are left out.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

use super::html::{Language, escape, not_found, page};
use crate::app::Sandbox;

/// Most things of a kind, and most characters of one, that are shown.
const THINGS: usize = 200;
const CHARS: usize = 4_000;
/// Members that say what a thing is, best first.
const NAMES: [&str; 9] = ["title", "summary", "subject", "name", "text", "prompt", "description", "body", "id"];

pub(super) async fn show(State(sandbox): State<Sandbox>, language: Language, Path(service): Path<String>) -> Response {
    let is_known = crate::vendors::find(&service).is_some() || crate::vendors::SHELVES.contains(&service.as_str());
    if !is_known {
        return not_found(language);
    }
    let world = sandbox.world();
    let mut body = String::new();
    for (kind, things) in world.shelf(&service).kinds() {
        let _ = write!(body, "<h2>{} ({})</h2>", escape(kind), things.len());
        for (id, thing) in things.iter().rev().take(THINGS) {
            let told: String = serde_json::to_string_pretty(&without_content(thing)).unwrap_or_default();
            let told: String = told.chars().take(CHARS).collect();
            let _ = write!(
                body,
                "<article class=\"card\" id=\"{}\"><strong>{}</strong><pre class=\"scroll\">{}</pre></article>",
                escape(id),
                escape(&name_of(thing)),
                escape(&told),
            );
        }
    }
    if body.is_empty() {
        let _ = write!(body, "<p>{}</p>", language.of("아직 아무것도 없습니다.", "Nothing yet."));
    }
    page(language, &service, &body)
}

fn name_of(thing: &Value) -> String {
    let subject = thing["headers"].as_array().into_iter().flatten().find(|header| header["name"] == "Subject");
    let found = subject.and_then(|header| header["value"].as_str());
    let found = found.or_else(|| NAMES.iter().find_map(|name| thing[*name].as_str().filter(|text| !text.is_empty())));
    found.unwrap_or_default().chars().take(120).collect()
}

fn without_content(thing: &Value) -> Value {
    let mut out = thing.clone();
    if let Value::Object(members) = &mut out {
        members.retain(|name, _| !["content", "key", "sent"].contains(&name.as_str()));
    }
    out
}
