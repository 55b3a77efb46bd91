//! The writer: takes what waits, writes it in one transaction, and answers once it is durable.
//!
//! An idle store on a quick disk commits on the caller's own thread: waking another one costs as much as
//! the disk does. Everything else goes to the writer's thread, which waits a moment for more under load. A
//! group that meets an unexpected error is rolled back and written one by one, so that one bad commit
//! harms no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::commit::{Statements, write};
use crate::commit::{Commit, Committed};
use crate::crash::{self, Point};
use crate::error::StoreError;
use crate::options::Options;
use crate::signal::{Signal, Signals};

/// How long the writer looks for more before it sleeps.
const PATROL: Duration = Duration::from_micros(50);
/// A caller's thread is held for a commit only where the last ones took less.
const QUICK: Duration = Duration::from_micros(600);
/// How often a store that was slow is tried on a caller's thread again, in commits.
const AGAIN: u64 = 256;

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

/// The write connection, whoever uses it at the moment.
pub(super) struct Desk {
    connection: Mutex<Connection>,
    signals: Signals,
    /// Large values are files.
    files: bool,
    groups: AtomicU64,
    /// Jobs that were sent to the thread and not answered yet.
    waiting: AtomicUsize,
    /// Size of the newest group.
    last: AtomicUsize,
    /// How long commits on a caller's thread take, in microseconds: the newest count most, a single slow one
    /// (the log is moved into the database at times) little.
    took: AtomicU64,
}

/// The way to the writer.
#[derive(Clone)]
pub(super) struct Writer {
    desk: Arc<Desk>,
    /// None without a thread: all work is done where it is asked for.
    jobs: Option<Sender<Job>>,
    room: Arc<Semaphore>,
}

impl Writer {
    pub(super) fn new(connection: Connection, options: &Options, signals: &Signals, files: bool) -> (Self, Inbox) {
        let (jobs, inbox) = std::sync::mpsc::channel();
        let (linger, batch_max) = (options.linger_us, options.batch_max.max(1));
        let writer = Self { jobs: Some(jobs), ..Self::here(connection, options, signals, files) };
        let inbox = Inbox { jobs: inbox, linger, batch_max, desk: writer.desk.clone() };
        (writer, inbox)
    }

    /// A writer without a thread: callers take turns.
    pub(super) fn here(connection: Connection, options: &Options, signals: &Signals, files: bool) -> Self {
        let desk = Desk {
            connection: Mutex::new(connection),
            signals: signals.clone(),
            files,
            groups: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            last: AtomicUsize::new(0),
            took: AtomicU64::new(0),
        };
        Self { desk: Arc::new(desk), jobs: None, room: Arc::new(Semaphore::new(options.queue_max.max(1))) }
    }

    /// Transactions so far.
    pub(super) fn groups(&self) -> u64 {
        self.desk.groups.load(Ordering::Relaxed)
    }

    async fn send(&self, work: Work) -> Result<(), StoreError> {
        let room = self.room.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let job = Job { work, result: Err(StoreError::Closed), _permit: room };
        let Some(jobs) = &self.jobs else {
            self.desk.carry_out(&mut self.desk.connection.lock(), job);
            return Ok(());
        };
        match self.desk.try_here(job) {
            None => Ok(()),
            Some(job) => {
                self.desk.waiting.fetch_add(1, Ordering::Relaxed);
                jobs.send(job).map_err(|_| StoreError::Closed)
            }
        }
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

impl Desk {
    /// Commits on the caller's thread where that is quicker than waking another one; else gives the job back.
    fn try_here(&self, job: Job) -> Option<Job> {
        let idle = self.waiting.load(Ordering::Relaxed) == 0 && self.last.load(Ordering::Relaxed) < 2;
        let quick = self.took.load(Ordering::Relaxed) < QUICK.as_micros() as u64;
        let again = || self.groups.load(Ordering::Relaxed).is_multiple_of(AGAIN);
        if !idle || !(quick || again()) || !matches!(job.work, Work::Commit(..)) {
            return Some(job);
        }
        let Some(mut connection) = self.connection.try_lock() else { return Some(job) };
        let since = Instant::now();
        self.carry_out(&mut connection, job);
        let took = since.elapsed().min(QUICK * 2).as_micros() as u64;
        self.took.store((self.took.load(Ordering::Relaxed) * 7 + took) / 8, Ordering::Relaxed);
        None
    }

    fn carry_out(&self, connection: &mut Connection, job: Job) {
        match job.work {
            Work::Alone(act) => act(connection),
            _ => self.together(connection, vec![job]),
        }
    }

    /// Writes a group, or one by one what does not go together, and answers.
    fn together(&self, connection: &Connection, mut group: Vec<Job>) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.last.store(group.len(), Ordering::Relaxed);
        let mut statements = Statements::new(connection);
        if let Err(error) = transact(connection, &mut statements, &mut group, self.files) {
            if group.len() == 1 {
                fail(&mut group, &error);
            } else {
                for job in &mut group {
                    let one = std::slice::from_mut(job);
                    if let Err(error) = transact(connection, &mut statements, one, self.files) {
                        fail(one, &error);
                    }
                }
            }
        }
        if crash::HAS_POINTS && group.iter().any(|job| matches!(job.work, Work::Commit(..))) {
            crash::reach(Point::CommitDurable);
        }
        answer(group, &self.signals);
    }
}

/// The thread's end of the queue.
pub(super) struct Inbox {
    jobs: Receiver<Job>,
    linger: u64,
    batch_max: usize,
    desk: Arc<Desk>,
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

/// The thread's life.
pub(super) fn serve(inbox: &Inbox) {
    let desk = &inbox.desk;
    let mut batch = Vec::new();
    let mut before = 0;
    while inbox.gather(&mut batch, before) {
        before = batch.len();
        let mut connection = desk.connection.lock();
        let mut group = Vec::with_capacity(before);
        for job in batch.drain(..) {
            match job.work {
                Work::Alone(_) => desk.carry_out(&mut connection, job),
                _ => group.push(job),
            }
        }
        if !group.is_empty() {
            desk.together(&connection, group);
        }
        drop(connection);
        desk.waiting.fetch_sub(before, Ordering::Relaxed);
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
    statements.trust_nobody();
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let written = group.iter_mut().try_for_each(|job| one(connection, statements, job, files));
    if crash::HAS_POINTS && group.iter().any(|job| matches!(job.work, Work::Commit(..))) {
        crash::reach(Point::CommitInside);
    }
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
            statements.trust_nobody();
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
