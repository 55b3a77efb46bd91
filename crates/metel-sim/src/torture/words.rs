//! What conditions are made of: the names that they read and the values that they compare with. Answers are
//! varied along these, so that each way of a workflow is gone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Names and literals of expressions.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub names: BTreeSet<String>,
    pub literals: Vec<Value>,
}

impl Words {
    /// Adds what stands in one CEL expression. Read by eye, not parsed: a word too many costs one more answer.
    pub fn add(&mut self, source: &str) {
        let mut rest = source.chars().peekable();
        while let Some(c) = rest.next() {
            if c == '\'' || c == '"' {
                let mut text = String::new();
                while let Some(inner) = rest.next() {
                    match inner {
                        '\\' => text.extend(rest.next()),
                        end if end == c => break,
                        other => text.push(other),
                    }
                }
                // Also the key in `nodes['id']`.
                self.names.insert(text.clone());
                self.literal(json!(text));
            } else if c.is_ascii_digit() {
                let mut text = String::from(c);
                while let Some(next) = rest.next_if(|next| next.is_ascii_digit() || *next == '.') {
                    text.push(next);
                }
                if let Ok(number) = text.parse::<i64>() {
                    for near in [number, number.saturating_add(1), number.saturating_sub(1)] {
                        self.literal(json!(near));
                    }
                } else if let Ok(number) = text.parse::<f64>() {
                    self.literal(json!(number));
                }
            } else if c.is_alphabetic() || c == '_' {
                let mut text = String::from(c);
                while let Some(next) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    text.push(next);
                }
                self.names.insert(text);
            }
        }
    }

    fn literal(&mut self, value: Value) {
        if !self.literals.contains(&value) {
            self.literals.push(value);
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// Most variants of one answer.
const VARIANTS_MAX: usize = 24;

/// `base` with one value changed: a value whose name conditions read becomes what they compare it with.
/// `schema_of` gives further values that stand for choice, such as those of an enum.
pub fn variants(base: &Value, words: &Words, fits: &dyn Fn(&Value) -> bool) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let mut places = Vec::new();
    collect(base, String::new(), words, &mut places);
    for pointer in places {
        let Some(now) = base.pointer(&pointer) else { continue };
        for value in others(now, words) {
            let mut changed = base.clone();
            if let Some(place) = changed.pointer_mut(&pointer) {
                *place = value;
            }
            if changed != *base && !found.contains(&changed) && fits(&changed) {
                found.push(changed);
            }
            if found.len() >= VARIANTS_MAX {
                return found;
            }
        }
    }
    found
}

/// What may stand in a value's place.
fn others(now: &Value, words: &Words) -> Vec<Value> {
    match now {
        Value::Bool(now) => vec![json!(!now)],
        Value::Array(items) if items.is_empty() => vec![json!(["sample"])],
        Value::Array(_) => vec![json!([])],
        Value::String(_) => words.literals.iter().filter(|v| v.is_string()).cloned().chain([json!("")]).collect(),
        Value::Number(_) => words.literals.iter().filter(|v| v.is_number()).cloned().chain([json!(0)]).collect(),
        _ => Vec::new(),
    }
}

fn collect(value: &Value, at: String, words: &Words, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let at = metel_model::json::pointer_push(&at, name);
                if words.has(name) && !member.is_object() {
                    into.push(at.clone());
                }
                collect(member, at, words, into);
            }
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                collect(first, format!("{at}/0"), words, into);
            }
        }
        _ if at.is_empty() => into.push(at),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_vary_along_the_conditions() {
        let mut words = Words::default();
        words.add("nodes['check'].status == 'active' && output.count > 3 && !input.urgent");
        let base = json!({"status": "sample", "count": 1, "urgent": true, "other": "x", "list": []});
        let found = variants(&base, &words, &|_| true);
        let has = |name: &str, value: Value| found.iter().any(|v| v[name] == value);
        assert!(has("status", json!("active")) && has("count", json!(4)) && has("urgent", json!(false)));
        assert!(found.iter().all(|v| v["other"] == "x"));
        assert!(variants(&base, &words, &|_| false).is_empty());
    }

    #[test]
    fn odd_text_is_read_without_harm() {
        let mut words = Words::default();
        words.add("'open \\");
        words.add("가나 == \"다\" 1.2.3 99999999999999999999");
        assert!(words.has("가나") && words.has("다"));
    }
}
