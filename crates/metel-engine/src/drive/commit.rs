//! Builds the commit of one transition: entry, header, tasks, approvals, children, blobs.

use metel_model::Fault;
use metel_model::approval::{Approval, Decided, Decision, Hearing, Vote};
use metel_model::chance::Chance;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::event::{Entry, Event, Parent, Started};
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, OutboxId, WorkerId};
use metel_model::run::Run;
use metel_model::status::{ApprovalStatus, StepStatus};
use metel_model::task::Task;
use metel_model::time::Micros;
use metel_rules::graph::Program;
use metel_rules::run::{Able, Context, Decision as Decided_, Env, LAWS, Library, blank, due, needs, transition};
use metel_store::{ApprovalChange, Blob, Commit, Header, OutboxItem, TaskChange, Wake};

use super::{Driver, dead, post};
use crate::library::Shelf;
use crate::sealing::without_contents;

/// When and by whom a transition was decided.
pub(super) struct Moment<'m> {
    pub seq: u64,
    pub version: u64,
    pub head: Digest,
    pub now: Micros,
    pub actor: &'m str,
    pub command: &'m str,
    /// The step whose turn has come: its task is held by whoever took it from the queue.
    pub woken: Option<&'m str>,
}

/// The queue's places before a transition: step, intention, due time and whether it is held.
#[derive(PartialEq)]
pub(super) struct Places(Vec<Option<(String, u32, Micros, bool)>>);

impl Places {
    pub fn of(run: &Run) -> Self {
        Self(run.slots.iter().map(|slot| slot.as_ref().and_then(|id| place(run, id))).collect())
    }
}

fn place(run: &Run, id: &str) -> Option<(String, u32, Micros, bool)> {
    let step = run.steps.get(id)?;
    let held = step.status == StepStatus::Running;
    Some((id.to_owned(), if held { step.intent } else { 0 }, due(run, id)?, held))
}

impl Driver {
    pub(super) fn build(&mut self, before: &Places, decision: &Decided_, moment: &Moment<'_>) -> Result<Commit, Fault> {
        let children = self.children(decision, moment)?;
        let worker = self.engine.worker();
        let every = self.engine.0.options.snapshot_events;
        let program = self.run.as_ref().and_then(|run| run.workflow).and_then(|d| self.engine.0.programs.get(&d));
        let steps_total = program.as_ref().map_or(0, |program| program.top.len() as u32);
        let Some(run) = self.run.as_mut() else { return Err(Fault::new(Code::Internal)) };
        let body = match &self.seal {
            Some(seal) => seal.body(run.workspace, run.id, moment.seq, &decision.events)?,
            None => serde_json::to_string(&decision.events).map_err(|e| Fault::new(Code::Internal).about(e))?,
        };
        let hash = Entry::chain(
            &moment.head,
            run.workspace,
            run.id,
            moment.seq,
            moment.command,
            moment.actor,
            moment.now,
            &body,
        );
        run.head = hash;
        let entry = Entry {
            seq: moment.seq,
            count: decision.events.len() as u32,
            at: moment.now,
            actor: moment.actor.to_owned(),
            command: moment.command.to_owned(),
            body,
            hash,
        };
        let expected = (moment.version > 0).then_some(moment.version);
        let mut commit = Commit::new(header(run, steps_total), expected, entry);
        let definitions = self.engine.definitions(self.workspace);
        let shelf = Shelf { programs: &self.engine.0.programs, definitions: definitions.as_ref(), blobs: &self.blobs };
        let queue = Queue { run, program: program.as_deref(), library: &shelf, worker };
        commit.tasks = queue.changes(before, moment.woken);
        commit.approvals = approvals(run, decision, moment.now);
        commit.outbox = outbox(run, decision, moment.now);
        commit.publishes = post::published(run, decision, moment.now);
        commit.subscriptions = post::subscriptions(run, program.as_deref(), decision);
        commit.dead = dead::changes(run, program.as_deref(), decision, moment.now);
        commit.blobs = decision.blobs.iter().map(|(_, text)| Blob::of(text.clone())).collect();
        commit.children = children;
        commit.worker = self.engine.0.options.worker.then_some(worker);
        if run.seq / every != moment.seq / every {
            commit.snapshot = serde_json::to_string(run).ok();
            if let (Some(seal), Some(text)) = (&self.seal, &commit.snapshot) {
                commit.snapshot = Some(seal.snapshot(run.workspace, run.id, text)?);
            }
        }
        if let (true, Some(parent)) = (run.status.is_final(), &run.parent) {
            commit.wakes.push(Wake {
                workspace: run.workspace,
                run: parent.run,
                step: parent.step.clone(),
                at: moment.now,
            });
        }
        Ok(commit)
    }

