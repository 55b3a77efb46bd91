//! Where the service lives: the first address that metel may use.

use super::document::{Dialect, Document};
use super::node::Node;

/// An address under which a service is reached, always https, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub base: String,
    pub host: String,
}

/// The server of the whole description.
pub(super) fn of(document: &Document) -> Option<Server> {
    if document.dialect == Dialect::Swagger2 {
        let host = document.root.get("host").text()?;
        let path = document.root.get("basePath").text().unwrap_or_default();
        return read(&format!("https://{host}{path}"));
    }
    among(&document.root)
}

/// The first usable server that a description, path or operation names.
pub(super) fn among(node: &Node) -> Option<Server> {
    let addresses: Vec<String> = node.get("servers").items().iter().filter_map(address).collect();
    let secure = addresses.iter().find(|address| address.starts_with("https://"));
    secure.or_else(|| addresses.first()).and_then(|address| read(address))
}

/// The address with its variables' defaults in place.
fn address(server: &Node) -> Option<String> {
    let mut address = server.get("url").text()?.to_owned();
    for (name, variable) in server.get("variables").members() {
        let value = match variable.get("default") {
            Node::Text(text) => text.to_string(),
            other => other.value().filter(|value| !value.is_null()).map(|value| value.to_string()).unwrap_or_default(),
        };
        address = address.replace(&format!("{{{name}}}"), &value);
    }
    Some(address)
}

/// Reads `http(s)://host[:port][/path]`; plain http becomes https.
pub(super) fn read(address: &str) -> Option<Server> {
    let rest = address.trim().strip_prefix("https://").or_else(|| address.trim().strip_prefix("http://"))?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
    let host = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_host = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        && authority.split_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok());
    let is_plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/!()*'+,;=:@%".contains(&b));
    let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".." | ""));
    if !is_host || !is_plain || (has_dots && !path.is_empty()) {
        return None;
    }
    let port = authority.split_once(':').map_or(String::new(), |(_, port)| format!(":{port}"));
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    Some(Server { base: format!("https://{host}{port}{path}"), host })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_not_there() {
        let base = |address: &str| read(address).map(|server| server.base);
        assert_eq!(base("http://API.example.com/v1/").as_deref(), Some("https://api.example.com/v1"));
        assert_eq!(base("https://h:8443").as_deref(), Some("https://h:8443"));
        for address in
            ["/v1", "ftp://x", "https://", "https://{region}.x", "https://u@h", "https://h/../x", "https://h/a b"]
        {
            assert_eq!(base(address), None, "{address}");
        }
    }
}
