//! Forms (`application/x-www-form-urlencoded`): named values, flat or with brackets.

use std::collections::BTreeMap;

use metel_model::contract::Field;
use metel_model::json::depth_within;
use serde_json::Value;

use super::fill::{RenderFault, plain};
use super::style::{Items, deep, in_query, pair};

pub(super) const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Deepest nesting of a form with brackets.
const DEPTH_MAX: usize = 8;

/// Lists repeat their name, objects are written as JSON, null is left out, unless `fields` says otherwise.
pub(super) fn flat(body: &Value, fields: &BTreeMap<String, Field>) -> String {
    written(body, fields, &|name, value, out| {
        out.extend(usual(name, value).map(|(name, value)| pair(&name, &value)));
    })
}

/// Inner values as `a[b]=1` and `a[0]=1`, unless `fields` says otherwise.
pub(super) fn nested(body: &Value, fields: &BTreeMap<String, Field>) -> Result<String, RenderFault> {
    if !depth_within(body, DEPTH_MAX) {
        return Err(RenderFault::Form);
    }
    Ok(written(body, fields, &|name, value, out| deep(name, value, Items::Numbered, out)))
}

/// Named values as they are usually spelled, not yet encoded.
pub(super) fn pairs(value: &Value) -> Vec<(String, String)> {
    value.as_object().into_iter().flatten().flat_map(|(name, value)| usual(name, value)).collect()
}

fn written(body: &Value, fields: &BTreeMap<String, Field>, plainly: &dyn Fn(&str, &Value, &mut Vec<String>)) -> String {
    let mut out = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        match fields.get(name).and_then(|said| Some((said.style?, said.explode))) {
            _ if value.is_null() => {}
            Some((style, explode)) => in_query(name, style, explode, value, &mut out),
            None => plainly(name, value, &mut out),
        }
    }
    out.join("&")
}

/// A list repeats its name, an object is written as JSON, null is left out.
fn usual<'v>(name: &'v str, value: &'v Value) -> impl Iterator<Item = (String, String)> + 'v {
    let items: &[Value] = match value {
        Value::Null => &[],
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    items.iter().map(move |item| (name.to_owned(), plain(item)))
}

#[cfg(test)]
mod tests {
    use metel_model::contract::Style;
    use serde_json::json;

    use super::*;

    fn deep_field() -> BTreeMap<String, Field> {
        let deep = Field { style: Some(Style::DeepObject), explode: true, file: false, content_type: None };
        BTreeMap::from([("m".to_owned(), deep)])
    }

    #[test]
    fn forms_repeat_lists_and_take_styles() {
        let body = json!({"a": ["1 2", 3], "m": {"k": ["v"]}, "o": {"x": 1}, "z": null});
        assert_eq!(flat(&body, &deep_field()), "a=1%202&a=3&m%5Bk%5D%5B%5D=v&o=%7B%22x%22%3A1%7D");
        let said = pairs(&json!({"a": ["1 2", 3], "o": {"x": 1}, "z": null}));
        let names: Vec<(&str, &str)> = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(names, [("a", "1 2"), ("a", "3"), ("o", "{\"x\":1}")]);
    }

    #[test]
    fn brackets_hold_what_is_inside() {
        let body = json!({"amount": 500, "metadata": {"order": "7 &x"}, "expand": ["charge"], "reason": null});
        let none = BTreeMap::new();
        assert_eq!(nested(&body, &none).unwrap(), "amount=500&expand%5B0%5D=charge&metadata%5Border%5D=7%20%26x");
        assert_eq!(nested(&json!({"m": {"k": ["v"]}}), &deep_field()).unwrap(), "m%5Bk%5D%5B%5D=v");
        let mut body = json!(1);
        for _ in 0..20 {
            body = json!({ "a": body });
        }
        assert_eq!(nested(&body, &none), Err(RenderFault::Form));
    }
}
