//! Personal data in JSON values. The keys above a value say what it is, so
//! numbers count too: `{"phone": 1012345678}` lost its zero, not its meaning.

use serde_json::{Map, Value};

use super::context::{Class, of_key};
use super::mask::mask_around;
use super::scan::scan_around;
use super::{Finding, Kind, mask, phone};

/// What is found in strings, numbers and keys of `value`, each with the JSON
/// pointer (RFC 6901) of where it is; a finding in a key has the member's pointer
/// followed by `#`. Offsets count within that string, or within the number's text.
#[must_use]
pub fn scan_value(value: &Value) -> Vec<(String, Finding)> {
    let mut found = Vec::new();
    let mut stack = vec![(String::new(), Vec::new(), value)];
    while let Some((pointer, around, value)) = stack.pop() {
        match value {
            Value::String(text) => found.extend(scan_around(text, &around).into_iter().map(|f| (pointer.clone(), f))),
            Value::Number(number) => {
                found.extend(number_findings(&number.to_string(), &around).into_iter().map(|f| (pointer.clone(), f)))
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate().rev() {
                    stack.push((format!("{pointer}/{index}"), around.clone(), item));
                }
            }
            Value::Object(members) => {
                for (key, item) in members.iter().rev() {
                    let place = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    stack.push((place, below(key, &around), item));
                }
                for key in members.keys() {
                    let place = format!("{pointer}/{}#", key.replace('~', "~0").replace('/', "~1"));
                    found.extend(scan_around(key, &[]).into_iter().map(|f| (place.clone(), f)));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
    found
}

/// Masks every finding of [`scan_value`] in place; a masked number becomes a string.
pub fn mask_value(value: &mut Value) {
    let mut stack: Vec<(Vec<Class>, &mut Value)> = vec![(Vec::new(), value)];
    while let Some((around, value)) = stack.pop() {
        match value {
            Value::String(text) => {
                if !scan_around(text, &around).is_empty() {
                    *text = mask_around(text, &around);
                }
            }
            Value::Number(number) => {
                let text = number.to_string();
                if let Some(found) = number_findings(&text, &around).first() {
                    *value = Value::String(mask_around(&found.masked, &around));
                }
            }
            Value::Array(items) => stack.extend(items.iter_mut().map(|item| (around.clone(), item))),
            Value::Object(members) => {
                if members.keys().any(|key| !scan_around(key, &[]).is_empty()) {
                    mask_keys(members);
                }
                stack.extend(members.iter_mut().map(|(key, item)| (below(key, &around), item)));
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// The key's own classes, or those from above when it says nothing.
fn below(key: &str, above: &[Class]) -> Vec<Class> {
    let own = of_key(key);
    if own.is_empty() { above.to_vec() } else { own }
}

fn mask_keys(members: &mut Map<String, Value>) {
    for (key, item) in std::mem::take(members) {
        let name = mask(&key);
        let mut free = name.clone();
        let mut n = 2;
        while members.contains_key(&free) {
            free = format!("{name} ({n})");
            n += 1;
        }
        members.insert(free, item);
    }
}

/// Findings in the text of a number; one under a phone or resident key may have lost its leading zero.
fn number_findings(text: &str, around: &[Class]) -> Vec<Finding> {
    let found = scan_around(text, around);
    if !found.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return found;
    }
    let padded = format!("0{text}");
    let kind = if around.contains(&Class::Phone) && phone::is_korean_mobile(padded.as_bytes()) {
        Kind::Phone
    } else if around.contains(&Class::Resident) || around.contains(&Class::Foreigner) {
        match scan_around(&padded, around).first() {
            Some(found) if matches!(found.kind, Kind::ResidentNumber | Kind::ForeignerNumber) => found.kind,
            _ => return found,
        }
    } else {
        return found;
    };
    vec![Finding {
        kind,
        start: 0,
        end: text.len(),
        bytes: 0..text.len(),
        confidence: 85,
        masked: super::mask::one(kind, text),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_speak_for_values_and_numbers() {
        let value = json!({
            "휴대폰": 1_012_345_678u64,
            "주민번호": "9001011234567",
            "order": {"id": 1_012_345_678u64},
            "bank_account": {"number": "110482913307"},
            "to": ["kim@example.com", "a/b"],
            "a/b": "02-6712-4480",
        });
        let mut found: Vec<(String, Kind)> = scan_value(&value).into_iter().map(|(p, f)| (p, f.kind)).collect();
        found.sort();
        assert_eq!(
            found,
            vec![
                ("/a~1b".to_owned(), Kind::Phone),
                ("/bank_account/number".to_owned(), Kind::BankAccount),
                ("/to/0".to_owned(), Kind::Email),
                ("/주민번호".to_owned(), Kind::ResidentNumber),
                ("/휴대폰".to_owned(), Kind::Phone),
            ]
        );
    }

    #[test]
    fn masking_leaves_nothing_to_find() {
        let mut value = json!({"kim@example.com": {"phone": 1_012_345_678u64}, "x": ["010-1234-5678", 3, null, true]});
        mask_value(&mut value);
        assert_eq!(scan_value(&value), vec![]);
        assert_eq!(value["x"][0], "010-****-5678");
        assert_eq!(value["k***@example.com"]["phone"], "101***5678");
    }
}
