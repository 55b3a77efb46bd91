//! Checkpoints and how far the log was looked through for them. What is new costs; what stands costs nothing.

use std::collections::BTreeMap;

use metel_model::checkpoint::{Checkpoint, Leaf};
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};

use super::all;
use crate::error::StoreError;
use crate::sql::{self, call};
use crate::store::Store;
use crate::value::{Row, args};

/// How far the log was looked through. What it means differs between engines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    position: i64,
    after: Vec<u8>,
}

impl Cursor {
    /// A place of the store's own counting.
    pub fn at(position: i64) -> Self {
        Self { position, after: Vec::new() }
    }
}

/// The chains that grew after some point of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Where each of them stands, in order of ids, by workspace.
    pub chains: BTreeMap<WorkspaceId, Vec<Leaf>>,
    /// Where to go on.
    pub cursor: Cursor,
    /// There may be more.
    pub more: bool,
    /// The cursor has moved without anything new.
    pub moved: bool,
}

fn leaf(mut row: Row) -> Result<Leaf, StoreError> {
    Ok(Leaf { run: row.next()?, seq: row.next()?, head: row.next()? })
}

fn checkpoint(mut row: Row) -> Result<Checkpoint, StoreError> {
    Ok(Checkpoint {
        workspace: row.next()?,
        number: row.next()?,
        at: row.next()?,
        previous: row.next()?,
        leaves: row.next()?,
        root: row.next()?,
        chains: row.next()?,
        events: row.next()?,
        key: row.next()?,
        signature: row.next()?,
    })
}

impl Store {
    /// What was appended since the last checkpoints, in at most `limit` entries. A cursor that lies behind
    /// the log's end (entries were removed, or this is a copy on another server) begins anew.
    pub async fn changed_chains(&self, limit: u32) -> Result<Changes, StoreError> {
        let mut from = self.cursor().await?;
        let horizon: i64 = self.first(&sql::CHECKPOINTS_HORIZON).await?.next()?;
        if from.position > horizon {
            self.act(&sql::CHECKPOINTS_RESTART, Vec::new()).await?;
            from = self.cursor().await?;
        }
        let rows = call(&sql::CHECKPOINTS_CHANGED, args![from.position, from.after.as_slice(), limit]);
        let mut done = self.read(vec![call(&sql::CHECKPOINTS_HORIZON, Vec::new()), rows]).await?;
        let rows = done.pop().map(|done| done.rows).unwrap_or_default();
        let horizon: i64 = done.pop().and_then(|done| done.one()).ok_or(StoreError::Closed)?.next()?;
        let more = rows.len() == limit as usize;
        let mut newest: BTreeMap<(WorkspaceId, RunId), (u64, Digest)> = BTreeMap::new();
        let mut cursor = Cursor { position: horizon.max(from.position), after: Vec::new() };
        for mut row in rows {
            let position: i64 = row.next()?;
            let (workspace, run): (WorkspaceId, RunId) = (row.next()?, row.next()?);
            let (seq, count): (u64, u64) = (row.next()?, row.next()?);
            let head: Digest = row.next()?;
            if more {
                let after = [workspace.as_bytes().as_slice(), run.as_bytes(), &seq.to_be_bytes()].concat();
                cursor = Cursor { position, after };
            }
            let last = seq + count.saturating_sub(1);
            let slot = newest.entry((workspace, run)).or_insert((last, head));
            if slot.0 <= last {
                *slot = (last, head);
            }
        }
        let mut chains: BTreeMap<WorkspaceId, Vec<Leaf>> = BTreeMap::new();
        for ((workspace, run), (seq, head)) in newest {
            chains.entry(workspace).or_default().push(Leaf { run, seq, head });
        }
        Ok(Changes { moved: cursor != from, chains, cursor, more })
    }

    async fn first(&self, sql: &'static sql::Sql) -> Result<Row, StoreError> {
        self.row(sql, Vec::new())
            .await?
            .ok_or_else(|| StoreError::Corrupt("the checkpoints' cursor is gone".to_owned()))
    }

