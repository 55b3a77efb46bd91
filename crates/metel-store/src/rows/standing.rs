//! Standing rules and their uses. A use is taken before the call that it lets pass is committed: whatever
//! goes wrong between leaves a use too few, never one too many.

use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, RunId, StandingId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRow {
    pub workspace: WorkspaceId,
    pub id: StandingId,
    /// JSON text: tool, receivers, amount, end.
    pub body: String,
    /// The approval that it was made from.
    pub approval: ApprovalId,
    pub made_by: String,
    pub until: Micros,
    pub uses: u32,
    pub used: u32,
    pub created_at: Micros,
    pub revoked_at: Option<Micros>,
}

impl StandingRow {
    /// It covers something still.
    pub fn stands(&self, now: Micros) -> bool {
        self.revoked_at.is_none() && self.used < self.uses && self.until > now
    }
}

fn read(mut row: Row) -> Result<StandingRow, StoreError> {
    Ok(StandingRow {
        workspace: row.next()?,
        id: row.next()?,
        body: row.next()?,
        approval: row.next()?,
        made_by: row.next()?,
        until: row.next()?,
        uses: row.next()?,
        used: row.next()?,
        created_at: row.next()?,
        revoked_at: row.next()?,
    })
}

impl Store {
    pub async fn add_standing(&self, row: &StandingRow) -> Result<(), StoreError> {
        let args =
            args![row.workspace, row.id, &row.body, row.approval, &row.made_by, row.until, row.uses, row.created_at];
        self.act(&sql::STANDING_ADD, args).await?;
        Ok(())
    }

    pub async fn standing(&self, workspace: WorkspaceId, id: StandingId) -> Result<Option<StandingRow>, StoreError> {
        self.row(&sql::STANDING_GET, args![workspace, id]).await?.map(read).transpose()
    }

    /// Newest first.
    pub async fn standings(&self, workspace: WorkspaceId) -> Result<Vec<StandingRow>, StoreError> {
        all(self.rows(&sql::STANDING_LIST, args![workspace]).await?, read)
    }

    pub async fn revoke_standing(
        &self,
        workspace: WorkspaceId,
        id: StandingId,
        now: Micros,
    ) -> Result<bool, StoreError> {
        Ok(self.act(&sql::STANDING_REVOKE, args![workspace, id, now]).await?.changed > 0)
    }

    /// Takes one use for this very call, or finds that it was taken. False when the rule stands no more.
    pub async fn use_standing(
        &self,
        workspace: WorkspaceId,
        rule: StandingId,
        run: RunId,
        step: &str,
        digest: Digest,
        now: Micros,
    ) -> Result<bool, StoreError> {
        if self.row(&sql::STANDING_NOTED, args![workspace, rule, run, step, digest]).await?.is_some() {
            return Ok(true);
        }
        if self.act(&sql::STANDING_TAKE, args![workspace, rule, now]).await?.changed == 0 {
            return Ok(false);
        }
        self.act(&sql::STANDING_NOTE, args![workspace, rule, run, step, digest, now]).await?;
        Ok(true)
    }
}
