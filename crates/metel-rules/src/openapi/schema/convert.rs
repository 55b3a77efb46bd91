//! One schema of a description in JSON Schema 2020-12.

use serde_json::{Map, Value, json};

use super::{Unfit, cut, discriminator, keyword};
use crate::openapi::document::{Dialect, Document, Followed, Lost};
use crate::openapi::limits::SCHEMA_DEPTH_MAX;
use crate::openapi::node::Node;
use crate::openapi::text::tidy;

/// Longest description of a part, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 300;
/// Keywords of which the text may hold nothing but these for a schema to be written where it is used.
const PLAIN: [&str; 16] = [
    "type",
    "enum",
    "format",
    "description",
    "title",
    "example",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "default",
    "pattern",
    "nullable",
    "x-nullable",
    "deprecated",
    "examples",
];

/// What a schema refers to: a pointer, and whether only its own words are meant (`bare`) and not
/// the alternatives that its discriminator adds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::openapi) struct Target {
    pub pointer: String,
    pub bare: bool,
}

/// A converted schema, what it refers to, and which of that it applies to the same value.
pub(in crate::openapi) struct Part {
    pub schema: Value,
    pub refers: Vec<Target>,
    pub same: Vec<Target>,
    /// Something of it was described in less detail.
    pub shortened: bool,
}

/// Where a schema stands.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    /// It is applied to the value that the definition is applied to.
    same: bool,
    /// It is one part of an `allOf`.
    joined: bool,
    bare: bool,
}

impl Place {
    fn inside(self) -> Self {
        Self { depth: self.depth + 1, same: false, joined: false, bare: false }
    }

    fn beside(self, joined: bool) -> Self {
        Self { depth: self.depth + 1, same: self.same, joined: self.joined || joined, bare: false }
    }
}

pub(super) struct Convert<'d, 'f> {
    document: &'d Document,
    followed: &'f Followed<'d>,
    part: Part,
    name: &'f mut dyn FnMut(&Target) -> String,
}

/// Converts one schema. `name` gives the name of the definition that a reference leads to.
pub(super) fn convert<'d>(
    document: &'d Document,
    followed: &Followed<'d>,
    node: &'d Node,
    bare: bool,
    name: &mut dyn FnMut(&Target) -> String,
) -> Result<Part, Unfit> {
    let part = Part { schema: Value::Null, refers: Vec::new(), same: Vec::new(), shortened: false };
    let mut convert = Convert { document, followed, part, name };
    let place = Place { depth: 0, same: true, joined: false, bare };
    let schema = convert.schema(node, place)?;
    Ok(Part { schema, ..convert.part })
}

