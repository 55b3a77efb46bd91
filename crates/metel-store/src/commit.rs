//! The commit: everything that one transition writes, in one transaction, or nothing of it.
//!
//! Shapes only, and the check that a commit's parts belong together. What belongs into one is
//! decided elsewhere.

use metel_model::Code;
use metel_model::approval::{Approval, Decided};
use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, MessageId, OutboxId, RunId, SessionId, WorkerId, WorkspaceId};
use metel_model::message::{CORRELATION_BYTES_MAX, Message, NAME_BYTES_MAX, Subscription};
use metel_model::status::{ApprovalStatus, RunStatus, WaitingFor};
use metel_model::task::Task;
use metel_model::time::Micros;

use crate::error::StoreError;

/// Most new runs in one commit.
pub const CHILDREN_MAX: usize = 1_000;
/// Longest list of what a worker must be able to do, in bytes.
pub const NEEDS_BYTES_MAX: usize = 600;

/// One transition of one run.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The header as it is after the transition.
    pub run: Header,
    /// The version that the transition was decided on; none for a new run.
    pub expected: Option<u64>,
    pub entry: Entry,
    pub tasks: Vec<TaskChange>,
    /// Tasks of other runs that become due.
    pub wakes: Vec<Wake>,
    pub approvals: Vec<ApprovalChange>,
    pub outbox: Vec<OutboxItem>,
    /// Messages that the run publishes.
    pub publishes: Vec<Message>,
    pub subscriptions: Vec<SubscriptionChange>,
    pub dead: Vec<DeadChange>,
    /// Values that the entry refers to; those already stored are left as they are.
    pub blobs: Vec<Blob>,
    /// The run's state after the transition, as JSON text.
    pub snapshot: Option<String>,
    /// New runs that begin with this transition.
    pub children: Vec<Commit>,
    pub client_key: Option<ClientKey>,
    /// The worker that decided it: refused once that worker was fenced.
    pub worker: Option<WorkerId>,
}

/// A run as lists show it and as the version check needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub workspace: WorkspaceId,
    pub id: RunId,
    pub name: String,
    pub title: String,
    pub status: RunStatus,
    pub waiting: Option<WaitingFor>,
    /// Transitions so far; 1 after the first.
    pub version: u64,
    /// Number of the next event.
    pub seq: u64,
    /// Hash of the newest entry.
    pub head: Digest,
    pub workflow: Option<Digest>,
    pub parent: Option<(RunId, String)>,
    pub by: String,
    pub session: Option<SessionId>,
    pub request: Option<String>,
    pub steps_done: u32,
    pub steps_total: u32,
    /// Micro-credits.
    pub cost: i64,
    pub tokens: u64,
    pub error: Option<Code>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TaskChange {
    /// Writes the row of its slot, whatever stood there.
    Put(Task),
    Remove {
        slot: u16,
    },
}

/// Makes a task of another run due at `at`, unless it is due earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    pub workspace: WorkspaceId,
    pub run: RunId,
    pub step: String,
    pub at: Micros,
}

#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // few at a time, and moved once
pub enum ApprovalChange {
    Add(Approval),
    Settle { id: ApprovalId, status: ApprovalStatus, decided: Option<Decided> },
}

/// Who waits for a message in this run, and who no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// Writes the row of its step, whatever stood there.
    Add(Subscription),
    /// The step waits no more; `took` is the message that ended the wait: nobody else gets that one from
    /// now on, except who was given it at the same time.
    Remove { step: String, took: Option<MessageId> },
}

/// Steps of this run that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadChange {
    /// Writes the row of its step, whatever stood there.
    Add(Dead),
    /// It is tried again, or not needed any more.
    Remove { step: String },
}

/// A step that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    pub step: String,
    pub code: Code,
    pub at: Micros,
    /// Times it was tried.
    pub attempts: u32,
}

/// A notice that leaves once the commit is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    pub id: OutboxId,
    pub kind: String,
    /// JSON text.
    pub body: String,
    pub due: Micros,
}

/// A value by its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub digest: Digest,
    pub bytes: bytes::Bytes,
}

impl Blob {
    pub fn of(bytes: impl Into<bytes::Bytes>) -> Self {
        let bytes = bytes.into();
        Self { digest: Digest::of(&bytes), bytes }
    }
}

/// The caller's own key for a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    pub key: String,
    /// Digest of what was asked, to tell a repetition from another request.
    pub body: Digest,
    pub expires: Micros,
}

/// How a commit ended. Whatever it is, it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    Accepted,
    /// The run has moved on since `expected` (or a new run's id is taken): nothing was written.
    Stale,
    /// The client key came before: nothing was written. `body` tells whether it asked the same.
    Known {
        run: RunId,
        body: Digest,
    },
    /// The worker was fenced: nothing was written.
    Fenced,
}

impl Commit {
    /// The smallest commit: a header and its entry.
    pub fn new(run: Header, expected: Option<u64>, entry: Entry) -> Self {
        Self {
            run,
            expected,
            entry,
            tasks: Vec::new(),
            wakes: Vec::new(),
            approvals: Vec::new(),
            outbox: Vec::new(),
            publishes: Vec::new(),
            subscriptions: Vec::new(),
            dead: Vec::new(),
            blobs: Vec::new(),
            snapshot: None,
            children: Vec::new(),
            client_key: None,
            worker: None,
        }
    }

