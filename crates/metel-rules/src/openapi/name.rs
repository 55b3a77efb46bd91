//! Names: of services, of tools and of inputs, from whatever a description calls them.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

/// Longest name of a service that is made here.
const SERVICE_BYTES_MAX: usize = 20;
/// Longest tool id; model providers take no longer names.
const ID_BYTES_MAX: usize = 64;
/// Longest name of an input.
const INPUT_BYTES_MAX: usize = 60;

/// Words of a name in any spelling: `repos/list-forOrg2` → `repos list for org2`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let begins = c.is_ascii_uppercase()
            && (before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                || before.is_some_and(|b| b.is_ascii_uppercase()) && after.is_some_and(char::is_ascii_lowercase));
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c.to_ascii_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A service's name from a title.
pub(super) fn service(title: &str) -> String {
    const FILLERS: [&str; 11] = ["api", "open", "rest", "openapi", "swagger", "the", "public", "v1", "v2", "v3", "web"];
    let words = words(title);
    let telling: Vec<&String> = words.iter().filter(|word| !FILLERS.contains(&word.as_str())).collect();
    let chosen = if telling.is_empty() { words.iter().collect() } else { telling };
    let mut name = String::new();
    for word in chosen {
        if name.len() + word.len() + 1 > SERVICE_BYTES_MAX {
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(word);
    }
    match name.is_empty() {
        true => {
            words.first().map_or_else(|| "imported".to_owned(), |word| word.chars().take(SERVICE_BYTES_MAX).collect())
        }
        false => name,
    }
}

/// Gives out each name once.
#[derive(Debug, Default)]
pub(super) struct Taken(HashSet<String>);

impl Taken {
    /// The name itself, or with a number behind it.
    pub fn free(&mut self, name: &str, most: usize) -> String {
        let mut free = name.to_owned();
        let mut n = 2;
        while !self.0.insert(free.clone()) {
            let tail = format!("_{n}");
            let head: String = name.chars().take(most.saturating_sub(tail.len())).collect();
            free = format!("{head}{tail}");
            n += 1;
        }
        free
    }
}

/// `service.verb_object` of an operation; unique within `taken`, at most 64 bytes.
pub(super) fn tool(taken: &mut Taken, service: &str, id: Option<&str>, method: &str, path: &str) -> String {
    let mut act = id.map(|id| words(id).join("_")).unwrap_or_default();
    if act.is_empty() {
        act = from_path(method, path);
    }
    let most = ID_BYTES_MAX - service.len() - 1;
    if act.len() > most {
        let digest = Sha256::digest(format!("{method} {path}"));
        let mark: String = digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
        let mut head = act[..most - 7].to_owned();
        if let Some(end) = head.rfind('_').filter(|end| *end > most / 2) {
            head.truncate(end);
        }
        act = format!("{head}_{mark}");
    }
    format!("{service}.{}", taken.free(&act, most))
}

fn from_path(method: &str, path: &str) -> String {
    let verb = match method {
        "post" => "create",
        "put" => "replace",
        "patch" => "update",
        other => other,
    };
    let mut parts = vec![verb.to_owned()];
    for segment in path.split(['?', '#']).next().unwrap_or_default().split('/').filter(|segment| !segment.is_empty()) {
        match segment.starts_with('{') {
            true => parts.push(format!("by_{}", words(segment).join("_"))),
            false => parts.extend(words(segment)),
        }
    }
    parts.retain(|part| !part.is_empty() && part != "by_");
    parts.join("_")
}

/// The name under which an input is given: letters, digits, `_` and `-`, at most 60.
pub(super) fn input(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c.is_ascii_alphanumeric() || c == '_' || c == '-' {
            true => out.push(c),
            false if !out.ends_with('_') && !out.is_empty() => out.push('_'),
            false => {}
        }
        if out.len() >= INPUT_BYTES_MAX {
            break;
        }
    }
    let out = out.trim_end_matches('_');
    if out.is_empty() { "value".to_owned() } else { out.to_owned() }
}

/// A name as people read it: `repos/listForOrg` → `Repos list for org`.
pub(super) fn spoken(name: &str) -> String {
    let mut text = words(name).join(" ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// A semantic version from whatever a description calls its version.
pub(super) fn version(said: &str) -> String {
    let said = said.trim();
    let start = said.find(|c: char| c.is_ascii_digit());
    let digits = start.map_or("", |start| &said[start..]);
    let end = digits.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '_')).unwrap_or(digits.len());
    let mut numbers: Vec<u32> = digits[..end]
        .split(['.', '-', '_'])
        .take_while(|part| !part.is_empty())
        .map_while(|part| part.get(..part.len().min(8)).and_then(|part| part.parse().ok()))
        .take(3)
        .collect();
    if numbers.is_empty() {
        return "1.0.0".to_owned();
    }
    numbers.resize(3, 0);
    format!("{}.{}.{}", numbers[0], numbers[1], numbers[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_spelling_become_one() {
        let mut taken = Taken::default();
        let mut id = |id: Option<&str>, path: &str| tool(&mut taken, "hub", id, "get", path);
        assert_eq!(id(Some("repos/list-for-org"), "/x"), "hub.repos_list_for_org");
        assert_eq!(id(Some("getHTTPServer2ByID"), "/x"), "hub.get_http_server2_by_id");
        assert_eq!(id(Some("getHTTPServer2ByID"), "/y"), "hub.get_http_server2_by_id_2");
        assert_eq!(id(None, "/repos/{owner}/{repo-name}.json"), "hub.get_repos_by_owner_by_repo_name_json");
        assert_eq!(id(Some("목록"), "/목록"), "hub.get");
        let long = id(Some(&"listAllTheThings".repeat(9)), "/x");
        assert!(long.len() <= 64 && long.starts_with("hub.list_all"), "{long}");
        let other = tool(&mut Taken::default(), "hub", Some(&"listAllTheThings".repeat(9)), "get", "/other");
        assert_ne!(other, long);
    }

    #[test]
    fn services_inputs_and_versions() {
        for (title, name) in [
            ("GitHub v3 REST API", "git_hub"),
            ("Stripe API", "stripe"),
            ("Swagger Petstore - OpenAPI 3.0", "petstore_3_0"),
            ("한글", "imported"),
            ("API", "api"),
        ] {
            assert_eq!(service(title), name, "{title}");
        }
        for (name, given) in [("filter[name]", "filter_name"), ("$top", "top"), ("X-Foo", "X-Foo"), ("가", "value")] {
            assert_eq!(input(name), given);
        }
        for (said, version) in
            [("v1.2", "1.2.0"), ("2023-01-05", "2023.1.5"), ("beta", "1.0.0"), ("3.0.1-rc", "3.0.1"), ("", "1.0.0")]
        {
            assert_eq!(super::version(said), version, "{said}");
        }
        assert_eq!(spoken("repos/listForOrg"), "Repos list for org");
    }
}
