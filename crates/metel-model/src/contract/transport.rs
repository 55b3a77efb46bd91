//! How a contract's call reaches the outside: an HTTP request described as data, what prepares it,
//! how its body is written and how its answer is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a payload reaches the outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Transport {
    Http(Box<Http>),
    /// A function inside metel, by name.
    Builtin {
        name: String,
    },
}

/// An HTTP request described as data. Strings may hold `${input.x}`; `{"$cel": "…"}` computes a
/// value; an object member whose name ends in `?` is left out when its value is null or absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub method: Method,
    /// Another base address of the same service, on one of its hosts. A connection with an address
    /// of its own uses that one for everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Path under the connection's base address; values are percent-encoded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Instead of a path: a whole address that a call in `before` answered, such as
    /// `${before.ticket.upload_url}`. It must lie on a host that the service names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub query: Value,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    #[serde(default)]
    pub encoding: Encoding,
    /// Inputs whose spelling in the request follows the styles of OpenAPI; beside `query` and `headers`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// How members of a form or of parts are written, where it is not the usual way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Field>,
    /// Media type of the body, where it is not the encoding's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Media types that the answer may have, where they are not what `answer` is usually sent as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
    /// What the answer is; it becomes JSON either way.
    #[serde(default, skip_serializing_if = "Answer::is_json")]
    pub answer: Answer,
    /// Calls that prepare this one, in order. Nobody feels what they do: an upload that is not yet
    /// shared, a ticket. Their answers are `before.<name>` in what follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
    /// The service works on; it is asked until it has finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
}

/// One input and its place and spelling in the request (OpenAPI 3.1, parameter object).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The input field. Absent or null: the parameter is left out.
    pub input: String,
    pub place: Place,
    /// Name in the request; without meaning in a path, where the template says `${input.field}`.
    pub name: String,
    pub style: Style,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explode: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Path,
    Query,
    Header,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Comma-separated: paths and headers.
    Simple,
    /// `.a.b`: paths.
    Label,
    /// `;name=a`: paths.
    Matrix,
    /// Several segments: slashes stay slashes.
    Segments,
    /// `name=a&name=b`, or `name=a,b`: queries and forms.
    Form,
    SpaceDelimited,
    PipeDelimited,
    /// `name[member]=value`, to any depth.
    DeepObject,
    /// As JSON text.
    Json,
}

/// How one member of a form or one part is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explode: bool,
    /// A file (parts only): base64 of its bytes, or a file value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub file: bool,
    /// Media type of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// One preparing call. Its own `before` and `until` stay empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    pub name: String,
    pub request: Http,
    /// CEL over `response` and `status`; without it every 2xx is a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<String>,
}

/// A read that is repeated until the work is done; its last answer is the call's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// Path under the base address; `before.started` is the first answer.
    pub path: String,
    /// CEL over `response`: true when there is nothing more to wait for.
    pub done: String,
    /// Milliseconds between two askings.
    pub every_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

impl Method {
    /// Changes nothing at the receiver (RFC 9110, section 9.2.1).
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`; lists repeat their name, inner values are written as JSON,
    /// unless `fields` says otherwise.
    Form,
    /// The same with inner values as `a[b]=1` and `a[0]=1`.
    Brackets,
    /// `multipart/form-data` (RFC 7578). A member that is a file value becomes a file part; one that
    /// `fields` names is what is said there; a list is several parts.
    Multipart,
    /// `multipart/related` (RFC 2387) of two parts: the members `metadata` (JSON) and `file`.
    Related,
    /// The body is one file value, sent as it is.
    Raw,
    /// The text itself.
    Text,
    /// The bytes of which the text is the base64.
    Bytes,
}

/// What a service answers with, and how it becomes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    #[default]
    Json,
    /// Elements become objects: attributes as `@name`, children by local name as lists, text alone
    /// as a string and beside others as `#text`.
    Xml,
    /// `{"text": …}`
    Text,
    /// `{"file": {"name", "media_type", "base64"}, "bytes": n}`
    File,
    /// JSON where it is JSON, else `{"content_type", "text"}`, or `{"content_type", "base64"}` of what is no text.
    Any,
}

impl Answer {
    fn is_json(&self) -> bool {
        *self == Self::Json
    }
}
