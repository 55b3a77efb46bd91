//! Blocks that the API lets a client make, checked and completed.

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::rich_text;

/// Most blocks in one array.
const MAX_CHILDREN: usize = 100;
/// Deepest nesting in one request.
const MAX_DEPTH: usize = 3;

/// A checked block with its nested ones.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub kind: String,
    pub content: Value,
    pub children: Vec<Draft>,
}

const TEXTUAL: [&str; 11] = [
    "paragraph",
    "heading_1",
    "heading_2",
    "heading_3",
    "bulleted_list_item",
    "numbered_list_item",
    "to_do",
    "toggle",
    "quote",
    "callout",
    "code",
];
const PLAIN: [&str; 4] = ["divider", "breadcrumb", "table_of_contents", "equation"];
const LINKED: [&str; 6] = ["bookmark", "embed", "image", "video", "file", "pdf"];

/// Checks an array of blocks at `path`.
pub(crate) fn drafts(value: &Value, path: &str) -> Result<Vec<Draft>, Refusal> {
    nested(value, path, 1)
}

fn nested(value: &Value, path: &str, depth: usize) -> Result<Vec<Draft>, Refusal> {
    let blocks = value.as_array().ok_or_else(|| Refusal::body(path, "an array", Some(value)))?;
    if blocks.len() > MAX_CHILDREN {
        let should = format!("≤ `{MAX_CHILDREN}`");
        return Err(Refusal::body(&format!("{path}.length"), &should, Some(&json!(blocks.len()))));
    }
    blocks.iter().enumerate().map(|(nth, block)| draft(block, &format!("{path}[{nth}]"), depth)).collect()
}

fn draft(block: &Value, path: &str, depth: usize) -> Result<Draft, Refusal> {
    let fields = block.as_object().ok_or_else(|| Refusal::body(path, "an object", Some(block)))?;
    let kind = kind_of(fields).ok_or_else(|| {
        let at = format!("{path}.{}", fields.keys().find(|key| *key != "object").map_or("type", |key| key));
        Refusal::body(&at, "not present", fields.values().next())
    })?;
    let Some(given) = fields.get(kind).filter(|given| given.is_object()) else {
        return Err(Refusal::body(&format!("{path}.{kind}"), "defined", fields.get(kind)));
    };
    let mut content = given.as_object().cloned().unwrap_or_default();
    let below = content.remove("children").or_else(|| fields.get("children").cloned());
    let inner = format!("{path}.{kind}");
    if TEXTUAL.contains(&kind) {
        complete_textual(kind, &mut content, &inner)?;
    } else if LINKED.contains(&kind) {
        complete_linked(kind, &mut content, &inner)?;
    }
    let children = match below {
        None => Vec::new(),
        Some(_) if depth >= MAX_DEPTH => {
            return Err(Refusal::body(&format!("{inner}.children"), "not present", None));
        }
        Some(children) => nested(&children, &format!("{inner}.children"), depth + 1)?,
    };
    Ok(Draft { kind: kind.to_owned(), content: Value::Object(content), children })
}

fn kind_of(fields: &Map<String, Value>) -> Option<&'static str> {
    let all = || TEXTUAL.iter().chain(&PLAIN).chain(&LINKED).copied();
    match fields.get("type").and_then(Value::as_str) {
        Some(kind) => all().find(|known| *known == kind),
        None => all().find(|known| fields.contains_key(*known)),
    }
}

fn complete_textual(kind: &str, content: &mut Map<String, Value>, path: &str) -> Result<(), Refusal> {
    let Some(text) = content.get("rich_text") else {
        return Err(Refusal::body(&format!("{path}.rich_text"), "defined", None));
    };
    let full = rich_text::complete(text, &format!("{path}.rich_text"))?;
    content.insert("rich_text".to_owned(), full);
    let mut default = |name: &str, value: Value| {
        content.entry(name).or_insert(value);
    };
    match kind {
        "code" => {
            default("language", json!("plain text"));
            default("caption", json!([]));
        }
        "to_do" => {
            default("checked", json!(false));
            default("color", json!("default"));
        }
        _ => default("color", json!("default")),
    }
    if kind.starts_with("heading") {
        content.entry("is_toggleable").or_insert(json!(false));
    }
    Ok(())
}

fn complete_linked(kind: &str, content: &mut Map<String, Value>, path: &str) -> Result<(), Refusal> {
    let direct = matches!(kind, "bookmark" | "embed");
    let url =
        if direct { content.get("url") } else { content.get("external").and_then(|external| external.get("url")) };
    if !url.is_some_and(Value::is_string) {
        let at = if direct { "url" } else { "external" };
        return Err(Refusal::body(&format!("{path}.{at}"), "defined", None));
    }
    if !direct {
        content.entry("type").or_insert(json!("external"));
    }
    content.entry("caption").or_insert(json!([]));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_and_nests() {
        let sent = json!([
            {"heading_2": {"rich_text": [{"text": {"content": "결정 사항"}}]}},
            {"object": "block", "type": "toggle", "toggle": {
                "rich_text": [{"text": {"content": "더 보기"}}],
                "children": [{"to_do": {"rich_text": [{"text": {"content": "보고서"}}]}}]}},
            {"divider": {}},
        ]);
        let made = drafts(&sent, "body.children").unwrap();
        assert_eq!(made[0].content["is_toggleable"], false);
        assert_eq!(made[1].children[0].content["checked"], false);
        assert!(made[1].content.get("children").is_none());
        assert_eq!(made[2].kind, "divider");
    }

    #[test]
    fn refuses_unknown_kinds_too_many_and_too_deep() {
        assert!(drafts(&json!([{"type": "teleport", "teleport": {}}]), "body.children").is_err());
        assert!(drafts(&json!([{"paragraph": {}}]), "body.children").is_err());
        assert!(drafts(&json!([{"image": {"external": {}}}]), "body.children").is_err());
        assert!(drafts(&json!(vec![json!({"divider": {}}); 101]), "body.children").is_err());
        let mut deep = json!({"divider": {}});
        for _ in 0..4 {
            deep = json!({"toggle": {"rich_text": [], "children": [deep]}});
        }
        assert!(drafts(&json!([deep]), "body.children").is_err());
    }
}
