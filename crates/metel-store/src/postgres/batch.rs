//! Writes a group of commits in one transaction of which some may be refused: the headers first, then what
//! the accepted ones bring. The way that is gone when the straight one was not open.
//!
//! Two flights of statements; a third, before them, when client keys have to be found.

use std::collections::{HashMap, HashSet};

use futures::future::{BoxFuture, FutureExt, try_join_all};
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkerId, WorkspaceId};
use tokio::time::Instant;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use super::columns::{Body, Keys, NewRuns, Runs, Stand};
use super::straight::all_or_none;
use crate::commit::{Commit, Committed};
use crate::error::StoreError;
use crate::sql;
use crate::value::int;

macro_rules! prepared {
    ($($name:ident = $sql:expr;)*) => {
        /// A lane's statements, prepared when it connects.
        pub(super) struct Statements { $(pub(super) $name: Statement,)* }

        impl Statements {
            pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
                Ok(Self { $($name: client.prepare($sql).await?,)* })
            }
        }
    };
}

prepared! {
    all_runs_insert = &all_or_none(sql::POSTGRES_RUNS_INSERT, 24);
    all_runs_advance = &all_or_none(sql::POSTGRES_RUNS_ADVANCE, 20);
    all_keys_put = &all_or_none(sql::POSTGRES_CLIENT_KEYS_PUT, 7);
    begin = "BEGIN";
    commit = "COMMIT";
    runs_insert = sql::POSTGRES_RUNS_INSERT;
    runs_advance = sql::POSTGRES_RUNS_ADVANCE;
    events_stand = sql::POSTGRES_EVENTS_STAND;
    events_append = sql::POSTGRES_EVENTS_APPEND;
    snapshots_put = sql::POSTGRES_SNAPSHOTS_PUT;
    tasks_put = sql::POSTGRES_TASKS_PUT;
    tasks_remove = sql::POSTGRES_TASKS_REMOVE;
    tasks_wake = sql::POSTGRES_TASKS_WAKE;
    approvals_add = sql::POSTGRES_APPROVALS_ADD;
    approvals_settle = sql::POSTGRES_APPROVALS_SETTLE;
    outbox_add = sql::POSTGRES_OUTBOX_ADD;
    messages_publish = sql::POSTGRES_MESSAGES_PUBLISH;
    messages_taken = sql::POSTGRES_MESSAGES_TAKEN;
    subscriptions_remove = sql::POSTGRES_SUBSCRIPTIONS_REMOVE;
    subscriptions_put = sql::POSTGRES_SUBSCRIPTIONS_PUT;
    dead_remove = sql::POSTGRES_DEAD_REMOVE;
    dead_put = sql::POSTGRES_DEAD_PUT;
    blobs_put = sql::POSTGRES_BLOBS_PUT_ALL;
    keys_put = sql::POSTGRES_CLIENT_KEYS_PUT;
    keys_find = sql::POSTGRES_CLIENT_KEYS_FIND;
    keys_remove = sql::POSTGRES_CLIENT_KEYS_REMOVE;
    workers_fenced = sql::POSTGRES_WORKERS_FENCED;
    hold_fences = sql::POSTGRES_WORKERS_HOLD_FENCES;
}

/// Why a group was not written.
pub(super) enum Failed {
    /// Nothing of it stands.
    Refused(StoreError),
    /// The connection went while the transaction was being committed: it stands or not. The log tells
    /// which; a transaction's number would not, as a server that crashed gives it out again.
    Unknown(StoreError),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// The server's own word that the transaction does not stand. When it goes down while it commits, its
/// word is not final.
pub(super) fn is_certain(error: &tokio_postgres::error::DbError) -> bool {
    !matches!(error.code().code().get(..2), Some("57" | "08" | "XX") | None)
}

pub(super) fn silent() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".to_owned())
}

pub(super) async fn within<T>(until: Instant, flight: impl Future<Output = Result<T, Error>>) -> Result<T, Failed> {
    match tokio::time::timeout_at(until, flight).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(silent().into()),
    }
}

pub(super) type Params<'a> = Vec<&'a (dyn ToSql + Sync)>;
pub(super) type Flight<'a> = Vec<BoxFuture<'a, Result<Vec<Row>, Error>>>;

pub(super) fn add<'a>(flight: &mut Flight<'a>, client: &'a Client, statement: &'a Statement, params: Params<'a>) {
    flight.push(async move { client.query(statement, &params).await }.boxed());
}

/// A run's key in the answers of the database.
type Place = (WorkspaceId, RunId);

fn place(row: &Row) -> Result<Place, Failed> {
    let workspace = WorkspaceId::from_bytes(row.try_get(0)?);
    workspace.zip(RunId::from_bytes(row.try_get(1)?)).ok_or_else(|| corrupt("an id is not 16 bytes"))
}

fn corrupt(what: &str) -> Failed {
    Failed::Refused(StoreError::Corrupt(what.to_owned()))
}

