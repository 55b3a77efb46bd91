//! Writes one commit, row by row, with statements that stay prepared for the connection's life.
//!
//! The header comes first: where its version has moved on, nothing else is written, so no savepoint
//! is needed.

use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use metel_model::id::{RunId, WorkerId, WorkspaceId};

use super::files::TABLE_BYTES_MAX;
use crate::commit::{ApprovalChange, Commit, Committed, DeadChange, SubscriptionChange, TaskChange};
use crate::error::StoreError;
use crate::rows::messages::remembered;
use crate::sql;
use crate::value::{int, json_text};

macro_rules! prepared {
    ($($name:ident = $sql:expr;)*) => {
        /// The statements of a commit, each fetched from the connection's cache when it is first needed.
        pub(super) struct Statements<'c> {
            connection: &'c Connection,
            /// The worker that was found to be trusted last.
            trusted: Option<WorkerId>,
            $($name: Option<CachedStatement<'c>>,)*
        }

        impl<'c> Statements<'c> {
            pub(super) fn new(connection: &'c Connection) -> Self {
                Self { connection, trusted: None, $($name: None,)* }
            }

            $(fn $name(&mut self) -> Result<&mut CachedStatement<'c>, StoreError> {
                static SQL: LazyLock<String> = LazyLock::new(|| $sql.replace('$', "?"));
                Ok(match &mut self.$name {
                    Some(statement) => statement,
                    none => none.insert(self.connection.prepare_cached(&SQL)?),
                })
            })*
        }
    };
}

prepared! {
    run_insert = sql::SQLITE_RUNS_INSERT;
    run_advance = sql::SQLITE_RUNS_ADVANCE;
    run_turn = sql::SQLITE_RUNS_TURN;
    event_append = sql::SQLITE_EVENTS_APPEND;
    snapshot_put = sql::SQLITE_SNAPSHOTS_PUT;
    task_advance = sql::SQLITE_TASKS_ADVANCE;
    task_put = sql::SQLITE_TASKS_PUT;
    task_remove = sql::SQLITE_TASKS_REMOVE;
    task_wake = sql::SQLITE_TASKS_WAKE;
    approval_add = sql::SQLITE_APPROVALS_ADD;
    approval_settle = sql::SQLITE_APPROVALS_SETTLE;
    outbox_add = sql::SQLITE_OUTBOX_ADD;
    message_publish = sql::SQLITE_MESSAGES_PUBLISH;
    message_taken = sql::SQLITE_MESSAGES_TAKEN;
    subscription_put = sql::SQLITE_SUBSCRIPTIONS_PUT;
    subscription_remove = sql::SQLITE_SUBSCRIPTIONS_REMOVE;
    dead_put = sql::SQLITE_DEAD_PUT;
    dead_remove = sql::SQLITE_DEAD_REMOVE;
    blob_put = sql::BLOBS_PUT.postgres;
    key_find = sql::SQLITE_CLIENT_KEYS_FIND;
    key_put = sql::SQLITE_CLIENT_KEYS_PUT;
    worker_fenced = sql::SQLITE_WORKERS_FENCED;
}

impl Statements<'_> {
    /// Something else was done in the transaction, or a new one begins: whoever was trusted is looked at anew.
    pub(super) fn trust_nobody(&mut self) {
        self.trusted = None;
    }
}

