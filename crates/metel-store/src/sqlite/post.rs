//! The courier's matching on SQLite, row by row in one transaction of the writer.

use metel_model::id::{MessageId, WorkspaceId};
use metel_model::time::Micros;
use rusqlite::Connection;

use super::run::{run, run_text};
use crate::error::StoreError;
use crate::sql::{self, call, sqlite_text};
use crate::value::{Done, Value, args};

fn ask(connection: &Connection, text: &str, args: Vec<Value>) -> Result<Done, StoreError> {
    run_text(connection, &sqlite_text(text), &args)
}

pub(super) fn hand_out(connection: &Connection, now: Micros, back_at: Micros, limit: u32) -> Result<Done, StoreError> {
    run(connection, &call(&sql::MESSAGES_STRAYS, Vec::new()))?;
    if match_kept(connection, now, limit)? < u64::from(limit) {
        match_new(connection, now, limit)?;
    }
    ask(connection, sql::SQLITE_SUBSCRIPTIONS_TAKE, args![now, back_at, limit])
}

/// Steps that begin to wait look through what is kept: the first who came takes the oldest, one each.
fn match_kept(connection: &Connection, now: Micros, limit: u32) -> Result<u64, StoreError> {
    let begun = ask(connection, sql::SQLITE_SUBSCRIPTIONS_NEXT_NEW, args![limit])?;
    let count = begun.changed;
    for mut row in begun.rows {
        let number: i64 = row.next()?;
        let (workspace, name, correlation): (WorkspaceId, String, String) = (row.next()?, row.next()?, row.next()?);
        let asked = args![workspace, name, correlation, now];
        let kept = ask(connection, sql::SQLITE_MESSAGES_OLDEST_KEPT, asked)?.one();
        let kept: Option<(i64, MessageId)> = match kept {
            Some(mut row) => Some((row.next()?, row.next()?)),
            None => None,
        };
        let id = kept.map(|(_, id)| id);
        ask(connection, sql::SQLITE_SUBSCRIPTIONS_GIVE, args![number, id, now])?;
        if let Some((message, _)) = kept {
            ask(connection, sql::SQLITE_MESSAGES_STATE, args![message, "given"])?;
        }
    }
    Ok(count)
}

/// New messages go to everybody who waits for them; the rest are kept.
fn match_new(connection: &Connection, now: Micros, limit: u32) -> Result<(), StoreError> {
    let fresh = ask(connection, sql::SQLITE_MESSAGES_NEXT_NEW, args![limit])?;
    for mut row in fresh.rows {
        let number: i64 = row.next()?;
        let (workspace, id): (WorkspaceId, MessageId) = (row.next()?, row.next()?);
        let (name, correlation): (String, String) = (row.next()?, row.next()?);
        let given = args![workspace, name, correlation, id, now];
        let given = ask(connection, sql::SQLITE_SUBSCRIPTIONS_GIVE_ALL, given)?.changed;
        let state = if given > 0 { "given" } else { "kept" };
        ask(connection, sql::SQLITE_MESSAGES_STATE, args![number, state])?;
    }
    Ok(())
}
