//! Opens a PostgreSQL store: migrations, lanes, pool, wake-ups; and what is asked of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use metel_model::id::{RunId, WorkerId, WorkspaceId};
use metel_model::time::Micros;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use super::connect::Connector;
use super::lane::{Accepted, Lane};
use super::listen::{AbortOnDrop, Herald, News};
use super::queue::{Job, Queue};
use super::run::{run, run_if_first, run_texts};
use crate::commit::{Commit, Committed};
use crate::error::StoreError;
use crate::options::Options;
use crate::rows::tasks::Claim;
use crate::rows::topics::{TopicPost, columns, moved_on};
use crate::signal::Signals;
use crate::sql::{self, Call};
use crate::value::{Done, Value, args};

/// One moment for all statements of a reading.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const WRITE: &str = "BEGIN";

/// Settings of the pool's connections.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '5s';
    SET statement_timeout = '60s';
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3;
    SET jit = off";

pub(crate) struct Postgres {
    queue: Arc<Queue>,
    room: Arc<Semaphore>,
    pool: Pool,
    herald: Arc<Herald>,
    groups: Arc<AtomicU64>,
    patience: Duration,
    /// Lanes and wake-ups; they end with the store.
    _tasks: Vec<AbortOnDrop>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: &Options, signals: &Signals) -> Result<Self, StoreError> {
        let connector = Connector::new(url, options)?;
        let (mut client, drive) = connector.open().await?;
        let drive = AbortOnDrop(drive);
        super::migrate::migrate(&mut client).await?;
        drop((client, drive));

        let herald = Arc::new(Herald::new(signals.clone()));
        let queue = Arc::new(Queue::default());
        let (told, groups) = (herald.clone(), Arc::new(AtomicU64::new(0)));
        let counted = groups.clone();
        let accepted: Accepted = Arc::new(move |commits| {
            counted.fetch_add(1, Ordering::Relaxed);
            let news = News {
                tasks: commits.iter().any(|commit| commit.frees_tasks()),
                messages: commits.iter().any(|commit| commit.moves_messages()),
                outbox: commits.iter().any(|commit| commit.leaves_notices()),
                surroundings: false,
            };
            told.tell(commits.iter().flat_map(|commit| commit.all()).map(|commit| commit.run.id), news);
        });
        let mut tasks = vec![AbortOnDrop(tokio::spawn(herald.clone().serve(connector.clone())))];
        for _ in 0..options.lanes.max(1) {
            let lane = Lane {
                connector: connector.clone(),
                queue: queue.clone(),
                accepted: accepted.clone(),
                options: options.clone(),
                link: None,
            };
            tasks.push(AbortOnDrop(tokio::spawn(lane.serve())));
        }
        let config = connector.config.clone();
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_connect(config, connector, recycling))
            .max_size(options.readers.max(2))
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
            }))
            .wait_timeout(Some(options.patience))
            .create_timeout(Some(options.patience))
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self {
            queue,
            room: Arc::new(Semaphore::new(options.queue_max.max(1))),
            pool,
            herald,
            groups,
            patience: options.patience,
            _tasks: tasks,
        })
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        let since = Instant::now();
        let room = tokio::time::timeout(self.patience, self.room.clone().acquire_owned()).await;
        let permit = room
            .map_err(|_| StoreError::Unavailable("too many commits are waiting".to_owned()))?
            .map_err(|_| StoreError::Closed)?;
        let (answer, wait) = oneshot::channel();
        self.queue.push(Job { commit: Box::new(commit), answer, since, _permit: permit })?;
        wait.await.map_err(|_| StoreError::Closed)?
    }

    pub(crate) fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    pub(crate) async fn read(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        match run(&self.pool, self.patience, READ, &calls).await {
            // The connection may have died while it lay in the pool; reading again harms nobody.
            Err(StoreError::Unavailable(_)) => run(&self.pool, self.patience, READ, &calls).await,
            done => done,
        }
    }

    pub(crate) async fn write(&self, calls: Vec<Call>) -> Result<Vec<Done>, StoreError> {
        run(&self.pool, self.patience, WRITE, &calls).await
    }

    async fn texts(&self, begin: &'static str, calls: &[(&str, &[Value])]) -> Result<Vec<Done>, StoreError> {
        run_texts(&self.pool, self.patience, begin, calls).await
    }

    /// Takes due tasks; a fenced worker is told so.
    pub(crate) async fn claim(&self, wanted: &Claim, after: WorkspaceId) -> Result<Done, StoreError> {
        let can = Value::Texts(wanted.can.clone());
        let args = [args![wanted.worker, wanted.now, wanted.limit], vec![can], args![after]].concat();
        let mut done = self.texts(WRITE, &[(sql::POSTGRES_TASKS_CLAIM, &args)]).await?;
        let claimed = done.pop().ok_or(StoreError::Closed)?;
        if claimed.rows.is_empty() {
            let fenced = self.texts(READ, &[(sql::POSTGRES_WORKERS_IS_FENCED, &args[..1])]).await?;
            if fenced.iter().any(|done| !done.rows.is_empty()) {
                return Err(StoreError::Fenced);
            }
        }
        Ok(claimed)
    }

    pub(crate) async fn next_due(&self, can: &[String]) -> Result<Option<Micros>, StoreError> {
        let can = [Value::Texts(can.to_vec())];
        let done = self.texts(READ, &[(sql::POSTGRES_TASKS_NEXT_DUE, &can)]).await?.pop();
        match done.and_then(Done::one) {
            Some(mut row) => row.next(),
            None => Ok(None),
        }
    }

    /// Matches messages with those who wait for them and takes what is due; one courier at a time.
    pub(crate) async fn hand_out(&self, now: Micros, back_at: Micros, limit: u32) -> Result<Done, StoreError> {
        let (matched, taken) = (args![now, limit], args![now, back_at, limit]);
        let calls: [(&str, &[Value]); 5] = [
            (sql::POSTGRES_SUBSCRIPTIONS_LOCK_COURIER, &[]),
            (sql::MESSAGES_STRAYS.postgres, &[]),
            (sql::POSTGRES_SUBSCRIPTIONS_MATCH_KEPT, &matched),
            (sql::POSTGRES_SUBSCRIPTIONS_MATCH_NEW, &matched),
            (sql::POSTGRES_SUBSCRIPTIONS_TAKE, &taken),
        ];
        self.texts(WRITE, &calls).await?.pop().ok_or(StoreError::Closed)
    }

    pub(crate) async fn copy_run(&self, workspace: WorkspaceId, run: RunId, ids: &[RunId]) -> Result<(), StoreError> {
        let ids = Value::ManyBytes(ids.iter().map(|id| id.as_bytes().to_vec()).collect());
        let args = args![workspace, run, ids];
        self.texts(WRITE, &[(sql::POSTGRES_RUNS_COPY, &args), (sql::POSTGRES_EVENTS_COPY, &args)]).await?;
        Ok(())
    }

    pub(crate) async fn publish_topic(
        &self,
        workspace: WorkspaceId,
        topic: &str,
        posts: &[TopicPost],
        by: &str,
        at: Micros,
    ) -> Result<u64, StoreError> {
        let (ids, bodies) = columns(posts);
        let args = args![workspace, topic, posts.len() as u64, ids, bodies, by, at];
        let done = self.texts(WRITE, &[(sql::POSTGRES_TOPICS_PUBLISH, &args)]).await?.pop();
        Ok(done.ok_or(StoreError::Closed)?.changed)
    }

    pub(crate) async fn lease_topic(
        &self,
        workspace: WorkspaceId,
        subscription: i64,
        limit: u32,
        now: Micros,
        until: Micros,
    ) -> Result<Done, StoreError> {
        let args = args![workspace, subscription, now, until, limit];
        self.texts(WRITE, &[(sql::POSTGRES_TOPICS_TAKE, &args)]).await?.pop().ok_or(StoreError::Closed)
    }

    /// The first statement has to find its row.
    pub(crate) async fn if_first(&self, first: Call, more: Vec<Call>) -> Result<(), StoreError> {
        let mut calls = vec![first];
        calls.extend(more);
        run_if_first(&self.pool, self.patience, WRITE, &calls, moved_on).await
    }

    /// Fences the workers that were silent since before `now`, once no group is being committed.
    pub(crate) async fn fence(&self, now: Micros, me: WorkerId) -> Result<(), StoreError> {
        let args = args![now, me];
        let silent = self.texts(READ, &[(sql::POSTGRES_WORKERS_SILENT, &args)]).await?.pop();
        let count = silent.and_then(Done::one).map(|mut row| row.next::<u64>()).transpose()?;
        if count.unwrap_or(0) > 0 {
            let fence: (&str, &[Value]) = (sql::WORKERS_FENCE.postgres, &args);
            self.texts(WRITE, &[(sql::POSTGRES_WORKERS_LOCK_FENCES, &[]), fence]).await?;
        }
        Ok(())
    }

    pub(crate) async fn bytes(&self) -> Result<u64, StoreError> {
        let done = self.texts(READ, &[(sql::POSTGRES_STATS_BYTES, &[])]).await?.pop();
        done.and_then(Done::one).ok_or(StoreError::Closed)?.next()
    }

    pub(crate) fn signal_tasks(&self) {
        self.herald.tell(std::iter::empty(), News { tasks: true, ..News::default() });
    }

    pub(crate) fn signal_surroundings(&self) {
        self.herald.tell(std::iter::empty(), News { surroundings: true, ..News::default() });
    }

    pub(crate) fn signal_messages(&self) {
        self.herald.tell(std::iter::empty(), News { messages: true, ..News::default() });
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.queue.close();
        self.pool.close();
    }
}