    /// The first transitions of runs that this one starts.
    fn children(&self, decision: &Decided_, moment: &Moment<'_>) -> Result<Vec<Commit>, Fault> {
        let Some(run) = self.run.as_ref() else { return Ok(Vec::new()) };
        let mut commits = Vec::new();
        for event in &decision.events {
            let Event::ChildStarted { step, run: id, workflow, input, depth, untrusted, asked } = event else {
                continue;
            };
            let definitions = self.engine.definitions(self.workspace);
            let Some(program) = self.engine.0.programs.get(workflow) else {
                return Err(Fault::new(Code::DefinitionInvalid).about(format!("workflow {workflow} is not at hand")));
            };
            // A part of a long map stays with the versions that its parent began with.
            let pins = match program.workflow.segment {
                true => run.pins.clone(),
                false => crate::gateway::pins_of(&program, definitions.as_ref()),
            };
            let started = Started {
                workflow: Some(*workflow),
                name: program.workflow.name.clone(),
                request: None,
                mentions: Vec::new(),
                input: input.clone(),
                facts: run.facts,
                pins,
                by: run.by.clone(),
                parent: Some(Parent { run: run.id, step: step.clone(), depth: *depth }),
                deadline: None,
                priority: run.priority,
                untrusted: *untrusted,
                asked: asked.clone(),
                laws: LAWS,
                subject: run.subject.clone(),
            };
            let mut child = blank(run.workspace, *id);
            let shelf =
                Shelf { programs: &self.engine.0.programs, definitions: definitions.as_ref(), blobs: &self.blobs };
            let facts = self.engine.0.present.get(run.workspace, std::time::Duration::from_secs(3_600));
            let Some(facts) = facts.filter(|f| f.digest == run.facts) else {
                return Err(Fault::new(Code::RunStale).about("the workspace changed meanwhile"));
            };
            let env = Env { library: &shelf, facts: &facts.facts, facts_digest: facts.digest };
            // The child's steps go to the queue: any worker may take them.
            let context = Context { now: moment.now, actor: moment.actor.to_owned(), starts: 0, able: Able::default() };
            let command = Command::Start { started: Box::new(started), plan: None };
            let decision = transition(&mut child, &env, command, &context)
                .map_err(|refusal| Fault::new(Code::DefinitionInvalid).about(format!("{refusal:?}")))?;
            let body = match &self.seal {
                Some(seal) => seal.body(child.workspace, child.id, 1, &decision.events)?,
                None => serde_json::to_string(&decision.events).map_err(|e| Fault::new(Code::Internal).about(e))?,
            };
            let hash =
                Entry::chain(&Digest::ZERO, child.workspace, child.id, 1, "start", moment.actor, moment.now, &body);
            child.head = hash;
            let entry = Entry {
                seq: 1,
                count: decision.events.len() as u32,
                at: moment.now,
                actor: moment.actor.to_owned(),
                command: "start".to_owned(),
                body,
                hash,
            };
            let mut commit = Commit::new(header(&child, program.top.len() as u32), None, entry);
            let queue = Queue { run: &child, program: Some(&program), library: &shelf, worker: self.engine.worker() };
            commit.tasks = queue.changes(&Places(Vec::new()), None);
            commit.approvals = approvals(&child, &decision, moment.now);
            commit.publishes = post::published(&child, &decision, moment.now);
            commit.subscriptions = post::subscriptions(&child, Some(&program), &decision);
            commit.blobs = decision.blobs.iter().map(|(_, text)| Blob::of(text.clone())).collect();
            if let (true, Some(parent)) = (child.status.is_final(), &child.parent) {
                commit.wakes.push(Wake {
                    workspace: child.workspace,
                    run: parent.run,
                    step: parent.step.clone(),
                    at: moment.now,
                });
            }
            commits.push(commit);
        }
        Ok(commits)
    }
}

