//! Bodies of several parts: `multipart/form-data` (RFC 7578) and `multipart/related` (RFC 2387). The
//! boundary is drawn from the content: the same call is the same bytes, and no value can end a part.

use std::collections::BTreeMap;

use metel_model::Digest;
use metel_model::contract::Field;
use serde_json::Value;

use super::body::bytes;
use super::file::File;
use super::fill::{RenderFault, plain};

struct Part {
    /// Header lines, each with its end.
    head: String,
    content: Vec<u8>,
}

/// A list is several parts of one name, an object is JSON, null is left out. A file value is a file,
/// unless `fields` names its member: then what is said there counts.
pub(super) fn form_data(body: &Value, fields: &BTreeMap<String, Field>) -> Result<(Vec<u8>, String), RenderFault> {
    let mut parts = Vec::new();
    for (name, value) in body.as_object().ok_or(RenderFault::Form)? {
        let items: &[Value] = match value {
            Value::Null => &[],
            Value::Array(items) if items.iter().all(|item| !item.is_array()) => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        for item in items {
            parts.push(part(name, item, fields.get(name))?);
        }
    }
    Ok(joined(&parts, "multipart/form-data"))
}

fn part(name: &str, value: &Value, said: Option<&Field>) -> Result<Part, RenderFault> {
    let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
    let (content, usual) = match file(name, value, said)? {
        Some(File { name, media_type, bytes }) => {
            head.push_str(&format!("; filename=\"{}\"", quoted(&name)));
            (bytes, Some(media_type))
        }
        None => {
            let is_json = value.is_object() || value.is_array();
            (plain(value).into_bytes(), is_json.then(|| "application/json".to_owned()))
        }
    };
    head.push_str("\r\n");
    if let Some(kind) = said.and_then(|field| field.content_type.clone()).or(usual) {
        head.push_str(&format!("Content-Type: {kind}\r\n"));
    }
    Ok(Part { head, content })
}

/// The file that a member stands for, if it does: a file value, or base64 where `fields` says so.
fn file(name: &str, value: &Value, said: Option<&Field>) -> Result<Option<File>, RenderFault> {
    match (value, said) {
        (Value::String(text), Some(Field { file: true, .. })) => {
            let media_type = "application/octet-stream".to_owned();
            Ok(Some(File { name: name.to_owned(), media_type, bytes: bytes(text)? }))
        }
        (value, None | Some(Field { file: true, .. })) if File::is_file(value) => File::read(value).map(Some),
        _ => Ok(None),
    }
}

/// The members `metadata`, as JSON, and `file`.
pub(super) fn related(body: &Value) -> Result<(Vec<u8>, String), RenderFault> {
    let missing = || RenderFault::Missing("metadata and file".to_owned());
    let metadata = body.get("metadata").filter(|value| value.is_object()).ok_or_else(missing)?;
    let File { media_type, bytes, .. } = File::read(body.get("file").ok_or_else(missing)?)?;
    let parts = [
        Part {
            head: "Content-Type: application/json; charset=UTF-8\r\n".to_owned(),
            content: metadata.to_string().into_bytes(),
        },
        Part { head: format!("Content-Type: {media_type}\r\n"), content: bytes },
    ];
    Ok(joined(&parts, "multipart/related"))
}

fn joined(parts: &[Part], kind: &str) -> (Vec<u8>, String) {
    let pieces: Vec<&[u8]> = parts.iter().flat_map(|part| [part.head.as_bytes(), part.content.as_slice()]).collect();
    let boundary = format!("metel-{}", &Digest::of_parts(&pieces).hex()[..32]);
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(format!("--{boundary}\r\n{}\r\n", part.head).as_bytes());
        out.extend_from_slice(&part.content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (out, format!("{kind}; boundary={boundary}"))
}

/// As browsers write names (HTML, "multipart/form-data encoding algorithm").
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(written: Result<(Vec<u8>, String), RenderFault>) -> (String, String) {
        let (bytes, kind) = written.unwrap();
        (String::from_utf8(bytes).unwrap(), kind)
    }

    fn field(file: bool, kind: Option<&str>) -> Field {
        Field { style: None, explode: false, file, content_type: kind.map(str::to_owned) }
    }

    #[test]
    fn parts_are_the_same_bytes_each_time_and_cannot_be_broken_out_of() {
        let photo = json!({"name": "a\".png", "media_type": "image/png", "text": "P"});
        let body = json!({"meta": {"a": 1}, "tags": ["x", "y"], "none": null, "a\"b\r\n": "1\r\n--x", "photo": photo});
        let (text, kind) = text(form_data(&body, &BTreeMap::new()));
        assert_eq!(form_data(&body, &BTreeMap::new()).unwrap().0, text.as_bytes());
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        assert_eq!(text.matches(boundary).count(), 6, "{text}");
        for part in [
            "name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n",
            "name=\"tags\"\r\n\r\ny\r\n",
            "name=\"a%22b%0D%0A\"\r\n\r\n1\r\n--x\r\n",
            "name=\"photo\"; filename=\"a%22.png\"\r\nContent-Type: image/png\r\n\r\nP\r\n",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn fields_say_what_is_a_file() {
        let fields = BTreeMap::from([
            ("file".to_owned(), field(true, Some("text/plain"))),
            ("more".to_owned(), field(true, None)),
            ("note".to_owned(), field(false, Some("application/json"))),
        ]);
        let body = json!({"file": "7ZWc", "more": [{"name": "n", "base64": "aGk="}, "aGk="], "note": {"text": "hi"}});
        let (text, _) = text(form_data(&body, &fields));
        for part in [
            "name=\"file\"; filename=\"file\"\r\nContent-Type: text/plain\r\n\r\n한\r\n",
            "name=\"more\"; filename=\"n\"\r\nContent-Type: application/octet-stream\r\n\r\nhi\r\n",
            "name=\"more\"; filename=\"more\"\r\nContent-Type: application/octet-stream\r\n\r\nhi\r\n",
            "name=\"note\"\r\nContent-Type: application/json\r\n\r\n{\"text\":\"hi\"}\r\n",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(form_data(&json!({"file": "!"}), &fields), Err(RenderFault::Base64));
        assert!(form_data(&json!({"more": {"base64": "!"}}), &fields).is_err());
    }

    #[test]
    fn two_parts_and_one_file() {
        let body = json!({"metadata": {"name": "보고"}, "file": {"media_type": "text/csv", "text": "a,b"}});
        let (text, kind) = text(related(&body));
        assert!(kind.starts_with("multipart/related; boundary=metel-"));
        for part in ["\r\n\r\n{\"name\":\"보고\"}\r\n--", "text/csv\r\n\r\na,b\r\n--"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(related(&json!({"metadata": {}})).is_err());
    }
}
