//! How approvals go: counted in the database, over what commits wrote. Planted approvals are counted apart.

use metel_model::id::{RunId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::args;

/// Numbers of approvals asked since a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecisionTotals {
    pub asked: u64,
    pub pending: u64,
    pub approved: u64,
    pub edited: u64,
    pub rejected: u64,
    pub expired: u64,
    pub void: u64,
    /// Runs that asked.
    pub runs: u64,
    pub planted: u64,
    /// Planted ones that somebody rejected, as they should.
    pub caught: u64,
    /// Planted ones that somebody approved.
    pub missed: u64,
}

/// How one person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeciderRow {
    pub by: String,
    pub decided: u64,
    pub approved: u64,
    /// Approved faster than the time asked about.
    pub quick: u64,
    /// Planted ones approved.
    pub missed: u64,
}

impl Store {
    pub async fn decision_totals(&self, workspace: WorkspaceId, since: Micros) -> Result<DecisionTotals, StoreError> {
        let Some(mut row) = self.row(&sql::DECISIONS_TOTALS, args![workspace, since]).await? else {
            return Ok(DecisionTotals::default());
        };
        Ok(DecisionTotals {
            asked: row.next()?,
            pending: row.next()?,
            approved: row.next()?,
            edited: row.next()?,
            rejected: row.next()?,
            expired: row.next()?,
            void: row.next()?,
            runs: row.next()?,
            planted: row.next()?,
            caught: row.next()?,
            missed: row.next()?,
        })
    }

    /// The time to decide: median and 95th percentile in microseconds; none where nothing was decided.
    pub async fn decision_times(
        &self,
        workspace: WorkspaceId,
        since: Micros,
    ) -> Result<(Option<i64>, Option<i64>), StoreError> {
        let row = self.row(&sql::DECISIONS_TIMES, args![workspace, since]).await?;
        row.map_or(Ok((None, None)), |mut row| Ok((row.next()?, row.next()?)))
    }

    /// In order of names; `quick` is in microseconds.
    pub async fn deciders(
        &self,
        workspace: WorkspaceId,
        since: Micros,
        quick: i64,
    ) -> Result<Vec<DeciderRow>, StoreError> {
        all(self.rows(&sql::DECISIONS_PEOPLE, args![workspace, since, quick]).await?, |mut row| {
            Ok(DeciderRow {
                by: row.next()?,
                decided: row.next()?,
                approved: row.next()?,
                quick: row.next()?,
                missed: row.next()?,
            })
        })
    }

    /// Notes that a run only asks.
    pub async fn add_canary(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        tool: &str,
        by: &str,
        now: Micros,
    ) -> Result<(), StoreError> {
        self.act(&sql::CANARIES_ADD, args![workspace, run, tool, by, now]).await?;
        Ok(())
    }

    /// The tool that a planted approval pretends to call.
    pub async fn canary(&self, workspace: WorkspaceId, run: RunId) -> Result<Option<String>, StoreError> {
        self.row(&sql::CANARIES_GET, args![workspace, run]).await?.map(|mut row| row.next()).transpose()
    }
}
