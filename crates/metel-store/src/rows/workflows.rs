//! Workflow definitions: a version, once stored, never changes.

use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRow {
    pub workspace: WorkspaceId,
    pub name: String,
    /// From 1; given by the store.
    pub version: u32,
    /// Of the definition in canonical form.
    pub digest: Digest,
    pub front: String,
    /// JSON text in both languages.
    pub title: String,
    /// The value that holds the definition.
    pub body: Digest,
    pub created_at: Micros,
}

fn read(mut row: Row) -> Result<WorkflowRow, StoreError> {
    Ok(WorkflowRow {
        workspace: row.next()?,
        name: row.next()?,
        version: row.next()?,
        digest: row.next()?,
        front: row.next()?,
        title: row.next()?,
        body: row.next()?,
        created_at: row.next()?,
    })
}

impl Store {
    /// Stores the next version of a name, whatever `row.version` says; its number.
    pub async fn add_workflow(&self, row: &WorkflowRow) -> Result<u32, StoreError> {
        let args = args![row.workspace, &row.name, row.digest, &row.front, &row.title, row.body, row.created_at];
        match self.act(&sql::WORKFLOWS_ADD, args).await?.one() {
            Some(mut row) => row.next(),
            None => Err(StoreError::Corrupt("no version was given".to_owned())),
        }
    }

    /// The version given, or the newest.
    pub async fn workflow(
        &self,
        workspace: WorkspaceId,
        name: &str,
        version: Option<u32>,
    ) -> Result<Option<WorkflowRow>, StoreError> {
        let row = match version {
            Some(version) => self.row(&sql::WORKFLOWS_VERSION, args![workspace, name, version]).await?,
            None => self.row(&sql::WORKFLOWS_NEWEST, args![workspace, name]).await?,
        };
        row.map(read).transpose()
    }

    pub async fn workflow_by_digest(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
    ) -> Result<Option<WorkflowRow>, StoreError> {
        self.row(&sql::WORKFLOWS_BY_DIGEST, args![workspace, digest]).await?.map(read).transpose()
    }

    /// The newest version of each name, in order of names.
    pub async fn workflows(&self, workspace: WorkspaceId) -> Result<Vec<WorkflowRow>, StoreError> {
        all(self.rows(&sql::WORKFLOWS_LIST, args![workspace]).await?, read)
    }

    /// Newest first.
    pub async fn workflow_versions(&self, workspace: WorkspaceId, name: &str) -> Result<Vec<WorkflowRow>, StoreError> {
        all(self.rows(&sql::WORKFLOWS_VERSIONS, args![workspace, name]).await?, read)
    }
}
