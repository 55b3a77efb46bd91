//! One operation as a tool contract.

use metel_model::contract::{Answer, Contract, Http, Idempotency, KeyPlace, Method, Place, Product, Transport, Trust};
use metel_model::lang::Text;
use metel_model::status::Risk;
use serde_json::{Map, Value, json};

use super::body::{self, Body};
use super::document::{Dialect, Document};
use super::import::{Common, Why};
use super::node::Node;
use super::operation::Operation;
use super::parameter::{self, Inputs};
use super::schema::{Assembled, Library};
use super::text::tidy;
use super::{name, risk, security, server};

/// Longest title and description, in bytes.
const TITLE_BYTES_MAX: usize = 120;
const DESCRIPTION_BYTES_MAX: usize = 1_200;

/// A contract, and whether parts of its schema are described in less detail than by the service.
pub(super) struct Made {
    pub contract: Contract,
    pub shortened: bool,
    /// Bytes of the input schema, about.
    pub bytes: usize,
}

pub(super) fn make<'d>(
    document: &'d Document,
    library: &mut Library<'d>,
    common: &Common,
    operation: &Operation<'d>,
    id: String,
    most: usize,
) -> Result<Made, Why> {
    let method = operation
        .method()
        .ok_or_else(|| Why::new(format!("the method {} is not sent", operation.verb.to_uppercase())))?;
    let inputs = parameter::read(document, library, operation)?;
    let body = body::read(document, library, operation, &inputs)?;
    if method.is_safe() && body.as_ref().is_some_and(|body| body.required) {
        return Err(Why::new("a reading call with a body is not sent"));
    }
    let body = body.filter(|_| !method.is_safe());
    let act = id.split_once('.').map_or("", |(_, act)| act).to_owned();
    let risks = common.risk_of(operation).unwrap_or_else(|| risk::of(method, &act, operation.path));
    let (assembled, http) = call(library, common, operation, method, &inputs, body, most)?;
    let (title, description) = texts(operation, &act);
    let only_reads = risks.iter().all(|risk| !risk.is_consequential());
    let idempotency = match (&inputs.key, method) {
        _ if only_reads => Idempotency::Natural,
        (Some(name), _) => Idempotency::Key { place: KeyPlace::Header, name: name.clone() },
        // RFC 9110, section 9.2.2: the same call again changes nothing more.
        (None, Method::Put | Method::Delete) => Idempotency::Natural,
        _ => Idempotency::None { reconcile: None },
    };
    let answer = answer(document, operation);
    let is_read = risks == [Risk::Read];
    Ok(Made {
        contract: Contract {
            id,
            version: common.version.clone(),
            title: Text { en: title.clone(), ko: title },
            description: Text { en: description.clone(), ko: description },
            examples: Vec::new(),
            risk: risks,
            scopes: security::scopes(document, operation.node, &common.security),
            input_schema: assembled.schema,
            output_schema: None,
            produces: answer.as_ref().map(|schema| products(&common.service, schema)).unwrap_or_default(),
            requires: Default::default(),
            success: answer.as_ref().and_then(|schema| ok_member(schema)).map(str::to_owned),
            error: answer.as_ref().and_then(|schema| ok_member(schema)).map(|_| "response.error".to_owned()),
            transport: Transport::Http(Box::new(http)),
            lookups: Default::default(),
            after: Default::default(),
            timeout_ms: 30_000,
            retry: Default::default(),
            idempotency,
            rate_limit: None,
            sensitivity: Vec::new(),
            // Outsiders may write what a foreign service answers.
            trust: if is_read || answer.is_some() { Trust::Untrusted } else { Trust::Trusted },
            audience: None,
            preview: None,
            undo: None,
            needs: Vec::new(),
        },
        shortened: assembled.shortened,
        bytes: assembled.bytes,
    })
}

