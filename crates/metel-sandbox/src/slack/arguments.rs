//! Arguments of a Web API call: query, form, or JSON body. JSON bodies must come with the token
//! in the header; structured arguments in forms are JSON text.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use serde_json::{Map, Value};

/// The arguments, from wherever they came.
#[derive(Debug)]
pub(super) struct Arguments {
    fields: Map<String, Value>,
    is_missing_charset: bool,
}

impl Arguments {
    pub(super) fn read(
        method: &Method,
        query: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, &'static str> {
        let mut fields = Map::new();
        let mut is_missing_charset = false;
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            fields.insert(name.into_owned(), Value::from(value.into_owned()));
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        if *method == Method::POST && !body.is_empty() {
            if kind.starts_with("application/json") {
                is_missing_charset = !kind.contains("charset");
                let parsed: Value = serde_json::from_slice(body).map_err(|_| "invalid_json")?;
                let Value::Object(parsed) = parsed else {
                    return Err("json_not_object");
                };
                fields.extend(parsed.into_iter().filter(|(name, _)| name != "token"));
            } else if kind.starts_with("application/x-www-form-urlencoded") {
                for (name, value) in url::form_urlencoded::parse(body) {
                    fields.insert(name.into_owned(), Value::from(value.into_owned()));
                }
            } else if kind.starts_with("multipart/form-data") {
                return Err("invalid_form_data");
            } else {
                return Err("invalid_post_type");
            }
        }
        Ok(Self { fields, is_missing_charset })
    }

    /// Text of an argument; an empty one counts as absent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A whole number, given as a number or as text.
    pub(super) fn number(&self, name: &str) -> Option<Option<u64>> {
        let value = self.fields.get(name)?;
        Some(value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()))
    }

    /// A truth value, given as such or as text.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => matches!(text.as_str(), "1" | "true" | "True"),
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            _ => false,
        }
    }

    /// A list or object, given as JSON or as JSON text; `Err` if it is text that is no JSON.
    pub(super) fn structure(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
            Some(other) => Ok(Some(other.clone())),
        }
    }

    /// Every argument but the token.
    pub(super) fn all(&self) -> Value {
        let kept = self.fields.iter().filter(|(name, _)| *name != "token");
        Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    pub(super) fn warnings(&self) -> Vec<&'static str> {
        if self.is_missing_charset { vec!["missing_charset"] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &str) -> Result<Arguments, &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        Arguments::read(&Method::POST, None, &headers, body.as_bytes())
    }

    #[test]
    fn takes_forms_and_json() {
        let form = "application/x-www-form-urlencoded";
        let given = read(form, "channel=%23%ED%8C%80&limit=3&blocks=%5B%5D").unwrap();
        assert_eq!(given.text("channel"), Some("#팀"));
        assert_eq!(given.number("limit"), Some(Some(3)));
        assert_eq!(given.structure("blocks"), Ok(Some(serde_json::json!([]))));
        let given = read("application/json", r#"{"text":"안녕","token":"x","mrkdwn":true}"#).unwrap();
        assert_eq!(given.text("text"), Some("안녕"));
        assert_eq!(given.text("token"), None);
        assert_eq!(given.warnings(), ["missing_charset"]);
        assert!(read("application/json; charset=utf-8", "{}").unwrap().warnings().is_empty());
    }

    #[test]
    fn refuses_in_slacks_words() {
        assert_eq!(read("application/json", "{").unwrap_err(), "invalid_json");
        assert_eq!(read("application/json", "[]").unwrap_err(), "json_not_object");
        assert_eq!(read("text/plain", "hi").unwrap_err(), "invalid_post_type");
    }
}
