//! Rich text: what clients send, and the full form that Notion answers.

use serde_json::{Value, json};

use super::refusal::Refusal;

/// Longest text content of one part.
const MAX_CONTENT: usize = 2_000;
/// Most parts in one array.
const MAX_PARTS: usize = 100;

/// Checks an array of rich text at `path` and completes it.
pub(crate) fn complete(value: &Value, path: &str) -> Result<Value, Refusal> {
    let parts = value.as_array().ok_or_else(|| Refusal::body(path, "an array", Some(value)))?;
    if parts.len() > MAX_PARTS {
        let should = format!("≤ `{MAX_PARTS}`");
        return Err(Refusal::body(&format!("{path}.length"), &should, Some(&json!(parts.len()))));
    }
    parts
        .iter()
        .enumerate()
        .map(|(nth, part)| complete_part(part, &format!("{path}[{nth}]")))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn complete_part(part: &Value, path: &str) -> Result<Value, Refusal> {
    if !part.is_object() {
        return Err(Refusal::body(path, "an object", Some(part)));
    }
    let kind = part.get("type").and_then(Value::as_str).unwrap_or("text");
    if kind != "text" {
        return complete_other(part, kind, path);
    }
    let content = part.pointer("/text/content");
    let Some(text) = content.and_then(Value::as_str) else {
        let at = if part.get("text").is_some() { ".text.content" } else { ".text" };
        let should = if at == ".text" { "defined" } else { "a string" };
        return Err(Refusal::body(&format!("{path}{at}"), should, content));
    };
    let length = text.encode_utf16().count();
    if length > MAX_CONTENT {
        let should = format!("≤ `{MAX_CONTENT}`");
        return Err(Refusal::body(&format!("{path}.text.content.length"), &should, Some(&json!(length))));
    }
    let link = part.pointer("/text/link").cloned().unwrap_or(Value::Null);
    let href = link.get("url").cloned().unwrap_or(Value::Null);
    if !link.is_null() && !href.is_string() {
        return Err(Refusal::body(&format!("{path}.text.link.url"), "a string", None));
    }
    Ok(json!({
        "type": "text",
        "text": {"content": text, "link": link},
        "annotations": annotations(part.get("annotations")),
        "plain_text": text,
        "href": href,
    }))
}

fn complete_other(part: &Value, kind: &str, path: &str) -> Result<Value, Refusal> {
    let inner = part.get(kind);
    let (Some(inner), "mention" | "equation") = (inner, kind) else {
        return Err(Refusal::body(
            &format!("{path}.type"),
            "`\"text\"`, `\"mention\"`, or `\"equation\"`",
            part.get("type"),
        ));
    };
    let plain = inner.get("expression").and_then(Value::as_str).map_or_else(|| "@mention".to_owned(), str::to_owned);
    Ok(json!({
        "type": kind,
        kind: inner,
        "annotations": annotations(part.get("annotations")),
        "plain_text": plain,
        "href": null,
    }))
}

fn annotations(given: Option<&Value>) -> Value {
    let flag = |name: &str| given.and_then(|all| all.get(name)).and_then(Value::as_bool).unwrap_or(false);
    let color = given.and_then(|all| all.get("color")).and_then(Value::as_str).unwrap_or("default");
    json!({
        "bold": flag("bold"),
        "italic": flag("italic"),
        "strikethrough": flag("strikethrough"),
        "underline": flag("underline"),
        "code": flag("code"),
        "color": color,
    })
}

/// One plain part, completed.
pub(super) fn text(content: &str) -> Value {
    json!([{
        "type": "text",
        "text": {"content": content, "link": null},
        "annotations": annotations(None),
        "plain_text": content,
        "href": null,
    }])
}

/// The plain text of a completed array.
pub(crate) fn plain(parts: &Value) -> String {
    parts.as_array().into_iter().flatten().filter_map(|part| part.get("plain_text").and_then(Value::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_what_clients_leave_out() {
        let sent =
            json!([{"text": {"content": "회의록 "}}, {"text": {"content": "minutes"}, "annotations": {"bold": true}}]);
        let full = complete(&sent, "body.x").unwrap();
        assert_eq!(plain(&full), "회의록 minutes");
        assert_eq!(full[0]["annotations"]["color"], "default");
        assert_eq!(full[1]["annotations"]["bold"], true);
        assert_eq!(full[0]["text"]["link"], Value::Null);
    }

    #[test]
    fn says_where_it_is_wrong() {
        let long = json!([{"text": {"content": "가".repeat(2_001)}}]);
        assert_eq!(
            complete(&long, "body.p").unwrap_err().message,
            "body failed validation: body.p[0].text.content.length should be ≤ `2000`, instead was `2001`."
        );
        assert!(complete(&json!("회의"), "body.p").is_err());
        assert!(complete(&json!([{"type": "text"}]), "body.p").is_err());
        assert!(complete(&json!([{"type": "file"}]), "body.p").is_err());
    }
}