/// An error of one commit that must not stay half-written: the caller rolls back.
pub(super) fn write(statements: &mut Statements<'_>, commit: &Commit, files: bool) -> Result<Committed, StoreError> {
    if let Some(worker) = &commit.worker
        && statements.trusted != Some(*worker)
    {
        if statements.worker_fenced()?.exists(params![worker.as_bytes()])? {
            return Ok(Committed::Fenced);
        }
        statements.trusted = Some(*worker);
    }
    if let Some(key) = &commit.client_key {
        let workspace = commit.run.workspace.as_bytes();
        let found = statements
            .key_find()?
            .query_row(params![workspace, key.key, commit.entry.at.0], |row| {
                Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 32]>(1)?))
            })
            .optional()?;
        if let Some((run, body)) = found {
            return RunId::from_bytes(&run)
                .map(|run| Committed::Known { run, body: metel_model::Digest(body) })
                .ok_or_else(|| StoreError::Corrupt("a run's id is not 16 bytes".to_owned()));
        }
    }
    if !header(statements, commit)? {
        return Ok(Committed::Stale);
    }
    body(statements, commit, files)?;
    for child in &commit.children {
        if !header(statements, child)? {
            return Err(StoreError::Conflict(format!("the id {} is taken", child.run.id)));
        }
        body(statements, child, files)?;
    }
    if let Some(key) = &commit.client_key {
        statements.key_put()?.execute(params![
            commit.run.workspace.as_bytes(),
            key.key,
            key.body.0,
            commit.run.id.as_bytes(),
            key.expires.0
        ])?;
    }
    Ok(Committed::Accepted)
}

/// Writes the header; false when the version has moved on or the id is taken.
fn header(statements: &mut Statements<'_>, commit: &Commit) -> Result<bool, StoreError> {
    let run = &commit.run;
    let workflow = run.workflow.as_ref().map(|digest| &digest.0);
    let waiting = run.waiting.map(|reason| reason.key());
    let error = run.error.map(|code| code.name());
    let Some(expected) = commit.expected else {
        let changed = statements.run_insert()?.execute(params![
            run.workspace.as_bytes(),
            run.id.as_bytes(),
            run.name,
            run.title,
            run.status.key(),
            waiting,
            int(run.version),
            int(run.seq),
            run.head.0,
            workflow,
            run.parent.as_ref().map(|(parent, _)| parent.as_bytes()),
            run.parent.as_ref().map(|(_, step)| step),
            run.by,
            run.session.as_ref().map(|session| session.as_bytes()),
            run.request,
            run.steps_done,
            run.steps_total,
            run.cost,
            int(run.tokens),
            error,
            run.created_at.0,
            run.updated_at.0,
        ])?;
        return Ok(changed == 1);
    };
    let values = params![
        run.workspace.as_bytes(),
        run.id.as_bytes(),
        int(expected),
        int(commit.entry.seq),
        run.status.key(),
        run.name,
        run.title,
        waiting,
        int(run.version),
        int(run.seq),
        run.head.0,
        workflow,
        run.steps_done,
        run.steps_total,
        run.cost,
        int(run.tokens),
        error,
        run.updated_at.0,
    ];
    Ok(statements.run_advance()?.execute(values)? == 1 || statements.run_turn()?.execute(values)? == 1)
}

/// Everything after the header.
fn body(statements: &mut Statements<'_>, commit: &Commit, files: bool) -> Result<(), StoreError> {
    let workspace = commit.run.workspace;
    let run = commit.run.id.as_bytes();
    let entry = &commit.entry;
    statements.event_append()?.execute(params![
        workspace.as_bytes(),
        run,
        int(entry.seq),
        entry.count,
        entry.at.0,
        entry.actor,
        entry.command,
        entry.body,
        entry.hash.0
    ])?;
    if let Some(snapshot) = &commit.snapshot {
        statements.snapshot_put()?.execute(params![workspace.as_bytes(), run, int(commit.run.seq), snapshot])?;
    }
    for change in &commit.tasks {
        task(statements, commit, change)?;
    }
    for wake in &commit.wakes {
        statements.task_wake()?.execute(params![
            wake.workspace.as_bytes(),
            wake.run.as_bytes(),
            wake.step,
            wake.at.0
        ])?;
    }
    for change in &commit.approvals {
        approval(statements, workspace, run, change)?;
    }
    for item in &commit.outbox {
        let id = item.id.as_bytes();
        statements.outbox_add()?.execute(params![workspace.as_bytes(), id, item.kind, item.body, item.due.0])?;
    }
    messages(statements, commit)?;
    for change in &commit.dead {
        match change {
            DeadChange::Add(dead) => {
                let values = params![workspace.as_bytes(), run, dead.step, dead.code.name(), dead.at.0, dead.attempts];
                statements.dead_put()?.execute(values)?
            }
            DeadChange::Remove { step } => {
                statements.dead_remove()?.execute(params![workspace.as_bytes(), run, step])?
            }
        };
    }
    for blob in &commit.blobs {
        // The file of a large one is written already.
        let bytes = (!files || blob.bytes.len() <= TABLE_BYTES_MAX).then_some(&blob.bytes[..]);
        let size = int(blob.bytes.len() as u64);
        statements.blob_put()?.execute(params![workspace.as_bytes(), blob.digest.0, size, bytes])?;
    }
    Ok(())
}

