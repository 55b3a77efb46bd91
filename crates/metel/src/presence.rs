//! Which workers of this machine are gone for certain. Every process over a shared database leaves a file under
//! its worker's name, locked while it lives; one that can be locked by another has died, so that nobody waits for
//! the end of its lease. Files of another machine, or of a start before this one, say nothing: leases judge those.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use metel_engine::Engine;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::id::WorkerId;

const FOLDER: &str = "workers";
/// Files looked at; more are left for the next start.
const FILES_MAX: usize = 1_024;

/// Held while the process lives.
pub struct Presence {
    _file: File,
    path: std::path::PathBuf,
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Says in `home` that this process lives, and in the database which before it do not.
pub async fn enter(home: &Path, engine: &Engine) -> Result<Presence, Fault> {
    let folder = home.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| wrong(&folder, &error))?;
    let started = machine();
    for entry in std::fs::read_dir(&folder).map_err(|error| wrong(&folder, &error))?.take(FILES_MAX) {
        let Ok(entry) = entry else { continue };
        if let Some(worker) = gone(&entry.path(), &started) {
            tracing::info!(%worker, "a worker of this machine is gone");
            engine.store().end_worker(worker).await?;
            let _ = std::fs::remove_file(entry.path());
        }
    }
    let path = folder.join(engine.worker().to_string());
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| wrong(&path, &error))?;
    // Whoever looks at it at this moment lets go at once.
    file.lock().map_err(|error| wrong(&path, &error))?;
    file.write_all(started.as_bytes()).map_err(|error| wrong(&path, &error))?;
    Ok(Presence { _file: file, path })
}

/// The worker of a file whose process has died on this machine since it was started.
fn gone(path: &Path, started: &str) -> Option<WorkerId> {
    let worker: WorkerId = path.file_name()?.to_str()?.parse().ok()?;
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    file.try_lock().ok()?;
    let mut text = String::new();
    (&file).take(128).read_to_string(&mut text).ok()?;
    (!started.is_empty() && text == started).then_some(worker)
}

/// Names this machine since it was started; empty where the system does not say.
fn machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| String::new(), |id| id.trim().to_owned())
}

fn wrong(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Code::ConfigInvalid).about(error).at(path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_died_here_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let worker = metel_store::testing::worker_id(7);
        let path = folder.path().join(worker.to_string());
        std::fs::write(&path, "this start").unwrap();
        assert_eq!(gone(&path, "this start"), Some(worker));
        assert_eq!(gone(&path, "another start"), None);
        assert_eq!(gone(&path, ""), None);
        let living = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        living.lock().unwrap();
        assert_eq!(gone(&path, "this start"), None);
        drop(living);
        assert_eq!(gone(&path, "this start"), Some(worker));
        let odd = folder.path().join("README");
        std::fs::write(&odd, "this start").unwrap();
        assert_eq!(gone(&odd, "this start"), None);
    }
}
