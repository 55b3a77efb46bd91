//! The writer thread: takes what waits, writes it in one transaction, and answers once it is durable.
//!
//! An idle store commits at once. Under load it waits a moment for more. A group that meets an
//! unexpected error is rolled back and written one by one, so that one bad commit harms no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::commit::{Statements, write};
use crate::commit::{Commit, Committed};
use crate::error::StoreError;
use crate::options::Options;
use crate::signal::{Signal, Signals};

/// How long the writer looks for more before it sleeps.
const PATROL: Duration = Duration::from_micros(50);

/// Work other than a commit that runs in a group. It may run twice: after a group was rolled back.
pub(super) trait Act: Send {
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Gives the caller its answer; `done` tells whether the transaction is durable.
    fn answer(self: Box<Self>, done: Result<(), StoreError>);
}

enum Work {
    Commit(Box<Commit>, oneshot::Sender<Result<Committed, StoreError>>),
    /// Inside the group's transaction.
    Act(Box<dyn Act>),
    /// Between transactions.
    Alone(Box<dyn FnOnce(&Connection) + Send>),
}

struct Job {
    work: Work,
    result: Result<Committed, StoreError>,
    /// Its place in the queue.
    _permit: OwnedSemaphorePermit,
}

/// The way to the writer thread.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: Sender<Job>,
    room: Arc<Semaphore>,
    groups: Arc<AtomicU64>,
    /// No thread: work is done where it is asked for.
    #[cfg(feature = "testing")]
    here: Option<Arc<Here>>,
}

impl Writer {
    pub(super) fn new(options: &Options) -> (Self, Inbox) {
        let (jobs, inbox) = std::sync::mpsc::channel();
        let room = Arc::new(Semaphore::new(options.queue_max.max(1)));
        let groups = Arc::new(AtomicU64::new(0));
        let (linger, batch_max) = (options.linger_us, options.batch_max.max(1));
        let writer = Self {
            jobs,
            room,
            groups: groups.clone(),
            #[cfg(feature = "testing")]
            here: None,
        };
        (writer, Inbox { jobs: inbox, linger, batch_max, groups })
    }

    #[cfg(feature = "testing")]
    pub(super) fn here(connection: Connection, signals: &Signals) -> Self {
        let (writer, _) = Self::new(&Options::default());
        let here = Here { connection: parking_lot::Mutex::new(connection), signals: signals.clone() };
        Self { here: Some(Arc::new(here)), ..writer }
    }

    /// Transactions so far.
    pub(super) fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    async fn send(&self, work: Work) -> Result<(), StoreError> {
        let room = self.room.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let job = Job { work, result: Err(StoreError::Closed), _permit: room };
        #[cfg(feature = "testing")]
        if let Some(here) = &self.here {
            return here.carry_out(job, &self.groups);
        }
        self.jobs.send(job).map_err(|_| StoreError::Closed)
    }

