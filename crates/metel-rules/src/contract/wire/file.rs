//! A file in a payload: `{"name", "media_type", "base64"}` or the same with `text`, or a plain string.
//! Names and types that would break out of a part's header are refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::fill::RenderFault;

/// Longest file name, in characters.
const NAME_CHARS_MAX: usize = 255;

/// Bytes with a name and a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl File {
    /// Whether a value is meant as a file rather than as a named value.
    pub fn is_file(value: &Value) -> bool {
        value.is_object() && (value.get("base64").is_some() || value.get("text").is_some())
    }

    pub fn read(value: &Value) -> Result<Self, RenderFault> {
        let bad = |why: &str| RenderFault::File(why.to_owned());
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let bytes = match (value, text("base64"), text("text")) {
            (Value::String(text), _, _) => text.clone().into_bytes(),
            (_, Some(_), Some(_)) => return Err(bad("it has both base64 and text")),
            (_, Some(data), None) => {
                let plain: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
                STANDARD.decode(plain).map_err(|_| bad("its content is not base64"))?
            }
            (_, None, Some(text)) => text.as_bytes().to_vec(),
            _ => return Err(bad("it has no content")),
        };
        let is_text = value.is_string() || value.get("text").is_some();
        let media_type = text("media_type").unwrap_or(match is_text {
            true => "text/plain; charset=utf-8",
            false => "application/octet-stream",
        });
        if !is_media_type(media_type) {
            return Err(bad("its media type is none"));
        }
        let name = text("name").unwrap_or("file");
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return Err(bad("its name is empty, too long or holds control characters"));
        }
        Ok(Self { name: name.to_owned(), media_type: media_type.to_owned(), bytes })
    }

    /// The value that [`File::read`] reads.
    pub fn to_value(&self) -> Value {
        json!({"name": self.name, "media_type": self.media_type, "base64": STANDARD.encode(&self.bytes)})
    }
}

/// `type/subtype` with parameters, in the characters that a header carries.
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    text.len() <= 200
        && text.bytes().all(|b| (b' '..=b'~').contains(&b))
        && essence.split_once('/').is_some_and(|(a, b)| token(a) && token(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_as_base64_text_or_string() {
        let file = File::read(&json!({"name": "가.png", "media_type": "image/png", "base64": "aGk\n="})).unwrap();
        assert_eq!((file.bytes.as_slice(), file.media_type.as_str()), (b"hi".as_slice(), "image/png"));
        assert_eq!(File::read(&file.to_value()).unwrap(), file);
        assert_eq!(File::read(&json!("안녕")).unwrap().media_type, "text/plain; charset=utf-8");
        for value in [
            json!({"base64": "한글"}),
            json!({"base64": "aGk=", "text": "hi"}),
            json!({"name": "a\r\nx", "text": "hi"}),
            json!({"name": "", "text": "hi"}),
            json!({"media_type": "image/png\r\nx: y", "text": "hi"}),
            json!({"media_type": "image", "text": "hi"}),
            json!({"name": "a"}),
            json!(7),
        ] {
            assert!(matches!(File::read(&value), Err(RenderFault::File(_))), "{value}");
        }
    }
}
