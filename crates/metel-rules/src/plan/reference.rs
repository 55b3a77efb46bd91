//! References inside plan arguments: `${a1.page_url}` in strings and `{"$ref": "a1.rows"}`.
//! `$${` stands for a literal `${`.

use serde_json::Value;

/// One reference: an action id (or `params`, `input`) and a path under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub root: String,
    pub path: String,
}

impl Reference {
    /// Reads `a1.page_url`. The path may be empty.
    pub fn parse(text: &str) -> Option<Self> {
        let (root, path) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let head = root.chars().next()?;
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let fine = (head.is_ascii_alphabetic() || head == '_') && root.len() <= 64 && root.chars().all(name);
        fine.then(|| Self { root: root.to_owned(), path: path.to_owned() })
    }

    /// The first part of the path: the product's key.
    pub fn key(&self) -> &str {
        self.path.split(['.', '[']).next().unwrap_or_default()
    }
}

/// How one value refers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// The value is the reference and takes its type.
    Whole(Reference),
    /// The reference stands inside a text.
    Inside(Reference),
    /// Something that looks like a reference and is none.
    Broken(String),
}

/// Every reference in `value`, in order, with nested ones.
pub fn uses(value: &Value) -> Vec<Use> {
    let mut out = Vec::new();
    collect(value, &mut out);
    out
}

fn collect(value: &Value, out: &mut Vec<Use>) {
    match value {
        Value::String(text) => in_text(text, out),
        Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
        Value::Object(members) => match whole_object(value) {
            Some(found) => out.push(found),
            None => members.values().for_each(|member| collect(member, out)),
        },
        _ => {}
    }
}

fn whole_object(value: &Value) -> Option<Use> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let target = members.get("$ref")?;
    Some(match target.as_str().and_then(Reference::parse) {
        Some(reference) => Use::Whole(reference),
        None => Use::Broken(target.to_string()),
    })
}

fn in_text(text: &str, out: &mut Vec<Use>) {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            rest = &rest[at + 2..];
            continue;
        }
        let body = &rest[at + 2..];
        let Some(end) = body.find('}') else {
            out.push(Use::Broken(body.chars().take(40).collect()));
            return;
        };
        let alone = text.starts_with("${") && at + end + 3 == text.len() && text.len() == rest.len();
        out.push(match Reference::parse(&body[..end]) {
            Some(reference) if alone => Use::Whole(reference),
            Some(reference) => Use::Inside(reference),
            None => Use::Broken(body[..end].chars().take(40).collect()),
        });
        rest = &body[end + 1..];
    }
}

/// Whether the whole value is one reference, and not a list or object around one.
pub fn is_whole(value: &Value) -> bool {
    let plain = value.is_string() || value.get("$ref").is_some();
    plain && matches!(uses(value).as_slice(), [Use::Whole(_)])
}

/// Replaces every reference for which `to` gives another. The rest stays as it is, `$${` included.
pub fn rewrite(value: &mut Value, to: &dyn Fn(&Reference) -> Option<Reference>) {
    match value {
        Value::String(text) => *text = rewritten(text, to),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, to)),
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get_mut("$ref")
                && let Some(new) = Reference::parse(target).and_then(|old| to(&old))
            {
                *target = format!("{}.{}", new.root, new.path);
                return;
            }
            members.values_mut().for_each(|member| rewrite(member, to));
        }
        _ => {}
    }
}

fn rewritten(text: &str, to: &dyn Fn(&Reference) -> Option<Reference>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else { break };
        out.push_str(&rest[..at]);
        let escaped = rest[..at].ends_with('$');
        let old = Reference::parse(&rest[at + 2..at + end]).filter(|_| !escaped);
        match old.and_then(|old| to(&old)) {
            Some(new) => out.push_str(&format!("${{{}.{}}}", new.root, new.path)),
            None => out.push_str(&rest[at..=at + end]),
        }
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    out
}

/// Writes a person's words so that nothing in them is taken for a reference.
pub fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_found_where_they_stand() {
        let whole = |text: &str| Use::Whole(Reference::parse(text).unwrap());
        let inside = |text: &str| Use::Inside(Reference::parse(text).unwrap());
        assert_eq!(uses(&json!("${a1.page_url}")), [whole("a1.page_url")]);
        assert_eq!(uses(&json!("링크: ${a1.page_url} ${a2.rows}")), [inside("a1.page_url"), inside("a2.rows")]);
        assert_eq!(uses(&json!({"x": [{"$ref": "a1.rows"}]})), [whole("a1.rows")]);
        assert_eq!(uses(&json!("$${a1.page_url}")), []);
        assert_eq!(uses(&json!("${a1.page_url}${a1.page_url}")).len(), 2);
        assert!(!is_whole(&json!("${a1.x}${a1.y}")));
        assert!(matches!(uses(&json!("${a1"))[..], [Use::Broken(_)]));
        assert!(matches!(uses(&json!("${1 a}"))[..], [Use::Broken(_)]));
        assert_eq!(uses(&json!(literal("값은 ${a1.x}"))), []);
    }

    #[test]
    fn only_what_is_meant_is_rewritten() {
        let to = |old: &Reference| {
            let new = Reference { root: "a3".to_owned(), path: old.path.clone() };
            (old.root == "a1").then_some(new)
        };
        let mut value =
            json!(["링크: ${a1.url} ${a2.url} $${a1.url} ${a1", {"$ref": "a1.rows"}, {"$ref": "a2.rows"}, 7]);
        rewrite(&mut value, &to);
        assert_eq!(
            value,
            json!(["링크: ${a3.url} ${a2.url} $${a1.url} ${a1", {"$ref": "a3.rows"}, {"$ref": "a2.rows"}, 7])
        );
    }
}
