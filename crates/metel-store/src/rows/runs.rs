//! Runs: headers, logs and what a fold starts from.

use metel_model::Code;
use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, SessionId, WorkspaceId};
use metel_model::status::{RunStatus, WaitingFor};
use metel_model::time::Micros;

use super::all;
use crate::commit::Header;
use crate::error::StoreError;
use crate::sql::{self, call};
use crate::store::{Engine, Store, by_way};
use crate::value::{Row, args};

/// A run as stored: its state is the snapshot and the entries after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    pub header: Header,
    pub snapshot: Option<String>,
    pub entries: Vec<Entry>,
}

/// Which runs a list shows, newest first. What is absent does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    pub status: Option<RunStatus>,
    pub waiting: Option<WaitingFor>,
    /// Part of the title, the name or the request; letters of either case.
    pub text: Option<String>,
    pub by: Option<String>,
    pub session: Option<SessionId>,
    pub parent: Option<RunId>,
    /// Only runs that no other run started.
    pub top: bool,
    /// The last run of the page before.
    pub before: Option<RunId>,
    /// At most 1,000; 0 is 50.
    pub limit: u32,
}

/// The newest point of a run's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub run: RunId,
    pub version: u64,
    pub seq: u64,
    pub head: Digest,
    pub at: Micros,
}

pub(crate) fn read(mut row: Row) -> Result<Header, StoreError> {
    let row = &mut row;
    Ok(Header {
        workspace: row.next()?,
        id: row.next()?,
        name: row.next()?,
        title: row.next()?,
        status: row.word(RunStatus::from_key)?,
        waiting: row.maybe_word(WaitingFor::from_key)?,
        version: row.next()?,
        seq: row.next()?,
        head: row.next()?,
        workflow: row.next()?,
        parent: row.next::<Option<RunId>>()?.zip(row.next::<Option<String>>()?),
        by: row.next()?,
        session: row.next()?,
        request: row.next()?,
        steps_done: row.next()?,
        steps_total: row.next()?,
        cost: row.next()?,
        tokens: row.next()?,
        error: row.maybe_word(Code::from_name)?,
        created_at: row.next()?,
        updated_at: row.next()?,
    })
}

pub(crate) fn entry(mut row: Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        seq: row.next()?,
        count: row.next()?,
        at: row.next()?,
        actor: row.next()?,
        command: row.next()?,
        body: row.next()?,
        hash: row.next()?,
    })
}

fn id(mut row: Row) -> Result<RunId, StoreError> {
    row.next()
}

/// `%text%` with the signs that LIKE knows taken literally.
fn pattern(text: &str) -> String {
    let mut out = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out.push('%');
    out
}

impl Store {
    /// Header, snapshot and the entries after it, all of one moment.
    pub async fn load_run(&self, workspace: WorkspaceId, run: RunId) -> Result<Option<Loaded>, StoreError> {
        let calls = [&sql::RUNS_GET, &sql::SNAPSHOTS_GET, &sql::EVENTS_AFTER_SNAPSHOT];
        let calls = calls.into_iter().map(|sql| call(sql, args![workspace, run])).collect();
        let mut done = self.read(calls).await?.into_iter();
        let (header, snapshot, entries) = (done.next(), done.next(), done.next());
        let Some(header) = header.and_then(|done| done.one()) else {
            return Ok(None);
        };
        let snapshot = match snapshot.and_then(|done| done.one()) {
            Some(mut row) => {
                row.next::<u64>()?;
                Some(row.next()?)
            }
            None => None,
        };
        let entries = all(entries.map(|done| done.rows).unwrap_or_default(), entry)?;
        Ok(Some(Loaded { header: read(header)?, snapshot, entries }))
    }

    pub async fn header(&self, workspace: WorkspaceId, run: RunId) -> Result<Option<Header>, StoreError> {
        self.row(&sql::RUNS_GET, args![workspace, run]).await?.map(read).transpose()
    }

    /// Copies a finished run, header and log, under each of `ids`: to fill a store for a measurement. The chains
    /// of the copies do not hold, as a chain names its run.
    pub async fn copy_run(&self, workspace: WorkspaceId, run: RunId, ids: Vec<RunId>) -> Result<(), StoreError> {
        let work = async {
            match &self.0.engine {
                Engine::Sqlite(engine) => engine.copy_run(workspace, run, ids).await,
                Engine::Postgres(engine) => engine.copy_run(workspace, run, &ids).await,
            }
        };
        by_way!(self, Write, work)
    }

    /// Entries whose first event is `from` or later.
    pub async fn entries(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        from: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        all(self.rows(&sql::EVENTS_PAGE, args![workspace, run, from, limit]).await?, entry)
    }

    pub async fn list_runs(&self, workspace: WorkspaceId, filter: &RunFilter) -> Result<Vec<Header>, StoreError> {
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(1_000) };
        let args = args![
            workspace,
            filter.status.map(RunStatus::key),
            filter.waiting.map(WaitingFor::key),
            filter.by.as_ref(),
            filter.session,
            filter.parent,
            filter.top,
            filter.text.as_deref().map(pattern),
            filter.before,
            limit
        ];
        all(self.rows(&sql::RUNS_LIST, args).await?, read)
    }

    /// Runs whose id ends as people see it: the last six characters, of either case.
    pub async fn runs_by_short(&self, workspace: WorkspaceId, short: &str) -> Result<Vec<RunId>, StoreError> {
        // The last six characters stand for the last 30 bits.
        let Ok(whole) = format!("{}_{short:0>26}", RunId::PREFIX).parse::<RunId>() else {
            return Ok(Vec::new());
        };
        let wanted = whole.short();
        let found = all(self.rows(&sql::RUNS_BY_SHORT, args![workspace, &whole.as_bytes()[13..]]).await?, id)?;
        Ok(found.into_iter().filter(|run| run.short() == wanted).collect())
    }

    pub async fn count_runs(&self, workspace: WorkspaceId) -> Result<Vec<(RunStatus, u64)>, StoreError> {
        let rows = self.rows(&sql::RUNS_COUNTS, args![workspace]).await?;
        all(rows, |mut row| Ok((row.word(RunStatus::from_key)?, row.next()?)))
    }

    /// Ids in their own order, from the one after `after`.
    pub async fn run_ids(
        &self,
        workspace: WorkspaceId,
        after: Option<RunId>,
        limit: u32,
    ) -> Result<Vec<RunId>, StoreError> {
        all(self.rows(&sql::RUNS_IDS, args![workspace, after, limit]).await?, id)
    }

    /// The newest point of every chain, in order of ids, from the one after `after`.
    pub async fn heads(
        &self,
        workspace: WorkspaceId,
        after: Option<RunId>,
        limit: u32,
    ) -> Result<Vec<Head>, StoreError> {
        let rows = self.rows(&sql::RUNS_HEADS, args![workspace, after, limit]).await?;
        all(rows, |mut row| {
            Ok(Head { run: row.next()?, version: row.next()?, seq: row.next()?, head: row.next()?, at: row.next()? })
        })
    }

    /// Runs of all workspaces that have not ended, in order of (workspace, id).
    pub async fn open_runs(
        &self,
        after: Option<(WorkspaceId, RunId)>,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId)>, StoreError> {
        let (workspace, run) = after.unzip();
        let rows = self.rows(&sql::RUNS_OPEN_IDS, args![workspace, run, limit]).await?;
        all(rows, |mut row| Ok((row.next()?, row.next()?)))
    }
}
