//! Tools that a workspace adds or switches off: kept, so that they are the same after a restart.

use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::contract::Contract;
use metel_model::fault::FieldFault;
use metel_model::id::WorkspaceId;
use metel_rules::contract::Compiled;
use metel_store::ContractRow;

use super::{Platform, Shared};

/// Settings that hold which tools are switched off.
const OFF: &str = "tool.off.";

fn changed(contract: &Contract) -> Fault {
    Fault::new(Code::ContractChanged).about(format!("{} {}", contract.id, contract.version))
}

impl Platform {
    /// Adds a contract. The same content again changes nothing; a name that came with metel stays metel's.
    pub async fn add_tool(&self, workspace: WorkspaceId, compiled: Arc<Compiled>) -> Result<(), Fault> {
        let contract = &compiled.contract;
        let snapshot = self.shared.registry.snapshot();
        match snapshot.get_version(&contract.id, &contract.version) {
            Some(known) if known.digest == compiled.digest => return Ok(()),
            Some(_) => return Err(changed(contract)),
            None => {}
        }
        let store = &self.shared.store;
        let own = store.contracts(workspace).await?.iter().any(|row| row.id == contract.id);
        if snapshot.get(&contract.id).is_some() && !own {
            let field = FieldFault::new("/id", "is the name of another's tool", "다른 도구가 쓰는 이름이에요");
            return Err(Fault::new(Code::ContractInvalid).about(&contract.id).fields(vec![field]));
        }
        let row = ContractRow {
            workspace,
            id: contract.id.clone(),
            version: contract.version.clone(),
            digest: compiled.digest,
            body: serde_json::to_string(contract).map_err(|e| Fault::new(Code::Internal).about(e))?,
            state: "active".to_owned(),
            created_at: self.shared.clock.now(),
        };
        if !store.add_contract(&row).await? {
            let kept = store.contract(workspace, &row.id, &row.version).await?;
            if kept.is_none_or(|kept| kept.digest != row.digest) {
                return Err(changed(contract));
            }
        }
        self.shared.registry.add_compiled(compiled)?;
        store.signal_surroundings();
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
        for row in self.store.contracts(workspace).await?.into_iter().filter(|row| row.state == "active") {
            let contract = serde_json::from_str::<Contract>(&row.body);
            let contract = contract.map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            let snapshot = self.registry.snapshot();
            match Compiled::compile(contract) {
                Ok(compiled) if snapshot.by_digest(&compiled.digest).is_some() => {}
                Ok(compiled) => drop(self.registry.add_compiled(Arc::new(compiled))?),
                Err(faults) => {
                    tracing::warn!(tool = row.id, version = row.version, ?faults, "a contract was not taken")
                }
            }
        }
        let settings = self.store.settings(workspace).await?;
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
}
