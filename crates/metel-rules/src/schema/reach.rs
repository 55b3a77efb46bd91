//! Which subschema applies which other to what: the shape of the work a schema asks for. Errs on
//! the side of more work, never of less.

use std::collections::{HashMap, HashSet};

use referencing::{Draft, Registry, Resolver};
use serde_json::{Map, Value};

use super::compiled::SchemaError;
use super::given::Given;
use super::limits::{MAX_REACH, MAX_SUBSCHEMAS};

/// The part of a value that an applied subschema looks at.
#[derive(Debug)]
pub(super) enum Part {
    Same,
    /// The same value, by a subschema whose failures are kept to explain a failed choice.
    Alternative,
    Property(Box<str>),
    AnyProperty,
    Item(usize),
    AnyItem,
}

/// All subschemas that a schema reaches; the first is the schema itself.
#[derive(Debug)]
pub(super) struct Graph {
    pub edges: Vec<Vec<(Part, usize)>>,
}

/// A URI for schemas without one of their own.
const NAMELESS: &str = "urn:metel:schema";

struct Building<'r> {
    known: HashMap<usize, usize>,
    edges: Vec<Vec<(Part, usize)>>,
    /// Subschemas still to be read, with how far they are from the root.
    open: Vec<(usize, &'r Value, Resolver<'r>, Draft, usize)>,
    /// Documents whose dynamic anchors are known, by URI.
    documents: HashSet<String>,
    /// Subschemas with dynamic references, which may mean any dynamic anchor.
    referring: Vec<usize>,
    /// Targets of dynamic references.
    dynamic: Vec<(&'r Value, Resolver<'r>, Draft)>,
}

impl Graph {
    pub fn of(schema: &Value, given: &Given, draft: Draft) -> Result<Graph, SchemaError> {
        let invalid = |error: referencing::Error| SchemaError::Invalid(error.to_string());
        let id = if draft == Draft::Draft4 { "id" } else { "$id" };
        let named = schema.get(id).and_then(Value::as_str).filter(|id| !id.starts_with('#'));
        let base = referencing::uri::from_str(named.unwrap_or(NAMELESS)).map_err(invalid)?;
        let registry = Registry::new().draft(draft).retriever(given.clone());
        let registry = registry.extend(given.meta_schemas(schema)).map_err(invalid)?;
        let registry = registry.add(base.as_str(), schema).and_then(|r| r.prepare());
        let registry = registry.map_err(invalid)?;
        let mut building = Building {
            known: HashMap::new(),
            edges: Vec::new(),
            open: Vec::new(),
            documents: HashSet::new(),
            referring: Vec::new(),
            dynamic: Vec::new(),
        };
        building.find_dynamic(schema, registry.resolver(base.clone()), draft);
        building.reach(schema, registry.resolver(base), draft, 0)?;
        let mut joined = 0;
        loop {
            while let Some((node, schema, resolver, draft, depth)) = building.open.pop() {
                building.read(node, schema, &resolver, draft, depth)?;
            }
            if building.referring.is_empty() || joined == building.dynamic.len() {
                break;
            }
            joined = building.dynamic.len();
            for (schema, resolver, draft) in building.dynamic.clone() {
                building.reach(schema, resolver, draft, 1)?;
            }
        }
        building.join_dynamic();
        Ok(Graph { edges: building.edges })
    }
}

impl<'r> Building<'r> {
    /// Notes every subschema that a dynamic reference may mean.
    fn find_dynamic(&mut self, document: &'r Value, resolver: Resolver<'r>, draft: Draft) {
        let mut stack = vec![(document, resolver)];
        while let Some((value, resolver)) = stack.pop() {
            match value {
                Value::Array(items) => {
                    stack.extend(items.iter().map(|item| (item, resolver.clone())));
                }
                Value::Object(entries) => {
                    let resource = draft.create_resource_ref(value);
                    let resolver = resolver.in_subresource(resource).unwrap_or(resolver);
                    if entries.contains_key("$dynamicAnchor") || entries.contains_key("$recursiveAnchor") {
                        self.dynamic.push((value, resolver.clone(), draft));
                    }
                    stack.extend(entries.values().map(|value| (value, resolver.clone())));
                }
                _ => {}
            }
        }
    }

