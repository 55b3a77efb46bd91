//! A capsule: one SQLite file with everything that a replay of a run needs, on any machine.
//!
//! The file is read as what it is: something from outside. Every value has to be what its digest says,
//! and what does not fit is an error, never a guess.

use std::path::Path;

use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use uuid::Uuid;

use crate::error::StoreError;

/// The form of the file, in its `user_version`.
const FORMAT: i64 = 1;
/// Tells a capsule from other SQLite files: `metc`.
const APPLICATION: i64 = 0x6d65_7463;
/// Largest value that is read, in bytes.
const VALUE_BYTES_MAX: i64 = 64 * 1024 * 1024;

const SHAPE: &str = "
    CREATE TABLE about (workspace BLOB NOT NULL, made_at TEXT NOT NULL, made_by TEXT NOT NULL);
    CREATE TABLE runs (place INTEGER PRIMARY KEY, run BLOB NOT NULL UNIQUE, name TEXT NOT NULL, seq INTEGER NOT NULL, head BLOB NOT NULL);
    CREATE TABLE events (run BLOB NOT NULL, seq INTEGER NOT NULL, count INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL,
        command TEXT NOT NULL, body TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
    CREATE TABLE contents (digest BLOB PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE answers (kind TEXT NOT NULL, asked TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (kind, asked)) WITHOUT ROWID;
";

/// What a capsule holds. Times as RFC 3339.
#[derive(Debug, Clone, PartialEq)]
pub struct Capsule {
    pub workspace: WorkspaceId,
    pub made_at: String,
    /// The program and its version.
    pub made_by: String,
    /// The run that was asked for first, then those that it started.
    pub runs: Vec<CapsuleRun>,
    pub contents: Vec<CapsuleContent>,
    /// What names meant while the runs went on: kind, name, answer.
    pub answers: Vec<(String, String, String)>,
}

/// One run's log and where it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct CapsuleRun {
    pub run: RunId,
    pub name: String,
    /// Number of the next event.
    pub seq: u64,
    pub head: Digest,
    pub entries: Vec<Entry>,
}

/// A value, a workflow or the workspace's facts by the SHA-256 of their bytes; a contract by its own digest.
#[derive(Debug, Clone, PartialEq)]
pub struct CapsuleContent {
    pub digest: Digest,
    pub kind: ContentKind,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentKind {
    Value,
    Contract,
}

impl ContentKind {
    fn key(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Contract => "contract",
        }
    }
}

fn odd(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("the capsule {what}"))
}

impl Capsule {
    /// The file's bytes. Blocks.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        let mut file = Connection::open_in_memory()?;
        file.pragma_update(None, "application_id", APPLICATION)?;
        file.pragma_update(None, "user_version", FORMAT)?;
        let all = file.transaction()?;
        all.execute_batch(SHAPE)?;
        all.execute(
            "INSERT INTO about VALUES (?, ?, ?)",
            params![self.workspace.0.as_bytes(), self.made_at, self.made_by],
        )?;
        for (place, run) in self.runs.iter().enumerate() {
            let id = run.run.0.as_bytes();
            all.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", params![place, id, run.name, run.seq, run.head.0])?;
            let mut put = all.prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
            for entry in &run.entries {
                let Entry { seq, count, at, actor, command, body, hash } = entry;
                put.execute(params![id, seq, count, at.0, actor, command, body, hash.0])?;
            }
        }
        let mut put = all.prepare_cached("INSERT OR IGNORE INTO contents VALUES (?, ?, ?)")?;
        for content in &self.contents {
            put.execute(params![content.digest.0, content.kind.key(), content.body])?;
        }
        drop(put);
        let mut put = all.prepare_cached("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)")?;
        for (kind, asked, answer) in &self.answers {
            put.execute(params![kind, asked, answer])?;
        }
        drop(put);
        all.commit()?;
        Ok(file.serialize("main")?.to_vec())
    }

    /// Reads a file that anybody may have written. Blocks.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let file = Connection::open_with_flags(path, flags)?;
        file.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cell_size_check = ON;")?;
        let number = |name: &str| file.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        match (number("application_id"), number("user_version")) {
            (Ok(APPLICATION), Ok(FORMAT)) => {}
            (Ok(APPLICATION), Ok(other)) => return Err(odd(format!("has form {other}; this program reads {FORMAT}"))),
            _ => return Err(StoreError::Corrupt("the file is no capsule".to_owned())),
        }
        let about = file.query_row("SELECT workspace, made_at, made_by FROM about", [], |row| {
            Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?, row.get(2)?))
        });
        let (workspace, made_at, made_by) = about.optional()?.ok_or_else(|| odd("does not say what it is"))?;
        let mut runs = Vec::new();
        let mut list = file.prepare("SELECT run, name, seq, head FROM runs ORDER BY place")?;
        let mut rows = list.query([])?;
        while let Some(row) = rows.next()? {
            let run: [u8; 16] = row.get(0)?;
            runs.push(CapsuleRun {
                run: RunId(Uuid::from_bytes(run)),
                name: row.get(1)?,
                seq: row.get(2)?,
                head: Digest(row.get(3)?),
                entries: Vec::new(),
            });
        }
        for run in &mut runs {
            let mut list = file.prepare_cached(
                "SELECT seq, count, at, actor, command, body, hash FROM events WHERE run = ? ORDER BY seq",
            )?;
            let mut rows = list.query(params![run.run.0.as_bytes()])?;
            while let Some(row) = rows.next()? {
                run.entries.push(Entry {
                    seq: row.get(0)?,
                    count: row.get(1)?,
                    at: metel_model::time::Micros(row.get(2)?),
                    actor: row.get(3)?,
                    command: row.get(4)?,
                    body: row.get(5)?,
                    hash: Digest(row.get(6)?),
                });
            }
        }
        let mut contents = Vec::new();
        let mut list = file.prepare("SELECT digest, kind, length(body), body FROM contents")?;
        let mut rows = list.query([])?;
        while let Some(row) = rows.next()? {
            let digest = Digest(row.get(0)?);
            if row.get::<_, i64>(2)? > VALUE_BYTES_MAX {
                return Err(odd(format!("holds a value that is too large: {digest}")));
            }
            let body: Vec<u8> = row.get(3)?;
            let kind = match row.get_ref(1)?.as_str().unwrap_or_default() {
                "value" => ContentKind::Value,
                "contract" => ContentKind::Contract,
                other => return Err(odd(format!("holds something unknown: {other}"))),
            };
            // What a contract's digest covers, only its compiler knows.
            if kind == ContentKind::Value && Digest::of(&body) != digest {
                return Err(odd(format!("holds a value that was altered: {digest}")));
            }
            contents.push(CapsuleContent { digest, kind, body });
        }
        let mut list = file.prepare("SELECT kind, asked, answer FROM answers")?;
        let answers = list.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let answers = answers.collect::<Result<_, _>>()?;
        Ok(Self { workspace: WorkspaceId(Uuid::from_bytes(workspace)), made_at, made_by, runs, contents, answers })
    }
}
