//! Claiming on SQLite: workspaces with due tasks take turns and each gets an equal share, so that one
//! tenant's burst does not starve the others; within one, larger priorities and earlier times go first.

use std::collections::BTreeMap;

use metel_model::id::WorkspaceId;
use metel_model::task::Task;
use metel_model::time::Micros;
use rusqlite::Connection;

use super::run::run_text;
use crate::error::StoreError;
use crate::rows::tasks::{self, Claim};
use crate::sql;
use crate::value::args;

/// Tasks of one workspace and priority that need the same, and the earliest time among them.
struct Group {
    workspace: WorkspaceId,
    rank: i64,
    needs: String,
    due: Micros,
}

fn groups(connection: &Connection, can: &[String]) -> Result<Vec<Group>, StoreError> {
    let next = sql::sqlite_text(sql::SQLITE_TASKS_NEXT_GROUP);
    let mut found: Vec<Group> = Vec::new();
    let mut after = args![Vec::new(), i64::MIN, ""];
    while let Some(mut row) = run_text(connection, &next, &after)?.one() {
        let group = Group { workspace: row.next()?, rank: row.next()?, needs: row.next()?, due: row.next()? };
        after = args![group.workspace, group.rank, &group.needs];
        if group.needs.split(' ').filter(|word| !word.is_empty()).all(|word| can.iter().any(|has| has == word)) {
            found.push(group);
        }
    }
    Ok(found)
}

pub(super) fn claim(connection: &Connection, wanted: &Claim, after: WorkspaceId) -> Result<Vec<Task>, StoreError> {
    let me = args![wanted.worker];
    if run_text(connection, &sql::sqlite_text(sql::SQLITE_WORKERS_FENCED), &me)?.changed > 0 {
        return Err(StoreError::Fenced);
    }
    // The workspace after the one that was served last comes first.
    let mut waiting: BTreeMap<(bool, WorkspaceId), Vec<Group>> = BTreeMap::new();
    for group in groups(connection, &wanted.can)?.into_iter().filter(|group| group.due <= wanted.now) {
        waiting.entry((group.workspace <= after, group.workspace)).or_default().push(group);
    }
    let mut left = wanted.limit as usize;
    let mut claimed = Vec::new();
    let share = (left / waiting.len().max(1)).max(1);
    for groups in waiting.values().take(left) {
        let taken = take(connection, groups, wanted, share.min(left))?;
        left -= taken.len();
        claimed.extend(taken);
    }
    Ok(claimed)
}

/// Takes up to `share` tasks of one workspace, whose groups come in the order of their rank.
fn take(connection: &Connection, groups: &[Group], wanted: &Claim, share: usize) -> Result<Vec<Task>, StoreError> {
    let text = sql::sqlite_text(sql::SQLITE_TASKS_CLAIM_GROUP);
    let mut taken: Vec<Task> = Vec::new();
    for alike in groups.chunk_by(|a, b| a.rank == b.rank) {
        // Those of one rank that need different things are taken in the order of their earliest times.
        let mut alike: Vec<&Group> = alike.iter().collect();
        alike.sort_by_key(|group| group.due);
        for group in alike {
            if taken.len() >= share {
                return Ok(taken);
            }
            let room = (share - taken.len()) as u64;
            let values = args![group.workspace, group.rank, &group.needs, wanted.now, wanted.worker, room];
            for row in run_text(connection, &text, &values)?.rows {
                taken.push(tasks::read(row)?);
            }
        }
    }
    Ok(taken)
}

/// When the earliest free task falls due that a worker can do.
pub(super) fn next_due(connection: &Connection, can: &[String]) -> Result<Option<Micros>, StoreError> {
    Ok(groups(connection, can)?.into_iter().map(|group| group.due).min())
}