    async fn cursor(&self) -> Result<Cursor, StoreError> {
        let mut row = self.first(&sql::CHECKPOINTS_CURSOR).await?;
        Ok(Cursor { position: row.next()?, after: row.next()? })
    }

    /// Writes checkpoints with the chains they name, and how far the log was looked through for them: all of
    /// it or nothing. `Conflict` where somebody else was faster.
    pub async fn add_checkpoints(&self, new: &[(Checkpoint, Vec<Leaf>)], cursor: &Cursor) -> Result<(), StoreError> {
        let mut calls = vec![call(&sql::CHECKPOINTS_MOVE_CURSOR, args![cursor.position, cursor.after.as_slice()])];
        for (new, leaves) in new {
            calls.push(call(
                &sql::CHECKPOINTS_ADD,
                args![
                    new.workspace,
                    new.number,
                    new.at,
                    new.previous,
                    new.leaves,
                    new.root,
                    new.chains,
                    new.events,
                    new.key,
                    new.signature
                ],
            ));
            calls.extend(leaves.iter().map(|leaf| {
                call(&sql::CHECKPOINTS_ADD_LEAF, args![new.workspace, leaf.run, new.number, leaf.seq, leaf.head])
            }));
        }
        self.write(calls).await?;
        Ok(())
    }

    pub async fn newest_checkpoint(&self, workspace: WorkspaceId) -> Result<Option<Checkpoint>, StoreError> {
        self.row(&sql::CHECKPOINTS_NEWEST, args![workspace]).await?.map(checkpoint).transpose()
    }

    /// In order of their numbers, from the one after `after`.
    pub async fn checkpoints(
        &self,
        workspace: WorkspaceId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Checkpoint>, StoreError> {
        all(self.rows(&sql::CHECKPOINTS_LIST, args![workspace, after, limit]).await?, checkpoint)
    }

    /// The chains that a checkpoint names, in order of ids.
    pub async fn leaves(&self, workspace: WorkspaceId, number: u64) -> Result<Vec<Leaf>, StoreError> {
        all(self.rows(&sql::CHECKPOINTS_LEAVES, args![workspace, number]).await?, leaf)
    }

    /// Where checkpoints say that a chain stood, oldest first.
    pub async fn leaves_of_run(&self, workspace: WorkspaceId, run: RunId) -> Result<Vec<Leaf>, StoreError> {
        all(self.rows(&sql::CHECKPOINTS_LEAVES_OF_RUN, args![workspace, run]).await?, leaf)
    }

    /// Where each of these chains stood when a checkpoint last named it.
    pub async fn last_leaves(
        &self,
        workspace: WorkspaceId,
        runs: impl Iterator<Item = RunId>,
    ) -> Result<Vec<Option<Leaf>>, StoreError> {
        let calls: Vec<_> = runs.map(|run| call(&sql::CHECKPOINTS_LAST_LEAF, args![workspace, run])).collect();
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let done = self.read(calls).await?;
        done.into_iter().map(|done| done.one().map(leaf).transpose()).collect()
    }

    /// How many chains checkpoints name, and how many events these hold.
    pub async fn checkpoint_totals(&self, workspace: WorkspaceId) -> Result<(u64, u64), StoreError> {
        match self.row(&sql::CHECKPOINTS_TOTALS, args![workspace]).await? {
            Some(mut row) => Ok((row.next()?, row.next()?)),
            None => Ok((0, 0)),
        }
    }

    /// Chains that checkpoints name and that have no entries any more, at most `limit` of them.
    pub async fn removed_chains(&self, workspace: WorkspaceId, limit: u32) -> Result<Vec<RunId>, StoreError> {
        all(self.rows(&sql::CHECKPOINTS_REMOVED, args![workspace, limit]).await?, |mut row| row.next())
    }
}
