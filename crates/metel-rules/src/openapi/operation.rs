//! The operations of a description, in its order.

use metel_model::contract::Method;

use super::document::Document;
use super::node::Node;

/// One operation as it stands in the description.
#[derive(Clone, Copy)]
pub(super) struct Operation<'d> {
    pub path: &'d str,
    /// In small letters.
    pub verb: &'d str,
    /// The path item, whose parameters and servers hold for all of its operations.
    pub item: &'d Node,
    pub node: &'d Node,
}

/// Methods that a description may name.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Every operation, with path items that stand elsewhere followed.
pub(super) fn all(document: &Document) -> Vec<Operation<'_>> {
    let mut out = Vec::new();
    for (path, item) in document.root.get("paths").members() {
        let Ok(item) = document.resolved(item) else { continue };
        for (verb, node) in item.members() {
            if METHODS.contains(&&**verb) && node.is_map() {
                out.push(Operation { path, verb, item, node });
            }
        }
    }
    out
}

impl Operation<'_> {
    /// `get /pets/{id}`: what the description calls it.
    pub fn label(&self) -> String {
        format!("{} {}", self.verb, self.path)
    }

    pub fn method(&self) -> Option<Method> {
        Some(match self.verb {
            "get" => Method::Get,
            "put" => Method::Put,
            "post" => Method::Post,
            "delete" => Method::Delete,
            "patch" => Method::Patch,
            "head" => Method::Head,
            "options" => Method::Options,
            _ => return None,
        })
    }

    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.node.get("tags").items().iter().filter_map(Node::text)
    }
}