impl<'d> Convert<'d, '_> {
    fn schema(&mut self, node: &'d Node, place: Place) -> Result<Value, Unfit> {
        match node {
            Node::Bool(is) => return Ok(Value::Bool(*is)),
            Node::Map(_) => {}
            _ => return Ok(json!({})),
        }
        if place.depth > SCHEMA_DEPTH_MAX {
            self.part.shortened = true;
            return Ok(cut::outline_of(node));
        }
        match node.get("$ref").text() {
            Some(target) => self.reference(node, target, place),
            None => self.own(node, place),
        }
    }

    fn reference(&mut self, node: &'d Node, target: &'d str, place: Place) -> Result<Value, Unfit> {
        let mut target = target;
        let mut found = self.followed.follow(self.document, target)?;
        // A definition that only refers is what it refers to.
        let mut steps = 0;
        while let (Some(next), 1) = (found.get("$ref").text(), found.members().len()) {
            target = next;
            found = self.followed.follow(self.document, target)?;
            steps += 1;
            if steps > crate::openapi::limits::CHAIN_MAX {
                return Err(Lost::Endless(target.chars().take(120).collect()).into());
            }
        }
        let mut out = match is_plain(found) {
            true => self.own(found, Place { bare: false, ..place })?,
            false => {
                let target = Target { pointer: target.to_owned(), bare: place.joined };
                let name = (self.name)(&target);
                if place.same {
                    self.part.same.push(target.clone());
                }
                self.part.refers.push(target);
                json!({ "$ref": format!("#/$defs/{name}") })
            }
        };
        let has_more =
            node.members().iter().any(|(name, _)| !matches!(&**name, "$ref" | "description" | "summary" | "title"));
        if has_more && self.document.dialect == Dialect::OpenApi31 {
            let own = self.own(node, place)?;
            if let (Value::Object(out), Value::Object(own)) = (&mut out, own) {
                for (name, value) in own {
                    out.entry(name).or_insert(value);
                }
            }
        }
        if let Some(text) = node.get("description").text() {
            out["description"] = Value::from(tidy(text, DESCRIPTION_BYTES_MAX));
        }
        Ok(match keyword::is_nullable(node) && out.get("$ref").is_some() {
            true => json!({ "anyOf": [out, { "type": "null" }] }),
            false => out,
        })
    }

    /// The schema's own keywords; `$ref` is not looked at.
    fn own(&mut self, node: &'d Node, place: Place) -> Result<Value, Unfit> {
        let dialect = self.document.dialect;
        let mut out = Map::new();
        let mut types = keyword::types(node);
        if types.is_empty() && node.get("properties").is_map() && !node.has("type") {
            types.push("object");
        }
        if !keyword::values(node, &types, dialect, &mut out) {
            types.clear();
        }
        keyword::bounds(node, &mut out);
        if let Some(pattern) = keyword::pattern(node) {
            out.insert("pattern".to_owned(), pattern);
        }
        for name in ["title", "format"] {
            if let Some(text) = node.get(name).text().filter(|text| text.len() <= 60 && !text.is_empty()) {
                out.insert(name.to_owned(), Value::from(tidy(text, 60)));
            }
        }
        if let Some(text) = node.get("description").text().filter(|text| !text.trim().is_empty()) {
            out.insert("description".to_owned(), Value::from(tidy(text, DESCRIPTION_BYTES_MAX)));
        }
        if types == ["string"] && keyword::is_file(node) {
            out.insert("contentEncoding".to_owned(), Value::from("base64"));
        }
        if node.get("deprecated").is_true() {
            out.insert("deprecated".to_owned(), Value::Bool(true));
        }
        self.members(node, place, &mut out)?;
        self.items(node, place, &mut out)?;
        self.together(node, place, &mut out)?;
        if dialect == Dialect::OpenApi31 {
            self.conditions(node, place, &mut out)?;
        }
        Ok(nullable(out, types, keyword::is_nullable(node)))
    }

    fn members(&mut self, node: &'d Node, place: Place, out: &mut Map<String, Value>) -> Result<(), Unfit> {
        let is_joined = place.joined || ["allOf", "anyOf", "oneOf", "$ref"].iter().any(|name| node.has(name));
        let mut own = Map::new();
        let mut unasked = Vec::new();
        for (name, schema) in node.get("properties").members() {
            if !matches!(schema, Node::Map(_) | Node::Bool(_)) {
                continue;
            }
            // What the service fills in itself is not asked for.
            if schema.get("readOnly").is_true() {
                unasked.push(&**name);
                if !is_joined {
                    continue;
                }
            }
            own.insert(name.to_string(), self.schema(schema, place.inside())?);
        }
        let mut patterns = Map::new();
        for (pattern, schema) in node.get("patternProperties").members() {
            if regex::Regex::new(pattern).is_ok() {
                patterns.insert(pattern.to_string(), self.schema(schema, place.inside())?);
            }
        }
        let more = match node.get("additionalProperties") {
            Node::Bool(is) => Some(Value::Bool(*is)),
            schema @ Node::Map(_) => Some(self.schema(schema, place.inside())?),
            _ => None,
        };
        // A name that is asked for must be one that can be given.
        let is_open =
            is_joined || more.as_ref().is_some_and(|more| *more != Value::Bool(false)) || !patterns.is_empty();
        let mut required: Vec<&str> = Vec::new();
        for name in node.get("required").items().iter().filter_map(Node::text) {
            let can_be_given = own.contains_key(name) || is_open || own.is_empty() && !node.has("properties");
            if can_be_given && !unasked.contains(&name) && !required.contains(&name) {
                required.push(name);
            }
        }
        if !own.is_empty() {
            out.insert("properties".to_owned(), Value::Object(own));
        }
        if !required.is_empty() {
            out.insert("required".to_owned(), json!(required));
        }
        if !patterns.is_empty() {
            out.insert("patternProperties".to_owned(), Value::Object(patterns));
        }
        if let Some(more) = more {
            out.insert("additionalProperties".to_owned(), more);
        }
        Ok(())
    }

    fn items(&mut self, node: &'d Node, place: Place, out: &mut Map<String, Value>) -> Result<(), Unfit> {
        match node.get("items") {
            // Tuples of older drafts.
            Node::List(list) if !list.is_empty() => {
                let list = list.iter().map(|item| self.schema(item, place.inside())).collect::<Result<_, _>>()?;
                out.insert("prefixItems".to_owned(), Value::Array(list));
            }
            item @ (Node::Map(_) | Node::Bool(_)) => {
                let item = self.schema(item, place.inside())?;
                out.insert("items".to_owned(), item);
            }
            _ => {}
        }
        Ok(())
    }

    fn together(&mut self, node: &'d Node, place: Place, out: &mut Map<String, Value>) -> Result<(), Unfit> {
        let all = node.get("allOf").items();
        let all: Vec<&'d Node> = all.iter().filter(|part| part.is_map()).collect();
        if let ([one], true) = (all.as_slice(), out.keys().all(|name| is_word(name)) && !node.has("type")) {
            // The usual way of saying more about a reference.
            let one = self.schema(one, Place { depth: place.depth + 1, ..place })?;
            if let Value::Object(one) = one {
                for (name, value) in one {
                    out.entry(name).or_insert(value);
                }
            }
        } else if !all.is_empty() {
            let parts = all.into_iter().map(|part| self.schema(part, place.beside(true))).collect::<Result<_, _>>()?;
            out.insert("allOf".to_owned(), Value::Array(parts));
        }
        let discriminator = discriminator::of(node);
        let mut has_alternatives = false;
        for name in ["oneOf", "anyOf"] {
            let mut parts = Vec::new();
            for part in node.get(name).items().iter().filter(|part| matches!(part, Node::Map(_) | Node::Bool(_))) {
                let target = part.get("$ref").text();
                let demand = discriminator.as_ref().zip(target).and_then(|(d, target)| d.demand(self.document, target));
                let mut part = self.schema(part, place.beside(false))?;
                if let (Some(demand), Value::Object(part)) = (demand, &mut part)
                    && !part.contains_key("properties")
                    && !part.contains_key("required")
                {
                    part.extend(demand);
                }
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            has_alternatives |= !parts.is_empty();
            if !parts.is_empty() {
                // Alternatives that are not told apart would refuse what fits two of them.
                let name = if name == "oneOf" && discriminator.is_none() { "anyOf" } else { name };
                let name = if out.contains_key(name) { "oneOf" } else { name };
                out.insert(name.to_owned(), Value::Array(parts));
            }
        }
        match discriminator {
            Some(discriminator) if !has_alternatives && !place.bare && !place.joined => {
                self.heirs(&discriminator, place, out)
            }
            _ => Ok(()),
        }
    }

    /// A schema whose heirs name it in their `allOf`: it, or one of those that its mapping names.
    fn heirs(
        &mut self,
        discriminator: &discriminator::Discriminator<'d>,
        place: Place,
        out: &mut Map<String, Value>,
    ) -> Result<(), Unfit> {
        let mut heirs: Vec<Value> = Vec::new();
        for (_, target) in &discriminator.mapping {
            // A heir that is not there is no alternative.
            if self.document.follow(target).is_err() {
                continue;
            }
            let target = Target { pointer: target.clone(), bare: true };
            if self.part.same.contains(&target) {
                continue;
            }
            let name = (self.name)(&target);
            if place.same {
                self.part.same.push(target.clone());
            }
            self.part.refers.push(target);
            heirs.push(json!({ "$ref": format!("#/$defs/{name}") }));
        }
        if !heirs.is_empty() {
            let own = std::mem::take(out);
            heirs.insert(0, Value::Object(own));
            out.insert("anyOf".to_owned(), Value::Array(heirs));
        }
        Ok(())
    }

    /// Keywords that only 2020-12 knows.
    fn conditions(&mut self, node: &'d Node, place: Place, out: &mut Map<String, Value>) -> Result<(), Unfit> {
        for name in ["not", "if", "then", "else"] {
            if let Some(schema @ (Node::Map(_) | Node::Bool(_))) = node.find(name) {
                let schema = self.schema(schema, place.beside(true))?;
                out.insert(name.to_owned(), schema);
            }
        }
        for name in ["contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"] {
            if let Some(schema @ (Node::Map(_) | Node::Bool(_))) = node.find(name) {
                let schema = self.schema(schema, place.inside())?;
                out.insert(name.to_owned(), schema);
            }
        }
        if let Node::List(list) = node.get("prefixItems")
            && !list.is_empty()
        {
            let list = list.iter().map(|item| self.schema(item, place.inside())).collect::<Result<_, _>>()?;
            out.insert("prefixItems".to_owned(), Value::Array(list));
        }
        let mut dependent = Map::new();
        for (name, schema) in node.get("dependentSchemas").members() {
            dependent.insert(name.to_string(), self.schema(schema, place.beside(true))?);
        }
        if !dependent.is_empty() {
            out.insert("dependentSchemas".to_owned(), Value::Object(dependent));
        }
        let names = |node: &Node| -> Option<Value> {
            let names: Vec<&str> = node.items().iter().map(Node::text).collect::<Option<_>>()?;
            Some(json!(names))
        };
        let dependent: Map<String, Value> = node
            .get("dependentRequired")
            .members()
            .iter()
            .filter_map(|(name, list)| Some((name.to_string(), names(list)?)))
            .collect();
        if !dependent.is_empty() {
            out.insert("dependentRequired".to_owned(), Value::Object(dependent));
        }
        Ok(())
    }
}

