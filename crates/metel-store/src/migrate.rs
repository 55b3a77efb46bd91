//! Migrations: numbered alike for both engines, forward only, each in one transaction, checked by
//! hash. A database of a newer program is refused.

use metel_model::hash::Digest;
use rusqlite::Connection;

use crate::crash::{self, Point};
use crate::error::StoreError;

/// One step of the schema.
pub(crate) struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal;)*) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        },)*]
    };
}

/// All steps in order. Released ones are never edited.
pub(crate) const ALL: &[Migration] = migrations! {
    1 "0001_foundation";
    2 "0002_messages";
    3 "0003_topics";
    4 "0004_checkpoints";
    5 "0005_subjects";
    6 "0006_credits";
    7 "0007_grants";
    8 "0008_groups";
    9 "0009_standing";
    10 "0010_links";
};

/// The newest number that this program knows.
pub(crate) const KNOWN: i64 = ALL.len() as i64;

/// Which steps are still to be taken, given those taken: number and hash.
pub(crate) fn missing(
    taken: &[(i64, Vec<u8>)],
    text: fn(&Migration) -> &'static str,
) -> Result<&'static [Migration], StoreError> {
    let found = taken.iter().map(|(number, _)| *number).max().unwrap_or(0);
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    for (migration, (number, hash)) in ALL.iter().zip(taken) {
        if migration.number != *number || Digest::of(text(migration).as_bytes()).0 != hash.as_slice() {
            return Err(StoreError::Altered(*number));
        }
    }
    Ok(ALL.get(taken.len()..).unwrap_or_default())
}

/// The table that remembers the steps; the same text on both engines but for the type of the hash.
pub(crate) const TABLE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL)";
pub(crate) const TABLE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS migrations (
    number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash BYTEA NOT NULL)";

/// Brings a SQLite database to the newest step.
pub(crate) fn sqlite(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(TABLE_SQLITE)?;
    let taken = {
        let mut statement = connection.prepare("SELECT number, hash FROM migrations ORDER BY number")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<Vec<_>, _>>()?
    };
    for migration in missing(&taken, |migration| migration.sqlite)? {
        let step = connection.transaction()?;
        step.execute_batch(migration.sqlite)?;
        step.execute(
            "INSERT INTO migrations (number, name, hash) VALUES (?1, ?2, ?3)",
            rusqlite::params![migration.number, migration.name, Digest::of(migration.sqlite.as_bytes()).0],
        )?;
        crash::reach(Point::SchemaInside);
        step.commit()?;
        crash::reach(Point::SchemaBetween);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_or_altered_database_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        sqlite(&mut connection).unwrap();
        sqlite(&mut connection).unwrap();
        connection.execute("INSERT INTO migrations VALUES (?1, 'later', x'00')", [KNOWN + 1]).unwrap();
        assert_eq!(sqlite(&mut connection), Err(StoreError::Newer { found: KNOWN + 1, known: KNOWN }));
        connection.execute("DELETE FROM migrations WHERE number > ?1", [KNOWN]).unwrap();
        connection.execute("UPDATE migrations SET hash = x'00' WHERE number = 1", []).unwrap();
        assert_eq!(sqlite(&mut connection), Err(StoreError::Altered(1)));
    }

    #[test]
    fn numbers_run_from_one_without_gaps() {
        assert!(ALL.iter().zip(1..).all(|(migration, number)| migration.number == number));
    }
}