/// Writes the group; on success one answer a commit, in order, and it is durable. `again` says that an
/// earlier transaction of this very group may stand: its entries, found in the log, count as written.
pub(super) async fn write(
    client: &Client,
    statements: &Statements,
    commits: &[&Commit],
    again: bool,
    until: Instant,
) -> Result<Vec<Committed>, Failed> {
    let mut answers: Vec<Option<Committed>> = vec![None; commits.len()];
    let keyed: Vec<_> = commits.iter().copied().filter(|commit| commit.client_key.is_some()).collect();
    let begun = !keyed.is_empty();
    let mut found = KeysFound::default();
    if begun {
        found = keys(client, statements, &keyed, again, until).await?;
        for (answer, commit) in answers.iter_mut().zip(commits) {
            *answer = found.known.get(&(commit.run.workspace, commit.run.id)).copied();
        }
    }
    let open: Vec<_> =
        commits.iter().zip(&answers).filter(|(_, answer)| answer.is_none()).map(|(commit, _)| *commit).collect();
    let headers = headers(client, statements, &open, begun, until).await?;
    // An earlier transaction that was still open has ended by now: it held the rows of the headers.
    let stand = if again && headers.written.len() < open.len() {
        stand(client, statements, &open, until).await?
    } else {
        HashSet::new()
    };
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for (answer, commit) in answers.iter_mut().zip(commits).filter(|(answer, _)| answer.is_none()) {
        let fenced = commit.worker.is_some_and(|worker| headers.fenced.contains(&worker));
        *answer = Some(if headers.written.contains(&(commit.run.workspace, commit.run.id)) {
            accepted.push(*commit);
            Committed::Accepted
        } else if stand.contains(&(commit.run.workspace, commit.run.id)) {
            Committed::Accepted
        } else {
            refused.push(*commit);
            if fenced { Committed::Fenced } else { Committed::Stale }
        });
    }
    let answers: Vec<_> = answers.into_iter().flatten().collect();
    refused.retain(|commit| found.written.contains(&(commit.run.workspace, commit.run.id)));
    bodies(client, statements, &accepted, &refused, until).await?;
    match tokio::time::timeout_at(until, client.execute(&statements.commit, &[])).await {
        Ok(Ok(_)) => Ok(answers),
        Ok(Err(error)) if error.as_db_error().is_some_and(is_certain) => Err(error.into()),
        Ok(Err(error)) => Err(Failed::Unknown(error.into())),
        Err(_) => Err(Failed::Unknown(silent())),
    }
}

/// The commits whose entries are in the log.
async fn stand(
    client: &Client,
    statements: &Statements,
    commits: &[&Commit],
    until: Instant,
) -> Result<HashSet<Place>, Failed> {
    let mut asked = Stand::default();
    for commit in commits {
        asked.workspace.push(commit.run.workspace.as_bytes());
        asked.run.push(commit.run.id.as_bytes());
        asked.seq.push(int(commit.entry.seq));
        asked.hash.push(&commit.entry.hash.0);
    }
    let rows = within(until, client.query(&statements.events_stand, &asked.params())).await?;
    rows.iter().map(place).collect()
}

/// What became of the group's client keys.
#[derive(Default)]
struct KeysFound {
    /// Commits whose key came before.
    known: HashMap<Place, Committed>,
    /// Commits whose key was written just now.
    written: HashSet<Place>,
}

/// Begins the transaction and writes the client keys that are new.
async fn keys(
    client: &Client,
    statements: &Statements,
    commits: &[&Commit],
    again: bool,
    until: Instant,
) -> Result<KeysFound, Failed> {
    let columns = Keys::of(commits);
    let owner =
        |commit: &&Commit| Some(((commit.run.workspace, commit.client_key.as_ref()?.key.clone()), commit.run.id));
    let owners: HashMap<_, _> = commits.iter().filter_map(owner).collect();
    let now = commits.iter().map(|commit| commit.entry.at.0).min().unwrap_or(0);
    let mut params = columns.params();
    params.push(&now);
    let mut flight = Flight::new();
    add(&mut flight, client, &statements.begin, Vec::new());
    add(&mut flight, client, &statements.keys_put, params);
    add(&mut flight, client, &statements.keys_find, vec![&columns.workspace, &columns.key]);
    let done = within(until, try_join_all(flight)).await?;
    let [_, put, found] = done.as_slice() else { return Err(corrupt("an answer is missing")) };
    let mut keys = KeysFound { written: put.iter().map(place).collect::<Result<_, _>>()?, ..KeysFound::default() };
    for row in found {
        let workspace = WorkspaceId::from_bytes(row.try_get(0)?).ok_or_else(|| corrupt("a workspace's id"))?;
        let run = RunId::from_bytes(row.try_get(2)?).ok_or_else(|| corrupt("a run's id"))?;
        let body = Digest::from_slice(row.try_get(3)?).ok_or_else(|| corrupt("a digest"))?;
        let Some(asker) = owners.get(&(workspace, row.try_get::<_, String>(1)?)) else { continue };
        // Its own from before: given again, or written by the try whose end is not known.
        let own = *asker == run && (again || keys.written.contains(&(workspace, run)));
        if !own {
            keys.known.insert((workspace, *asker), Committed::Known { run, body });
        }
    }
    Ok(keys)
}

