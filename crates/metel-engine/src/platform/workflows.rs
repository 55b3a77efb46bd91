//! Stored workflows: a version for every content, checked before it is kept.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::contract::Contract;
use metel_model::fault::FieldFault;
use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::json;
use metel_model::workflow::Workflow;
use metel_rules::contract::Compiled;
use metel_rules::graph::{Program, Tools, check, read_pipeline};
use metel_store::WorkflowRow;
use serde::Serialize;
use serde_json::Value;

use super::{Platform, Shared};
use crate::engine::Surroundings;
use crate::library::Definitions;

/// Longest name of a workflow, in bytes.
const NAME_MAX: usize = 128;

/// A workflow as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct Stored {
    pub name: String,
    pub version: u32,
    pub title: metel_model::Text,
    pub description: Option<metel_model::Text>,
    pub input_schema: Value,
    pub front: String,
    pub digest: Digest,
    pub nodes: usize,
    pub created_at: String,
    pub definition: Workflow,
}

/// The registry as the check needs it.
struct Bench<'b> {
    definitions: &'b dyn Definitions,
    contracts: HashMap<String, Arc<Compiled>>,
}

impl Tools for Bench<'_> {
    fn contract(&self, id: &str) -> Option<&Contract> {
        self.contracts.get(id).map(|compiled| &compiled.contract)
    }

    fn has_workflow(&self, name: &str) -> bool {
        self.definitions.workflow(name).is_some()
    }

    fn has_agent(&self, name: &str) -> bool {
        self.definitions.has_agent(name)
    }
}

impl Platform {
    /// Reads and checks a definition; every fault at once.
    pub fn check_workflow(&self, workspace: WorkspaceId, name: &str, definition: &Value) -> Result<Program, Fault> {
        if name.is_empty() || name.len() > NAME_MAX || name.chars().any(char::is_control) {
            let (en, ko) =
                (format!("1 to {NAME_MAX} bytes of visible text"), format!("보이는 글자로 1~{NAME_MAX}바이트예요"));
            return Err(Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new("/name", en, ko)]));
        }
        let faulty = |faults| Fault::new(Code::DefinitionInvalid).about(name).fields(faults);
        let workflow = read_pipeline(name, definition).map_err(faulty)?;
        let program = Program::compile(workflow).map_err(faulty)?;
        let definitions = self.shared.definitions(workspace);
        let contracts =
            program.tools().filter_map(|tool| Some((tool.to_owned(), definitions.current(tool)?))).collect();
        let faults = check(&program, &Bench { definitions: definitions.as_ref(), contracts });
        if faults.is_empty() { Ok(program) } else { Err(faulty(faults)) }
    }

    /// Stores a checked definition; the same content keeps its version.
    pub async fn add_workflow(
        &self,
        workspace: WorkspaceId,
        name: &str,
        definition: &Value,
        front: &str,
    ) -> Result<Stored, Fault> {
        let program = self.check_workflow(workspace, name, definition)?;
        let text = json::canonical(&serde_json::to_value(&program.workflow).unwrap_or_default())
            .map_err(|e| Fault::new(Code::DefinitionInvalid).about(e))?;
        let store = &self.shared.store;
        let body = store.put_blob(workspace, text).await?;
        if let Some(row) = store.workflow(workspace, name, None).await?
            && row.digest == program.digest
        {
            self.engine.keep_program(program);
            return self.stored(workspace, row).await;
        }
        let mut row = WorkflowRow {
            workspace,
            name: name.to_owned(),
            version: 0,
            digest: program.digest,
            front: front.to_owned(),
            title: serde_json::to_string(&program.workflow.title).unwrap_or_default(),
            body,
            created_at: self.shared.clock.now(),
        };
        row.version = store.add_workflow(&row).await?;
        self.engine.keep_program(program);
        self.load_names(workspace).await?;
        store.signal_surroundings();
        self.stored(workspace, row).await
    }

    /// The newest version of a name, which another process may have stored a moment ago.
    pub async fn newest_workflow(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Digest>, Fault> {
        if let Some(digest) = self.shared.definitions(workspace).workflow(name) {
            return Ok(Some(digest));
        }
        self.load_names(workspace).await?;
        Ok(self.shared.definitions(workspace).workflow(name))
    }

    pub(super) async fn load_names(&self, workspace: WorkspaceId) -> Result<(), Fault> {
        self.shared.load_names(workspace).await
    }

    pub async fn workflows(&self, workspace: WorkspaceId) -> Result<Vec<Stored>, Fault> {
        let mut list = Vec::new();
        for row in self.shared.store.workflows(workspace).await? {
            list.push(self.stored(workspace, row).await?);
        }
        Ok(list)
    }

    pub async fn workflow(&self, workspace: WorkspaceId, name: &str) -> Result<Stored, Fault> {
        let row = self.shared.store.workflow(workspace, name, None).await?;
        let row = row.ok_or_else(|| Fault::new(Code::NotFound).about(format!("workflow {name}")))?;
        self.stored(workspace, row).await
    }

    async fn stored(&self, workspace: WorkspaceId, row: WorkflowRow) -> Result<Stored, Fault> {
        let program = self.engine.program(workspace, row.digest).await?;
        let definition = program.workflow.clone();
        Ok(Stored {
            name: row.name,
            version: row.version,
            title: definition.title.clone(),
            description: definition.description.clone(),
            input_schema: definition.input_schema.clone(),
            front: row.front,
            digest: row.digest,
            nodes: program.nodes.len(),
            created_at: row.created_at.rfc3339(),
            definition,
        })
    }
}

impl Shared {
    /// Reads which workflow each name means.
    pub async fn load_names(&self, workspace: WorkspaceId) -> Result<(), Fault> {
        let rows = self.store.workflows(workspace).await?;
        self.known.set_workflows(workspace, rows.into_iter().map(|row| (row.name, row.digest)).collect());
        Ok(())
    }
}
