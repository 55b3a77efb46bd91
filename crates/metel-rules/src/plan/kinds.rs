//! Semantic types: whether something that one step leaves may stand where another step asks.

use metel_model::contract::Contract;
use serde_json::Value;

/// How well a product answers a wanted type, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The same type.
    Exact,
    /// Another name of the same sort of thing: `notion.page_url` where `url` is asked.
    Kin,
    /// It can be written out as text: rows in a message.
    Written,
}

/// Types whose values are read as prose.
const PROSE: &[&str] = &["text", "markdown", "summary", "content", "body", "message_text", "html", "transcript"];
/// Types whose values are lists or tables.
const TABLE: &[&str] = &["rows", "values", "table", "items", "results", "list", "records", "pages", "issues", "files"];
/// Types whose values are web addresses.
const LINK: &[&str] = &["url", "link", "permalink", "page_url", "html_url", "web_url"];

/// The part after the last dot: `page_url` of `notion.page_url`.
pub fn leaf(kind: &str) -> &str {
    kind.rsplit('.').next().unwrap_or(kind)
}

pub fn is_prose(kind: &str) -> bool {
    PROSE.contains(&leaf(kind))
}

pub fn is_table(kind: &str) -> bool {
    TABLE.contains(&leaf(kind))
}

pub fn is_link(kind: &str) -> bool {
    let leaf = leaf(kind);
    LINK.contains(&leaf) || leaf.ends_with("_url") || leaf.ends_with("_link")
}

/// How `produced` fits where `wanted` is asked, if at all.
pub fn fit(wanted: &str, produced: &str) -> Option<Fit> {
    if wanted == produced {
        return Some(Fit::Exact);
    }
    let same_leaf = leaf(wanted) == leaf(produced);
    let one_is_general = !wanted.contains('.') || !produced.contains('.');
    if same_leaf && one_is_general {
        return Some(Fit::Kin);
    }
    if wanted == "url" && is_link(produced) || wanted == "any" {
        return Some(Fit::Kin);
    }
    if is_prose(wanted) {
        return match () {
            () if is_prose(produced) => Some(Fit::Kin),
            () if is_table(produced) || is_link(produced) => Some(Fit::Written),
            () => None,
        };
    }
    if is_table(wanted) && is_table(produced) && one_is_general {
        return Some(Fit::Kin);
    }
    None
}

/// Whether a schema takes values of a JSON type; one without a type takes all.
pub fn takes(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        None => true,
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        Some(_) => false,
    }
}

/// One declared argument of a tool.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    pub name: &'a str,
    /// Semantic type, empty where none is declared.
    pub kind: &'a str,
    pub schema: &'a Value,
    pub required: bool,
}

/// The declared arguments of a tool, required ones first, in the schema's order.
pub fn fields(contract: &Contract) -> Vec<Field<'_>> {
    let required: Vec<&str> = contract
        .input_schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = contract.input_schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut fields: Vec<Field<'_>> = properties
        .iter()
        .map(|(name, schema)| Field {
            name,
            kind: schema
                .get("x-type")
                .and_then(Value::as_str)
                .or_else(|| contract.requires.get(name).map(String::as_str))
                .unwrap_or_default(),
            schema,
            required: required.contains(&name.as_str()),
        })
        .collect();
    fields.sort_by_key(|field| {
        (!field.required, required.iter().position(|name| *name == field.name).unwrap_or(usize::MAX))
    });
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_link_is_an_address_and_rows_can_be_written() {
        assert_eq!(fit("url", "notion.page_url"), Some(Fit::Kin));
        assert_eq!(fit("text", "rows"), Some(Fit::Written));
        assert_eq!(fit("text", "summary"), Some(Fit::Kin));
        assert_eq!(fit("notion.page_id", "notion.page_id"), Some(Fit::Exact));
        assert_eq!(fit("slack.channel", "notion.page_id"), None);
        assert_eq!(fit("notion.page", "github.page"), None);
    }
}
