//! Pages of lists that are whole in memory: `?limit=` (1 to 200, 50 when absent) and `?cursor=`, the
//! key of the last item given. Refuses a cursor that no item has.

use serde::Deserialize;
use serde_json::{Value, json};

use super::runs::{cursor_fault, limit};
use crate::body;
use crate::problem::{Answer, Refused};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

impl PageQuery {
    pub fn page(self) -> Result<Page, Refused> {
        Page::of(self.limit, self.cursor)
    }
}

/// Which part of a list is wanted.
#[derive(Debug)]
pub struct Page {
    limit: usize,
    cursor: Option<String>,
}

impl Page {
    pub fn of(asked: Option<u32>, cursor: Option<String>) -> Result<Self, Refused> {
        Ok(Self { limit: limit(asked)? as usize, cursor })
    }

    /// The wanted part of `items`, which `key` tells apart.
    pub fn answer(self, items: Vec<Value>, key: &str) -> Answer {
        let (items, next) = self.cut(items, key)?;
        Ok(body::ok(&json!({"items": items, "next": next})))
    }

    fn cut(self, mut items: Vec<Value>, key: &str) -> Result<(Vec<Value>, Value), Refused> {
        if let Some(cursor) = self.cursor {
            let at = items.iter().position(|item| item[key] == cursor.as_str()).ok_or_else(cursor_fault)?;
            items.drain(..=at);
        }
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next = items.last().filter(|_| more).map_or(Value::Null, |item| item[key].clone());
        Ok((items, next))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let items: Vec<Value> = (0..5).map(|n| json!({"id": n.to_string()})).collect();
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let (page, next) = Page::of(Some(2), cursor).unwrap().cut(items.clone(), "id").unwrap();
            assert!(page.len() <= 2);
            seen.extend(page);
            match next.as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!(seen, items);
        assert!(Page::of(None, Some("x".into())).unwrap().cut(items, "id").is_err());
        assert!(Page::of(Some(0), None).is_err());
    }
}
