//! The online backup: a consistent copy while commits go on.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::files::{BlobFiles, io};
use super::run::run;
use crate::error::StoreError;
use crate::sql::{self, call};

/// How long a copy waits for a database that others hold.
const BUSY_MAX: Duration = Duration::from_secs(30);

/// Copies the database to `folder/metel.db` and its files to `folder/blobs`. `folder` must not hold a
/// database yet.
pub(super) fn copy(from: &Connection, files: Option<&BlobFiles>, folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(|error| io(folder, &error))?;
    let target = folder.join("metel.db");
    if target.exists() {
        return Err(StoreError::Conflict(format!("{} is there already", target.display())));
    }
    let done = copy_database(from, &target).and_then(|()| files.map_or(Ok(()), |files| copy_files(files, &target)));
    if done.is_err() {
        // Half a backup must not pass for one.
        let _ = fs::remove_file(&target);
    }
    done
}

fn copy_database(from: &Connection, target: &Path) -> Result<(), StoreError> {
    {
        let mut to = Connection::open(target)?;
        let backup = Backup::new(from, &mut to)?;
        // All pages in one step: one view of the data; the writer goes on meanwhile.
        let until = Instant::now() + BUSY_MAX;
        while backup.step(-1)? != StepResult::Done {
            if Instant::now() >= until {
                return Err(StoreError::Unavailable("the database was busy for too long".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    // The copy and its name.
    let folder = target.parent().unwrap_or(Path::new("."));
    [target, folder]
        .into_iter()
        .try_for_each(|path| File::open(path).and_then(|file| file.sync_all()).map_err(|error| io(path, &error)))
}

/// Copies what the copied database refers to; values added since are not its own.
fn copy_files(files: &BlobFiles, target: &Path) -> Result<(), StoreError> {
    let copied = Connection::open(target)?;
    let there = BlobFiles::new(target.with_file_name("blobs"));
    for mut row in run(&copied, &call(&sql::BLOBS_FILES, Vec::new()))?.rows {
        let (workspace, digest) = (row.next()?, row.next()?);
        let bytes = files.get(workspace, digest)?;
        there.put(workspace, &crate::commit::Blob { digest, bytes: bytes.into() })?;
    }
    Ok(())
}