/// Keywords that only tell.
fn is_word(name: &str) -> bool {
    matches!(name, "title" | "description" | "deprecated" | "default")
}

/// Small enough to be written out where it is used.
fn is_plain(node: &Node) -> bool {
    let members = node.members();
    !members.is_empty()
        && members.len() <= 8
        && members.iter().all(|(name, value)| {
            PLAIN.contains(&&**name)
                && match value {
                    Node::List(items) => {
                        items.len() <= 12 && items.iter().all(|i| !matches!(i, Node::Map(_) | Node::List(_)))
                    }
                    Node::Map(_) => matches!(&**name, "example" | "examples"),
                    _ => true,
                }
        })
}

fn nullable(mut out: Map<String, Value>, mut types: Vec<&'static str>, is_nullable: bool) -> Value {
    if is_nullable && types.is_empty() {
        let is_open = out.keys().all(|name| is_word(name) || name == "format");
        if is_open {
            return Value::Object(out);
        }
        let description = out.remove("description");
        let mut wrapped = json!({ "anyOf": [out, { "type": "null" }] });
        if let Some(description) = description {
            wrapped["description"] = description;
        }
        return wrapped;
    }
    if is_nullable && !types.contains(&"null") {
        types.push("null");
        if let Some(Value::Array(values)) = out.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
    }
    match types.as_slice() {
        [] => {}
        [one] => drop(out.insert("type".to_owned(), Value::from(*one))),
        many => drop(out.insert("type".to_owned(), Value::from(many.to_vec()))),
    }
    Value::Object(out)
}
