//! JSON Schema as OpenAI's strict mode takes it: every property required, objects closed, a small set
//! of keywords. What was optional becomes nullable, and its nulls are dropped from the answer.
//! <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>

use serde_json::{Map, Value, json};

const KEPT: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "$ref",
    "$defs",
    "description",
    "pattern",
    "minimum",
    "maximum",
    "multipleOf",
    "minItems",
    "maxItems",
];

/// The schema without annotations that are metel's own; every server takes it.
pub(crate) fn plain(schema: &Value) -> Value {
    walk(schema, &|members| {
        members.retain(|name, _| !name.starts_with("x-") && !matches!(name.as_str(), "examples" | "default" | "title"));
    })
}

/// The schema in the strict subset.
pub(crate) fn narrow(schema: &Value) -> Value {
    walk(&plain(schema), &|members| {
        if let Some(any) = members.remove("oneOf") {
            members.insert("anyOf".into(), any);
        }
        members.retain(|name, _| KEPT.contains(&name.as_str()));
        let Some(Value::Object(properties)) = members.get("properties") else { return };
        let required: Vec<String> = members
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect())
            .unwrap_or_default();
        let mut names = required.clone();
        names.extend(properties.keys().filter(|name| !required.contains(name)).cloned());
        if let Some(Value::Object(properties)) = members.get_mut("properties") {
            for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(name)) {
                *property = nullable(property.take());
            }
        }
        members.insert("required".into(), json!(names));
        members.insert("additionalProperties".into(), Value::Bool(false));
    })
}

fn nullable(property: Value) -> Value {
    match property.get("type") {
        Some(Value::String(_)) if property.get("enum").is_none() && property.get("const").is_none() => {
            let mut property = property;
            let kind = property["type"].take();
            property["type"] = json!([kind, "null"]);
            property
        }
        _ => json!({"anyOf": [property, {"type": "null"}]}),
    }
}

/// Takes out the nulls that stand for absent optional members.
pub(crate) fn drop_nulls(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(members) => {
            let required = schema.get("required").and_then(Value::as_array);
            let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|n| n == name));
            members.retain(|name, member| !member.is_null() || is_required(name));
            for (name, member) in members.iter_mut() {
                drop_nulls(
                    member,
                    schema.pointer(&metel_model::json::pointer_push("/properties", name)).unwrap_or(&Value::Null),
                );
            }
        }
        Value::Array(items) => {
            let schema = schema.get("items").unwrap_or(&Value::Null);
            items.iter_mut().for_each(|item| drop_nulls(item, schema));
        }
        _ => {}
    }
}

/// Writes a schema so that properties stand in the order of `required`, the others after them. Servers
/// that turn a schema into a grammar make the model write in this order, and what comes first leads.
pub(crate) fn write(schema: &Value) -> String {
    let mut out = String::with_capacity(512);
    write_into(schema, &mut out);
    out
}

fn write_into(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by_key(|name| name.as_str() != "type");
            let required = members.get("required").and_then(Value::as_array);
            joined('{', '}', names.into_iter(), out, |name, out| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                match (name.as_str(), &members[name]) {
                    ("properties", Value::Object(properties)) => {
                        let rank = |name: &str| {
                            let at = required.and_then(|names| names.iter().position(|n| n == name));
                            at.unwrap_or(usize::MAX)
                        };
                        let mut names: Vec<&String> = properties.keys().collect();
                        names.sort_by_key(|name| rank(name));
                        joined('{', '}', names.into_iter(), out, |name, out| {
                            out.push_str(&Value::from(name.as_str()).to_string());
                            out.push(':');
                            write_into(&properties[name], out);
                        });
                    }
                    (_, member) => write_into(member, out),
                }
            });
        }
        Value::Array(items) => joined('[', ']', items.iter(), out, write_into),
        _ => out.push_str(&value.to_string()),
    }
}

fn joined<T>(open: char, close: char, items: impl Iterator<Item = T>, out: &mut String, each: impl Fn(T, &mut String)) {
    out.push(open);
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        each(item, out);
    }
    out.push(close);
}

/// Applies `change` to every schema object within `schema`, inner ones first. Names of properties
/// are not keywords and stay.
fn walk(schema: &Value, change: &dyn Fn(&mut Map<String, Value>)) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    let mut out = Map::new();
    for (name, member) in members {
        let walked = match (name.as_str(), member) {
            ("properties" | "$defs" | "patternProperties", Value::Object(named)) => {
                Value::Object(named.iter().map(|(name, schema)| (name.clone(), walk(schema, change))).collect())
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(several)) => {
                Value::Array(several.iter().map(|schema| walk(schema, change)).collect())
            }
            ("items" | "additionalProperties" | "not", _) => walk(member, change),
            _ => member.clone(),
        };
        out.insert(name.clone(), walked);
    }
    change(&mut out);
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_written_in_the_order_of_required() {
        let schema = json!({"type": "object", "required": ["tool", "args"], "properties": {
            "args": {"type": "object", "properties": {"required": {"type": "string"}}}, "a": {"const": "\"가"}, "tool": {"enum": ["x"]}}});
        let text = write(&schema);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), schema);
        let at = |name: &str| text.find(name).unwrap();
        assert!(at("\"tool\":{") < at("\"args\":{") && at("\"args\":{") < at("\"a\":{"), "{text}");
    }

    #[test]
    fn optional_becomes_nullable_and_back() {
        let schema = json!({"type": "object", "required": ["title"], "properties": {
            "title": {"type": "string", "minLength": 1, "x-type": "title"},
            "x-default": {"type": "string", "enum": ["a"]},
            "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        }});
        let narrow = narrow(&schema);
        assert_eq!(narrow["required"], json!(["title", "rows", "x-default"]));
        assert_eq!(narrow["properties"]["title"], json!({"type": "string"}));
        assert_eq!(narrow["properties"]["x-default"]["anyOf"][1], json!({"type": "null"}));
        assert_eq!(narrow["properties"]["rows"]["items"]["additionalProperties"], false);

        let mut answer = json!({"title": "회의", "x-default": null, "rows": [{"n": null}, {"n": 2}]});
        drop_nulls(&mut answer, &schema);
        assert_eq!(answer, json!({"title": "회의", "rows": [{}, {"n": 2}]}));
    }
}