/// What the run publishes, and whom it lets wait.
fn messages(statements: &mut Statements<'_>, commit: &Commit) -> Result<(), StoreError> {
    let workspace = commit.run.workspace.as_bytes();
    let run = commit.run.id.as_bytes();
    for message in &commit.publishes {
        statements.message_publish()?.execute(params![
            workspace,
            message.id.as_bytes(),
            message.name,
            message.correlation,
            json_text(&message.body)?,
            message.untrusted,
            message.by,
            message.at.0,
            message.expires.0
        ])?;
    }
    for change in &commit.subscriptions {
        match change {
            SubscriptionChange::Add(new) => {
                let values = params![workspace, run, new.step, new.name, new.correlation, new.until.0];
                statements.subscription_put()?.execute(values)?;
            }
            SubscriptionChange::Remove { step, took } => {
                statements.subscription_remove()?.execute(params![workspace, run, step])?;
                if let Some(message) = took {
                    let until = remembered(commit.entry.at).0;
                    statements.message_taken()?.execute(params![workspace, message.as_bytes(), until])?;
                }
            }
        }
    }
    Ok(())
}

fn task(statements: &mut Statements<'_>, commit: &Commit, change: &TaskChange) -> Result<(), StoreError> {
    let workspace = commit.run.workspace.as_bytes();
    let run = commit.run.id.as_bytes();
    match change {
        TaskChange::Put(task) => {
            let owner = task.owner.as_ref().map(|owner| owner.as_bytes());
            let needs = task.needs.as_deref().unwrap_or_default();
            let rank = -i64::from(task.priority);
            let values = params![workspace, run, task.slot, task.step, task.intent, task.due.0, rank, owner, needs];
            let stays = commit.expected.is_some() && owner.is_some();
            if !stays || statements.task_advance()?.execute(values)? == 0 {
                statements.task_put()?.execute(values)?;
            }
        }
        TaskChange::Remove { slot } => {
            statements.task_remove()?.execute(params![workspace, run, slot])?;
        }
    }
    Ok(())
}

fn approval(
    statements: &mut Statements<'_>,
    workspace: WorkspaceId,
    run: &[u8; 16],
    change: &ApprovalChange,
) -> Result<(), StoreError> {
    let workspace = workspace.as_bytes();
    match change {
        ApprovalChange::Add(approval) => {
            let decided = approval.decided.as_ref().map(json_text).transpose()?;
            statements.approval_add()?.execute(params![
                workspace,
                approval.ask.id.as_bytes(),
                run,
                approval.status.key(),
                json_text(&approval.ask)?,
                decided,
                approval.ask.expires_at.0,
                approval.created_at.0
            ])?;
        }
        ApprovalChange::Settle { id, status, decided } => {
            let decided = decided.as_ref().map(json_text).transpose()?;
            statements.approval_settle()?.execute(params![workspace, id.as_bytes(), run, status.key(), decided])?;
        }
    }
    Ok(())
}