    /// Refuses parts that do not belong together, so that a fault of the caller never reaches the log.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let refuse = |what: &str| Err(StoreError::Invalid(format!("{}: {what}", self.run.id)));
        let run = &self.run;
        if run.version != self.expected.unwrap_or(0) + 1 {
            return refuse("the version does not follow the expected one");
        }
        if self.entry.count == 0 || run.seq != self.entry.seq + u64::from(self.entry.count) {
            return refuse("the header's event number does not follow its entry");
        }
        if self.expected.is_none() && self.entry.seq != 1 {
            return refuse("a new run begins with event 1");
        }
        if run.created_at.0 < 0 || self.approvals.iter().any(before_1970) {
            return refuse("a time before 1970");
        }
        if run.head != self.entry.hash {
            return refuse("the header's head is not its entry's hash");
        }
        for change in &self.tasks {
            if let TaskChange::Put(task) = change
                && (task.run != run.id || task.workspace != run.workspace)
            {
                return refuse("a task of another run");
            }
        }
        if self.tasks.iter().any(|change| matches!(change, TaskChange::Put(task) if !needs_fit(task))) {
            return refuse("what a task needs is not a short, sorted list");
        }
        check_parts(self).or_else(refuse)?;
        if self.dead.iter().any(|change| matches!(change, DeadChange::Add(dead) if dead.at.0 < 0)) {
            return refuse("a time before 1970");
        }
        if self.blobs.iter().any(|blob| blob.digest != Digest::of(&blob.bytes)) {
            return refuse("a value's digest does not fit");
        }
        if self.texts().any(|text| text.contains('\0')) {
            return refuse("text with a NUL character");
        }
        if self.children.len() > CHILDREN_MAX {
            return refuse("too many new runs in one commit");
        }
        for child in &self.children {
            if child.expected.is_some() || child.client_key.is_some() || !child.children.is_empty() {
                return refuse("a child begins plainly");
            }
            if child.run.workspace != run.workspace {
                return refuse("a child of another workspace");
            }
            child.check()?;
        }
        Ok(())
    }

    /// Everything that is stored as text. PostgreSQL cannot hold NUL characters; JSON escapes them.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let run = &self.run;
        let tasks = self.tasks.iter().filter_map(|change| match change {
            TaskChange::Put(task) => Some(task.step.as_str()),
            TaskChange::Remove { .. } => None,
        });
        [&run.name, &run.title, &run.by, &self.entry.actor, &self.entry.command, &self.entry.body]
            .into_iter()
            .chain(&run.request)
            .chain(run.parent.as_ref().map(|(_, step)| step))
            .chain(&self.snapshot)
            .chain(self.client_key.as_ref().map(|key| &key.key))
            .chain(self.outbox.iter().flat_map(|item| [&item.kind, &item.body]))
            .chain(self.wakes.iter().map(|wake| &wake.step))
            .chain(self.publishes.iter().flat_map(|message| [&message.name, &message.correlation, &message.by]))
            .map(String::as_str)
            .chain(tasks)
            .chain(self.subscriptions.iter().flat_map(subscription_texts))
            .chain(self.dead.iter().map(|change| match change {
                DeadChange::Add(dead) => dead.step.as_str(),
                DeadChange::Remove { step } => step.as_str(),
            }))
    }

    /// This commit and the new runs in it.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Commit> {
        std::iter::once(self).chain(self.children.iter())
    }

    /// Some notice of it is to leave.
    pub(crate) fn leaves_notices(&self) -> bool {
        self.all().any(|commit| !commit.outbox.is_empty())
    }

    /// It publishes, or somebody begins to wait for a message.
    pub(crate) fn moves_messages(&self) -> bool {
        self.all().any(|commit| {
            let begins = |change: &SubscriptionChange| matches!(change, SubscriptionChange::Add(_));
            !commit.publishes.is_empty() || commit.subscriptions.iter().any(begins)
        })
    }

    /// Some task of it is free to be taken, or a wake was sent.
    pub(crate) fn frees_tasks(&self) -> bool {
        self.all().any(|commit| {
            !commit.wakes.is_empty()
                || commit.tasks.iter().any(|change| match change {
                    TaskChange::Put(task) => task.owner.is_none() && task.due < metel_model::task::PARKED,
                    TaskChange::Remove { .. } => false,
                })
        })
    }
}

fn before_1970(change: &ApprovalChange) -> bool {
    matches!(change, ApprovalChange::Add(approval) if approval.created_at.0 < 0)
}

/// Words of the alphabet that a list of needs is made of, sorted, each once.
fn needs_fit(task: &Task) -> bool {
    let Some(needs) = &task.needs else { return true };
    let words: Vec<&str> = needs.split(' ').collect();
    let plain = |word: &&str| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c.is_control());
    needs.len() <= NEEDS_BYTES_MAX && words.iter().all(plain) && words.is_sorted_by(|a, b| a < b)
}

fn check_parts(commit: &Commit) -> Result<(), &'static str> {
    commit.publishes.iter().try_for_each(check_message)?;
    commit.subscriptions.iter().try_for_each(|change| match change {
        SubscriptionChange::Add(new) => check_names(&new.name, &new.correlation),
        SubscriptionChange::Remove { .. } => Ok(()),
    })
}

/// What a message must keep to wherever it comes from.
pub(crate) fn check_message(message: &Message) -> Result<(), &'static str> {
    if message.at.0 < 0 || message.expires < message.at {
        return Err("a message's times do not fit");
    }
    check_names(&message.name, &message.correlation)
}

fn check_names(name: &str, correlation: &str) -> Result<(), &'static str> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err("a message's name is empty or too long");
    }
    if correlation.len() > CORRELATION_BYTES_MAX {
        return Err("a message's correlation is too long");
    }
    Ok(())
}

fn subscription_texts(change: &SubscriptionChange) -> Vec<&str> {
    match change {
        SubscriptionChange::Add(new) => vec![&new.step, &new.name, &new.correlation],
        SubscriptionChange::Remove { step, .. } => vec![step],
    }
}
