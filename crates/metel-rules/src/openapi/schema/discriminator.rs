//! Discriminators: which alternative a value is, said by one of its members.

use serde_json::{Map, Value, json};

use crate::openapi::document::Document;
use crate::openapi::limits::MAPPED_MAX;
use crate::openapi::node::Node;

/// The member's name, and the references that its values stand for, in the order of the text.
pub(super) struct Discriminator<'d> {
    pub member: &'d str,
    pub mapping: Vec<(&'d str, String)>,
}

pub(super) fn of(node: &Node) -> Option<Discriminator<'_>> {
    let said = node.get("discriminator");
    // Swagger 2.0 names the member only.
    let member = said.text().or_else(|| said.get("propertyName").text())?;
    let mapping = said.get("mapping").members().iter().filter_map(|(value, target)| {
        let target = target.text()?;
        let is_name = !target.contains(['/', '#', '.']);
        let target = if is_name { format!("#/components/schemas/{target}") } else { target.to_owned() };
        Some((&**value, target))
    });
    Some(Discriminator { member, mapping: mapping.take(MAPPED_MAX).collect() })
}

impl Discriminator<'_> {
    /// What an alternative with this reference must say of itself; none where the description does
    /// not map it, or its own schema says something else.
    pub fn demand(&self, document: &Document, target: &str) -> Option<Map<String, Value>> {
        let values: Vec<&str> =
            self.mapping.iter().filter(|(_, mapped)| mapped == target).map(|(value, _)| *value).collect();
        if values.is_empty() || !self.admits(document, target, &values) {
            return None;
        }
        let said = match values.as_slice() {
            [one] => json!({ "const": one }),
            many => json!({ "enum": many }),
        };
        let mut demand = Map::new();
        demand.insert("properties".to_owned(), json!({ self.member: said }));
        demand.insert("required".to_owned(), json!([self.member]));
        Some(demand)
    }

    /// Whether the alternative itself declares the member as a text that may be one of the values.
    fn admits(&self, document: &Document, target: &str, values: &[&str]) -> bool {
        let Ok(schema) = document.follow(target) else { return false };
        let mut open = vec![schema];
        for part in schema.get("allOf").items() {
            open.extend(document.resolved(part).ok());
        }
        let declared = open.into_iter().find_map(|schema| schema.get("properties").find(self.member));
        let Some(declared) = declared.and_then(|member| document.resolved(member).ok()) else { return false };
        let allowed = |value: &&str| {
            let list = declared.get("enum").items();
            let constant = declared.find("const").is_none_or(|constant| constant.text() == Some(value));
            constant && (list.is_empty() || list.iter().any(|item| item.text() == Some(value)))
        };
        declared.get("type").text() == Some("string") && values.iter().all(allowed)
    }
}