    pub(super) async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        let (answer, wait) = oneshot::channel();
        self.send(Work::Commit(Box::new(commit), answer)).await?;
        wait.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `act` in a transaction of the writer; its result comes back once durable.
    pub(super) async fn act<T, F>(&self, act: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        self.send(Work::Act(Box::new(Acting { act, result: None, answer }))).await?;
        wait.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `act` on the writer's connection outside any transaction.
    pub(super) async fn alone<T, F>(&self, act: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        self.send(Work::Alone(Box::new(move |connection| {
            let _ = answer.send(act(connection));
        })))
        .await?;
        wait.await.map_err(|_| StoreError::Closed)?
    }
}

struct Acting<F, T> {
    act: F,
    result: Option<T>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnMut(&Connection) -> Result<T, StoreError> + Send> Act for Acting<F, T> {
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.result = Some((self.act)(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>, done: Result<(), StoreError>) {
        let Self { result, answer, .. } = *self;
        let _ = answer.send(done.and_then(|()| result.ok_or(StoreError::Closed)));
    }
}

/// The writer's end of the queue.
pub(super) struct Inbox {
    jobs: Receiver<Job>,
    linger: u64,
    batch_max: usize,
    groups: Arc<AtomicU64>,
}

impl Inbox {
    /// The next job. A caller that was just answered often comes back at once: looking again for a moment
    /// is cheaper than being put to sleep and woken.
    fn first(&self) -> Option<Job> {
        let since = Instant::now();
        while since.elapsed() < PATROL {
            match self.jobs.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => std::thread::yield_now(),
            }
        }
        self.jobs.recv().ok()
    }

    /// Fills `batch` with at least one job; false when every sender is gone. `before` is the size of the last group.
    fn gather(&self, batch: &mut Vec<Job>, before: usize) -> bool {
        match self.first() {
            Some(job) => batch.push(job),
            None => return false,
        }
        let mut until = None;
        while batch.len() < self.batch_max {
            match self.jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => {
                    // Whoever was answered by the last group is likely to come again.
                    if before < 2 || batch.len() >= before || self.linger == 0 {
                        break;
                    }
                    let now = Instant::now();
                    let until = *until.get_or_insert(now + Duration::from_micros(self.linger));
                    match self.jobs.recv_timeout(until.saturating_duration_since(now)) {
                        Ok(job) => batch.push(job),
                        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
                    }
                }
            }
        }
        true
    }
}

/// The thread's life. `files` tells that large values are files.
pub(super) fn serve(connection: &Connection, inbox: &Inbox, signals: &Signals, files: bool) -> Result<(), StoreError> {
    let mut statements = Statements::prepare(connection)?;
    let mut batch = Vec::new();
    let mut before = 0;
    while inbox.gather(&mut batch, before) {
        before = batch.len();
        let mut group = Vec::with_capacity(batch.len());
        for job in batch.drain(..) {
            match job.work {
                Work::Alone(act) => act(connection),
                _ => group.push(job),
            }
        }
        if group.is_empty() {
            continue;
        }
        inbox.groups.fetch_add(1, Ordering::Relaxed);
        together(connection, &mut statements, group, signals, files);
    }
    Ok(())
}

/// Writes a group, or one by one what does not go together, and answers.
fn together(
    connection: &Connection,
    statements: &mut Statements<'_>,
    mut group: Vec<Job>,
    signals: &Signals,
    files: bool,
) {
    if let Err(error) = transact(connection, statements, &mut group, files) {
        if group.len() == 1 {
            fail(&mut group, &error);
        } else {
            for job in &mut group {
                let one = std::slice::from_mut(job);
                if let Err(error) = transact(connection, statements, one, files) {
                    fail(one, &error);
                }
            }
        }
    }
    answer(group, signals);
}

/// A writer without a thread, for simulated processes: nobody ever waits for it.
#[cfg(feature = "testing")]
struct Here {
    connection: parking_lot::Mutex<Connection>,
    signals: Signals,
}

#[cfg(feature = "testing")]
impl Here {
    fn carry_out(&self, job: Job, groups: &AtomicU64) -> Result<(), StoreError> {
        let connection = self.connection.lock();
        match job.work {
            Work::Alone(act) => act(&connection),
            _ => {
                groups.fetch_add(1, Ordering::Relaxed);
                let mut statements = Statements::prepare(&connection)?;
                together(&connection, &mut statements, vec![job], &self.signals, false);
            }
        }
        Ok(())
    }
}

fn fail(group: &mut [Job], error: &StoreError) {
    for job in group {
        job.result = Err(error.clone());
    }
}

/// Writes a group in one transaction; on an error nothing of it stands.
fn transact(
    connection: &Connection,
    statements: &mut Statements<'_>,
    group: &mut [Job],
    files: bool,
) -> Result<(), StoreError> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let written = group.iter_mut().try_for_each(|job| one(connection, statements, job, files));
    let ended = written.and_then(|()| Ok(connection.prepare_cached("COMMIT")?.execute([]).map(|_| ())?));
    if ended.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    ended
}

fn one(connection: &Connection, statements: &mut Statements<'_>, job: &mut Job, files: bool) -> Result<(), StoreError> {
    match &mut job.work {
        Work::Commit(commit, _) => job.result = Ok(write(statements, commit, files)?),
        Work::Act(act) => {
            connection.prepare_cached("SAVEPOINT act")?.execute([])?;
            job.result = act.run(connection).map(|()| Committed::Accepted);
            match &job.result {
                Ok(_) => {}
                // Only this act was refused; the others of the group go on.
                Err(StoreError::Conflict(_) | StoreError::Invalid(_) | StoreError::Fenced) => {
                    connection.prepare_cached("ROLLBACK TO act")?.execute([])?;
                }
                Err(error) => return Err(error.clone()),
            }
            connection.prepare_cached("RELEASE act")?.execute([])?;
        }
        Work::Alone(_) => {}
    }
    Ok(())
}

/// Tells and answers everybody; the transaction is durable by now.
fn answer(group: Vec<Job>, signals: &Signals) {
    let (mut freed, mut messages, mut notices) = (false, false, false);
    for job in &group {
        if let Work::Commit(commit, _) = &job.work
            && job.result == Ok(Committed::Accepted)
        {
            freed |= commit.frees_tasks();
            messages |= commit.moves_messages();
            notices |= commit.leaves_notices();
            for commit in commit.all() {
                signals.send(Signal::Run(commit.run.id));
            }
        }
    }
    for (is, signal) in [(freed, Signal::Tasks), (messages, Signal::Messages), (notices, Signal::Outbox)] {
        if is {
            signals.send(signal);
        }
    }
    for job in group {
        match job.work {
            Work::Commit(_, answer) => {
                let _ = answer.send(job.result);
            }
            Work::Act(act) => act.answer(job.result.map(|_| ())),
            Work::Alone(_) => {}
        }
    }
}
