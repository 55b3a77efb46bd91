//! How a caller shows who it is: the description's schemes, and the one that a connection uses.

use metel_model::service::Auth;

use super::document::{Dialect, Document};
use super::node::Node;

/// The scheme that most operations take.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Security {
    pub auth: Auth,
    /// The scheme's name in the description.
    pub scheme: Option<String>,
    /// What a person should know before connecting.
    pub notes: Vec<String>,
}

fn schemes(document: &Document) -> &Node {
    match document.dialect {
        Dialect::Swagger2 => document.root.get("securityDefinitions"),
        _ => document.root.get("components").get("securitySchemes"),
    }
}

/// What a scheme means for a connection; none where metel cannot sign in that way.
fn auth(scheme: &Node) -> Result<Auth, String> {
    let name = || scheme.get("name").text().unwrap_or_default().to_owned();
    let is_header_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    match scheme.get("type").text().unwrap_or_default() {
        "oauth2" | "openIdConnect" => Ok(Auth::Bearer),
        "basic" => Ok(Auth::Basic),
        "http" => match scheme.get("scheme").text().unwrap_or_default().to_ascii_lowercase().as_str() {
            "bearer" | "oauth" => Ok(Auth::Bearer),
            "basic" => Ok(Auth::Basic),
            other => Err(format!("signs in by {other}")),
        },
        "apiKey" => match scheme.get("in").text().unwrap_or_default() {
            "header" if is_header_name(&name()) => Ok(Auth::Header { name: name() }),
            "query" if is_header_name(&name()) => Ok(Auth::Query { name: name() }),
            "cookie" => Err("signs in by a cookie".to_owned()),
            _ => Err("its key has no usable place".to_owned()),
        },
        other => Err(format!("signs in by {other}")),
    }
}

/// The requirements of an operation, or those of the whole description.
fn requirements<'d>(document: &'d Document, operation: &'d Node) -> &'d [Node] {
    match operation.find("security") {
        Some(own) => own.items(),
        None => document.root.get("security").items(),
    }
}

/// Chooses the scheme for the service: the usable one that most operations name.
pub(super) fn choose<'d>(document: &'d Document, operations: impl Iterator<Item = &'d Node>) -> Security {
    let schemes = schemes(document);
    let mut counts: Vec<(usize, &str, Auth)> = Vec::new();
    let mut notes = Vec::new();
    for (name, scheme) in schemes.members() {
        let Ok(scheme) = document.resolved(scheme) else { continue };
        match auth(scheme) {
            Ok(auth) => counts.push((0, name, auth)),
            Err(why) => notes.push(format!("{name}: {why}, which metel does not do")),
        }
        if scheme.get("x-amazon-apigateway-authtype").text().is_some() {
            notes.push(format!("{name}: calls are signed, which metel does not do"));
        }
    }
    for operation in operations {
        for requirement in requirements(document, operation) {
            // Alternatives that ask for several keys at once count for less.
            let weight = if requirement.members().len() == 1 { 2 } else { 1 };
            for (name, _) in requirement.members() {
                if let Some(counted) = counts.iter_mut().find(|(_, known, _)| *known == &**name) {
                    counted.0 += weight;
                }
            }
        }
    }
    // The first of equals, as the description orders them.
    let best = counts.iter().rev().max_by_key(|(count, ..)| *count);
    match best {
        Some((_, name, auth)) => Security { auth: auth.clone(), scheme: Some((*name).to_owned()), notes },
        None => Security { auth: Auth::None, scheme: None, notes },
    }
}

/// Scopes that an operation asks of the chosen scheme; those of its first alternative.
pub(super) fn scopes(document: &Document, operation: &Node, security: &Security) -> Vec<String> {
    let Some(scheme) = &security.scheme else { return Vec::new() };
    let alternative = requirements(document, operation).iter().find_map(|requirement| requirement.find(scheme));
    let scopes = alternative.map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    scopes.filter(|scope| !scope.is_empty() && scope.len() <= 200).take(20).map(str::to_owned).collect()
}
