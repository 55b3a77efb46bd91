//! The lock on the data folder. It is held by the open file, so it goes when the process goes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::StoreError;

/// Holds the lock until dropped.
#[derive(Debug)]
pub(crate) struct Lock(#[allow(dead_code)] File);

impl Lock {
    /// Takes `metel.lock` in `folder`, or names the process that holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("metel.lock");
        let unavailable = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", path.display()));
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The owner may be about to write its number: then it stays unknown.
                let _ = file.take(32).read_to_string(&mut text);
                return Err(StoreError::Locked { pid: text.trim().parse().ok() });
            }
            Err(TryLockError::Error(error)) => return Err(unavailable(error)),
        }
        // On a full disk the number is missing, the lock still holds.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take(folder.path()).unwrap();
        assert_eq!(Lock::take(folder.path()).unwrap_err(), StoreError::Locked { pid: Some(std::process::id()) });
        drop(held);
        Lock::take(folder.path()).unwrap();
    }
}
