//! Tools that a workspace adds or switches off: kept, so that they are the same after a restart.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures::future::try_join_all;
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::contract::Contract;
use metel_model::fault::FieldFault;
use metel_model::id::WorkspaceId;
use metel_model::service::Service;
use metel_rules::contract::Compiled;
use metel_store::ContractRow;

use super::imports::SERVICE;
use super::{Platform, Shared};

/// Settings that hold which tools are switched off.
const OFF: &str = "tool.off.";
/// Settings that hold which version of a tool counts, whatever the highest is.
const PIN: &str = "tool.pin.";
/// Contracts that are on their way to the store at once.
const AT_ONCE: usize = 64;

fn changed(contract: &Contract) -> Fault {
    Fault::new(Code::ContractChanged).about(format!("{} {}", contract.id, contract.version))
}

impl Platform {
    /// Adds a contract. The same content again changes nothing; a name that came with metel stays metel's.
    pub async fn add_tool(&self, workspace: WorkspaceId, compiled: Arc<Compiled>) -> Result<(), Fault> {
        self.add_tools(workspace, vec![compiled]).await
    }

    /// Adds contracts; each as [`Platform::add_tool`]. The first that cannot be added refuses all of
    /// them before any is kept.
    pub async fn add_tools(&self, workspace: WorkspaceId, compiled: Vec<Arc<Compiled>>) -> Result<(), Fault> {
        let snapshot = self.shared.registry.snapshot();
        let store = &self.shared.store;
        let own: HashSet<String> = store.contracts(workspace).await?.into_iter().map(|row| row.id).collect();
        let mut new = Vec::with_capacity(compiled.len());
        for compiled in compiled {
            let contract = &compiled.contract;
            match snapshot.get_version(&contract.id, &contract.version) {
                Some(known) if known.digest == compiled.digest => continue,
                Some(_) => return Err(changed(contract)),
                None => {}
            }
            if snapshot.get(&contract.id).is_some() && !own.contains(&contract.id) {
                let field = FieldFault::new("/id", "is the name of another's tool", "다른 도구가 쓰는 이름이에요");
                return Err(Fault::new(Code::ContractInvalid).about(&contract.id).fields(vec![field]));
            }
            new.push(compiled);
        }
        // Side by side, so that they share commits.
        for group in new.chunks(AT_ONCE) {
            try_join_all(group.iter().map(|compiled| self.keep(workspace, compiled))).await?;
        }
        if !new.is_empty() {
            self.shared.registry.add_all(&new)?;
            store.signal_surroundings();
        }
        Ok(())
    }

    async fn keep(&self, workspace: WorkspaceId, compiled: &Compiled) -> Result<(), Fault> {
        let contract = &compiled.contract;
        let row = ContractRow {
            workspace,
            id: contract.id.clone(),
            version: contract.version.clone(),
            digest: compiled.digest,
            body: serde_json::to_string(contract).map_err(|e| Fault::new(Code::Internal).about(e))?,
            state: "active".to_owned(),
            created_at: self.shared.clock.now(),
        };
        let store = &self.shared.store;
        if !store.add_contract(&row).await? {
            let kept = store.contract(workspace, &row.id, &row.version).await?;
            if kept.is_none_or(|kept| kept.digest != row.digest) {
                return Err(changed(contract));
            }
        }
        Ok(())
    }

    /// Makes one version of a tool the one that counts; none lifts the pin. Whatever was validated
    /// with another version keeps that one.
    pub async fn pin_tool(&self, workspace: WorkspaceId, id: &str, version: Option<&str>) -> Result<(), Fault> {
        self.shared.registry.pin(id, version)?;
        let (store, key) = (&self.shared.store, format!("{PIN}{id}"));
        match version {
            Some(version) => store.put_setting(workspace, &key, version, self.shared.clock.now()).await?,
            None => drop(store.remove_setting(workspace, &key).await?),
        }
        store.signal_surroundings();
        self.engine.facts_changed(workspace);
        Ok(())
    }

    /// Switches a tool off or on.
    pub async fn switch_tool(&self, workspace: WorkspaceId, id: &str, off: bool) -> Result<(), Fault> {
        if self.shared.registry.get(id).is_none() {
            return Err(Fault::new(Code::ToolUnknown).about(id));
        }
        let (store, key) = (&self.shared.store, format!("{OFF}{id}"));
        if off {
            store.put_setting(workspace, &key, "true", self.shared.clock.now()).await?;
        } else {
            store.remove_setting(workspace, &key).await?;
        }
        self.shared.registry.disable(id, off)?;
        self.engine.facts_changed(workspace);
        Ok(())
    }

    pub(super) async fn load_tools(&self, workspace: WorkspaceId) -> Result<(), Fault> {
        self.shared.load_tools(workspace).await
    }
}

impl Shared {
    /// Takes up what was added, switched off and switched on before this process began, or by others. A contract
    /// that no longer holds is left out and named in the log.
    pub async fn load_tools(&self, workspace: WorkspaceId) -> Result<(), Fault> {
        let settings = self.store.settings(workspace).await?;
        self.load_services(&settings)?;
        let (snapshot, mut new) = (self.registry.snapshot(), Vec::new());
        for row in self.store.contracts(workspace).await?.into_iter().filter(|row| row.state == "active") {
            if snapshot.by_digest(&row.digest).is_some() {
                continue;
            }
            let contract = serde_json::from_str::<Contract>(&row.body);
            let contract = contract.map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            match Compiled::compile(contract) {
                Ok(compiled) => new.push(Arc::new(compiled)),
                Err(faults) => {
                    tracing::warn!(tool = row.id, version = row.version, ?faults, "a contract was not taken")
                }
            }
        }
        self.registry.add_all(&new)?;
        self.load_pins(&settings)?;
        let off: Vec<&str> = settings.iter().filter_map(|(key, _)| key.strip_prefix(OFF)).collect();
        let snapshot = self.registry.snapshot();
        for id in snapshot.disabled().filter(|id| !off.contains(id)) {
            self.registry.disable(id, false)?;
        }
        for id in off.into_iter().filter(|id| self.registry.get(id).is_some()) {
            if !snapshot.disabled().any(|one| one == id) {
                self.registry.disable(id, true)?;
            }
        }
        Ok(())
    }

    /// Imported services, before the contracts that belong to them.
    fn load_services(&self, settings: &[(String, String)]) -> Result<(), Fault> {
        for (key, body) in settings.iter().filter(|(key, _)| key.starts_with(SERVICE)) {
            match serde_json::from_str::<Service>(body) {
                Ok(service) if self.registry.service(&service.id).is_some_and(|known| *known == service) => {}
                Ok(service) => self.registry.add_service(service)?,
                Err(error) => tracing::warn!(key, %error, "a service was not taken"),
            }
        }
        Ok(())
    }

    fn load_pins(&self, settings: &[(String, String)]) -> Result<(), Fault> {
        let pinned: HashMap<&str, &str> =
            settings.iter().filter_map(|(key, body)| Some((key.strip_prefix(PIN)?, body.as_str()))).collect();
        let snapshot = self.registry.snapshot();
        for (id, tool) in snapshot.tools() {
            let wanted = pinned.get(id.as_str()).copied().filter(|version| tool.versions.contains_key(*version));
            if tool.pinned.as_deref() != wanted {
                self.registry.pin(id, wanted)?;
            }
        }
        Ok(())
    }
}
