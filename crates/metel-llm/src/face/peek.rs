//! A request body looked at from outside: which model, streamed or not, how long an answer. Its other
//! members are carried along unread.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use metel_model::{Code, Fault};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Most members of a body.
const MEMBERS_MAX: usize = 64;

/// What is known of a body without reading it all.
#[derive(Debug)]
pub struct Peek<'a> {
    pub model: Cow<'a, str>,
    pub stream: bool,
    /// The asker wants the event with the counts.
    pub wants_usage: bool,
    pub max_tokens: Option<u64>,
    pub bytes: &'a [u8],
    members: Members<'a>,
}

/// The members of an object in order; a name that comes twice is refused, because servers differ in
/// which of the two they believe.
#[derive(Debug)]
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::with_capacity(12);
                while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
                    if members.len() >= MEMBERS_MAX || members.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!("too many members, or `{name}` comes twice")));
                    }
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Peek<'a> {
    /// Reads the outside of a body. A fault names what is missing or wrong.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Fault> {
        let members: Members<'a> =
            serde_json::from_slice(bytes).map_err(|error| Fault::new(Code::JsonMalformed).about(error))?;
        let find = |name: &str| members.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.get());
        let model = find("model")
            .and_then(|text| serde_json::from_str::<Name<'a>>(text).ok())
            .map(|Name(model)| model)
            .filter(|model| !model.is_empty())
            .ok_or_else(|| wrong("model", "must name a model", "모델 이름이어야 해요"))?;
        let stream = match find("stream") {
            None | Some("null" | "false") => false,
            Some("true") => true,
            Some(_) => return Err(wrong("stream", "must be true or false", "true나 false여야 해요")),
        };
        #[derive(Deserialize)]
        struct Options {
            #[serde(default)]
            include_usage: bool,
        }
        let options = find("stream_options").filter(|text| *text != "null");
        let wants_usage = match options.map(|text| (text.starts_with('{'), serde_json::from_str::<Options>(text))) {
            None => false,
            Some((true, Ok(options))) => options.include_usage,
            Some(_) => return Err(wrong("stream_options", "must be an object", "객체여야 해요")),
        };
        let number = |name: &str| find(name).filter(|text| *text != "null").map(str::parse::<u64>).transpose();
        let max_tokens = match (number("max_completion_tokens"), number("max_tokens")) {
            (Ok(new), Ok(old)) => new.or(old),
            _ => return Err(wrong("max_tokens", "must be a whole number", "정수여야 해요")),
        };
        Ok(Self { model, stream, wants_usage, max_tokens, bytes, members })
    }

    /// The body for a server: its own name of the model, and counts asked for in streams.
    pub(crate) fn body_for(&self, model: &str) -> Bytes {
        let mut out = Vec::with_capacity(self.bytes.len() + model.len() + 64);
        out.extend_from_slice(b"{\"model\":");
        let _ = serde_json::to_writer(&mut out, model);
        for (name, value) in &self.members.0 {
            if name == "model" || (name == "stream_options" && self.stream) {
                continue;
            }
            out.push(b',');
            let _ = serde_json::to_writer(&mut out, name.as_ref());
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
        }
        if self.stream {
            out.extend_from_slice(b",\"stream_options\":{\"include_usage\":true}");
        }
        out.push(b'}');
        out.into()
    }
}

fn wrong(field: &str, en: &str, ko: &str) -> Fault {
    let field = metel_model::fault::FieldFault::new(format!("/{field}"), en, ko);
    Fault::new(Code::FieldInvalid).fields(vec![field])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_outside_is_read_and_the_rest_carried_along() {
        let body = json!({"model": "f\u{22}ast", "messages": [{"role": "user", "content": "가"}], "stream": true,
            "stream_options": {"include_usage": false}, "max_completion_tokens": 9, "odd": {"a": [1.50, null]}});
        let text = body.to_string();
        let peek = Peek::of(text.as_bytes()).unwrap();
        assert_eq!(
            (peek.model.as_ref(), peek.stream, peek.wants_usage, peek.max_tokens),
            ("f\"ast", true, false, Some(9))
        );
        let sent: Value = serde_json::from_slice(&peek.body_for("real")).unwrap();
        assert_eq!((&sent["model"], &sent["stream_options"]), (&json!("real"), &json!({"include_usage": true})));
        assert_eq!((&sent["messages"], &sent["odd"]), (&body["messages"], &body["odd"]));
    }

    #[test]
    fn doubled_and_wrong_members_are_refused() {
        for bad in [
            r#"{"model":"a","model":"b"}"#,
            r#"{"messages":[]}"#,
            r#"{"model":3}"#,
            r#"{"model":"a","stream":"yes"}"#,
            r#"{"model":"a","max_tokens":-1}"#,
            r#"{"model":"a","stream_options":[]}"#,
            r#"[1]"#,
            r#"{"model":"#,
            "",
        ] {
            assert!(Peek::of(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
