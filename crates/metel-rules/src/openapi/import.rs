//! The import: which operations, under which service, and one contract or one reason for each.

use std::collections::BTreeMap;

use metel_model::contract::Contract;
use metel_model::lang::Text;
use metel_model::service::Service;
use metel_model::status::Risk;

use super::document::{Document, ImportFault, Lost};
use super::limits::{OPERATIONS_MAX, SCHEMA_BYTES_LEAST, SCHEMA_BYTES_MAX, SCHEMAS_BYTES_AMPLE, SCHEMAS_BYTES_MAX};
use super::node::Node;
use super::operation::{self, Operation};
use super::schema::{Library, Unfit};
use super::security::{self, Security};
use super::server::{self, Server};
use super::{contract, name};
use crate::contract::Compiled;

/// What a person chose. The default takes everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// Name of the service; made from the title where none is given.
    pub service: Option<String>,
    /// Only operations with one of these tags; all where empty.
    pub tags: Vec<String>,
    /// Only these operations: operation ids, or `get /path`; all where empty.
    pub operations: Vec<String>,
    /// The address of the service, where the description names none that can be used.
    pub server: Option<String>,
    /// The version of every contract, instead of the description's own.
    pub version: Option<String>,
    /// Risks by operation id or `get /path`, instead of what the method says.
    pub risks: BTreeMap<String, Vec<Risk>>,
}

/// An operation that became a contract.
#[derive(Debug)]
pub struct Imported {
    /// `get /path`.
    pub operation: String,
    pub compiled: Compiled,
    /// Deep parts of its schema are described in less detail than by the service.
    pub shortened: bool,
}

impl Imported {
    /// The name under which model providers are told of it: `^[a-zA-Z0-9_-]{1,64}$`. Unique, because
    /// no id holds a hyphen.
    pub fn name(&self) -> String {
        self.compiled.contract.id.replace('.', "-")
    }

    pub fn contract(&self) -> &Contract {
        &self.compiled.contract
    }
}

/// An operation that did not, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// `get /path`.
    pub operation: String,
    pub why: String,
}

/// Why one operation is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why(String);

impl Why {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<Lost> for Why {
    fn from(lost: Lost) -> Self {
        Self(lost.to_string())
    }
}

impl From<Unfit> for Why {
    fn from(unfit: Unfit) -> Self {
        Self(unfit.to_string())
    }
}

/// What all operations of one import share.
pub(super) struct Common<'d> {
    document: &'d Document,
    choice: &'d Choice,
    pub service: String,
    pub version: String,
    pub server: Option<Server>,
    pub security: Security,
}

impl<'d> Common<'d> {
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// What a person, or the description itself (`x-metel-risk`), says that an operation may do.
    pub fn risk_of(&self, operation: &Operation<'_>) -> Option<Vec<Risk>> {
        let id = operation.node.get("operationId").text();
        let said = id.and_then(|id| self.choice.risks.get(id)).or_else(|| self.choice.risks.get(&operation.label()));
        if let Some(risks) = said {
            return Some(risks.clone());
        }
        let said = operation.node.find("x-metel-risk")?.value()?;
        let said = if said.is_array() { said } else { serde_json::Value::Array(vec![said]) };
        serde_json::from_value(said).ok().filter(|risks: &Vec<Risk>| !risks.is_empty())
    }
}

/// One description on its way to contracts.
pub struct Import<'d> {
    common: Common<'d>,
    operations: Vec<Operation<'d>>,
}

