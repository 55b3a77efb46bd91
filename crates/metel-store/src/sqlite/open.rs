//! Opens a SQLite store: lock, connection settings, migrations, threads; and closes it again.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::task::Task;
use metel_model::time::Micros;

use super::files::{BlobFiles, TABLE_BYTES_MAX, io};
use super::lock::Lock;
use super::reader::{self, Readers};
use super::run::run;
use super::writer::{self, Writer};
use super::{backup, claim, post, topics};
use crate::commit::{Commit, Committed};
use crate::crash::{self, Point};
use crate::error::StoreError;
use crate::migrate;
use crate::options::Options;
use crate::rows::tasks::Claim;
use crate::rows::topics::TopicPost;
use crate::signal::Signals;
use crate::sql::{self, Call};
use crate::value::{Done, args};

/// A store in one file, or in memory.
pub(crate) struct Sqlite {
    writer: Option<Writer>,
    /// None in memory: there the writer's connection is the only one.
    readers: Option<Readers>,
    /// None in memory: large values stay in the table.
    files: Option<BlobFiles>,
    path: Option<PathBuf>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Goes last, when the connections are closed.
    _lock: Option<Lock>,
}

impl Sqlite {
    /// Opens or makes the database at `path`; `:memory:` for one that goes with the process. Blocks.
    pub(crate) fn open(path: &Path, options: &Options, signals: &Signals) -> Result<Self, StoreError> {
        if path == Path::new(":memory:") {
            return Self::start(Connection::open_in_memory()?, None, None, options, signals);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| io(folder, &error))?;
        let lock = Lock::take(folder)?;
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        Self::start(connection, Some(path), Some(lock), options, signals)
    }

    fn start(
        mut connection: Connection,
        path: Option<&Path>,
        lock: Option<Lock>,
        options: &Options,
        signals: &Signals,
    ) -> Result<Self, StoreError> {
        prepare_writer(&connection)?;
        migrate::sqlite(&mut connection)?;
        let mut threads = Vec::new();
        let files = path.map(|path| BlobFiles::new(path.with_file_name("blobs")));
        let (writer, inbox) = Writer::new(connection, options, signals, files.is_some());
        threads.push(spawn("metel-writer", move || writer::serve(&inbox))?);
        let mut readers = None;
        if let Some(path) = path {
            let (way, queue) = Readers::new(options.queue_max);
            for _ in 0..options.readers.max(1) {
                let connection = open_reader(path)?;
                let queue = queue.clone();
                threads.push(spawn("metel-reader", move || reader::serve(&connection, &queue))?);
            }
            readers = Some(way);
        }
        Ok(Self {
            writer: Some(writer),
            readers,
            files,
            path: path.map(Path::to_owned),
            threads: Mutex::new(threads),
            _lock: lock,
        })
    }

    /// A database in memory that is worked on by whoever asks, on the caller's thread.
    #[cfg(feature = "simulation")]
    pub(crate) fn open_here(signals: &Signals) -> Result<Self, StoreError> {
        static EMPTY: std::sync::OnceLock<Mutex<Connection>> = std::sync::OnceLock::new();
        let empty = match EMPTY.get() {
            Some(empty) => empty,
            None => {
                let mut connection = Connection::open_in_memory()?;
                migrate::sqlite(&mut connection)?;
                EMPTY.get_or_init(|| Mutex::new(connection))
            }
        };
        let mut connection = Connection::open_in_memory()?;
        rusqlite::backup::Backup::new(&empty.lock(), &mut connection)?.step(-1)?;
        prepare_writer(&connection)?;
        let writer = Some(Writer::here(connection, &Options::default(), signals, false));
        Ok(Self { writer, readers: None, files: None, path: None, threads: Mutex::default(), _lock: None })
    }

    fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_ref().ok_or(StoreError::Closed)
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        if let Some(files) = &self.files {
            let large = |blob: &&crate::commit::Blob| blob.bytes.len() > TABLE_BYTES_MAX;
            let large: Vec<_> = commit.all().flat_map(|commit| commit.blobs.iter().filter(large)).cloned().collect();
            if !large.is_empty() {
                let (files, workspace) = (files.clone(), commit.run.workspace);
                blocking(move || large.iter().try_for_each(|blob| files.put(workspace, blob))).await?;
                crash::reach(Point::ValueWritten);
            }
        }
        self.writer()?.commit(commit).await
    }

    pub(crate) fn groups(&self) -> u64 {
        self.writer.as_ref().map_or(0, Writer::groups)
    }

    /// Runs statements in one transaction.
    pub(crate) async fn write(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        self.writer()?.act(move |connection| calls.iter().map(|call| run(connection, call)).collect()).await
    }

    pub(crate) async fn read(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        match &self.readers {
            Some(readers) => readers.read(move |connection| reader::read_all(connection, &calls)).await,
            None => self.writer()?.alone(move |connection| reader::read_all(connection, &calls)).await,
        }
    }

    pub(crate) async fn claim(&self, wanted: Claim, after: WorkspaceId) -> Result<Vec<Task>, StoreError> {
        self.writer()?.act(move |connection| claim::claim(connection, &wanted, after)).await
    }

    pub(crate) async fn next_due(&self, can: Vec<String>) -> Result<Option<Micros>, StoreError> {
        let look = move |connection: &Connection| claim::next_due(connection, &can);
        match &self.readers {
            Some(readers) => readers.read(look).await,
            None => self.writer()?.alone(look).await,
        }
    }

    pub(crate) async fn hand_out(&self, now: Micros, back_at: Micros, limit: u32) -> Result<Done, StoreError> {
        self.writer()?.act(move |connection| post::hand_out(connection, now, back_at, limit)).await
    }

    pub(crate) async fn copy_run(&self, workspace: WorkspaceId, run: RunId, ids: Vec<RunId>) -> Result<(), StoreError> {
        let copy = move |connection: &Connection| {
            let texts = [sql::SQLITE_RUNS_COPY, sql::SQLITE_EVENTS_COPY].map(sql::sqlite_text);
            ids.iter().flat_map(|id| texts.iter().map(move |text| (id, text))).try_for_each(|(id, text)| {
                let args = args![workspace, run, *id];
                super::run::run_text(connection, text, &args).map(|_| ())
            })
        };
        self.writer()?.act(copy).await
    }

    pub(crate) async fn publish_topic(
        &self,
        workspace: WorkspaceId,
        topic: String,
        posts: Vec<TopicPost>,
        by: String,
        at: Micros,
    ) -> Result<u64, StoreError> {
        let publish = move |connection: &Connection| topics::publish(connection, workspace, &topic, &posts, (&by, at));
        self.writer()?.act(publish).await
    }

    pub(crate) async fn lease_topic(
        &self,
        workspace: WorkspaceId,
        subscription: i64,
        limit: u32,
        now: Micros,
        until: Micros,
    ) -> Result<Done, StoreError> {
        let lease =
            move |connection: &Connection| topics::lease(connection, workspace, subscription, limit, (now, until));
        self.writer()?.act(lease).await
    }

    pub(crate) async fn if_first(&self, first: Call, more: Vec<Call>) -> Result<(), StoreError> {
        self.writer()?.act(move |connection| topics::if_first(connection, &first, &more)).await
    }

    /// Writes a large value beside the database.
    pub(crate) async fn put_file(&self, workspace: WorkspaceId, blob: crate::commit::Blob) -> Result<(), StoreError> {
        let files = self.files.clone().ok_or(StoreError::Closed)?;
        blocking(move || files.put(workspace, &blob)).await
    }

    pub(crate) async fn get_file(&self, workspace: WorkspaceId, digest: Digest) -> Result<Vec<u8>, StoreError> {
        let Some(files) = self.files.clone() else {
            return Err(StoreError::Corrupt(format!("value {digest} is nowhere")));
        };
        blocking(move || files.get(workspace, digest)).await
    }

    /// Whether large values are files here.
    pub(crate) fn is_large(&self, bytes: usize) -> bool {
        self.files.is_some() && bytes > TABLE_BYTES_MAX
    }

    /// Problems that SQLite finds in its own file; none when it is sound.
    pub(crate) async fn check_file(&self) -> Result<Vec<String>, StoreError> {
        let check = |connection: &Connection| {
            let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
            let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
            let lines = lines.collect::<Result<Vec<_>, _>>()?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        };
        match &self.readers {
            Some(readers) => readers.read(check).await,
            None => self.writer()?.alone(check).await,
        }
    }

    /// Moves all of the log into the database and empties it, so that what was written over is nowhere any more.
    /// A reader that looks at an older state keeps it from that: then it is tried again.
    pub(crate) async fn empty_log(&self) -> Result<(), StoreError> {
        if self.path.is_none() {
            return Ok(());
        }
        for _ in 0..50 {
            let empty = |connection: &Connection| {
                let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
                Ok(busy == 0)
            };
            if self.writer()?.alone(empty).await? {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Err(StoreError::Unavailable("the database's log is in use and still holds what was written over".to_owned()))
    }

    /// Bytes of the database, its log included.
    pub(crate) async fn bytes(&self) -> Result<u64, StoreError> {
        let Some(path) = &self.path else {
            let pages = |connection: &Connection| {
                let count: u64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
                let size: u64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
                Ok(count * size)
            };
            return self.writer()?.alone(pages).await;
        };
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        Ok(size(path) + size(&with_suffix(path, "-wal")))
    }

    /// Copies a consistent state of the database and of its files into `folder` while work goes on.
    pub(crate) async fn backup_to(&self, folder: PathBuf) -> Result<(), StoreError> {
        let path = self.path.clone();
        let Some(path) = path else {
            return Err(StoreError::Invalid("a store in memory has no backup".to_owned()));
        };
        let files = self.files.clone();
        blocking(move || backup::copy(&open_reader(&path)?, files.as_ref(), &folder)).await
    }
}

impl Drop for Sqlite {
    /// Ends the threads, so that the connections are closed before the lock goes.
    fn drop(&mut self) {
        self.writer = None;
        self.readers = None;
        for thread in self.threads.get_mut().drain(..) {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, life: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(life)
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(act).await.map_err(|_| StoreError::Closed)?
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Settings of the write connection. Every acknowledged commit is on the device: `synchronous = FULL`.
pub(super) fn prepare_writer(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA busy_timeout = 5000;
         PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000;
         PRAGMA cache_size = -8192;
         PRAGMA mmap_size = 268435456;
         PRAGMA query_only = ON;",
    )?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SampleRun, run_id, workspace_id};

    /// A file that must not grow stands for a disk without space: SQLite says the same.
    #[tokio::test]
    async fn a_full_disk_refuses_by_name_and_goes_on_when_space_returns() {
        let store = Sqlite::open(Path::new(":memory:"), &Options::default(), &Signals::new()).unwrap();
        let limit =
            |pages: u32| move |connection: &Connection| Ok(connection.pragma_update(None, "max_page_count", pages)?);
        let mut run = SampleRun::new(workspace_id(1), run_id(1));
        assert_eq!(store.commit(run.step()).await, Ok(Committed::Accepted));
        store.writer().unwrap().alone(limit(1)).await.unwrap();
        let mut accepted = 1;
        let refused = loop {
            let mut next = run.clone();
            match store.commit(next.step()).await {
                Ok(answer) => {
                    assert_eq!(answer, Committed::Accepted);
                    accepted += 1;
                    run = next;
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
        store.writer().unwrap().alone(limit(1_000_000)).await.unwrap();
        assert_eq!(store.commit(run.step()).await, Ok(Committed::Accepted));
        assert_eq!(run.header.version, accepted + 1, "nothing acknowledged was lost, nothing refused was kept");
        assert_eq!(store.check_file().await.unwrap(), Vec::<String>::new());
    }
}
