//! What stands in an agent's input: its texts as sentences and its small values as "name: value",
//! each with the place where it was found. Everything a rule says rests on one of these.

use serde_json::Value;

/// Most passages that are read of one input.
const PASSAGES_MAX: usize = 2_000;
/// Longest passage, in characters; more is cut.
const CHARS_MAX: usize = 400;
const DEPTH_MAX: usize = 64;

/// One thing that the input says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage {
    /// JSON pointer into the input.
    pub source: String,
    pub text: String,
}

impl Passage {
    /// True when the passage holds one of `terms`, whatever its case.
    pub fn says(&self, terms: &[&str]) -> bool {
        let lower = self.text.to_lowercase();
        terms.iter().any(|term| lower.contains(term))
    }
}

pub(super) fn read(input: &Value) -> Vec<Passage> {
    let mut out = Vec::new();
    walk(input, "", "", 0, &mut out);
    out
}

fn walk(value: &Value, pointer: &str, name: &str, depth: usize, out: &mut Vec<Passage>) {
    if depth > DEPTH_MAX || out.len() >= PASSAGES_MAX {
        return;
    }
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => push(pointer, format!("{name}: {value}"), out),
        Value::String(text) => {
            let several = sentences(text);
            match several.as_slice() {
                [one] if !name.is_empty() && one.chars().count() < 60 => push(pointer, format!("{name}: {one}"), out),
                _ => several.into_iter().for_each(|one| push(pointer, one, out)),
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                walk(item, &format!("{pointer}/{i}"), name, depth + 1, out);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let pointer = metel_model::json::pointer_push(pointer, name);
                walk(member, &pointer, name, depth + 1, out);
            }
        }
    }
}

fn push(source: &str, text: String, out: &mut Vec<Passage>) {
    if out.len() < PASSAGES_MAX && !text.trim().is_empty() {
        out.push(Passage { source: source.to_owned(), text: text.chars().take(CHARS_MAX).collect() });
    }
}

/// Sentences and lines. A point ends a sentence only before a space or the end, so that numbers,
/// addresses and versions stay whole.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches(['#', '-', '*', '•', '·', '>', '|']).trim();
        let mut begin = 0;
        for (at, c) in line.char_indices() {
            let end = at + c.len_utf8();
            let next = line[end..].chars().next();
            if matches!(c, '.' | '!' | '?' | '。')
                && next.is_none_or(char::is_whitespace)
                && !is_list_number(&line[begin..at])
            {
                out.push(line[begin..end].trim().to_owned());
                begin = end;
            }
        }
        out.push(line[begin..].trim().to_owned());
    }
    out.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    out
}

/// The `1` of `1. First point`.
fn is_list_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.len() <= 2 && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sentences_end_where_they_end() {
        assert_eq!(
            sentences("예산은 1.5억 원입니다. 마감은 12월 3일!\n- See https://a.test/x.html now. 1. First"),
            ["예산은 1.5억 원입니다.", "마감은 12월 3일!", "See https://a.test/x.html now.", "1. First"]
        );
    }

    #[test]
    fn every_value_has_a_place() {
        let input = json!({"notice": {"budget": 300, "text": "One thing. Another thing."}, "tags": ["ai"]});
        let read: Vec<_> = read(&input).into_iter().map(|p| format!("{} {}", p.source, p.text)).collect();
        assert_eq!(
            read,
            [
                "/notice/budget budget: 300",
                "/notice/text One thing.",
                "/notice/text Another thing.",
                "/tags/0 tags: ai"
            ]
        );
    }
}
