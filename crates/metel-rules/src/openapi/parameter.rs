//! Parameters: an input each, and its place and spelling in the request.

use metel_model::contract::{Parameter, Place, Style};
use serde_json::{Value, json};

use super::document::{Dialect, Document};
use super::import::Why;
use super::limits::PARAMETERS_MAX;
use super::name;
use super::node::Node;
use super::operation::Operation;
use super::schema::{Library, Part};
use super::text::tidy;

/// Longest description of an input, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 600;
/// Headers that are no inputs: OpenAPI says to pass over the first three, the others are not a
/// contract's to set.
const PASSED_OVER: [&str; 9] = [
    "accept",
    "content-type",
    "authorization",
    "host",
    "content-length",
    "cookie",
    "connection",
    "transfer-encoding",
    "user-agent",
];
/// Headers that carry the caller's key for "the same request again".
const KEYS: [&str; 3] = ["idempotency-key", "x-idempotency-key", "paypal-request-id"];

/// An input that a parameter makes.
pub(super) struct Input {
    pub name: String,
    pub required: bool,
    pub schema: Part,
    pub wire: Parameter,
}

/// The parameters of an operation.
pub(super) struct Inputs<'d> {
    pub inputs: Vec<Input>,
    /// Header of the idempotency key, where the service takes one.
    pub key: Option<String>,
    /// Swagger 2.0: the body and the fields of a form.
    pub body: Option<&'d Node>,
    pub form: Vec<&'d Node>,
}

/// Declared parameters, an operation's own before those of its path.
fn declared<'d>(document: &'d Document, operation: &Operation<'d>) -> Result<Vec<&'d Node>, Why> {
    let mut found: Vec<&'d Node> = Vec::new();
    let own = operation.node.get("parameters").items();
    for parameter in own.iter().chain(operation.item.get("parameters").items()) {
        let parameter = document.resolved(parameter)?;
        let same = |known: &&Node| known.get("name") == parameter.get("name") && known.get("in") == parameter.get("in");
        if !found.iter().any(same) {
            found.push(parameter);
        }
        if found.len() > PARAMETERS_MAX {
            return Err(Why::new(format!("it has more than {PARAMETERS_MAX} parameters")));
        }
    }
    Ok(found)
}

/// Names in braces, in order.
pub(super) fn in_template(path: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(start) = rest.find('{') {
        let Some(end) = rest[start..].find('}') else { break };
        names.push(&rest[start + 1..start + end]);
        rest = &rest[start + end + 1..];
    }
    names
}

