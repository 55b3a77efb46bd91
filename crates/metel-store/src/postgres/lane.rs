//! A lane: one connection that commits groups, one after the other, and outlives the server's absence.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_postgres::Client;

use super::batch::{Failed, Statements, write};
use super::connect::Connector;
use super::queue::{Job, Queue};
use super::straight;
use crate::commit::{Commit, Committed};
use crate::crash::{self, Point};
use crate::error::StoreError;
use crate::options::Options;

/// The first and the longest wait between two tries to reach the server.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(1_000));

/// Called with what was accepted, once it is durable.
pub(super) type Accepted = Arc<dyn Fn(&[&Commit]) + Send + Sync>;

pub(super) struct Lane {
    pub connector: Connector,
    pub queue: Arc<Queue>,
    pub accepted: Accepted,
    pub options: Options,
    pub link: Option<Link>,
}

/// A connection with its statements.
pub(super) struct Link {
    client: Client,
    statements: Statements,
    drive: JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.drive.abort();
    }
}

/// Settings of a lane. A transaction of a process that stands still must not hold its rows for long, and a
/// connection whose other end is gone must not stay open at the server.
/// Index scans in the order of the arrays: so rows are locked in one order everywhere.
const SETTINGS: &str = "SET synchronous_commit = on;
    SET idle_in_transaction_session_timeout = '5s';
    SET statement_timeout = '30s';
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3;
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off";

impl Link {
    async fn open(connector: &Connector) -> Result<Self, StoreError> {
        let (client, drive) = connector.open().await?;
        let prepared = async {
            client.batch_execute(SETTINGS).await?;
            Statements::prepare(&client).await
        };
        match prepared.await {
            Ok(statements) => Ok(Self { client, statements, drive }),
            Err(error) => {
                drive.abort();
                Err(error.into())
            }
        }
    }
}

impl Lane {
    /// The lane's life.
    pub(super) async fn serve(mut self) {
        loop {
            let mut group = self.queue.take(self.options.batch_max.max(1)).await;
            let jobs = std::mem::take(&mut group.jobs);
            self.carry(jobs).await;
            self.queue.release(&group);
        }
    }

    /// Sees a group through to its answers.
    async fn carry(&mut self, jobs: Vec<Job>) {
        let commits: Vec<&Commit> = jobs.iter().map(|job| &*job.commit).collect();
        // The end of an earlier try is not known.
        let mut again = false;
        let results = match self.persist(&commits, &mut again, self.until(&jobs)).await {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if jobs.len() == 1 || error.is_passing() && !matches!(error, StoreError::Full(_)) => {
                vec![Err(error); jobs.len()]
            }
            // One of them cannot be written: each by itself, so that it harms no other.
            Err(_) => {
                let mut results = Vec::with_capacity(jobs.len());
                for commit in &commits {
                    let one = self.persist(std::slice::from_ref(commit), &mut again, self.until(&jobs)).await;
                    results.push(one.and_then(|answers| answers.first().copied().ok_or(StoreError::Closed)));
                }
                results
            }
        };
        let accepted: Vec<&Commit> = commits
            .iter()
            .zip(&results)
            .filter(|(_, result)| **result == Ok(Committed::Accepted))
            .map(|(commit, _)| *commit)
            .collect();
        crash::reach(Point::CommitDurable);
        (self.accepted)(&accepted);
        for (job, result) in jobs.into_iter().zip(results) {
            // Whoever has stopped waiting will find it in the log.
            let _ = job.answer.send(result);
        }
    }

    /// How long the most patient of them waits; those that waited long get one quick try.
    fn until(&self, jobs: &[Job]) -> Instant {
        let last = jobs.iter().map(|job| job.since).max().unwrap_or_else(Instant::now);
        (last + self.options.patience).max(Instant::now() + Duration::from_millis(500))
    }

    /// Writes commits in one transaction, again after failures that may pass.
    async fn persist(
        &mut self,
        commits: &[&Commit],
        again: &mut bool,
        until: Instant,
    ) -> Result<Vec<Committed>, StoreError> {
        let mut wait = BACKOFF.0;
        loop {
            let error = match self.attempt(commits, again, until).await {
                Ok(answers) => return Ok(answers),
                Err(error @ StoreError::Unavailable(_)) => error,
                Err(error) => return Err(error),
            };
            if Instant::now() + wait >= until {
                return Err(error);
            }
            tracing::debug!(%error, "a group of commits is tried again");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(BACKOFF.1);
        }
    }

    async fn attempt(
        &mut self,
        commits: &[&Commit],
        again: &mut bool,
        until: Instant,
    ) -> Result<Vec<Committed>, StoreError> {
        let link = match self.link.take().filter(|link| !link.client.is_closed()) {
            Some(link) => link,
            None => tokio::time::timeout_at(until, Link::open(&self.connector))
                .await
                .map_err(|_| StoreError::Unavailable("the database did not answer in time".to_owned()))??,
        };
        // After a try whose end is not known, the log has to be asked what stands.
        let straight = match *again {
            true => Ok(None),
            false => straight::write(&link.client, &link.statements, commits, until).await,
        };
        let written = match straight {
            Ok(None) => write(&link.client, &link.statements, commits, *again, until).await,
            Ok(Some(answers)) => Ok(answers),
            Err(failed) => Err(failed),
        };
        match written {
            Ok(answers) => {
                self.link = Some(link);
                Ok(answers)
            }
            Err(Failed::Refused(error)) => {
                // A connection that cannot even roll back is left behind.
                let rolled_back = tokio::time::timeout(Duration::from_secs(1), link.client.batch_execute("ROLLBACK"));
                if matches!(rolled_back.await, Ok(Ok(()))) {
                    self.link = Some(link);
                }
                Err(error)
            }
            Err(Failed::Unknown(error)) => {
                *again = true;
                Err(error)
            }
        }
    }
}
