//! Descriptions of foreign interfaces become tools of the workspace: all that was chosen, or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::fault::FieldFault;
use metel_model::id::WorkspaceId;
use metel_model::service::Service;
use metel_model::status::Risk;
use metel_rules::contract::Compiled;
use metel_rules::openapi::{Choice, Document, Import, ImportFault, Skipped};
use serde::Serialize;

use super::Platform;

/// Settings that hold the services that were imported.
pub(super) const SERVICE: &str = "tool.service.";

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize)]
pub struct Imports {
    pub service: Service,
    /// In the order of the description.
    pub tools: Vec<ImportedTool>,
    pub skipped: Vec<Skipped>,
    /// What a person should know before connecting.
    pub notes: Vec<String>,
    /// Contracts that were not there before.
    pub added: usize,
    /// Contracts that were there, the very same.
    pub known: usize,
    /// Contracts whose deepest parts are described in less detail.
    pub shortened: usize,
    /// Nothing was kept: it was only tried.
    pub dry_run: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct ImportedTool {
    pub id: String,
    pub version: String,
    /// `get /path`.
    pub operation: String,
    pub risk: Vec<Risk>,
}

/// What one reading of a description gives.
struct Read {
    service: Service,
    compiled: Vec<Arc<Compiled>>,
    operations: Vec<String>,
    skipped: Vec<Skipped>,
    notes: Vec<String>,
    shortened: usize,
}

fn fault(fault: &ImportFault) -> Fault {
    match fault {
        ImportFault::TooLarge(why) => Fault::new(Code::TooLarge).about(why),
        ImportFault::TooDeep => Fault::new(Code::TooDeep),
        ImportFault::Malformed(_) | ImportFault::NotOpenApi(_) | ImportFault::Version(_) => {
            Fault::new(Code::DescriptionInvalid).about(fault)
        }
    }
}

fn read(text: &str, choice: &Choice, taken: &dyn Fn(&str) -> bool) -> Result<Read, Fault> {
    let document = Document::parse(text).map_err(|error| fault(&error))?;
    let mut choice = choice.clone();
    if choice.service.is_none() {
        let made = Import::of(&document, &choice).map_err(|error| fault(&error))?.service().id;
        // A name that came with metel stays metel's.
        let free = [made.clone(), format!("{made}_api"), format!("{made}_imported")].into_iter().find(|id| !taken(id));
        choice.service = Some(free.unwrap_or(made));
    }
    let import = Import::of(&document, &choice).map_err(|error| fault(&error))?;
    let mut read = Read {
        service: import.service(),
        compiled: Vec::new(),
        operations: Vec::new(),
        skipped: Vec::new(),
        notes: import.notes(),
        shortened: 0,
    };
    import.run(|made| match made {
        Ok(imported) => {
            read.shortened += usize::from(imported.shortened);
            read.operations.push(imported.operation);
            read.compiled.push(Arc::new(imported.compiled));
        }
        Err(skipped) => read.skipped.push(skipped),
    });
    Ok(read)
}

impl Platform {
    /// Reads an OpenAPI description and adds what was chosen of it. A contract that changed under the
    /// same version, a service that moved, or a name that came with metel refuses the whole.
    pub async fn import_openapi(
        &self,
        workspace: WorkspaceId,
        text: String,
        choice: Choice,
        dry_run: bool,
    ) -> Result<Imports, Fault> {
        let snapshot = self.shared.registry.snapshot();
        let own = self.own_services(workspace).await?;
        if let Some(name) = &choice.service {
            service_name(name)?;
        }
        let (known_services, known_own) = (snapshot.services().clone(), own.clone());
        let read = tokio::task::spawn_blocking(move || {
            read(&text, &choice, &|id| known_services.contains_key(id) && !known_own.contains_key(id))
        });
        let read = read.await.map_err(|error| Fault::new(Code::Internal).about(error))??;
        let service = &read.service;
        match (snapshot.services().get(&service.id), own.get(&service.id)) {
            (Some(_), None) => {
                let field =
                    FieldFault::new("/service", "is the name of another's service", "다른 서비스가 쓰는 이름이에요");
                return Err(Fault::new(Code::ContractInvalid).about(&service.id).fields(vec![field]));
            }
            // Its credentials would go elsewhere, or be sent in another way.
            (_, Some(kept)) if kept.base_url != service.base_url || kept.auth != service.auth => {
                return Err(Fault::new(Code::ContractChanged).about(format!("service {}", service.id)));
            }
            _ => {}
        }
        let is_known = |compiled: &Compiled| {
            let contract = &compiled.contract;
            snapshot.get_version(&contract.id, &contract.version).map(|known| known.digest == compiled.digest)
        };
        let changed: Vec<FieldFault> = read
            .compiled
            .iter()
            .zip(&read.operations)
            .filter(|(compiled, _)| is_known(compiled) == Some(false))
            .map(|(_, operation)| {
                FieldFault::new(operation, "changed under the same version", "같은 버전인데 내용이 바뀌었어요")
            })
            .take(50)
            .collect();
        if !changed.is_empty() {
            return Err(Fault::new(Code::ContractChanged).about(&service.id).fields(changed));
        }
        let known = read.compiled.iter().filter(|compiled| is_known(compiled) == Some(true)).count();
        let tools = read.compiled.iter().zip(read.operations).map(|(compiled, operation)| ImportedTool {
            id: compiled.contract.id.clone(),
            version: compiled.contract.version.clone(),
            operation,
            risk: compiled.contract.risk.clone(),
        });
        let done = Imports {
            tools: tools.collect(),
            added: read.compiled.len() - known,
            service: read.service,
            skipped: read.skipped,
            notes: read.notes,
            known,
            shortened: read.shortened,
            dry_run,
        };
        if !dry_run && !read.compiled.is_empty() {
            self.keep_service(workspace, &done.service, &own).await?;
            self.add_tools(workspace, read.compiled).await?;
        }
        Ok(done)
    }