struct Headers {
    written: HashSet<Place>,
    fenced: HashSet<WorkerId>,
}

/// Writes the headers whose version still holds.
async fn headers(
    client: &Client,
    statements: &Statements,
    commits: &[&Commit],
    begun: bool,
    until: Instant,
) -> Result<Headers, Failed> {
    let mut sorted = commits.to_vec();
    // Rows are locked in this order everywhere.
    sorted.sort_by_key(|commit| (commit.run.workspace, commit.run.id));
    let (mut fresh, mut moved) = (NewRuns::default(), Runs::default());
    for commit in sorted {
        match commit.expected {
            Some(expected) => moved.push(commit, expected),
            None => fresh.push(commit),
        }
    }
    let mut workers: Vec<&[u8]> =
        commits.iter().filter_map(|commit| commit.worker.as_ref().map(|worker| &worker.as_bytes()[..])).collect();
    workers.sort_unstable();
    workers.dedup();
    let mut flight = Flight::new();
    if !begun {
        add(&mut flight, client, &statements.begin, Vec::new());
    }
    if !workers.is_empty() {
        add(&mut flight, client, &statements.hold_fences, Vec::new());
        add(&mut flight, client, &statements.workers_fenced, vec![&workers]);
    }
    let fenced_at = flight.len().wrapping_sub(1);
    let written_from = flight.len();
    if !moved.id.is_empty() {
        add(&mut flight, client, &statements.runs_advance, moved.params());
    }
    if !fresh.id.is_empty() {
        add(&mut flight, client, &statements.runs_insert, fresh.params());
    }
    let done = within(until, try_join_all(flight)).await?;
    let mut headers = Headers { written: HashSet::new(), fenced: HashSet::new() };
    if !workers.is_empty() {
        for row in &done[fenced_at] {
            headers.fenced.extend(WorkerId::from_bytes(row.try_get(0)?));
        }
    }
    for row in done[written_from..].iter().flatten() {
        headers.written.insert(place(row)?);
    }
    Ok(headers)
}

/// Writes what the accepted commits bring, and takes back the keys of the refused.
async fn bodies(
    client: &Client,
    statements: &Statements,
    accepted: &[&Commit],
    refused: &[&Commit],
    until: Instant,
) -> Result<(), Failed> {
    let mut body = Body::default();
    let mut sorted: Vec<&Commit> = accepted.iter().flat_map(|commit| commit.all()).collect();
    sorted.sort_by_key(|commit| (commit.run.workspace, commit.run.id));
    let mut children = NewRuns::default();
    for commit in sorted {
        body.push(commit)?;
    }
    for child in accepted.iter().flat_map(|commit| &commit.children) {
        children.push(child);
    }
    let mut returned = Keys::default();
    for (commit, key) in refused.iter().filter_map(|commit| Some((*commit, commit.client_key.as_ref()?))) {
        returned.workspace.push(commit.run.workspace.as_bytes());
        returned.key.push(&key.key);
        returned.run.push(commit.run.id.as_bytes());
    }
    let mut flight = Flight::new();
    if !children.id.is_empty() {
        add(&mut flight, client, &statements.runs_insert, children.params());
    }
    body.send(&mut flight, client, statements);
    if !returned.key.is_empty() {
        let params: Params<'_> = vec![&returned.workspace, &returned.key, &returned.run];
        add(&mut flight, client, &statements.keys_remove, params);
    }
    let done = within(until, try_join_all(flight)).await?;
    if !children.id.is_empty() && done.first().is_none_or(|rows| rows.len() != children.id.len()) {
        return Err(StoreError::Conflict("the id of a new run is taken".to_owned()).into());
    }
    Ok(())
}

impl Body<'_> {
    /// Adds the statements for what there is.
    pub(super) fn send<'a>(&'a self, flight: &mut Flight<'a>, client: &'a Client, statements: &'a Statements) {
        macro_rules! send {
            ($($statement:ident: $table:ident by $column:ident;)*) => {$(
                if !self.$table.$column.is_empty() {
                    add(flight, client, &statements.$statement, self.$table.params());
                }
            )*};
        }
        send! {
            events_append: events by run;
            snapshots_put: snapshots by run;
            tasks_put: tasks by run;
            tasks_remove: gone by run;
            tasks_wake: wakes by run;
            approvals_add: approvals by run;
            approvals_settle: settled by run;
            outbox_add: outbox by id;
            messages_publish: messages by id;
            messages_taken: taken by id;
            subscriptions_remove: left by run;
            subscriptions_put: subscriptions by run;
            dead_remove: revived by run;
            dead_put: dead by run;
            blobs_put: blobs by digest;
        }
    }
}
