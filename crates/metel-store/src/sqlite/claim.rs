//! Claiming on SQLite: the groups (workspace, priority) with free tasks each get an equal share, so
//! that one tenant's burst does not starve the others.

use metel_model::id::{WorkerId, WorkspaceId};
use metel_model::task::Task;
use metel_model::time::Micros;
use rusqlite::Connection;

use super::run::run_text;
use crate::error::StoreError;
use crate::rows::tasks;
use crate::sql;
use crate::value::args;

/// A group and the earliest time in it.
struct Group {
    workspace: WorkspaceId,
    priority: i64,
    due: Micros,
}

fn groups(connection: &Connection) -> Result<Vec<Group>, StoreError> {
    let next = sql::sqlite_text(sql::SQLITE_TASKS_NEXT_GROUP);
    let mut found: Vec<Group> = Vec::new();
    let mut after = args![Vec::new(), i64::MIN];
    while let Some(mut row) = run_text(connection, &next, &after)?.one() {
        let group = Group { workspace: row.next()?, priority: row.next()?, due: row.next()? };
        after = args![group.workspace, group.priority];
        found.push(group);
    }
    Ok(found)
}

pub(super) fn claim(
    connection: &Connection,
    worker: WorkerId,
    now: Micros,
    limit: u32,
) -> Result<Vec<Task>, StoreError> {
    let me = args![worker];
    if run_text(connection, &sql::sqlite_text(sql::SQLITE_WORKERS_FENCED), &me)?.changed > 0 {
        return Err(StoreError::Fenced);
    }
    let mut due: Vec<Group> = groups(connection)?.into_iter().filter(|group| group.due <= now).collect();
    // The more pressing first, then those that wait longest.
    due.sort_by_key(|group| (std::cmp::Reverse(group.priority), group.due));
    let take = sql::sqlite_text(sql::SQLITE_TASKS_CLAIM_GROUP);
    let mut claimed = Vec::new();
    let mut left = i64::from(limit);
    let count = due.len() as i64;
    let share = (left / count.max(1)).max(1);
    for group in due {
        if left <= 0 {
            break;
        }
        let wanted = args![group.workspace, group.priority, now, worker, share.min(left)];
        let done = run_text(connection, &take, &wanted)?;
        left -= done.rows.len() as i64;
        for row in done.rows {
            claimed.push(tasks::read(row)?);
        }
    }
    Ok(claimed)
}

/// When the earliest free task falls due.
pub(super) fn next_due(connection: &Connection) -> Result<Option<Micros>, StoreError> {
    Ok(groups(connection)?.into_iter().map(|group| group.due).min())
}
