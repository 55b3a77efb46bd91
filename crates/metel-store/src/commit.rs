//! The commit: everything that one transition writes, in one transaction, or nothing of it.
//!
//! Shapes only, and the check that a commit's parts belong together. What belongs into one is
//! decided elsewhere.

use metel_model::Code;
use metel_model::approval::{Approval, Decided};
use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, OutboxId, RunId, SessionId, WorkerId, WorkspaceId};
use metel_model::status::{ApprovalStatus, RunStatus, WaitingFor};
use metel_model::task::Task;
use metel_model::time::Micros;

use crate::error::StoreError;

/// Most new runs in one commit.
pub const CHILDREN_MAX: usize = 1_000;

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

/// A message that leaves once the commit is durable.
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
            .map(String::as_str)
            .chain(tasks)
    }

    /// This commit and the new runs in it.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Commit> {
        std::iter::once(self).chain(self.children.iter())
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
