//! What a tool answered, taken apart: whole values in their records, and prose. Outsiders write prose;
//! what stands as a whole value beside a name that the user gave is what the user meant.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::memory::Memory;
use super::text::Text;
use super::trace::Traces;
use super::user::{numbers, stands_in};

/// Longest answer that is taken apart, in bytes; of a longer one the head and the tail are read.
const BYTES_MAX: usize = 256 * 1024;
const LEAVES_MAX: usize = 20_000;
const DEPTH_MAX: u32 = 32;

/// One text of an answer.
#[derive(Debug, Clone)]
pub struct Part {
    pub text: Arc<Text>,
    /// Parts of one record share it.
    pub record: u32,
    /// It is a name or a value, not something that somebody wrote at length.
    pub whole: bool,
}

/// An answer taken apart.
#[derive(Debug, Default)]
pub struct Doc {
    pub parts: Vec<Part>,
    records: u32,
    traces: OnceLock<Traces>,
    speaking: OnceLock<Vec<Arc<Text>>>,
}

impl Doc {
    #[cfg(test)]
    pub fn of(content: &Value) -> Self {
        Self::read(content, &mut Memory::default())
    }

    pub fn read(content: &Value, memory: &mut Memory) -> Self {
        let mut taking = Taking { doc: Self::default(), memory };
        match content {
            Value::String(text) => taking.text(text),
            other => taking.value(other, 0, 0),
        }
        taking.doc
    }

    /// Whether a number stands in it, as it is or with thousands parted.
    pub fn holds_number(&self, text: &str, number: f64) -> bool {
        self.parts.iter().any(|part| {
            stands_in(&part.text.plain, text)
                || part.text.plain.contains([',', '만', '천', '억', 'k'])
                    && numbers(&part.text.plain).iter().any(|known| (known - number).abs() < 1e-9)
        })
    }

    /// Its texts that say something to their reader. Most are names and values and say nothing.
    pub fn speaking(&self) -> &[Arc<Text>] {
        self.speaking.get_or_init(|| {
            let texts = self.parts.iter().map(|part| &part.text);
            texts.filter(|text| text.speech().is_any()).map(Arc::clone).collect()
        })
    }

    /// What values may come from.
    pub fn traces(&self) -> &Traces {
        self.traces.get_or_init(|| Traces::of(self.parts.iter().map(|part| Arc::clone(&part.text))))
    }
}

/// An answer while it is taken apart.
struct Taking<'m> {
    doc: Doc,
    memory: &'m mut Memory,
}

impl Taking<'_> {
    fn text(&mut self, text: &str) {
        let cut = shortened(text);
        let text = cut.as_deref().unwrap_or(text);
        let trimmed = text.trim_start();
        if trimmed.starts_with(['{', '['])
            && let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str::<Value>(trimmed)
        {
            return self.value(&value, 0, 0);
        }
        if let Some(value) = yaml(text) {
            return self.value(&value, 0, 0);
        }
        self.push(text, 0, false);
    }

    fn next(&mut self) -> u32 {
        self.doc.records += 1;
        self.doc.records
    }

    fn value(&mut self, value: &Value, record: u32, depth: u32) {
        if depth > DEPTH_MAX || self.doc.parts.len() > LEAVES_MAX {
            return;
        }
        match value {
            Value::Object(members) => {
                let record = self.next();
                for (key, item) in members {
                    // A map by name: the name belongs to what stands under it.
                    if item.is_object() || item.is_array() {
                        let own = self.next();
                        self.push(key, own, true);
                        self.value(item, own, depth + 1);
                        continue;
                    }
                    self.push(key, record, true);
                    self.value(item, record, depth + 1);
                }
            }
            Value::Array(items) => {
                for item in items {
                    let record = if record == 0 { self.next() } else { record };
                    self.value(item, record, depth + 1);
                }
            }
            Value::String(text) => self.push(text, record, text.len() <= 120 && !text.contains('\n')),
            Value::Number(number) => self.push(&number.to_string(), record, true),
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn push(&mut self, text: &str, record: u32, whole: bool) {
        if text.trim().is_empty() {
            return;
        }
        let text = self.memory.text(text);
        self.doc.parts.push(Part { text, record, whole });
    }
}

/// YAML without anchors, as many tools print their answers. Prose with a colon in it is no record, and
/// neither is one line alone.
fn yaml(text: &str) -> Option<Value> {
    if !text.trim().contains('\n') && !text.trim_start().starts_with(['[', '{', '-']) {
        return None;
    }
    if text.len() > BYTES_MAX || text.contains('&') && text.contains('*') || text.contains("<<:") {
        return None;
    }
    let head = text.trim_start();
    let listed = head.starts_with("- ") || head.starts_with(['[', '{']);
    let keyed = head.lines().next().is_some_and(|line| {
        line.split_once(':').is_some_and(|(key, rest)| {
            key.len() <= 40 && !key.trim().contains(". ") && (rest.is_empty() || rest.starts_with(' '))
        })
    });
    if !listed && !keyed {
        return None;
    }
    match yaml_serde::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Some(value),
        _ => None,
    }
}

fn shortened(text: &str) -> Option<String> {
    if text.len() <= BYTES_MAX {
        return None;
    }
    let mut head = BYTES_MAX / 2;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - BYTES_MAX / 2;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    Some(format!("{}\n{}", &text[..head], &text[tail..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_are_found_in_json_and_yaml() {
        for content in [
            json!([{"name": "Sarah", "email": "s@x.com"}]),
            json!("[{\"name\": \"Sarah\", \"email\": \"s@x.com\"}]"),
            json!("- name: Sarah\n  email: s@x.com\n"),
            json!("[{'name': 'Sarah', 'email': 's@x.com'}]"),
        ] {
            let doc = Doc::of(&content);
            let record = |text: &str| doc.parts.iter().find(|part| part.text.plain == text).unwrap().record;
            assert_eq!(record("sarah"), record("s@x.com"), "{content}");
        }
        let doc = Doc::of(&json!("Dear all: please come.\nThanks"));
        assert_eq!(doc.parts.len(), 1);
        assert!(!doc.parts[0].whole);
        assert_eq!(Doc::of(&json!("TODO: call Ann")).parts.len(), 1);
    }

    #[test]
    fn anchors_are_not_followed() {
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]";
        assert_eq!(Doc::of(&json!(bomb)).parts.len(), 1);
    }
}
