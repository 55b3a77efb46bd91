//! `page_size` and `start_cursor`, and the list they cut.

use serde_json::{Value, json};

use super::refusal::Refusal;

/// A validated wish for one page of a list.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    size: usize,
    cursor: Option<String>,
}

impl Wish {
    /// Reads the two fields of a body (`place` = `body`) or of query parameters (`query`).
    pub(super) fn of(place: &str, size: Option<&Value>, cursor: Option<&Value>) -> Result<Self, Refusal> {
        let size = match size {
            None | Some(Value::Null) => 100,
            Some(value) => {
                let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
                let number =
                    number.filter(|number| *number >= 1).ok_or_else(|| wrong(place, "a positive number", value))?;
                if number > 100 {
                    return Err(wrong(place, "≤ `100`", value));
                }
                usize::try_from(number).unwrap_or(100)
            }
        };
        let cursor = match cursor {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                return Err(Refusal::body(&format!("{place}.start_cursor"), "a string", Some(other)));
            }
        };
        Ok(Self { size, cursor })
    }

    /// The list object with this page of `items`, each with its id, and `type` named `kind`.
    pub(super) fn cut(&self, items: Vec<(String, Value)>, kind: &str) -> Result<Value, Refusal> {
        let start = match &self.cursor {
            None => 0,
            Some(cursor) => items
                .iter()
                .position(|(id, _)| id == cursor)
                .ok_or_else(|| Refusal::validation(format!("The start_cursor provided is invalid: {cursor}")))?,
        };
        let end = (start + self.size).min(items.len());
        let next = items.get(end).map(|(id, _)| id.clone());
        let results: Vec<Value> = items.into_iter().skip(start).take(end - start).map(|(_, item)| item).collect();
        Ok(json!({
            "object": "list",
            "results": results,
            "next_cursor": next,
            "has_more": next.is_some(),
            "type": kind,
            kind: {},
        }))
    }
}

fn wrong(place: &str, should: &str, value: &Value) -> Refusal {
    Refusal::validation(format!(
        "{place} failed validation: {place}.page_size should be {should}, instead was `{value}`."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_through_all_items_once() {
        let items: Vec<_> = (0..5).map(|n| (format!("id{n}"), json!(n))).collect();
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = Wish::of("body", Some(&json!(2)), cursor.as_ref()).unwrap().cut(items.clone(), "block").unwrap();
            seen.extend(page["results"].as_array().unwrap().clone());
            if page["has_more"] == false {
                break;
            }
            cursor = Some(page["next_cursor"].clone());
        }
        assert_eq!(seen, [0, 1, 2, 3, 4].map(|n| json!(n)));
    }

    #[test]
    fn refuses_bad_wishes() {
        assert!(Wish::of("body", Some(&json!(0)), None).is_err());
        assert!(Wish::of("body", Some(&json!(101)), None).is_err());
        assert!(Wish::of("body", None, Some(&json!(3))).is_err());
        let unknown = Wish::of("body", None, Some(&json!("nowhere"))).unwrap();
        assert!(unknown.cut(vec![], "block").is_err());
    }
}