fn texts(operation: &Operation<'_>, act: &str) -> (String, String) {
    let text = |name: &str| operation.node.get(name).text().or_else(|| operation.item.get(name).text());
    let said = |name: &str, most: usize| text(name).map(|text| tidy(text, most)).filter(|text| !text.is_empty());
    let title = said("summary", TITLE_BYTES_MAX)
        .or_else(|| operation.node.get("operationId").text().map(name::spoken).filter(|text| !text.is_empty()))
        .unwrap_or_else(|| name::spoken(act));
    let title = tidy(&title, TITLE_BYTES_MAX);
    let description = said("description", DESCRIPTION_BYTES_MAX).unwrap_or_else(|| title.clone());
    (title, description)
}

/// The input schema and the request.
fn call<'d>(
    library: &mut Library<'d>,
    common: &Common,
    operation: &Operation<'d>,
    method: Method,
    inputs: &Inputs<'d>,
    body: Option<Body>,
    most: usize,
) -> Result<(Assembled, Http), Why> {
    let (mut properties, mut required, mut parts) = (Map::new(), Vec::new(), Vec::new());
    let mut refers = |part: &super::schema::Part| {
        parts.push(super::schema::Part {
            schema: Value::Null,
            refers: part.refers.clone(),
            same: part.same.clone(),
            shortened: part.shortened,
        });
    };
    for input in &inputs.inputs {
        refers(&input.schema);
        properties.insert(input.name.clone(), input.schema.schema.clone());
        if input.required {
            required.push(input.name.clone());
        }
    }
    let mut http = Http { method, base: common.base_of(operation), ..Http::default() };
    (http.path, http.query) = path(operation.path, inputs)?;
    // The usual spelling in a path needs no words.
    let is_said = |wire: &&metel_model::contract::Parameter| {
        wire.place != Place::Path || wire.style != metel_model::contract::Style::Simple || wire.explode
    };
    http.parameters = inputs.inputs.iter().map(|input| &input.wire).filter(is_said).cloned().collect();
    if let Some(body) = body {
        refers(&body.schema);
        let field = ["body", "request_body", "payload_body"].into_iter().find(|name| !properties.contains_key(*name));
        let field = field.ok_or_else(|| Why::new("every name for its body is taken"))?;
        let mut schema = body.schema.schema;
        if let (Some(words), Value::Object(schema)) = (body.description, &mut schema)
            && !schema.contains_key("description")
            && !words.is_empty()
        {
            schema.insert("description".to_owned(), Value::from(words));
        }
        properties.insert(field.to_owned(), schema);
        if body.required {
            required.push(field.to_owned());
        }
        http.body = Value::from(format!("${{input.{field}}}"));
        http.encoding = body.encoding;
        http.fields = body.fields;
        http.content_type = body.content_type;
    }
    (http.answer, http.accept) = answers(common, operation);
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    Ok((library.assemble(schema, parts, most)?, http))
}

/// The path's template, and what its own query always says.
fn path(said: &str, inputs: &Inputs<'_>) -> Result<(String, Value), Why> {
    let said = said.split('#').next().unwrap_or_default();
    let (said, query) = said.split_once('?').unwrap_or((said, ""));
    let mut out = String::new();
    let mut rest = said;
    if !rest.starts_with('/') {
        out.push('/');
    }
    while let Some(start) = rest.find('{') {
        literal(&rest[..start], &mut out);
        let end = rest[start..].find('}').ok_or_else(|| Why::new("its path has a brace without end"))?;
        let name = &rest[start + 1..start + end];
        let input = inputs.inputs.iter().find(|input| input.wire.place == Place::Path && input.wire.name == name);
        let input = input.ok_or_else(|| Why::new(format!("nothing fills {{{name}}} in its path")))?;
        out.push_str(&format!("${{input.{}}}", input.name));
        rest = &rest[start + end + 1..];
    }
    literal(rest, &mut out);
    if out.starts_with("//") || out.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(Why::new("its path has empty or dot segments"));
    }
    let mut fixed = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A placeholder there is a parameter that is declared besides.
        if !value.contains('{') && !name.contains('{') {
            fixed.insert(super::text::percent_decoded(name), Value::from(super::text::percent_decoded(value)));
        }
    }
    Ok((out, if fixed.is_empty() { Value::Null } else { Value::Object(fixed) }))
}

