//! A request's body in the form that its service reads, and its usual media type. Everything is
//! written from typed values: nothing in a value can end a part or begin another field.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_model::contract::{Encoding, Field};
use serde_json::Value;

use super::file::File;
use super::fill::{RenderFault, plain};
use super::{form, parts};

/// Bytes and media type. `fields` says how single members of a form or of parts are written.
pub(super) fn write(
    value: &Value,
    encoding: Encoding,
    fields: &BTreeMap<String, Field>,
) -> Result<(Vec<u8>, String), RenderFault> {
    let is_named = matches!(encoding, Encoding::Form | Encoding::Brackets | Encoding::Multipart | Encoding::Related);
    if is_named && !value.is_object() {
        return Err(RenderFault::Form);
    }
    let text = |kind: &str, body: String| Ok((body.into_bytes(), kind.to_owned()));
    match encoding {
        Encoding::Json => text("application/json; charset=utf-8", value.to_string()),
        Encoding::Form => text(form::MEDIA_TYPE, form::flat(value, fields)),
        Encoding::Brackets => text(form::MEDIA_TYPE, form::nested(value, fields)?),
        Encoding::Multipart => parts::form_data(value, fields),
        Encoding::Related => parts::related(value),
        Encoding::Raw => File::read(value).map(|file| (file.bytes, file.media_type)),
        Encoding::Text => text("text/plain; charset=utf-8", plain(value)),
        Encoding::Bytes => Ok((bytes(&plain(value))?, "application/octet-stream".to_owned())),
    }
}

/// The bytes that a text of base64 stands for.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, RenderFault> {
    STANDARD.decode(text.trim()).map_err(|_| RenderFault::Base64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_bytes_and_files_are_sent_as_they_are() {
        let written = |value: Value, encoding| write(&value, encoding, &BTreeMap::new());
        let usual = |bytes: &[u8], kind: &str| Ok((bytes.to_vec(), kind.to_owned()));
        assert_eq!(written(json!("x"), Encoding::Raw), usual(b"x", "text/plain; charset=utf-8"));
        assert_eq!(written(json!({"base64": "aGk=", "media_type": "a/b"}), Encoding::Raw), usual(b"hi", "a/b"));
        assert_eq!(written(json!("x"), Encoding::Text), usual(b"x", "text/plain; charset=utf-8"));
        assert_eq!(written(json!("aGk=\n"), Encoding::Bytes), usual(b"hi", "application/octet-stream"));
        assert_eq!(written(json!("!"), Encoding::Bytes), Err(RenderFault::Base64));
        assert_eq!(written(json!([1]), Encoding::Json), usual(b"[1]", "application/json; charset=utf-8"));
        for encoding in [Encoding::Form, Encoding::Brackets, Encoding::Multipart, Encoding::Related] {
            assert_eq!(written(json!([1]), encoding), Err(RenderFault::Form), "{encoding:?}");
        }
    }
}