impl<'d> Import<'d> {
    /// Looks over the whole description and takes nothing yet.
    pub fn of(document: &'d Document, choice: &'d Choice) -> Result<Self, ImportFault> {
        let all = operation::all(document);
        let info = document.root.get("info");
        let title = info.get("title").text().unwrap_or_default();
        let service = choice.service.clone().unwrap_or_else(|| name::service(title));
        let said = match info.get("version") {
            Node::Text(text) => text.to_string(),
            Node::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let version = choice.version.clone().unwrap_or_else(|| name::version(&said));
        let server = match &choice.server {
            Some(address) => server::read(address),
            None => server::of(document),
        };
        let security = security::choose(document, all.iter().map(|operation| operation.node));
        let operations: Vec<_> = all.into_iter().filter(|operation| chosen(choice, operation)).collect();
        if operations.len() > OPERATIONS_MAX {
            let why = format!("{} operations, and at most {OPERATIONS_MAX} at once: choose by tag", operations.len());
            return Err(ImportFault::TooLarge(why));
        }
        Ok(Self { common: Common { document, choice, service, version, server, security }, operations })
    }

    /// How many operations were chosen.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The service that the contracts belong to.
    pub fn service(&self) -> Service {
        let common = &self.common;
        let title = common.document.root.get("info").get("title").text().unwrap_or_default();
        let title = Some(super::text::tidy(title, 120)).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| common.service.clone());
        // A reserved name that never resolves (RFC 2606): a connection has to bring the address.
        let nowhere = || Server {
            base: format!("https://{}.invalid", common.service.replace('_', "-")),
            host: format!("{}.invalid", common.service.replace('_', "-")),
        };
        let server = common.server.clone().unwrap_or_else(nowhere);
        let mut hosts = vec![server.host];
        let mut scopes: Vec<String> = Vec::new();
        for operation in &self.operations {
            let other = server::among(operation.node).or_else(|| server::among(operation.item));
            if let Some(other) = other.filter(|other| !hosts.contains(&other.host)) {
                hosts.push(other.host);
            }
            for scope in security::scopes(common.document, operation.node, &common.security) {
                if scopes.len() < 300 && !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
        }
        Service {
            oauth: None,
            id: common.service.clone(),
            title: Text { en: title.clone(), ko: title },
            base_url: server.base,
            hosts,
            auth: common.security.auth.clone(),
            headers: BTreeMap::new(),
            scopes,
            test: None,
            sandbox_path: None,
            sandbox_credential: None,
            sandbox_aliases: BTreeMap::new(),
        }
    }

    /// What a person should know: how to sign in where metel cannot, an address that is missing.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.common.security.notes.clone();
        if self.common.server.is_none() {
            notes.push("no address is named: connect with one of its own".to_owned());
        }
        notes
    }

    /// Makes the contracts one by one, in the order of the description, and hands each out as it is made.
    pub fn run(&self, mut each: impl FnMut(Result<Imported, Skipped>)) {
        let mut library = Library::new(self.common.document);
        let mut taken = name::Taken::default();
        let mut spent = 0;
        for operation in &self.operations {
            // Ample while there is plenty; then less and less, so that all get something.
            let left = SCHEMAS_BYTES_AMPLE.saturating_sub(spent);
            let most = (left / 64).clamp(SCHEMA_BYTES_LEAST, SCHEMA_BYTES_MAX);
            let made = match spent > SCHEMAS_BYTES_MAX {
                false => self.one(&mut library, &mut taken, operation, most),
                true => Err(Why::new("the schemas of the others take all the room: import it in parts, by tag")),
            };
            if let Ok((_, bytes)) = &made {
                spent += bytes;
            }
            let skip = |Why(why)| Skipped { operation: operation.label(), why: why.chars().take(300).collect() };
            each(made.map(|(imported, _)| imported).map_err(skip));
        }
    }

    /// The contract of an operation, and the bytes of its schema.
    fn one(
        &self,
        library: &mut Library<'d>,
        taken: &mut name::Taken,
        operation: &Operation<'d>,
        most: usize,
    ) -> Result<(Imported, usize), Why> {
        let id = operation.node.get("operationId").text();
        let id = name::tool(taken, &self.common.service, id, operation.verb, operation.path);
        let made = contract::make(self.common.document, library, &self.common, operation, id, most)?;
        let compiled = Compiled::compile(made.contract).map_err(|faults| {
            let fault = faults.first();
            Why(fault.map_or_else(String::new, |fault| format!("{}: {}", fault.pointer, fault.message.en)))
        })?;
        Ok((Imported { operation: operation.label(), compiled, shortened: made.shortened }, made.bytes))
    }
}

fn chosen(choice: &Choice, operation: &Operation<'_>) -> bool {
    let has_tag = choice.tags.is_empty() || operation.tags().any(|tag| choice.tags.iter().any(|t| t == tag));
    let id = operation.node.get("operationId").text();
    let label = operation.label();
    let is_named = choice.operations.is_empty()
        || choice.operations.iter().any(|wanted| Some(wanted.as_str()) == id || wanted.eq_ignore_ascii_case(&label));
    has_tag && is_named
}
