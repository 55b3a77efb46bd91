//! The workspace's journal: acts on the workspace itself, chained like a run's log under the workspace's id.

use metel_model::event::Entry;
use metel_model::id::WorkspaceId;

use super::runs::entry;
use crate::error::StoreError;
use crate::sql::{self, Call, call};
use crate::store::Store;
use crate::value::args;

pub(crate) fn append(workspace: WorkspaceId, new: &Entry) -> Call {
    let Entry { seq, count, at, actor, command, body, hash } = new;
    call(&sql::JOURNAL_APPEND, args![workspace, *seq, *count, *at, actor, command, body, *hash])
}

impl Store {
    pub async fn journal_last(&self, workspace: WorkspaceId) -> Result<Option<Entry>, StoreError> {
        self.row(&sql::JOURNAL_LAST, args![workspace]).await?.map(entry).transpose()
    }

    /// `Conflict` where its place is taken: the end has moved.
    pub async fn journal_append(&self, workspace: WorkspaceId, new: &Entry) -> Result<(), StoreError> {
        self.write(vec![append(workspace, new)]).await?;
        Ok(())
    }
}
