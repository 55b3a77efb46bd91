//! A SQLite file: who holds it, what it says, and taking over what its log holds.

use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::path::Path;

use metel_model::id::WorkspaceId;
use metel_model::time::Micros;
use rusqlite::{Connection, OpenFlags, Row};

use super::{ConnectionFacts, Facts};
use crate::error::StoreError;
use crate::sql::{self, Sql};
use crate::sqlite::Lock;

/// Larger files are not read through: it would take too long for whoever waits.
const CHECK_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The process that uses a data folder, where one does; its number, where that is known.
pub fn holder(folder: &Path) -> Option<Option<u32>> {
    let file = File::open(folder.join("metel.lock")).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.take(32).read_to_string(&mut text);
            Some(text.trim().parse().ok())
        }
        _ => None,
    }
}

/// Reads a database file. Blocks.
pub fn file(path: &Path) -> Result<Facts, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute_batch("PRAGMA busy_timeout = 500; PRAGMA query_only = ON;")?;
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'migrations'", [], |row| row.get(0))?;
    let taken = match tables {
        0 => Vec::new(),
        _ => all(&connection, &sql::INSPECT_MIGRATIONS, |row| Ok((row.get(0)?, row.get(1)?)))?,
    };
    let mut facts = Facts::of(&taken, |migration| migration.sqlite);
    if size <= CHECK_BYTES_MAX {
        let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
        facts.damage = lines.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|line| line != "ok").collect();
    }
    if facts.is_current() && facts.damage.is_empty() {
        facts.data_keys = all(&connection, &sql::INSPECT_DATA_KEYS, |row| Ok((workspace(row)?, row.get(1)?)))?;
        facts.policies =
            all(&connection, &sql::INSPECT_POLICIES, |row| Ok((workspace(row)?, row.get(1)?, row.get(2)?)))?;
        facts.connections = all(&connection, &sql::INSPECT_CONNECTIONS, |row| {
            let expires_at = row.get::<_, Option<i64>>(2)?.map(Micros);
            Ok(ConnectionFacts { service: row.get(0)?, body: row.get(1)?, expires_at, trouble: row.get(3)? })
        })?;
        let newest = all(&connection, &sql::INSPECT_NEWEST, |row| row.get::<_, Option<i64>>(0))?;
        facts.newest = newest.into_iter().flatten().next().map(Micros);
    }
    Ok(facts)
}

fn workspace(row: &Row<'_>) -> rusqlite::Result<WorkspaceId> {
    let bytes: Vec<u8> = row.get(0)?;
    Ok(WorkspaceId::from_bytes(&bytes).unwrap_or(WorkspaceId(uuid::Uuid::nil())))
}

fn all<T>(
    connection: &Connection,
    sql: &Sql,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare(&sql.sqlite)?;
    let rows = statement.query_map([], |row| read(row))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}

/// Leaves a database as a later program would: with a migration that this one does not know. Blocks.
pub fn pretend_newer(path: &Path) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let sql = sql::sqlite_text(sql::INSPECT_PRETEND_NEWER);
    connection.execute(&sql, rusqlite::params![crate::migrate::KNOWN + 7])?;
    Ok(())
}

/// Moves what is whole of the log into the database and empties the log, as the next start would. A copy of the log
/// stays beside it. Refused while a process uses the folder. Blocks.
pub fn settle_log(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _lock = Lock::take(folder)?;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let aside = path.with_file_name("metel.db-wal.aside");
    std::fs::copy(Path::new(&log), &aside).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    match busy {
        0 => Ok(()),
        _ => Err(StoreError::Unavailable("the database's log is in use".to_owned())),
    }
}
