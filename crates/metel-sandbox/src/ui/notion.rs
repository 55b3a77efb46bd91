//! `/ui/notion`: the simulated Notion workspace.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

use super::html::{Language, escape, not_found, outside_link, page as framed};
use crate::app::Sandbox;
use crate::clock::minute;
use crate::notion::{Block, Database, Notion, Page, Parent, plain};

/// Deepest nesting shown.
const DEPTH: usize = 8;

fn link(id: &str, title: &str, language: Language) -> String {
    let title = if title.is_empty() { language.of("제목 없음", "Untitled") } else { title };
    let lang = language.of("ko", "en");
    format!("<a href=\"/ui/notion/{}?lang={lang}\">{}</a>", escape(&id.replace('-', "")), escape(title))
}

pub(super) async fn index(State(sandbox): State<Sandbox>, language: Language) -> Response {
    let world = sandbox.world();
    let mut body = String::from("<ul class=\"cards\">");
    for database in world.notion.databases.values() {
        let kind = language.of("데이터베이스", "Database");
        let _ = write!(
            body,
            "<li class=\"card\"><strong>{}</strong><div class=\"soft\">{kind}</div></li>",
            link(&database.id, &database.title, language)
        );
    }
    for page in world.notion.order.iter().rev().filter_map(|id| world.notion.pages.get(id)) {
        let gone = if page.archived { " gone" } else { "" };
        let _ = write!(
            body,
            "<li class=\"card{gone}\"><strong>{}</strong><div class=\"soft\">{} UTC</div></li>",
            link(&page.id, &page.title(), language),
            minute(page.edited)
        );
    }
    body.push_str("</ul>");
    framed(language, "Notion", &body)
}

pub(super) async fn page(State(sandbox): State<Sandbox>, language: Language, Path(id): Path<String>) -> Response {
    let Ok(id) = uuid::Uuid::parse_str(&id).map(|id| id.to_string()) else {
        return not_found(language);
    };
    let world = sandbox.world();
    let notion = &world.notion;
    if let Some(database) = notion.databases.get(&id) {
        return framed(language, &database.title, &table(notion, database, language));
    }
    let Some(page) = notion.pages.get(&id) else {
        return not_found(language);
    };
    let mut body = String::new();
    if page.archived {
        let _ = write!(
            body,
            "<p class=\"note\">{}</p>",
            language.of("휴지통에 있는 페이지입니다.", "This page is in the trash.")
        );
    }
    let _ = write!(
        body,
        "<p class=\"soft\">{} {} UTC · {} {} UTC</p>",
        language.of("만든 때", "Created"),
        minute(page.created),
        language.of("고친 때", "Edited"),
        minute(page.edited)
    );
    body.push_str(&properties(page));
    blocks(notion, &page.children, language, &mut body, DEPTH);
    let title = page.title();
    let title = if title.is_empty() { language.of("제목 없음", "Untitled") } else { &title };
    framed(language, title, &body)
}

fn properties(page: &Page) -> String {
    let mut rows = String::new();
    for (name, property) in &page.properties {
        let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind == "title" {
            continue;
        }
        let _ = write!(rows, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escape(name), shown(property));
    }
    if rows.is_empty() { rows } else { format!("<div class=\"scroll\"><table>{rows}</table></div>") }
}

/// A property's value as HTML.
fn shown(property: &Value) -> String {
    let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
    let Some(value) = property.get(kind) else {
        return String::new();
    };
    let name = |option: &Value| option.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind {
        "title" | "rich_text" => escape(&plain(value)),
        "select" | "status" => escape(&name(value)),
        "multi_select" => {
            let names: Vec<String> = value.as_array().into_iter().flatten().map(name).collect();
            escape(&names.join(", "))
        }
        "date" => escape(value.get("start").and_then(Value::as_str).unwrap_or_default()),
        "url" => value.as_str().map(|address| outside_link(address, address)).unwrap_or_default(),
        "checkbox" => if value.as_bool() == Some(true) { "✓" } else { "" }.to_owned(),
        _ => match value {
            Value::Null => String::new(),
            Value::String(text) => escape(text),
            other => escape(&other.to_string()),
        },
    }
}

fn table(notion: &Notion, database: &Database, language: Language) -> String {
    let (titles, others): (Vec<_>, Vec<_>) = database
        .schema
        .iter()
        .partition(|(_, definition)| definition.get("type").and_then(Value::as_str) == Some("title"));
    let columns: Vec<&String> = titles.into_iter().chain(others).map(|(name, _)| name).collect();
    let head: String = columns.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).collect();
    let mut rows = String::new();
    let here = Parent::Database(database.id.clone());
    for page in notion.order.iter().filter_map(|id| notion.pages.get(id)) {
        if page.parent != here || page.archived {
            continue;
        }
        rows.push_str("<tr>");
        for (nth, name) in columns.iter().enumerate() {
            let cell = match page.properties.get(*name) {
                Some(_) if nth == 0 => link(&page.id, &page.title(), language),
                Some(property) => shown(property),
                None => String::new(),
            };
            let _ = write!(rows, "<td>{cell}</td>");
        }
        rows.push_str("</tr>");
    }
    format!("<div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>")
}

fn blocks(notion: &Notion, ids: &[String], language: Language, out: &mut String, depth: usize) {
    for id in ids {
        if let Some(page) = notion.pages.get(id) {
            let gone = if page.archived { " class=\"gone\"" } else { "" };
            let _ = write!(out, "<p{gone}>📄 {}</p>", link(id, &page.title(), language));
        } else if let Some(database) = notion.databases.get(id) {
            let _ = write!(out, "<p>🗂 {}</p>", link(id, &database.title, language));
        } else if let Some(block) = notion.blocks.get(id).filter(|block| !block.archived) {
            self::block(block, out);
            if !block.children.is_empty() && depth > 0 {
                out.push_str("<div class=\"nested\">");
                blocks(notion, &block.children, language, out, depth - 1);
                out.push_str("</div>");
            }
        }
    }
}

fn block(block: &Block, out: &mut String) {
    let text = block.content.get("rich_text").map(|parts| escape(&plain(parts))).unwrap_or_default();
    let _ = match block.kind.as_str() {
        "heading_1" => write!(out, "<h2>{text}</h2>"),
        "heading_2" | "heading_3" => write!(out, "<h3>{text}</h3>"),
        "bulleted_list_item" => write!(out, "<p>• {text}</p>"),
        "numbered_list_item" => write!(out, "<p>– {text}</p>"),
        "to_do" => {
            let mark = if block.content.get("checked").and_then(Value::as_bool) == Some(true) { "☑" } else { "☐" };
            write!(out, "<p>{mark} {text}</p>")
        }
        "quote" | "callout" => write!(out, "<blockquote>{text}</blockquote>"),
        "code" => write!(out, "<pre>{text}</pre>"),
        "divider" => write!(out, "<hr>"),
        "bookmark" | "embed" | "image" | "video" | "file" | "pdf" => {
            let direct = block.content.get("url").and_then(Value::as_str);
            let address = direct.or_else(|| block.content.pointer("/external/url").and_then(Value::as_str));
            let address = address.unwrap_or_default();
            write!(out, "<p>{}</p>", outside_link(address, address))
        }
        _ => write!(out, "<p>{text}</p>"),
    };
}