    /// Leads every dynamic reference to every dynamic anchor.
    fn join_dynamic(&mut self) {
        let address = |schema: &Value| std::ptr::from_ref(schema).addr();
        let targets: Vec<usize> = {
            let found = self.dynamic.iter().filter_map(|(schema, ..)| self.known.get(&address(schema)));
            found.copied().collect()
        };
        for node in &self.referring {
            self.edges[*node].extend(targets.iter().map(|target| (Part::Same, *target)));
        }
    }

    /// Notes the dynamic anchors of a document the first time that it is entered.
    fn document(&mut self, resolver: &Resolver<'r>, draft: Draft) {
        let base = resolver.base_uri();
        if self.documents.insert(base.as_str().to_owned())
            && let Ok(found) = resolver.lookup("#")
        {
            let (document, resolver, _) = found.into_inner();
            self.find_dynamic(document, resolver, draft);
        }
    }

    /// The number of a subschema, which is read later if it is new.
    fn reach(
        &mut self,
        schema: &'r Value,
        resolver: Resolver<'r>,
        draft: Draft,
        depth: usize,
    ) -> Result<usize, SchemaError> {
        if depth > MAX_REACH {
            return Err(SchemaError::TooLarge("its references lead too far"));
        }
        let address = std::ptr::from_ref(schema).addr();
        if let Some(node) = self.known.get(&address) {
            return Ok(*node);
        }
        let node = self.edges.len();
        if node >= MAX_SUBSCHEMAS {
            return Err(SchemaError::TooLarge("it reaches too many subschemas"));
        }
        self.known.insert(address, node);
        self.edges.push(Vec::new());
        self.open.push((node, schema, resolver, draft, depth));
        Ok(node)
    }

    fn read(
        &mut self,
        node: usize,
        schema: &'r Value,
        resolver: &Resolver<'r>,
        draft: Draft,
        depth: usize,
    ) -> Result<(), SchemaError> {
        let Value::Object(entries) = schema else {
            return Ok(());
        };
        let resource = draft.create_resource_ref(schema);
        let resolver = resolver.in_subresource(resource).unwrap_or_else(|_| resolver.clone());
        let mut found = Vec::new();
        direct(entries, &mut found);
        let mut edges = Vec::with_capacity(found.len());
        for (part, schema) in found {
            edges.push((part, self.reach(schema, resolver.clone(), draft, depth + 1)?));
        }
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let Some(Value::String(target)) = entries.get(keyword) else {
                continue;
            };
            if let Ok(found) = resolver.lookup(target) {
                let (schema, resolver, draft) = found.into_inner();
                self.document(&resolver, draft);
                edges.push((Part::Same, self.reach(schema, resolver, draft, depth + 1)?));
            }
            if keyword != "$ref" {
                self.referring.push(node);
            }
        }
        self.edges[node] = edges;
        Ok(())
    }
}

/// Subschemas written inside this one.
fn direct<'r>(entries: &'r Map<String, Value>, out: &mut Vec<(Part, &'r Value)>) {
    let part_of = |keyword: &str| match keyword {
        "additionalProperties" | "unevaluatedProperties" | "patternProperties" => Part::AnyProperty,
        // Names are looked at one by one, as if each were a value.
        "propertyNames" => Part::AnyProperty,
        "additionalItems" | "unevaluatedItems" | "contains" | "items" => Part::AnyItem,
        _ => Part::Same,
    };
    for (keyword, value) in entries {
        let keyword = keyword.as_str();
        match (keyword, value) {
            ("properties", Value::Object(map)) => {
                let property = |(name, schema)| (Part::Property(String::into_boxed_str(String::clone(name))), schema);
                out.extend(map.iter().map(property));
            }
            ("patternProperties" | "dependentSchemas" | "dependencies", Value::Object(map)) => {
                out.extend(map.values().map(|schema| (part_of(keyword), schema)));
            }
            ("prefixItems" | "items", Value::Array(list)) => {
                out.extend(list.iter().enumerate().map(|(i, schema)| (Part::Item(i), schema)));
            }
            ("allOf", Value::Array(list)) => {
                out.extend(list.iter().map(|schema| (Part::Same, schema)));
            }
            ("anyOf" | "oneOf", Value::Array(list)) => {
                out.extend(list.iter().map(|schema| (Part::Alternative, schema)));
            }
            (
                "not"
                | "if"
                | "then"
                | "else"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "propertyNames"
                | "additionalItems"
                | "unevaluatedItems"
                | "contains"
                | "items",
                schema,
            ) => out.push((part_of(keyword), schema)),
            _ => {}
        }
    }
}
