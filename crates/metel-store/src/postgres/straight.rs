//! Writes a group of commits in one flight, its COMMIT included: the usual case, in which every one of them
//! is accepted. Where one is not, the server itself refuses the whole, and the group is written the longer
//! way, which finds out who is stale, known or fenced.

use std::task::Poll;

use futures::future::try_join_all;
use metel_model::Digest;
use tokio::time::Instant;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use super::batch::{Failed, Flight, Statements, add, is_certain, silent, within};
use super::columns::{Body, Keys, NewRuns, Runs};
use crate::commit::{Commit, Committed};
use crate::crash::{self, Point};

/// The statement, but an error (a division by zero) unless it gives exactly as many rows as its last
/// parameter, the `n`th, says.
pub(super) fn all_or_none(statement: &str, n: usize) -> String {
    format!("WITH written AS (\n{statement}\n)\nSELECT 1 / (count(*) = ${n})::int FROM written")
}

/// True when all of it stands; false when nothing does because one of the group was not accepted.
async fn fly(client: &Client, statements: &Statements, flight: Flight<'_>, until: Instant) -> Result<bool, Failed> {
    let mut all = std::pin::pin!(try_join_all(flight));
    // Sends everything. What could not be sent must not be missing from what is committed; a refusal comes
    // this early where the server answers the first statements while the later ones are being sent.
    if let Poll::Ready(Err(error)) = futures::poll!(&mut all) {
        if !is_refusal(&error) {
            return Err(error.into());
        }
        within(until, client.batch_execute("ROLLBACK")).await?;
        return Ok(false);
    }
    crash::reach(Point::CommitInside);
    let both = futures::future::join(all, client.execute(&statements.commit, &[]));
    let Ok((written, committed)) = tokio::time::timeout_at(until, both).await else {
        return Err(Failed::Unknown(silent()));
    };
    match (written, committed) {
        (Ok(_), Ok(_)) => Ok(true),
        (Err(error), Ok(_)) if is_refusal(&error) => Ok(false),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) if error.as_db_error().is_some_and(is_certain) => Err(error.into()),
        (Err(error), _) | (_, Err(error)) => Err(Failed::Unknown(error.into())),
    }
}

fn is_refusal(error: &Error) -> bool {
    let code = error.as_db_error().map(|error| error.code());
    // A key of the log that is taken is found before the header that has moved on is told.
    code.is_some_and(|code| *code == SqlState::DIVISION_BY_ZERO || *code == SqlState::UNIQUE_VIOLATION)
}

/// Writes the group if every commit of it is accepted; none when one is not: then nothing was written.
pub(super) async fn write(
    client: &Client,
    statements: &Statements,
    commits: &[&Commit],
    until: Instant,
) -> Result<Option<Vec<Committed>>, Failed> {
    // Rows are locked in this order everywhere.
    let mut sorted: Vec<&Commit> = commits.iter().flat_map(|commit| commit.all()).collect();
    sorted.sort_by_key(|commit| (commit.run.workspace, commit.run.id));
    let (mut fresh, mut moved, mut body) = (NewRuns::default(), Runs::default(), Body::default());
    for commit in sorted {
        match commit.expected {
            Some(expected) => moved.push(commit, expected),
            None => fresh.push(commit),
        }
        body.push(commit)?;
    }
    let keys = Keys::of(commits);
    let now = commits.iter().map(|commit| commit.entry.at.0).min().unwrap_or(0);
    let (moving, beginning, keyed) = (moved.id.len() as i64, fresh.id.len() as i64, keys.key.len() as i64);
    let mut flight = Flight::new();
    add(&mut flight, client, &statements.begin, Vec::new());
    if keyed > 0 {
        let mut params = keys.params();
        params.push(&now);
        params.push(&keyed);
        add(&mut flight, client, &statements.all_keys_put, params);
    }
    if commits.iter().any(|commit| commit.worker.is_some()) {
        add(&mut flight, client, &statements.hold_fences, Vec::new());
    }
    if moving > 0 {
        let mut params = moved.params();
        params.push(&moving);
        add(&mut flight, client, &statements.all_runs_advance, params);
    }
    if beginning > 0 {
        let mut params = fresh.params();
        params.push(&beginning);
        add(&mut flight, client, &statements.all_runs_insert, params);
    }
    body.send(&mut flight, client, statements);
    let stands = fly(client, statements, flight, until).await?;
    Ok(stands.then(|| vec![Committed::Accepted; commits.len()]))
}

impl<'c> Keys<'c> {
    /// In one order everywhere, so that nobody waits in a circle.
    pub(super) fn of(commits: &[&'c Commit]) -> Self {
        let mut columns = Self::default();
        let keyed = commits.iter().filter_map(|commit| Some((*commit, commit.client_key.as_ref()?)));
        let mut sorted: Vec<_> = keyed.collect();
        sorted.sort_by(|(a, left), (b, right)| (a.run.workspace, &left.key).cmp(&(b.run.workspace, &right.key)));
        for (commit, key) in sorted {
            let body: &'c Digest = &key.body;
            columns.workspace.push(commit.run.workspace.as_bytes());
            columns.key.push(&key.key);
            columns.body.push(&body.0);
            columns.run.push(commit.run.id.as_bytes());
            columns.expires.push(key.expires.0);
        }
        columns
    }
}
