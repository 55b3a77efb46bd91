//! Bodies: the media type that is chosen of those offered, and how a value becomes it.

use std::collections::BTreeMap;

use metel_model::contract::{Encoding, Field, Style};
use serde_json::{Map, Value, json};

use super::document::{Dialect, Document};
use super::import::Why;
use super::node::Node;
use super::operation::Operation;
use super::parameter::{Inputs, collection};
use super::schema::{Library, Part, is_file};
use super::text::tidy;

/// The body of an operation.
pub(super) struct Body {
    pub required: bool,
    pub schema: Part,
    pub encoding: Encoding,
    /// The media type as the description writes it; none where the encoding's usual one serves.
    pub content_type: Option<String>,
    pub fields: BTreeMap<String, Field>,
    pub description: Option<String>,
}

/// What a media type is written as, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Json,
    JsonLike,
    Form,
    Parts,
    Any,
    Text,
    Xml,
    Bytes,
}

fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn kind(media: &str) -> Kind {
    let essence = essence(media);
    match essence.as_str() {
        "application/json" | "text/json" => Kind::Json,
        "application/x-www-form-urlencoded" => Kind::Form,
        "multipart/form-data" => Kind::Parts,
        "*/*" | "" | "application/*" => Kind::Any,
        other if other.ends_with("+xml") || other.ends_with("/xml") => Kind::Xml,
        other if other.contains("json") => Kind::JsonLike,
        other if other.starts_with("multipart/") => Kind::Parts,
        other if other.starts_with("text/") || other.contains("yaml") || other.contains("graphql") => Kind::Text,
        _ => Kind::Bytes,
    }
}

pub(super) fn read<'d>(
    document: &'d Document,
    library: &mut Library<'d>,
    operation: &Operation<'d>,
    inputs: &Inputs<'d>,
) -> Result<Option<Body>, Why> {
    if document.dialect == Dialect::Swagger2 {
        return swagger(document, library, operation, inputs);
    }
    let Some(said) = operation.node.find("requestBody") else { return Ok(None) };
    let said = document.resolved(said)?;
    let offered = said.get("content").members();
    let Some((media, content)) = offered.iter().min_by_key(|(media, _)| kind(media)) else { return Ok(None) };
    let content = document.resolved(content)?;
    let mut body = of(document, library, media, content.get("schema"))?;
    body.required = said.get("required").is_true();
    body.description = said.get("description").text().map(|text| tidy(text, 400));
    if matches!(body.encoding, Encoding::Form | Encoding::Multipart) {
        encodings(content.get("encoding"), &mut body.fields);
    }
    Ok(Some(body))
}

fn of<'d>(document: &'d Document, library: &mut Library<'d>, media: &str, schema: &'d Node) -> Result<Body, Why> {
    let target = document.resolved(schema)?;
    let is_object = target.has("properties") || target.get("type").text() == Some("object");
    let kind = match kind(media) {
        // Whatever the service takes, JSON says most.
        Kind::Any if target.get("type").text() == Some("string") => Kind::Bytes,
        Kind::Any => Kind::JsonLike,
        other => other,
    };
    let (encoding, mut part) = match kind {
        Kind::Json | Kind::JsonLike | Kind::Any => (Encoding::Json, library.part(schema)?),
        Kind::Form => (Encoding::Form, object(library.part(schema)?)),
        Kind::Parts => (Encoding::Multipart, object(library.part(schema)?)),
        Kind::Text => (Encoding::Text, text("The text that is sent.")),
        Kind::Xml if is_object => (Encoding::Text, text("An XML document, written out whole.")),
        Kind::Xml => (Encoding::Text, text("An XML document.")),
        Kind::Bytes => {
            let mut part = text("The bytes of a file, as base64.");
            part.schema["contentEncoding"] = json!("base64");
            (Encoding::Bytes, part)
        }
    };
    if part.schema.as_object().is_some_and(Map::is_empty) && encoding == Encoding::Json {
        part.schema = json!({ "description": "Any JSON value." });
    }
    let usual =
        matches!(essence(media).as_str(), "application/json" | "application/x-www-form-urlencoded" | "text/plain");
    let is_concrete = !media.contains('*') && media.contains('/') && media.bytes().all(|b| (b' '..0x7f).contains(&b));
    let content_type = (!usual && is_concrete && encoding != Encoding::Multipart).then(|| media.trim().to_owned());
    let fields = match encoding {
        Encoding::Multipart => parts(document, target),
        _ => BTreeMap::new(),
    };
    Ok(Body { required: false, schema: part, encoding, content_type, fields, description: None })
}

/// Forms and parts hold named values, whatever the description forgot to say.
fn object(mut part: Part) -> Part {
    if part.schema.as_object().is_none_or(Map::is_empty) {
        part.schema = json!({ "type": "object" });
    }
    part
}

