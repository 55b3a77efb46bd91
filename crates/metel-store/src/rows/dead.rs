//! Steps that failed for good. They are written and removed by commits only.

use metel_model::Code;
use metel_model::id::{RunId, WorkspaceId};

use super::all;
use crate::commit::Dead;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

/// Which of them a list shows, by run and step. What is absent does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct DeadFilter {
    pub code: Option<Code>,
    /// The last one of the page before.
    pub after: Option<(RunId, String)>,
    /// At most 1,000; 0 is 50.
    pub limit: u32,
}

fn read(mut row: Row) -> Result<(RunId, Dead), StoreError> {
    let run = row.next()?;
    let step = row.next()?;
    let code = row.word(Code::from_name)?;
    Ok((run, Dead { step, code, at: row.next()?, attempts: row.next()? }))
}

impl Store {
    pub async fn dead(&self, workspace: WorkspaceId, filter: &DeadFilter) -> Result<Vec<(RunId, Dead)>, StoreError> {
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(1_000) };
        let (run, step) = filter.after.clone().unzip();
        let args = args![workspace, filter.code.map(Code::name), run, step, limit];
        all(self.rows(&sql::DEAD_LIST, args).await?, read)
    }

    /// How many there are of each code.
    pub async fn count_dead(&self, workspace: WorkspaceId) -> Result<Vec<(Code, u64)>, StoreError> {
        let rows = self.rows(&sql::DEAD_COUNTS, args![workspace]).await?;
        all(rows, |mut row| Ok((row.word(Code::from_name)?, row.next()?)))
    }
}