/// A part of the path that stands as it is, with what an address cannot hold encoded.
fn literal(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(byte as char),
            _ if b"-._~/!'()*+,;=:@%".contains(&byte) => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// Media types of good answers.
fn media<'d>(document: &'d Document, operation: &Operation<'d>) -> Vec<&'d str> {
    if document.dialect == Dialect::Swagger2 {
        let said = operation.node.find("produces").unwrap_or_else(|| document.root.get("produces"));
        return said.items().iter().filter_map(Node::text).collect();
    }
    let mut out = Vec::new();
    for (status, response) in operation.node.get("responses").members() {
        if let (true, Ok(response)) = (status.starts_with('2'), document.resolved(response)) {
            out.extend(response.get("content").members().iter().map(|(media, _)| &**media));
        }
    }
    out
}

fn answers(common: &Common, operation: &Operation<'_>) -> (Answer, Option<String>) {
    let media = media(common.document(), operation);
    let json = media.iter().find(|media| media.contains("json"));
    let is_plain = |media: &str| media.len() < 100 && media.bytes().all(|b| (b' '..0x7f).contains(&b));
    match (json, media.first()) {
        (Some(media), _) if media.starts_with("application/json") => (Answer::Json, None),
        (Some(media), _) if is_plain(media) && !media.contains('*') => (Answer::Json, Some((*media).to_owned())),
        (None, Some(media)) if is_plain(media) && media.contains('/') => (Answer::Any, Some((*media).to_owned())),
        _ => (Answer::Any, None),
    }
}

/// The schema of the first good answer in JSON.
fn answer<'d>(document: &'d Document, operation: &Operation<'d>) -> Option<&'d Node> {
    let good = operation.node.get("responses").members().iter().find(|(status, _)| status.starts_with('2'))?;
    let response = document.resolved(&good.1).ok()?;
    let schema = match document.dialect {
        Dialect::Swagger2 => response.get("schema"),
        _ => response.get("content").members().iter().find(|(media, _)| media.contains("json"))?.1.get("schema"),
    };
    let schema = document.resolved(schema).ok()?;
    schema.is_map().then_some(schema)
}

/// Services that answer 200 and say in `ok` whether it went well.
fn ok_member(schema: &&Node) -> Option<&'static str> {
    let is_asked = schema.get("required").items().iter().any(|name| name.text() == Some("ok"));
    (is_asked && schema.get("properties").has("ok")).then_some("!has(response.ok) || response.ok == true")
}

/// What later steps most often need of an answer: its id and its address.
fn products(service: &str, schema: &&Node) -> std::collections::BTreeMap<String, Product> {
    let mut out = std::collections::BTreeMap::new();
    let properties = schema.get("properties");
    let mut add = |key: &str, member: &str, kind: String| {
        let product = Product { path: format!("$.{member}"), cel: None, kind, optional: true };
        out.insert(key.to_owned(), product);
    };
    if properties.has("id") {
        add("id", "id", format!("{service}.id"));
    }
    if let Some(member) = ["html_url", "web_url", "permalink", "url"].into_iter().find(|name| properties.has(name)) {
        add("url", member, "url".to_owned());
    }
    out
}

impl Common<'_> {
    /// Another address of the service, where a path or an operation names one.
    fn base_of(&self, operation: &Operation<'_>) -> Option<String> {
        let other = server::among(operation.node).or_else(|| server::among(operation.item))?;
        (Some(&other) != self.server.as_ref()).then_some(other.base)
    }
}
