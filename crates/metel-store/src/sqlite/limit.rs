//! What SQLite itself does on this disk: rows of a step's shape, written by one thread and nothing around it.
//! Measurements hold metel beside it. Its tables are its own; it never touches a store's.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::open::prepare_writer;
use crate::error::StoreError;

/// An entry of the log as a step writes it, in bytes.
const ENTRY_BYTES: usize = 500;
/// Runs that take turns.
const RUNS: i64 = 1_024;

/// Steps a second in transactions of `group` steps, durable each: an entry appended, the run's header and its
/// task rewritten. `file` is made and stays.
pub fn limit(file: &Path, group: usize, time: Duration) -> Result<f64, StoreError> {
    let mut connection = Connection::open(file)?;
    prepare_writer(&connection)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, run BLOB NOT NULL, seq INTEGER NOT NULL,
                                             hash BLOB NOT NULL, body TEXT NOT NULL);
         CREATE UNIQUE INDEX IF NOT EXISTS entries_run ON entries (run, seq);
         CREATE TABLE IF NOT EXISTS heads (run BLOB PRIMARY KEY, version INTEGER NOT NULL, status TEXT NOT NULL,
                                           at INTEGER NOT NULL);
         CREATE TABLE IF NOT EXISTS due (run BLOB PRIMARY KEY, at INTEGER NOT NULL, owner BLOB);",
    )?;
    let run = |n: i64| [n.to_be_bytes(), n.to_le_bytes()].concat();
    let filling = connection.transaction()?;
    for n in 0..RUNS {
        filling.execute("INSERT OR IGNORE INTO heads VALUES (?1, 0, 'running', 0)", params![run(n)])?;
        filling.execute("INSERT OR IGNORE INTO due VALUES (?1, 0, NULL)", params![run(n)])?;
    }
    filling.commit()?;
    let (body, hash) = ("x".repeat(ENTRY_BYTES), [7_u8; 32]);
    let mut version: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM entries", [], |row| row.get(0))?;
    let (began, mut steps) = (Instant::now(), 0_u64);
    while began.elapsed() < time {
        let writing = connection.transaction()?;
        {
            let mut head = writing.prepare_cached("UPDATE heads SET version = ?2, at = ?2 WHERE run = ?1")?;
            let mut entry =
                writing.prepare_cached("INSERT INTO entries (run, seq, hash, body) VALUES (?1, ?2, ?3, ?4)")?;
            let mut task = writing.prepare_cached("UPDATE due SET at = ?2, owner = ?3 WHERE run = ?1")?;
            for _ in 0..group {
                version += 1;
                let run = run(version % RUNS);
                head.execute(params![run, version])?;
                entry.execute(params![run, version, hash, body])?;
                task.execute(params![run, version, hash])?;
            }
        }
        writing.commit()?;
        steps += group as u64;
    }
    Ok(steps as f64 / began.elapsed().as_secs_f64())
}
