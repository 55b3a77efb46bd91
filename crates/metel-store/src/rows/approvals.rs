//! Approvals as lists and pages need them. They are made and settled by commits only.

use metel_model::approval::Approval;
use metel_model::id::{ApprovalId, RunId, WorkspaceId};
use metel_model::status::ApprovalStatus;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

/// Which approvals a list shows, newest first. What is absent does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct ApprovalFilter {
    pub status: Option<ApprovalStatus>,
    pub run: Option<RunId>,
    /// The last approval of the page before.
    pub before: Option<ApprovalId>,
    /// At most 1,000; 0 is 50.
    pub limit: u32,
}

fn read_in(mut row: Row) -> Result<(WorkspaceId, Approval), StoreError> {
    let workspace = row.next()?;
    row.next::<ApprovalId>()?;
    let run = row.next()?;
    let status = row.word(ApprovalStatus::from_key)?;
    let ask = row.json()?;
    let decided = match row.next::<Option<String>>()? {
        Some(text) => Some(serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()))?),
        None => None,
    };
    Ok((workspace, Approval { run, status, ask, created_at: row.next()?, decided }))
}

fn read(row: Row) -> Result<Approval, StoreError> {
    read_in(row).map(|(_, approval)| approval)
}

impl Store {
    pub async fn approval(&self, workspace: WorkspaceId, id: ApprovalId) -> Result<Option<Approval>, StoreError> {
        self.row(&sql::APPROVALS_GET, args![workspace, id]).await?.map(read).transpose()
    }

    pub async fn approvals(
        &self,
        workspace: WorkspaceId,
        filter: &ApprovalFilter,
    ) -> Result<Vec<Approval>, StoreError> {
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(1_000) };
        let args = args![workspace, filter.status.map(ApprovalStatus::key), filter.run, filter.before, limit];
        all(self.rows(&sql::APPROVALS_LIST, args).await?, read)
    }

    pub async fn count_approvals(&self, workspace: WorkspaceId) -> Result<Vec<(ApprovalStatus, u64)>, StoreError> {
        let rows = self.rows(&sql::APPROVALS_COUNTS, args![workspace]).await?;
        all(rows, |mut row| Ok((row.word(ApprovalStatus::from_key)?, row.next()?)))
    }

    /// Pending ones of all workspaces whose time is over.
    pub async fn expired_approvals(&self, now: Micros, limit: u32) -> Result<Vec<(WorkspaceId, Approval)>, StoreError> {
        all(self.rows(&sql::APPROVALS_EXPIRED, args![now, limit]).await?, read_in)
    }
}
