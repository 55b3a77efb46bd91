//! A group of commits turned into columns: one array a parameter.

use metel_model::event::Entry;

use crate::commit::{ApprovalChange, Commit, DeadChange, SubscriptionChange, TaskChange};
use crate::error::StoreError;
use crate::rows::messages::remembered;
use crate::value::{int, json_text};

/// Declares a table's arrays; `params` gives them in order.
macro_rules! columns {
    ($($(#[$doc:meta])* $table:ident { $($column:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $table<'c> {
            $(pub $column: Vec<$kind>,)*
            pub marker: std::marker::PhantomData<&'c ()>,
        }

        impl $table<'_> {
            pub(super) fn params(&self) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
                vec![$(&self.$column,)*]
            }
        }
    )*};
}

type Bytes<'c> = &'c [u8];

columns! {
    NewRuns {
        workspace: Bytes<'c>, id: Bytes<'c>, name: &'c str, title: &'c str, status: &'c str,
        waiting: Option<&'c str>, version: i64, seq: i64, head: Bytes<'c>, workflow: Option<Bytes<'c>>,
        parent_run: Option<Bytes<'c>>, parent_step: Option<&'c str>, started_by: &'c str,
        session: Option<Bytes<'c>>, request: Option<&'c str>, steps_done: i64, steps_total: i64, cost: i64,
        tokens: i64, error: Option<String>, created_at: i64, updated_at: i64, worker: Option<Bytes<'c>>,
    }
    Runs {
        workspace: Bytes<'c>, id: Bytes<'c>, expected: i64, entry_seq: i64, name: &'c str, title: &'c str,
        status: &'c str, waiting: Option<&'c str>, version: i64, seq: i64, head: Bytes<'c>,
        workflow: Option<Bytes<'c>>, steps_done: i64, steps_total: i64, cost: i64, tokens: i64,
        error: Option<String>, updated_at: i64, worker: Option<Bytes<'c>>,
    }
    Events {
        workspace: Bytes<'c>, run: Bytes<'c>, seq: i64, count: i64, at: i64, actor: &'c str, command: &'c str,
        body: &'c str, hash: Bytes<'c>,
    }
    /// Entries that are looked for in the log.
    Stand { workspace: Bytes<'c>, run: Bytes<'c>, seq: i64, hash: Bytes<'c>, }
    Snapshots { workspace: Bytes<'c>, run: Bytes<'c>, seq: i64, body: &'c str, }
    Tasks {
        workspace: Bytes<'c>, run: Bytes<'c>, slot: i64, step: &'c str, intent: i64, due: i64, rank: i64,
        owner: Option<Bytes<'c>>, needs: &'c str,
    }
    Gone { workspace: Bytes<'c>, run: Bytes<'c>, slot: i64, }
    Wakes { workspace: Bytes<'c>, run: Bytes<'c>, step: &'c str, at: i64, }
    Approvals {
        workspace: Bytes<'c>, id: Bytes<'c>, run: Bytes<'c>, status: &'c str, ask: String,
        decided: Option<String>, expires_at: i64, created_at: i64,
    }
    Settled { workspace: Bytes<'c>, id: Bytes<'c>, run: Bytes<'c>, status: &'c str, decided: Option<String>, }
    Outbox { workspace: Bytes<'c>, id: Bytes<'c>, kind: &'c str, body: &'c str, due: i64, }
    Messages {
        workspace: Bytes<'c>, id: Bytes<'c>, name: &'c str, correlation: &'c str, body: String, untrusted: i64,
        sent_by: &'c str, sent_at: i64, expires: i64,
    }
    /// Messages that runs took; nobody asks for one beyond `expires`.
    Taken { workspace: Bytes<'c>, id: Bytes<'c>, expires: i64, }
    Subscriptions {
        workspace: Bytes<'c>, run: Bytes<'c>, step: &'c str, name: &'c str, correlation: &'c str, until: i64,
    }
    /// A run's steps, by name.
    Steps { workspace: Bytes<'c>, run: Bytes<'c>, step: &'c str, }
    DeadSteps { workspace: Bytes<'c>, run: Bytes<'c>, step: &'c str, code: String, at: i64, attempts: i64, }
    Blobs { workspace: Bytes<'c>, digest: Bytes<'c>, size: i64, bytes: Bytes<'c>, }
    Keys { workspace: Bytes<'c>, key: &'c str, body: Bytes<'c>, run: Bytes<'c>, expires: i64, }
}

impl<'c> NewRuns<'c> {
    pub(super) fn push(&mut self, commit: &'c Commit) {
        let run = &commit.run;
        self.workspace.push(run.workspace.as_bytes());
        self.id.push(run.id.as_bytes());
        self.name.push(&run.name);
        self.title.push(&run.title);
        self.status.push(run.status.key());
        self.waiting.push(run.waiting.map(|reason| reason.key()));
        self.version.push(int(run.version));
        self.seq.push(int(run.seq));
        self.head.push(&run.head.0);
        self.workflow.push(run.workflow.as_ref().map(|digest| &digest.0[..]));
        self.parent_run.push(run.parent.as_ref().map(|(parent, _)| &parent.as_bytes()[..]));
        self.parent_step.push(run.parent.as_ref().map(|(_, step)| step.as_str()));
        self.started_by.push(&run.by);
        self.session.push(run.session.as_ref().map(|session| &session.as_bytes()[..]));
        self.request.push(run.request.as_deref());
        self.steps_done.push(run.steps_done.into());
        self.steps_total.push(run.steps_total.into());
        self.cost.push(run.cost);
        self.tokens.push(int(run.tokens));
        self.error.push(run.error.map(|code| code.name()));
        self.created_at.push(run.created_at.0);
        self.updated_at.push(run.updated_at.0);
        self.worker.push(commit.worker.as_ref().map(|worker| &worker.as_bytes()[..]));
    }
}

impl<'c> Runs<'c> {
    pub(super) fn push(&mut self, commit: &'c Commit, expected: u64) {
        let run = &commit.run;
        self.workspace.push(run.workspace.as_bytes());
        self.id.push(run.id.as_bytes());
        self.expected.push(int(expected));
        self.entry_seq.push(int(commit.entry.seq));
        self.name.push(&run.name);
        self.title.push(&run.title);
        self.status.push(run.status.key());
        self.waiting.push(run.waiting.map(|reason| reason.key()));
        self.version.push(int(run.version));
        self.seq.push(int(run.seq));
        self.head.push(&run.head.0);
        self.workflow.push(run.workflow.as_ref().map(|digest| &digest.0[..]));
        self.steps_done.push(run.steps_done.into());
        self.steps_total.push(run.steps_total.into());
        self.cost.push(run.cost);
        self.tokens.push(int(run.tokens));
        self.error.push(run.error.map(|code| code.name()));
        self.updated_at.push(run.updated_at.0);
        self.worker.push(commit.worker.as_ref().map(|worker| &worker.as_bytes()[..]));
    }
}

/// Everything that accepted commits write besides their headers.
#[derive(Default)]
pub(super) struct Body<'c> {
    pub events: Events<'c>,
    pub snapshots: Snapshots<'c>,
    pub tasks: Tasks<'c>,
    pub gone: Gone<'c>,
    pub wakes: Wakes<'c>,
    pub approvals: Approvals<'c>,
    pub settled: Settled<'c>,
    pub outbox: Outbox<'c>,
    pub messages: Messages<'c>,
    pub taken: Taken<'c>,
    pub left: Steps<'c>,
    pub subscriptions: Subscriptions<'c>,
    pub revived: Steps<'c>,
    pub dead: DeadSteps<'c>,
    pub blobs: Blobs<'c>,
}

impl<'c> Body<'c> {
    pub(super) fn push(&mut self, commit: &'c Commit) -> Result<(), StoreError> {
        let workspace: Bytes<'c> = commit.run.workspace.as_bytes();
        let run: Bytes<'c> = commit.run.id.as_bytes();
        self.entry(workspace, run, &commit.entry);
        if let Some(snapshot) = &commit.snapshot {
            self.snapshots.workspace.push(workspace);
            self.snapshots.run.push(run);
            self.snapshots.seq.push(int(commit.run.seq));
            self.snapshots.body.push(snapshot);
        }
        self.tasks(workspace, run, &commit.tasks);
        for wake in &commit.wakes {
            self.wakes.workspace.push(wake.workspace.as_bytes());
            self.wakes.run.push(wake.run.as_bytes());
            self.wakes.step.push(&wake.step);
            self.wakes.at.push(wake.at.0);
        }
        for change in &commit.approvals {
            self.approval(workspace, run, change)?;
        }
        for item in &commit.outbox {
            self.outbox.workspace.push(workspace);
            self.outbox.id.push(item.id.as_bytes());
            self.outbox.kind.push(&item.kind);
            self.outbox.body.push(&item.body);
            self.outbox.due.push(item.due.0);
        }
        self.messages(workspace, commit)?;
        self.subscriptions(workspace, run, commit);
        self.dead(workspace, run, &commit.dead);
        // In one order everywhere, so that two lanes that keep the same values never wait in a circle.
        let mut blobs: Vec<_> = commit.blobs.iter().collect();
        blobs.sort_by_key(|blob| blob.digest);
        for blob in blobs {
            self.blobs.workspace.push(workspace);
            self.blobs.digest.push(&blob.digest.0);
            self.blobs.size.push(int(blob.bytes.len() as u64));
            self.blobs.bytes.push(&blob.bytes);
        }
        Ok(())
    }

    fn entry(&mut self, workspace: Bytes<'c>, run: Bytes<'c>, entry: &'c Entry) {
        self.events.workspace.push(workspace);
        self.events.run.push(run);
        self.events.seq.push(int(entry.seq));
        self.events.count.push(entry.count.into());
        self.events.at.push(entry.at.0);
        self.events.actor.push(&entry.actor);
        self.events.command.push(&entry.command);
        self.events.body.push(&entry.body);
        self.events.hash.push(&entry.hash.0);
    }

    /// Only the last change of a slot counts: one statement cannot write a row twice.
    fn tasks(&mut self, workspace: Bytes<'c>, run: Bytes<'c>, changes: &'c [TaskChange]) {
        let slot_of = |change: &TaskChange| match change {
            TaskChange::Put(task) => task.slot,
            TaskChange::Remove { slot } => *slot,
        };
        for (i, change) in changes.iter().enumerate() {
            let slot = slot_of(change);
            if changes[i + 1..].iter().any(|later| slot_of(later) == slot) {
                continue;
            }
            match change {
                TaskChange::Put(task) => {
                    self.tasks.workspace.push(workspace);
                    self.tasks.run.push(run);
                    self.tasks.slot.push(slot.into());
                    self.tasks.step.push(&task.step);
                    self.tasks.intent.push(task.intent.into());
                    self.tasks.due.push(task.due.0);
                    self.tasks.rank.push(-i64::from(task.priority));
                    self.tasks.needs.push(task.needs.as_deref().unwrap_or_default());
                    self.tasks.owner.push(task.owner.as_ref().map(|owner| &owner.as_bytes()[..]));
                }
                TaskChange::Remove { .. } => {
                    self.gone.workspace.push(workspace);
                    self.gone.run.push(run);
                    self.gone.slot.push(slot.into());
                }
            }
        }
    }

    fn messages(&mut self, workspace: Bytes<'c>, commit: &'c Commit) -> Result<(), StoreError> {
        for message in &commit.publishes {
            self.messages.workspace.push(workspace);
            self.messages.id.push(message.id.as_bytes());
            self.messages.name.push(&message.name);
            self.messages.correlation.push(&message.correlation);
            self.messages.body.push(json_text(&message.body)?);
            self.messages.untrusted.push(message.untrusted.into());
            self.messages.sent_by.push(&message.by);
            self.messages.sent_at.push(message.at.0);
            self.messages.expires.push(message.expires.0);
        }
        Ok(())
    }

    /// Only the last change of a step counts, but whatever was taken was taken.
    fn subscriptions(&mut self, workspace: Bytes<'c>, run: Bytes<'c>, commit: &'c Commit) {
        let step_of = |change: &'c SubscriptionChange| match change {
            SubscriptionChange::Add(new) => new.step.as_str(),
            SubscriptionChange::Remove { step, .. } => step.as_str(),
        };
        for (i, change) in commit.subscriptions.iter().enumerate() {
            if let SubscriptionChange::Remove { took: Some(message), .. } = change {
                self.taken.workspace.push(workspace);
                self.taken.id.push(message.as_bytes());
                self.taken.expires.push(remembered(commit.entry.at).0);
            }
            let step = step_of(change);
            if commit.subscriptions[i + 1..].iter().any(|later| step_of(later) == step) {
                continue;
            }
            match change {
                SubscriptionChange::Add(new) => {
                    self.subscriptions.workspace.push(workspace);
                    self.subscriptions.run.push(run);
                    self.subscriptions.step.push(step);
                    self.subscriptions.name.push(&new.name);
                    self.subscriptions.correlation.push(&new.correlation);
                    self.subscriptions.until.push(new.until.0);
                }
                SubscriptionChange::Remove { .. } => {
                    self.left.workspace.push(workspace);
                    self.left.run.push(run);
                    self.left.step.push(step);
                }
            }
        }
    }

    /// Only the last change of a step counts.
    fn dead(&mut self, workspace: Bytes<'c>, run: Bytes<'c>, changes: &'c [DeadChange]) {
        let step_of = |change: &'c DeadChange| match change {
            DeadChange::Add(dead) => dead.step.as_str(),
            DeadChange::Remove { step } => step.as_str(),
        };
        for (i, change) in changes.iter().enumerate() {
            let step = step_of(change);
            if changes[i + 1..].iter().any(|later| step_of(later) == step) {
                continue;
            }
            match change {
                DeadChange::Add(dead) => {
                    self.dead.workspace.push(workspace);
                    self.dead.run.push(run);
                    self.dead.step.push(step);
                    self.dead.code.push(dead.code.name());
                    self.dead.at.push(dead.at.0);
                    self.dead.attempts.push(dead.attempts.into());
                }
                DeadChange::Remove { .. } => {
                    self.revived.workspace.push(workspace);
                    self.revived.run.push(run);
                    self.revived.step.push(step);
                }
            }
        }
    }

    fn approval(&mut self, workspace: Bytes<'c>, run: Bytes<'c>, change: &'c ApprovalChange) -> Result<(), StoreError> {
        match change {
            ApprovalChange::Add(approval) => {
                self.approvals.workspace.push(workspace);
                self.approvals.id.push(approval.ask.id.as_bytes());
                self.approvals.run.push(run);
                self.approvals.status.push(approval.status.key());
                self.approvals.ask.push(json_text(&approval.ask)?);
                self.approvals.decided.push(approval.decided.as_ref().map(json_text).transpose()?);
                self.approvals.expires_at.push(approval.ask.expires_at.0);
                self.approvals.created_at.push(approval.created_at.0);
            }
            ApprovalChange::Settle { id, status, decided } => {
                self.settled.workspace.push(workspace);
                self.settled.id.push(id.as_bytes());
                self.settled.run.push(run);
                self.settled.status.push(status.key());
                self.settled.decided.push(decided.as_ref().map(json_text).transpose()?);
            }
        }
        Ok(())
    }
}
