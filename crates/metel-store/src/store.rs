//! The store: one handle over either engine, cheap to clone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::broadcast;

use crate::commit::{Commit, Committed};
use crate::error::StoreError;
use crate::options::Options;
use crate::postgres::Postgres;
use crate::signal::{Signal, Signals};
use crate::sql::{Call, Sql, call};
use crate::sqlite::Sqlite;
use crate::value::{Done, Row, Value};

/// A handle; the store closes with the last one.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>, #[cfg(feature = "simulation")] pub(crate) crate::simulated::Way);

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    /// The workspace whose turn at the queue was last.
    pub(crate) served: parking_lot::Mutex<metel_model::id::WorkspaceId>,
    signals: Signals,
}

impl Inner {
    pub(crate) fn new(engine: Engine, signals: Signals) -> Arc<Self> {
        let nobody = metel_model::id::WorkspaceId(uuid::Uuid::nil());
        Arc::new(Self { engine, served: parking_lot::Mutex::new(nobody), signals })
    }
}

pub(crate) enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Engine {
    pub(crate) async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.commit(commit).await,
            Self::Postgres(engine) => engine.commit(commit).await,
        }
    }

    async fn read(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.read(calls).await,
            Self::Postgres(engine) => engine.read(calls).await,
        }
    }

    async fn write(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.write(calls).await,
            Self::Postgres(engine) => engine.write(calls).await,
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.engine_name())
    }
}

/// Through the front of a simulated process, where the handle has one.
macro_rules! by_way {
    ($store:expr, $act:ident, $work:expr) => {{
        #[cfg(feature = "simulation")]
        if let Some(front) = &$store.1 {
            return crate::simulated::carry(front, crate::simulated::Act::$act, $work).await;
        }
        $work.await
    }};
}
pub(crate) use by_way;

impl Store {
    pub(crate) fn of(inner: Arc<Inner>) -> Self {
        Self(
            inner,
            #[cfg(feature = "simulation")]
            None,
        )
    }

    /// Opens or makes the SQLite database at `path` (`:memory:` for one without a file) and brings it
    /// to the newest shape. Its folder is locked for this process; large values go to `blobs` in it.
    pub async fn open_sqlite(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let signals = Signals::new();
        let sent = signals.clone();
        let opened = tokio::task::spawn_blocking(move || Sqlite::open(&path, &options, &sent)).await;
        let engine = Engine::Sqlite(opened.map_err(|_| StoreError::Closed)??);
        Ok(Self::of(Inner::new(engine, signals)))
    }

    /// Opens the PostgreSQL database at `url` (`postgres://user:password@host:port/database`) and brings it
    /// to the newest shape. Several processes may use it at the same time.
    pub async fn open_postgres(url: &str, options: Options) -> Result<Self, StoreError> {
        let signals = Signals::new();
        let engine = Engine::Postgres(Postgres::open(url, &options, &signals).await?);
        Ok(Self::of(Inner::new(engine, signals)))
    }

    /// `sqlite` or `postgres`.
    pub fn engine_name(&self) -> &'static str {
        match &self.0.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// True where no other process can use this database at the same time.
    pub fn is_exclusive(&self) -> bool {
        #[cfg(feature = "simulation")]
        if let Some(front) = &self.1 {
            return front.is_alone();
        }
        match &self.0.engine {
            Engine::Sqlite(_) => true,
            Engine::Postgres(_) => false,
        }
    }

    /// Writes one transition, all of it or nothing; answers once that is durable.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        commit.check()?;
        #[cfg(feature = "simulation")]
        if let Some(front) = &self.1 {
            return crate::simulated::commit(front, &self.0, commit).await;
        }
        self.0.engine.commit(commit).await
    }

    /// Transactions that carried commits since the store was opened.
    pub fn groups(&self) -> u64 {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.groups(),
            Engine::Postgres(engine) => engine.groups(),
        }
    }

    /// Wake-ups from this moment on. A receiver that lags should look at everything.
    pub fn subscribe(&self) -> broadcast::Receiver<Signal> {
        #[cfg(feature = "simulation")]
        if let Some(signals) = self.1.as_ref().and_then(|front| front.signals()) {
            return signals;
        }
        self.0.signals.subscribe()
    }

    /// Hears from now on which runs moved.
    pub fn subscribe_runs(&self) -> broadcast::Receiver<Signal> {
        #[cfg(feature = "simulation")]
        if let Some(signals) = self.1.as_ref().and_then(|front| front.signals()) {
            return signals;
        }
        self.0.signals.subscribe_runs()
    }

    /// Says that tasks may have become free, after a change that was no commit.
    pub(crate) fn signal_tasks(&self) {
        match &self.0.engine {
            Engine::Sqlite(_) => self.0.signals.send(Signal::Tasks),
            Engine::Postgres(engine) => engine.signal_tasks(),
        }
    }

    /// Says that what surrounds runs was changed, to this process and soon to the others.
    pub fn signal_surroundings(&self) {
        match &self.0.engine {
            Engine::Sqlite(_) => self.0.signals.send(Signal::Surroundings),
            Engine::Postgres(engine) => engine.signal_surroundings(),
        }
    }

    /// Says that there is something for the courier, after a change that was no commit.
    pub(crate) fn signal_messages(&self) {
        match &self.0.engine {
            Engine::Sqlite(_) => self.0.signals.send(Signal::Messages),
            Engine::Postgres(engine) => engine.signal_messages(),
        }
    }

    /// What the engine itself finds wrong, and runs whose header is not their log's last entry.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut problems = match &self.0.engine {
            Engine::Sqlite(engine) => engine.check_file().await?,
            // PostgreSQL checks its pages as it reads them.
            Engine::Postgres(_) => Vec::new(),
        };
        for mut row in self.rows(&crate::sql::RUNS_ADRIFT, Vec::new()).await? {
            let run: metel_model::id::RunId = row.next()?;
            problems.push(format!("{run}: the header is not the log's last entry"));
        }
        Ok(problems)
    }

    /// Copies a consistent state into `folder` (`metel.db` and `blobs/`) while work goes on. SQLite only.
    pub async fn backup_to(&self, folder: impl Into<PathBuf>) -> Result<(), StoreError> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.backup_to(folder.into()).await,
            Engine::Postgres(_) => Err(StoreError::Invalid("PostgreSQL is backed up with pg_dump".to_owned())),
        }
    }

    pub(crate) async fn read(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        check(&calls)?;
        by_way!(self, Read, self.0.engine.read(calls))
    }

    pub(crate) async fn write(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        check(&calls)?;
        by_way!(self, Write, self.0.engine.write(calls))
    }

    pub(crate) async fn rows(&self, sql: &'static Sql, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        Ok(self.read(vec![call(sql, args)]).await?.pop().map(|done| done.rows).unwrap_or_default())
    }

    pub(crate) async fn row(&self, sql: &'static Sql, args: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    pub(crate) async fn act(&self, sql: &'static Sql, args: Vec<Value>) -> Result<Done, StoreError> {
        let mut done = self.write(vec![call(sql, args)]).await?;
        done.pop().ok_or(StoreError::Closed)
    }
}

/// PostgreSQL cannot hold NUL characters in text, so neither engine takes them.
fn check(calls: &[Call]) -> Result<(), StoreError> {
    let nul = |value: &Value| match value {
        Value::Text(text) => text.contains('\0'),
        Value::Texts(texts) => texts.iter().any(|text| text.contains('\0')),
        _ => false,
    };
    if calls.iter().any(|call| call.args.iter().any(nul)) {
        return Err(StoreError::Invalid("text with a NUL character".to_owned()));
    }
    Ok(())
}
