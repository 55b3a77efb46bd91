//! The little language of Drive's `q`: terms joined by `and`.
//! Source: <https://developers.google.com/workspace/drive/api/guides/ref-search-terms>.

use serde_json::Value;

/// Whether a file fits; `None` when the query cannot be read.
pub(super) fn fits(query: &str, file: &Value) -> Option<bool> {
    let mut all = true;
    for term in terms(query)? {
        all &= fits_term(&term, file)?;
    }
    Some(all)
}

/// Cuts at ` and ` outside quotes and braces.
fn terms(query: &str) -> Option<Vec<String>> {
    let (mut out, mut current, mut quoted, mut depth, mut escaped) = (Vec::new(), String::new(), false, 0, false);
    for letter in query.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '\'' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth -= 1,
            _ => {}
        }
        current.push(letter);
        if !quoted && depth == 0 && current.to_ascii_lowercase().ends_with(" and ") {
            current.truncate(current.len() - 5);
            out.push(std::mem::take(&mut current).trim().to_owned());
        }
    }
    out.push(current.trim().to_owned());
    (!quoted && depth == 0).then_some(out)
}

/// The text between quotes, its escapes undone.
fn text(quoted: &str) -> Option<String> {
    let inner = quoted.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("\\'", "'").replace("\\\\", "\\"))
}

fn fits_term(term: &str, file: &Value) -> Option<bool> {
    if term.is_empty() {
        return None;
    }
    if let Some(rest) = term.strip_prefix("not ") {
        return fits_term(rest.trim(), file).map(|fits| !fits);
    }
    if let Some(parent) = term.strip_suffix(" in parents") {
        let parent = text(parent)?;
        return Some(file["parents"].as_array().is_some_and(|all| all.iter().any(|one| *one == parent.as_str())));
    }
    if let Some(pair) = term.strip_prefix("appProperties has") {
        let inner = pair.trim().strip_prefix('{')?.strip_suffix('}')?;
        let parts = terms(inner)?;
        let value = |name: &str| parts.iter().find_map(|part| text(part.strip_prefix(name)?.trim().strip_prefix('=')?));
        return Some(file["appProperties"][value("key")?.as_str()] == value("value")?.as_str());
    }
    let (field, rest) = term.split_once(' ')?;
    let (operator, value) = rest.trim().split_once(' ')?;
    if field == "trashed" && operator == "=" {
        let wanted: bool = value.trim().parse().ok()?;
        return Some(file["trashed"].as_bool().unwrap_or(false) == wanted);
    }
    let wanted = text(value)?;
    let found = match field {
        "name" | "mimeType" | "modifiedTime" | "createdTime" => file[field].as_str().unwrap_or_default().to_owned(),
        "fullText" => format!(
            "{} {}",
            file["name"].as_str().unwrap_or_default(),
            file["description"].as_str().unwrap_or_default()
        ),
        _ => return None,
    };
    match operator {
        "=" => Some(found == wanted),
        "!=" => Some(found != wanted),
        "contains" => Some(found.to_lowercase().contains(&wanted.to_lowercase())),
        ">" => Some(found > wanted),
        "<" => Some(found < wanted),
        ">=" => Some(found >= wanted),
        "<=" => Some(found <= wanted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn terms_are_read_as_drive_reads_them() {
        let file = json!({"name": "It's 주간 and 보고", "mimeType": "text/csv", "parents": ["root"], "trashed": false, "appProperties": {"metel": "1.5"}});
        for (query, fit) in [
            ("name contains '주간' and trashed = false", Some(true)),
            ("name = 'It\\'s 주간 and 보고' and 'root' in parents", Some(true)),
            ("mimeType != 'text/csv'", Some(false)),
            ("not name contains 'zz'", Some(true)),
            ("appProperties has { key='metel' and value='1.5' } and trashed = false", Some(true)),
            ("appProperties has { key='metel' and value='2' }", Some(false)),
            ("name like 'x'", None),
            ("name = 'x", None),
            ("", None),
        ] {
            assert_eq!(fits(query, &file), fit, "{query}");
        }
    }
}
