//! Topics on SQLite: row by row in one transaction of the writer.

use metel_model::id::WorkspaceId;
use metel_model::time::Micros;
use rusqlite::{Connection, params};

use super::run::{run, run_text};
use crate::error::StoreError;
use crate::rows::topics::{TopicPost, moved_on};
use crate::sql::{self, Call, call, sqlite_text};
use crate::value::{Done, Value, args};

pub(super) fn publish(
    connection: &Connection,
    workspace: WorkspaceId,
    topic: &str,
    posts: &[TopicPost],
    (by, at): (&str, Micros),
) -> Result<u64, StoreError> {
    let room = args![workspace, topic, posts.len() as u64];
    let mut row =
        run_text(connection, &sqlite_text(sql::SQLITE_TOPICS_OPEN), &room)?.one().ok_or(StoreError::Closed)?;
    let (number, first): (i64, i64) = (row.next()?, row.next()?);
    let mut add = connection.prepare_cached(&sqlite_text(sql::SQLITE_TOPICS_ADD))?;
    let mut new = 0;
    for (place, post) in (first..).zip(posts) {
        let values = params![workspace.as_bytes(), number, place, post.id.as_bytes(), post.body, by, at.0];
        new += add.execute(values)? as u64;
    }
    Ok(new)
}

pub(super) fn lease(
    connection: &Connection,
    workspace: WorkspaceId,
    subscription: i64,
    limit: u32,
    (now, until): (Micros, Micros),
) -> Result<Done, StoreError> {
    let ask = |text: &str, args: Vec<Value>| run_text(connection, &sqlite_text(text), &args);
    let again = ask(sql::SQLITE_TOPICS_AGAIN, args![workspace, subscription, now, until])?;
    if !again.rows.is_empty() {
        return Ok(again);
    }
    let Some(mut row) = ask(sql::SQLITE_TOPICS_STAND, args![workspace, subscription])?.one() else { return Ok(again) };
    let (first, end): (i64, i64) = (row.next()?, row.next()?);
    if first >= end {
        return Ok(again);
    }
    let next = end.min(first + i64::from(limit));
    ask(sql::SQLITE_TOPICS_MOVE, args![workspace, subscription, next])?;
    run(connection, &call(&sql::TOPICS_LEASE, args![workspace, subscription, first, next - 1, until, 1_u32]))?;
    ask("SELECT $1, $2, 1", args![first, next - 1])
}

/// The first statement has to find its row.
pub(super) fn if_first(connection: &Connection, first: &Call, more: &[Call]) -> Result<(), StoreError> {
    if run(connection, first)?.changed == 0 {
        return Err(moved_on());
    }
    more.iter().try_for_each(|call| run(connection, call).map(|_| ()))
}
