//! Values too large for a table: files named by their SHA-256 below the data folder.
//!
//! A file is complete and on the device before any commit that refers to it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;

use crate::commit::Blob;
use crate::error::StoreError;

/// Larger values become files.
pub(crate) const TABLE_BYTES_MAX: usize = 256 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct BlobFiles {
    root: PathBuf,
}

impl BlobFiles {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn path(&self, workspace: WorkspaceId, digest: Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join(workspace.to_string()).join(&hex[..2]).join(hex)
    }

    /// Writes the file and puts it and its name on the device. Blocks.
    pub(crate) fn put(&self, workspace: WorkspaceId, blob: &Blob) -> Result<(), StoreError> {
        let path = self.path(workspace, blob.digest);
        write(&path, &blob.bytes).map_err(|error| io(&path, &error))
    }

    /// Reads a file back and checks it against its name. Blocks.
    pub(crate) fn get(&self, workspace: WorkspaceId, digest: Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.path(workspace, digest);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::Corrupt(format!("the file of value {digest} is missing")),
            _ => io(&path, &error),
        })?;
        if Digest::of(&bytes) != digest {
            return Err(StoreError::Corrupt(format!("the file of value {digest} was altered")));
        }
        Ok(bytes)
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.len() == bytes.len() as u64) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let created = !folder.exists();
    fs::create_dir_all(folder)?;
    // Two writers of the same value never share a half-written file.
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let draft = path.with_extension(format!("{}-{number}.part", std::process::id()));
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&draft, path)) {
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    File::open(folder)?.sync_all()?;
    if created {
        // The names of new folders, up to the root.
        for above in folder.ancestors().skip(1).take(3) {
            if let Ok(above) = File::open(above) {
                above.sync_all()?;
            }
        }
    }
    Ok(())
}

pub(crate) fn io(path: &Path, error: &std::io::Error) -> StoreError {
    let text = format!("{}: {error}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full(text),
        _ => StoreError::Unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::id::WorkspaceId;

    #[test]
    fn an_altered_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let files = BlobFiles::new(folder.path().join("blobs"));
        let workspace = WorkspaceId::from_bytes(&[1; 16]).unwrap();
        let blob = Blob::of(vec![7; TABLE_BYTES_MAX + 1]);
        files.put(workspace, &blob).unwrap();
        files.put(workspace, &blob).unwrap();
        assert_eq!(files.get(workspace, blob.digest).unwrap(), blob.bytes);
        fs::write(files.path(workspace, blob.digest), b"other").unwrap();
        assert!(matches!(files.get(workspace, blob.digest), Err(StoreError::Corrupt(_))));
    }
}