/// The run as lists show it.
pub(crate) fn header(run: &Run, steps_total: u32) -> Header {
    // A header is read without a key: what a person asked for about a subject does not stand in it.
    let sealed = run.subject.is_some();
    let request = run.request.as_ref().filter(|_| !sealed);
    let title = match request {
        Some(request) => request.text.chars().take(200).collect(),
        None => name_of(run),
    };
    // The start node of a plan is nobody's step.
    let hidden = u32::from(run.plan.is_some());
    Header {
        workspace: run.workspace,
        id: run.id,
        name: name_of(run),
        title,
        status: run.status,
        waiting: run.waiting_for(),
        version: run.version,
        seq: run.seq,
        head: run.head,
        workflow: run.workflow.filter(|_| !(sealed && run.plan.is_some())),
        parent: run.parent.as_ref().map(|p| (p.run, p.step.clone())),
        by: run.by.clone(),
        session: request.and_then(|r| r.session),
        request: request.map(|r| r.text.chars().take(2_000).collect()),
        steps_done: run.settled.saturating_sub(hidden),
        steps_total: steps_total.saturating_sub(hidden),
        cost: run.cost,
        tokens: run.tokens,
        error: run.error.as_ref().map(|e| e.code),
        created_at: run.created_at,
        updated_at: run.updated_at,
    }
}

/// What a run is called where no key is at hand; one of a request is called by its words.
fn name_of(run: &Run) -> String {
    match (&run.subject, &run.request) {
        (Some(_), Some(_)) => "request".to_owned(),
        _ => run.name.clone(),
    }
}

/// The queue's rows of one run.
struct Queue<'q> {
    run: &'q Run,
    program: Option<&'q Program>,
    library: &'q dyn Library,
    worker: WorkerId,
}

impl Queue<'_> {
    /// Rows that changed. A woken step that is left as it was, for want of room or because this worker cannot
    /// do it, goes back to the queue.
    fn changes(&self, before: &Places, woken: Option<&str>) -> Vec<TaskChange> {
        let after = Places::of(self.run);
        let mut changes = Vec::new();
        for slot in 0..before.0.len().max(after.0.len()) {
            let (was, is) = (before.0.get(slot).cloned().flatten(), after.0.get(slot).cloned().flatten());
            let back = is.as_ref().is_some_and(|(step, _, _, held)| !held && Some(step.as_str()) == woken);
            if was == is && !back {
                continue;
            }
            changes.push(match is {
                None => TaskChange::Remove { slot: slot as u16 },
                Some((step, intent, due, held)) => TaskChange::Put(Task {
                    workspace: self.run.workspace,
                    run: self.run.id,
                    slot: slot as u16,
                    needs: self.needs(&step),
                    step,
                    intent,
                    due,
                    owner: held.then_some(self.worker),
                    priority: self.run.priority,
                }),
            });
        }
        changes
    }

    fn needs(&self, step: &str) -> Option<String> {
        let words = needs(self.run, self.program?, self.library, step);
        (!words.is_empty()).then(|| words.join(" "))
    }
}

