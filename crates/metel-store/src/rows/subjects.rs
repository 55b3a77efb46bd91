//! Subjects: the keys that seal what runs hold of a person, the runs they seal, and large sealed values.

use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::time::Micros;

use super::{all, journal};
use crate::error::StoreError;
use crate::sql::{self, call};
use crate::store::{Engine, Store};
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectKeyRow {
    pub workspace: WorkspaceId,
    pub key_id: String,
    pub subject: String,
    /// Under the master key; zeros once it was destroyed.
    pub sealed: Vec<u8>,
    pub created_at: Micros,
    /// When it was destroyed, and by whom.
    pub erased: Option<(Micros, String)>,
}

fn read(mut row: Row) -> Result<SubjectKeyRow, StoreError> {
    Ok(SubjectKeyRow {
        workspace: row.next()?,
        key_id: row.next()?,
        subject: row.next()?,
        sealed: row.next()?,
        created_at: row.next()?,
        erased: row.next::<Option<Micros>>()?.zip(row.next::<Option<String>>()?),
    })
}

impl Store {
    /// `Conflict` where the subject has a key already.
    pub async fn add_subject_key(&self, row: &SubjectKeyRow) -> Result<(), StoreError> {
        let args = args![row.workspace, &row.key_id, &row.subject, row.sealed.as_slice(), row.created_at];
        self.act(&sql::SUBJECTS_ADD_KEY, args).await?;
        Ok(())
    }

    pub async fn subject_key(&self, workspace: WorkspaceId, key: &str) -> Result<Option<SubjectKeyRow>, StoreError> {
        self.row(&sql::SUBJECTS_KEY, args![workspace, key]).await?.map(read).transpose()
    }

    /// All keys that a subject ever had, oldest first.
    pub async fn subject_keys(&self, workspace: WorkspaceId, subject: &str) -> Result<Vec<SubjectKeyRow>, StoreError> {
        all(self.rows(&sql::SUBJECTS_KEYS, args![workspace, subject]).await?, read)
    }

    /// The keys of all subjects that were not destroyed.
    pub async fn live_subject_keys(&self, workspace: WorkspaceId) -> Result<Vec<SubjectKeyRow>, StoreError> {
        all(self.rows(&sql::SUBJECTS_LIVE_KEYS, args![workspace]).await?, read)
    }

    /// The same key under another master key; false when somebody was faster or destroyed it.
    pub async fn rewrap_subject_key(&self, row: &SubjectKeyRow, sealed: &[u8]) -> Result<bool, StoreError> {
        let args = args![row.workspace, &row.key_id, sealed, row.sealed.as_slice()];
        Ok(self.act(&sql::SUBJECTS_REWRAP, args).await?.changed > 0)
    }

    /// Overwrites what the database's own log still holds of earlier values (SQLite).
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.empty_log().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Notes that a key seals a run's record. Noting it again changes nothing.
    pub async fn add_subject_run(&self, workspace: WorkspaceId, key: &str, run: RunId) -> Result<(), StoreError> {
        self.act(&sql::SUBJECTS_ADD_RUN, args![workspace, key, run]).await?;
        Ok(())
    }

    pub async fn subject_runs(&self, workspace: WorkspaceId, key: &str) -> Result<Vec<RunId>, StoreError> {
        all(self.rows(&sql::SUBJECTS_RUNS, args![workspace, key]).await?, |mut row| row.next())
    }

    /// Where a large value's sealed bytes are: key and digest of each.
    pub async fn sealed_values(
        &self,
        workspace: WorkspaceId,
        name: Digest,
    ) -> Result<Vec<(String, Digest)>, StoreError> {
        all(self.rows(&sql::SUBJECTS_VALUES, args![workspace, name]).await?, |mut row| Ok((row.next()?, row.next()?)))
    }

    pub async fn add_sealed_value(
        &self,
        workspace: WorkspaceId,
        name: Digest,
        key: &str,
        digest: Digest,
    ) -> Result<(), StoreError> {
        self.act(&sql::SUBJECTS_ADD_VALUE, args![workspace, name, key, digest]).await?;
        Ok(())
    }

    /// Destroys keys and writes that down in the workspace's journal, both or neither. On SQLite what the
    /// database's own log still holds of them is written over as well.
    pub async fn erase_subject_keys(
        &self,
        keys: &[SubjectKeyRow],
        at: Micros,
        by: &str,
        journal: &Entry,
    ) -> Result<(), StoreError> {
        let Some(workspace) = keys.first().map(|key| key.workspace) else { return Ok(()) };
        let mut calls = Vec::new();
        for key in keys {
            let zeros = vec![0_u8; key.sealed.len()];
            calls.push(call(&sql::SUBJECTS_BLANK_KEY, args![workspace, &key.key_id, zeros]));
            calls.push(call(&sql::SUBJECTS_ERASE_KEY, args![workspace, &key.key_id, at, by]));
            calls.push(call(&sql::SUBJECTS_FORGET_VALUES, args![workspace, &key.key_id]));
        }
        calls.push(journal::append(workspace, journal));
        self.write(calls).await?;
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.empty_log().await,
            Engine::Postgres(_) => Ok(()),
        }
    }
}