fn text(description: &str) -> Part {
    let schema = json!({ "type": "string", "description": description });
    Part { schema, refers: Vec::new(), same: Vec::new(), shortened: false }
}

/// Members that hold files or objects, of the schema itself and of the parts of its `allOf`. An object
/// is JSON, whatever it looks like.
fn parts(document: &Document, schema: &Node) -> BTreeMap<String, Field> {
    let mut fields = BTreeMap::new();
    let parts = schema.get("allOf").items().iter().filter_map(|part| document.resolved(part).ok());
    for part in std::iter::once(schema).chain(parts) {
        for (name, member) in part.get("properties").members() {
            let Ok(member) = document.resolved(member) else { continue };
            let item = document.resolved(member.get("items")).unwrap_or(member);
            let item = if member.get("type").text() == Some("array") { item } else { member };
            let is_object = item.has("properties") || item.get("type").text() == Some("object");
            let kind = is_object.then(|| "application/json".to_owned());
            let file = is_file(item) || is_file(member);
            if file || is_object {
                fields.insert(name.to_string(), Field { style: None, explode: false, file, content_type: kind });
            }
        }
    }
    fields
}

/// What the description says about single members (OpenAPI 3, encoding object).
fn encodings(said: &Node, fields: &mut BTreeMap<String, Field>) {
    for (name, encoding) in said.members() {
        let style = match encoding.get("style").text() {
            Some("form") => Some(Style::Form),
            Some("spaceDelimited") => Some(Style::SpaceDelimited),
            Some("pipeDelimited") => Some(Style::PipeDelimited),
            Some("deepObject") => Some(Style::DeepObject),
            _ => None,
        };
        let kind = encoding.get("contentType").text().and_then(|kinds| kinds.split(',').next()).map(str::trim);
        let kind = kind.filter(|kind| {
            !kind.contains('*') && kind.contains('/') && kind.bytes().all(|b| (b' '..0x7f).contains(&b))
        });
        let field = fields.entry(name.to_string()).or_insert(Field {
            style: None,
            explode: false,
            file: false,
            content_type: None,
        });
        field.style = style;
        field.explode = match encoding.get("explode") {
            Node::Bool(is) => *is,
            _ => matches!(style, Some(Style::Form | Style::DeepObject)),
        };
        if let Some(kind) = kind {
            field.content_type = Some(kind.to_owned());
        }
    }
    fields.retain(|_, field| field.style.is_some() || field.file || field.content_type.is_some());
}

/// Swagger 2.0: `in: body`, or fields of a form.
fn swagger<'d>(
    document: &'d Document,
    library: &mut Library<'d>,
    operation: &Operation<'d>,
    inputs: &Inputs<'d>,
) -> Result<Option<Body>, Why> {
    let consumed = operation.node.find("consumes").unwrap_or_else(|| document.root.get("consumes"));
    let consumed: Vec<&str> = consumed.items().iter().filter_map(Node::text).collect();
    if let Some(body) = inputs.body {
        let media = consumed.iter().min_by_key(|media| kind(media)).copied().unwrap_or("application/json");
        // A body is never a form here: those have fields of their own.
        let media = if matches!(kind(media), Kind::Form | Kind::Parts) { "application/json" } else { media };
        let mut out = of(document, library, media, body.get("schema"))?;
        out.required = body.get("required").is_true();
        out.description = body.get("description").text().map(|text| tidy(text, 400));
        return Ok(Some(out));
    }
    if inputs.form.is_empty() {
        return Ok(None);
    }
    let has_files = inputs.form.iter().any(|field| is_file(field));
    let is_parts = has_files
        || (consumed.iter().any(|m| kind(m) == Kind::Parts) && !consumed.iter().any(|m| kind(m) == Kind::Form));
    let mut out = Body {
        required: false,
        schema: Part { schema: Value::Null, refers: Vec::new(), same: Vec::new(), shortened: false },
        encoding: if is_parts { Encoding::Multipart } else { Encoding::Form },
        content_type: None,
        fields: BTreeMap::new(),
        description: None,
    };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in &inputs.form {
        let Some(name) = field.get("name").text() else { continue };
        let part = library.part(field)?;
        out.schema.refers.extend(part.refers);
        out.schema.same.extend(part.same);
        out.schema.shortened |= part.shortened;
        properties.insert(name.to_owned(), part.schema);
        if field.get("required").is_true() {
            required.push(name);
        }
        let is_list = field.get("type").text() == Some("array");
        let (style, explode) = collection(field.get("collectionFormat").text());
        if is_file(field) || is_list {
            let style = (is_list && !is_parts).then_some(style);
            out.fields.insert(name.to_owned(), Field { style, explode, file: is_file(field), content_type: None });
        }
    }
    out.required = !required.is_empty();
    out.schema.schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        out.schema.schema["required"] = json!(required);
    }
    Ok(Some(out))
}
