//! What `--fix` can do: each act is bounded to metel's own files. What could lose something is done only when it is
//! named with `--only`, and keeps what was there beside it.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use metel_model::hash::Digest;
use metel_model::{Code, Fault};
use metel_store::{PolicyRow, Store, inspect};

use super::finding::quoted;
use super::scene::Scene;

#[derive(Debug, Clone, PartialEq)]
pub enum Repair {
    None,
    /// For a person: this program does not do it.
    ByHand(String),
    Mode(PathBuf, u32),
    MakeFolder(PathBuf),
    Remove(Vec<PathBuf>),
    Touch(Vec<PathBuf>),
    /// The database's log is taken over as far as it holds.
    SettleLog(PathBuf),
    /// The damaged database is put aside and the newest backup, if any, takes its place.
    PutAside(PathBuf),
    /// The newest policy that can be read is put in force again.
    Policy,
}

fn wrong(path: &Path) -> impl Fn(std::io::Error) -> Fault + '_ {
    move |error| Fault::new(Code::ConfigInvalid).about(error).at(path.display())
}

impl Repair {
    /// Done by `--fix` without naming it.
    pub fn is_safe(&self) -> bool {
        !matches!(self, Self::None | Self::ByHand(_) | Self::PutAside(_))
    }

    pub fn command(&self, code: &str) -> Option<String> {
        let list = |paths: &[PathBuf]| paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(" ");
        Some(match self {
            Self::None => return None,
            Self::ByHand(command) => command.clone(),
            Self::Mode(path, mode) => format!("chmod {mode:o} {}", quoted(path)),
            Self::MakeFolder(path) => format!("mkdir -p -m 700 {}", quoted(path)),
            Self::Remove(paths) => format!("rm -f {}", list(paths)),
            Self::Touch(paths) => format!("touch {}", list(paths)),
            Self::SettleLog(_) | Self::PutAside(_) | Self::Policy => format!("metel doctor --fix --only {code}"),
        })
    }

    pub async fn carry_out(&self, scene: &Scene) -> Result<(), Fault> {
        match self {
            Self::None | Self::ByHand(_) => Ok(()),
            Self::Mode(path, mode) => {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(*mode)).map_err(wrong(path))
            }
            Self::MakeFolder(path) => {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(wrong(path))
            }
            Self::Remove(paths) => paths.iter().try_for_each(|path| match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(wrong(path)(error)),
                _ => Ok(()),
            }),
            Self::Touch(paths) => paths.iter().try_for_each(|path| {
                let file = std::fs::File::open(path).map_err(wrong(path))?;
                file.set_modified(std::time::SystemTime::now()).map_err(wrong(path))
            }),
            Self::SettleLog(path) => {
                let path = path.clone();
                let done = tokio::task::spawn_blocking(move || inspect::settle_log(&path)).await;
                done.map_err(|error| Fault::new(Code::Internal).about(error))?.map_err(Fault::from)
            }
            Self::PutAside(path) => put_aside(&scene.home, path),
            Self::Policy => policy(scene).await,
        }
    }
}

/// Moves the database and its log into a folder of its own, and takes the newest backup's.
fn put_aside(home: &Path, database: &Path) -> Result<(), Fault> {
    if let Some(pid) = inspect::holder(home) {
        let pid = pid.map_or_else(String::new, |pid| pid.to_string());
        return Err(Fault::new(Code::DataFolderLocked).about(pid).at(home.display()));
    }
    let aside = (1..).map(|n| home.join(format!("damaged-{n}"))).find(|path| !path.exists());
    let Some(aside) = aside else { return Ok(()) };
    std::fs::DirBuilder::new().mode(0o700).create(&aside).map_err(wrong(&aside))?;
    for name in ["metel.db", "metel.db-wal", "metel.db-shm"] {
        let from = home.join(name);
        if from.exists() {
            std::fs::rename(&from, aside.join(name)).map_err(wrong(&from))?;
        }
    }
    let mut backups: Vec<PathBuf> = std::fs::read_dir(home.join("backups"))
        .map(|all| all.flatten().map(|entry| entry.path().join("metel.db")).filter(|db| db.is_file()).collect())
        .unwrap_or_default();
    backups.sort_by_key(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok());
    // The newest that is whole.
    let whole = |path: &&PathBuf| inspect::file(path).is_ok_and(|facts| facts.damage.is_empty());
    if let Some(backup) = backups.iter().rev().find(whole) {
        std::fs::copy(backup, database).map_err(wrong(database))?;
    }
    Ok(())
}

async fn policy(scene: &Scene) -> Result<(), Fault> {
    let options = metel_store::Options::default();
    let store = match scene.db() {
        Some(url) => Store::open_postgres(url, options).await?,
        None => Store::open_sqlite(&scene.database(), options).await?,
    };
    let reads = |body: &str| {
        serde_json::from_str(body).is_ok_and(|policy| metel_rules::policy::check_rules(&policy).is_empty())
    };
    for workspace in store.workspaces().await? {
        let versions = store.policies(workspace.id, 1_000).await?;
        if versions.first().is_none_or(|newest| reads(&newest.body)) {
            continue;
        }
        let good = versions.into_iter().find(|row| reads(&row.body));
        let body = match good {
            Some(row) => row.body,
            None => serde_json::to_string(&metel_model::policy::Policy::default())
                .map_err(|error| Fault::new(Code::Internal).about(error))?,
        };
        let digest = Digest::of(body.as_bytes());
        let by = "doctor".to_owned();
        let row = PolicyRow { workspace: workspace.id, version: 0, digest, body, by, created_at: scene.now };
        store.add_policy(&row).await?;
    }
    Ok(())
}