pub(super) fn read<'d>(
    document: &'d Document,
    library: &mut Library<'d>,
    operation: &Operation<'d>,
) -> Result<Inputs<'d>, Why> {
    let declared = declared(document, operation)?;
    let mut out = Inputs { inputs: Vec::new(), key: None, body: None, form: Vec::new() };
    let mut places: Vec<(&'d str, Place, Option<&'d Node>)> = Vec::new();
    for parameter in &declared {
        let Some(said) = parameter.get("name").text() else {
            if parameter.get("in").text() == Some("body") {
                out.body = Some(parameter);
            }
            continue;
        };
        let place = match parameter.get("in").text().unwrap_or_default() {
            "query" => Place::Query,
            "header" => Place::Header,
            // Declared for a place that is not in the path: nothing to fill.
            "path" if !in_template(operation.path).contains(&said) => continue,
            "path" => Place::Path,
            "body" => {
                out.body = Some(parameter);
                continue;
            }
            "formData" => {
                out.form.push(parameter);
                continue;
            }
            "cookie" if parameter.get("required").is_true() => {
                return Err(Why::new(format!("the parameter `{said}` travels in a cookie, which metel does not send")));
            }
            "cookie" => continue,
            other => return Err(Why::new(format!("the parameter `{said}` has an unknown place: {other}"))),
        };
        if place == Place::Header {
            let lower = said.to_ascii_lowercase();
            if KEYS.contains(&lower.as_str()) {
                out.key = Some(said.to_owned());
                continue;
            }
            if PASSED_OVER.contains(&lower.as_str()) {
                continue;
            }
            if !is_header(said) {
                return Err(Why::new(format!("`{said}` is no header")));
            }
        }
        places.push((said, place, Some(parameter)));
    }
    // A place in the path that nothing declares is filled all the same.
    for said in in_template(operation.path) {
        if !places.iter().any(|(known, place, _)| *known == said && *place == Place::Path) {
            places.push((said, Place::Path, None));
        }
    }
    let mut taken = name::Taken::default();
    // Names in the path first: they keep their names when others are called the same.
    places.sort_by_key(|(_, place, _)| *place != Place::Path);
    for (said, place, parameter) in places {
        out.inputs.push(input(document, library, said, place, parameter, &mut taken)?);
    }
    Ok(out)
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn input<'d>(
    document: &'d Document,
    library: &mut Library<'d>,
    said: &str,
    place: Place,
    parameter: Option<&'d Node>,
    taken: &mut name::Taken,
) -> Result<Input, Why> {
    let text = json!({ "type": "string" });
    let plain = || Part { schema: text.clone(), refers: Vec::new(), same: Vec::new(), shortened: false };
    let node = parameter.unwrap_or(&Node::Null);
    let mut style = spelling(document, node, place);
    let mut part = match schema_of(document, node) {
        Some((schema, is_json)) => {
            if is_json {
                style = (Style::Json, false);
            }
            library.part(schema)?
        }
        None => plain(),
    };
    // What is nothing in particular is a text here.
    if part.schema.as_object().is_none_or(serde_json::Map::is_empty) {
        part.schema = text.clone();
    }
    if let Some(words) = node.get("description").text().filter(|words| !words.trim().is_empty()) {
        part.schema["description"] = Value::from(tidy(words, DESCRIPTION_BYTES_MAX));
    }
    if let Some(default) = node.find("default").and_then(Node::value).filter(|_| document.dialect == Dialect::Swagger2)
    {
        part.schema["default"] = default;
    }
    let wanted = name::input(said);
    let field = taken.free(&wanted, 64);
    let required = place == Place::Path || node.get("required").is_true();
    let (style, explode) = style;
    let wire = Parameter { input: field.clone(), place, name: said.to_owned(), style, explode };
    Ok(Input { name: field, required, schema: part, wire })
}

/// The schema of a parameter, and whether its value is written as JSON.
fn schema_of<'d>(document: &Document, node: &'d Node) -> Option<(&'d Node, bool)> {
    if let Some((media, content)) = node.get("content").members().first() {
        return Some((content.get("schema"), media.contains("json")));
    }
    match node.find("schema") {
        Some(schema) => Some((schema, false)),
        None if document.dialect == Dialect::Swagger2 && node.is_map() => Some((node, false)),
        None => None,
    }
}

/// The style of a parameter, with what holds where it says nothing.
fn spelling(document: &Document, node: &Node, place: Place) -> (Style, bool) {
    if node.get("x-multi-segment").is_true() || node.get("allowReserved").is_true() && place == Place::Path {
        return (Style::Segments, false);
    }
    if document.dialect == Dialect::Swagger2 {
        return match (place, node.get("collectionFormat").text()) {
            (Place::Query, format) => collection(format),
            _ => (Style::Simple, false),
        };
    }
    let style = match (node.get("style").text(), place) {
        (Some("label"), Place::Path) => Style::Label,
        (Some("matrix"), Place::Path) => Style::Matrix,
        (Some("spaceDelimited"), Place::Query) => Style::SpaceDelimited,
        (Some("pipeDelimited"), Place::Query) => Style::PipeDelimited,
        (Some("deepObject"), Place::Query) => Style::DeepObject,
        (_, Place::Query) => Style::Form,
        _ => Style::Simple,
    };
    let explode = match node.get("explode") {
        Node::Bool(is) => *is,
        _ => matches!(style, Style::Form | Style::DeepObject),
    };
    (style, explode)
}

/// Swagger 2.0's spelling of lists.
pub(super) fn collection(format: Option<&str>) -> (Style, bool) {
    match format {
        Some("multi") => (Style::Form, true),
        Some("ssv" | "tsv") => (Style::SpaceDelimited, false),
        Some("pipes") => (Style::PipeDelimited, false),
        _ => (Style::Form, false),
    }
}