fn approvals(run: &Run, decision: &Decided_, now: Micros) -> Vec<ApprovalChange> {
    let settle = |id, status, decided| ApprovalChange::Settle { id, status, decided };
    decision
        .events
        .iter()
        .filter_map(|event| match event {
            Event::ApprovalRequested { ask } => Some(ApprovalChange::Add(Approval {
                run: run.id,
                status: ApprovalStatus::Pending,
                ask: if run.subject.is_some() { without_contents(ask) } else { ask.as_ref().clone() },
                created_at: now,
                decided: None,
            })),
            Event::ApprovalDecided { approval, step, decision, digest, by, channel, .. } => {
                let (status, reason) = match decision {
                    Decision::Approve { .. } => (ApprovalStatus::Approved, None),
                    Decision::Edit { .. } | Decision::Mask {} => (ApprovalStatus::ApprovedWithEdits, None),
                    Decision::Reject { reason } => {
                        (ApprovalStatus::Rejected, reason.clone().filter(|_| run.subject.is_none()))
                    }
                };
                let votes = votes(run, step, *digest);
                let hearing = hearing(run, step, *approval);
                let decided = Decided { by: by.clone(), channel: *channel, at: now, reason, votes, hearing };
                Some(settle(*approval, status, Some(decided)))
            }
            Event::ApprovalExpired { approval, .. } => Some(settle(*approval, ApprovalStatus::Expired, None)),
            Event::ApprovalVoided { approval, .. } => Some(settle(*approval, ApprovalStatus::Void, None)),
            _ => None,
        })
        .collect()
}

/// Everybody who approved, where it took several people.
fn votes(run: &Run, step: &str, digest: Digest) -> Vec<Vote> {
    let given = run.steps.get(step).map(|step| step.votes.as_slice()).unwrap_or_default();
    let votes: Vec<Vote> = given.iter().filter(|vote| vote.digest == digest).cloned().collect();
    if votes.len() > 1 { votes } else { Vec::new() }
}

/// What was said and done about it; of a run about a person it stands in the sealed log only.
fn hearing(run: &Run, step: &str, approval: ApprovalId) -> Option<Box<Hearing>> {
    let found = run.steps.get(step)?.hearing.clone();
    found.filter(|hearing| hearing.approval == approval && run.subject.is_none())
}

/// What others are told of: questions to people, and ends.
fn outbox(run: &Run, decision: &Decided_, now: Micros) -> Vec<OutboxItem> {
    let mut chance = Chance::new(run.id, run.seq, now);
    decision
        .events
        .iter()
        .filter_map(|event| {
            let (kind, more) = match event {
                Event::ApprovalRequested { ask } => (
                    "approval_required",
                    match run.subject {
                        Some(_) => serde_json::json!({ "approval": ask.id, "step": ask.step }),
                        None => serde_json::json!({ "approval": ask.id, "step": ask.step, "title": ask.title }),
                    },
                ),
                Event::ApprovalDelegated { approval, step, to, .. } => {
                    ("approval_delegated", serde_json::json!({ "approval": approval, "step": step, "to": to }))
                }
                Event::ApprovalEscalated { approval, step, to, .. } => {
                    ("approval_escalated", serde_json::json!({ "approval": approval, "step": step, "to": to }))
                }
                Event::ApprovalQuestioned { approval, step, .. } => {
                    ("approval_questioned", serde_json::json!({ "approval": approval, "step": step }))
                }
                Event::ApprovalAnswered { approval, step, .. } => {
                    ("approval_answered", serde_json::json!({ "approval": approval, "step": step }))
                }
                Event::RunCompleted { .. } if run.request.is_some() => ("run_completed", serde_json::json!({})),
                Event::RunFailed { error, .. } => ("run_failed", serde_json::json!({ "code": error.code })),
                _ => return None,
            };
            let body =
                serde_json::json!({ "run": run.id, "name": name_of(run), "by": run.by, "event": kind, "data": more });
            Some(OutboxItem { id: OutboxId(chance.uuid()), kind: kind.to_owned(), body: body.to_string(), due: now })
        })
        .collect()
}