    /// The services that this workspace imported.
    async fn own_services(&self, workspace: WorkspaceId) -> Result<BTreeMap<String, Service>, Fault> {
        let settings = self.shared.store.settings(workspace).await?;
        let own = settings.into_iter().filter_map(|(key, body)| {
            let id = key.strip_prefix(SERVICE)?.to_owned();
            Some((id, serde_json::from_str(&body).ok()?))
        });
        Ok(own.collect())
    }

    /// Keeps an imported service; hosts and scopes of an earlier import stay.
    async fn keep_service(
        &self,
        workspace: WorkspaceId,
        service: &Service,
        own: &BTreeMap<String, Service>,
    ) -> Result<(), Fault> {
        let mut service = service.clone();
        if let Some(kept) = own.get(&service.id) {
            for (list, earlier) in [(&mut service.hosts, &kept.hosts), (&mut service.scopes, &kept.scopes)] {
                let more: Vec<String> = earlier.iter().filter(|one| !list.contains(one)).cloned().collect();
                list.extend(more);
            }
        }
        let body = serde_json::to_string(&service).map_err(|error| Fault::new(Code::Internal).about(error))?;
        self.shared.registry.add_service(service.clone())?;
        let key = format!("{SERVICE}{}", service.id);
        self.shared.store.put_setting(workspace, &key, &body, self.shared.clock.now()).await?;
        Ok(())
    }
}

fn service_name(name: &str) -> Result<(), Fault> {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if name.is_empty() || name.len() > 24 || !name.bytes().all(is_word) {
        let field = FieldFault::new(
            "/service",
            "must be up to 24 small letters, digits and _",
            "소문자, 숫자, _로 24자까지예요",
        );
        return Err(Fault::new(Code::FieldInvalid).fields(vec![field]));
    }
    Ok(())
}
