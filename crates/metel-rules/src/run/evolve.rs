//! One event folded into the state. It decides nothing: whatever happened is in the event.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::approval::{Decision, Exchange, Handover, Hearing, Reply, Vote};
use metel_model::effect::{Certainty, EffectKind, Outcome};
use metel_model::envelope::Sealed;
use metel_model::event::{Event, Forked};
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, RunId, WorkspaceId};
use metel_model::plan::{Action, ActionPlan};
use metel_model::run::{Awaited, Items, PendingApproval, PendingTask, Run, Step, TAKEN_MAX, Undoing};
use metel_model::status::{RunStatus, StepStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_model::subject::Subject;
use metel_model::time::Micros;

use super::{DEADLINE_STEP, PLAN_STEP, body, conversation, hearing};
use crate::graph::{START, sources, undone_by};

/// Intentions and groups of each further plan are counted from another such number on: an id that a
/// later plan uses again stands for another call, under a key of its own and deaf to the old one's outcome.
const GENERATION: u32 = 1 << 16;

/// A run before its first event.
pub fn blank(workspace: WorkspaceId, id: RunId) -> Run {
    Run {
        workspace,
        id,
        name: String::new(),
        status: RunStatus::Queued,
        seq: 1,
        version: 0,
        head: Digest::ZERO,
        workflow: None,
        facts: Digest::ZERO,
        pins: Default::default(),
        request: None,
        asked: None,
        mentions: Vec::new(),
        input: Stored::null(),
        by: String::new(),
        parent: None,
        steps: Default::default(),
        slots: Vec::new(),
        plan: None,
        plan_version: 0,
        inputs: Default::default(),
        grants: Vec::new(),
        envelope: None,
        cancelling: None,
        failing: None,
        settled: 0,
        output: None,
        answer: None,
        error: None,
        cost: 0,
        tokens: 0,
        created_at: Micros(0),
        updated_at: Micros(0),
        deadline: None,
        priority: 0,
        laws: 1,
        subject: None,
        paused: None,
        undos: Vec::new(),
        undoing: false,
        taken: Vec::new(),
        untrusted_input: false,
        untrusted: false,
    }
}

/// Folds one event in. `at` is the time of the transition that it belongs to.
pub fn evolve(run: &mut Run, event: &Event, at: Micros) {
    run.seq += 1;
    run.updated_at = at;
    match event {
        Event::RunStarted(started) => {
            run.name.clone_from(&started.name);
            run.workflow = started.workflow;
            run.request.clone_from(&started.request);
            run.asked.clone_from(&started.asked);
            run.mentions.clone_from(&started.mentions);
            run.input = started.input.clone();
            run.facts = started.facts;
            run.pins.clone_from(&started.pins);
            run.by.clone_from(&started.by);
            run.parent.clone_from(&started.parent);
            run.deadline = started.deadline;
            run.priority = started.priority;
            run.laws = started.laws;
            run.subject.clone_from(&started.subject);
            run.untrusted_input = started.untrusted;
            run.created_at = at;
            run.status = RunStatus::Running;
            if let Some(deadline) = started.deadline {
                let step = run.steps.entry(DEADLINE_STEP.to_owned()).or_default();
                step.status = StepStatus::Waiting;
                step.waiting = Some(WaitingFor::Timer);
                step.wake_at = Some(deadline);
                place(run, DEADLINE_STEP);
            }
        }
        // Nothing more can be known of it.
        Event::Sealed { key, .. } => {
            run.subject.get_or_insert_with(|| Subject { id: String::new(), key: key.clone() });
        }
        Event::RunForked(forked) => fork(run, forked, at),
        Event::RunMigrated { workflow, pins, gone, .. } => {
            run.workflow = Some(*workflow);
            run.pins.extend(pins.clone());
            leave(run, gone);
        }
        Event::FactsBound { facts } => run.facts = *facts,
        Event::PlanAccepted { version, plan, workflow, pins } => accept_plan(run, *version, plan, *workflow, pins, at),
        Event::StepReady { step } => change(run, step, |s| s.status = StepStatus::Ready),
        Event::StepStarted { step, items, list, rounds, body, ends, segment } => change(run, step, |s| {
            s.status = StepStatus::Running;
            s.started_at = Some(at);
            if let Some(total) = items {
                let fresh = Items {
                    total: *total,
                    list: list.clone(),
                    rounds: *rounds,
                    body: body.clone(),
                    ends: ends.clone(),
                    segment: *segment,
                    ..Items::default()
                };
                s.items = Some(body::taken_up(fresh, s.items.take()));
            }
        }),
        Event::ItemStarted { step, index } => items(run, step, |items| body::begun(items, *index)),
        Event::ItemEnded { step, index, failed, pruned } => {
            items(run, step, |items| {
                items.done += 1;
                if *failed {
                    items.failed.push(*index);
                }
            });
            if *pruned {
                body::prune(run, step, *index, !failed);
            }
        }
        Event::EffectIntended { step, n, kind, target, payload, .. } => change(run, step, |s| {
            s.status = StepStatus::Running;
            s.waiting = None;
            s.wake_at = None;
            s.effect = Some(*kind);
            s.target.clone_from(target);
            s.reconcile = *kind == EffectKind::Reconcile;
            s.intent = *n;
            s.attempt += 1;
            s.started_at = s.started_at.or(Some(at));
            s.since = s.since.or(Some(at));
            if payload.is_some() {
                s.payload.clone_from(payload);
            }
        }),
        Event::EffectWithdrawn { step, .. } => change(run, step, |s| {
            s.status = StepStatus::Ready;
            s.attempt = s.attempt.saturating_sub(1);
            // The question stays open: nothing is sent again before it was answered.
            s.reconcile |= s.effect == Some(EffectKind::Reconcile);
        }),
        Event::EffectObserved { step, outcome, .. } => {
            if let Some(usage) = &outcome.usage {
                run.cost += usage.cost.unwrap_or(0);
                run.tokens += usage.input_tokens + usage.output_tokens;
            }
            change(run, step, |s| {
                if s.effect == Some(EffectKind::Tool) {
                    s.unclear = is_unclear(s.unclear, outcome);
                }
                s.usage.clone_from(&outcome.usage);
                s.output = if outcome.fault.is_none() { kept(&outcome.output) } else { None };
            });
        }
        Event::StepSucceeded { step, output, products, to, dead, untrusted } => {
            change(run, step, |s| {
                s.status = StepStatus::Succeeded;
                s.waiting = None;
                s.wake_at = None;
                s.child = None;
                s.payload = None;
                s.error = None;
                s.approval = None;
                s.products.clone_from(products);
                s.unclear = false;
                s.met = false;
                (s.needs, s.votes, s.hearing) = (Vec::new(), Vec::new(), None);
                s.untrusted = *untrusted;
                s.started_at = s.started_at.or(Some(at));
                s.ended_at = Some(at);
                if let Some(output) = output.as_ref().and_then(kept) {
                    s.output = Some(output);
                }
            });
            settle(run, step);
            edges(run, to, dead);
            body::left(run, step);
            if let Some(undone) = undone_by(step) {
                run.undos.retain(|undo| undo.step != undone);
            }
        }
        Event::StepSkipped { step, dead } => {
            change(run, step, |s| {
                s.status = StepStatus::Skipped;
                s.ended_at = Some(at);
            });
            settle(run, step);
            edges(run, &[], dead);
        }
        Event::StepRetry { step, at: when, error, reconcile, .. } => change(run, step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Timer);
            s.wake_at = Some(*when);
            // Asked, and it did not happen.
            s.unclear &= *reconcile || s.effect != Some(EffectKind::Reconcile);
            s.reconcile = *reconcile;
            s.error = Some(error.clone());
        }),
        Event::StepFailed { step, error, to, dead } => {
            change(run, step, |s| {
                s.status = StepStatus::Failed;
                s.waiting = None;
                s.wake_at = None;
                s.child = None;
                s.approval = None;
                s.message = None;
                s.task = None;
                s.error = Some(error.clone());
                s.ended_at = Some(at);
            });
            settle(run, step);
            edges(run, to, dead);
        }
        Event::StepSleeping { step, at: when } => change(run, step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Timer);
            s.wake_at = Some(*when);
            s.started_at = s.started_at.or(Some(at));
        }),
        Event::StepInDoubt { step, error } => change(run, step, |s| {
            s.status = StepStatus::InDoubt;
            s.wake_at = None;
            s.error = Some(error.clone());
        }),
        Event::DoubtResolved { step, output, .. } => change(run, step, |s| {
            s.status = StepStatus::Pending;
            s.reconcile = false;
            s.unclear = false;
            s.group += 1;
            s.attempt = 0;
            s.since = None;
            s.output = output.as_ref().and_then(kept);
        }),
        Event::LeaseLost { step, .. } => change(run, step, |s| {
            s.status = StepStatus::Ready;
            s.unclear |= s.effect == Some(EffectKind::Tool);
        }),
        Event::InputRequested { step, fields } => change(run, step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Input);
            s.wake_at = None;
            s.missing.clone_from(fields);
        }),
        Event::InputGiven { step, values, .. } => {
            for (key, value) in values {
                run.inputs.insert(key.clone(), value.clone());
            }
            change(run, step, |s| {
                s.missing.retain(|field| !values.contains_key(&field.key()));
                if s.missing.is_empty() {
                    s.status = if step == PLAN_STEP { StepStatus::Succeeded } else { StepStatus::Pending };
                    s.waiting = None;
                }
            });
        }
        Event::MessageAwaited { step, name, correlation, until } => change(run, step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Message);
            s.wake_at = *until;
            s.message = Some(Awaited { name: name.clone(), correlation: correlation.clone() });
            s.started_at = Some(at);
        }),
        Event::MessageReceived { step, message, payload, untrusted, .. } => {
            if run.taken.len() >= TAKEN_MAX {
                run.taken.remove(0);
            }
            run.taken.push(*message);
            change(run, step, |s| {
                s.status = StepStatus::Pending;
                s.waiting = None;
                s.wake_at = None;
                s.message = None;
                s.output = kept(payload);
                s.untrusted = *untrusted;
            });
        }
        Event::MessageEmitted { step, .. } => change(run, step, |s| s.started_at = s.started_at.or(Some(at))),
        Event::TaskAsked { step, title, show, form, assignee, due, expires } => change(run, step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Input);
            s.wake_at = *expires;
            s.payload = kept(show);
            s.task = Some(Box::new(PendingTask {
                title: title.clone(),
                form: form.clone(),
                assignee: assignee.clone(),
                due: *due,
            }));
            s.started_at = Some(at);
        }),
        Event::TaskSubmitted { step, values, .. } => change(run, step, |s| {
            s.status = StepStatus::Pending;
            s.waiting = None;
            s.wake_at = None;
            s.task = None;
            s.payload = None;
            s.output = kept(values);
        }),
        Event::CallsNamed { step, round, calls } => change(run, step, |s| {
            let total = u32::try_from(calls.len()).unwrap_or(u32::MAX);
            s.items = Some(Items { total, ..Items::default() });
            let conversation = s.conversation.get_or_insert_default();
            conversation.round = *round;
            conversation::counted(conversation, calls);
            conversation.calls.clone_from(calls);
        }),
        Event::RoundEnded { step, head, untrusted } => change(run, step, |s| {
            s.status = StepStatus::Pending;
            s.items = None;
            s.output = None;
            // The next question is another one, under a key of its own.
            (s.attempt, s.group, s.since) = (0, s.group + 1, None);
            let conversation = s.conversation.get_or_insert_default();
            conversation.head = Some(*head);
            conversation.calls.clear();
            conversation.untrusted |= *untrusted;
        }),
        Event::UndoKept { step, tool, args, untrusted, error } => run.undos.push(Undoing {
            step: step.clone(),
            tool: tool.clone(),
            args: args.as_ref().and_then(kept),
            untrusted: untrusted.clone(),
            error: error.clone(),
        }),
        Event::ApprovalRequested { ask } => change(run, &ask.step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Approval);
            s.payload = kept(&ask.payload);
            s.approval = Some(PendingApproval { id: ask.id, digest: ask.digest, expires_at: ask.expires_at });
            s.needs.clone_from(&ask.verdict.needs);
            s.met = false;
            // A right that was handed over stays so when another payload is asked about.
            let handed = s.hearing.take().map(|before| before.handed).unwrap_or_default();
            if !handed.is_empty() || s.needs.iter().any(|need| need.escalation.is_some()) {
                s.hearing = Some(Box::new(Hearing { handed, ..Hearing::new(ask.id, at) }));
            }
            s.wake_at = hearing::next(s);
            s.started_at = s.started_at.or(Some(at));
        }),
        Event::ApprovalDecided { step, decision, digest, grant, by, channel, .. } => {
            run.grants.extend(grant.clone());
            decided(run, step, decision, Vote { by: by.clone(), digest: *digest, channel: *channel, at });
        }
        Event::ApprovalVoted { step, digest, by, channel, .. } => {
            let vote = Vote { by: by.clone(), digest: *digest, channel: *channel, at };
            change(run, step, |s| s.votes.push(vote));
        }
        Event::ApprovalDelegated { approval, step, by, to, reason, .. } => heard(run, step, *approval, at, |hearing| {
            let handover = Handover { from: by.clone(), to: to.clone(), reason: reason.clone(), at };
            hearing.handed.push(handover);
        }),
        Event::ApprovalQuestioned { approval, step, text, by, .. } => heard(run, step, *approval, at, |hearing| {
            hearing.talk.push(Exchange { by: by.clone(), text: text.clone(), at, answer: None });
        }),
        Event::ApprovalAnswered { approval, step, question, text, by, .. } => {
            heard(run, step, *approval, at, |hearing| {
                let asked = hearing.talk.get_mut((*question as usize).saturating_sub(1));
                if let Some(asked) = asked {
                    asked.answer = Some(Reply { by: by.clone(), text: text.clone(), at });
                }
            });
        }
        Event::ApprovalEscalated { approval, step, rules, .. } => {
            heard(run, step, *approval, at, |hearing| hearing.escalated.extend(rules.iter().cloned()));
            change(run, step, |s| s.wake_at = hearing::next(s));
        }
        Event::EnvelopeSealed { envelope, digest, by, channel } => {
            run.envelope = Some(Box::new(Sealed {
                digest: *digest,
                envelope: envelope.as_ref().clone(),
                by: by.clone(),
                channel: *channel,
                used: 0,
                spent: BTreeSet::new(),
            }));
        }
        Event::EnvelopeUsed { step, digest } => {
            if let Some(sealed) = &mut run.envelope {
                sealed.used += 1;
                if sealed.envelope.exact.contains(digest) {
                    sealed.spent.insert(*digest);
                }
            }
            change(run, step, |s| s.approved = Some(*digest));
        }
        Event::StandingUsed { step, digest, .. } => change(run, step, |s| s.approved = Some(*digest)),
        Event::ApprovalExpired { step, .. } | Event::ApprovalVoided { step, .. } => change(run, step, |s| {
            s.status = StepStatus::Pending;
            s.waiting = None;
            s.wake_at = None;
            s.approval = None;
        }),
        Event::ChildStarted { step, run: child, .. } => change(run, step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Child);
            s.child = Some(*child);
            s.started_at = Some(at);
        }),
        Event::ChildFinished { step, output, error, untrusted, .. } => change(run, step, |s| {
            s.status = StepStatus::Pending;
            s.waiting = None;
            s.child = None;
            match (&mut s.items, error) {
                // One of the child runs of a long map.
                (Some(items), None) => {
                    items.results.insert(items.done, [(String::new(), output.clone())].into());
                    items.untrusted |= *untrusted;
                    items.done = items.total.min(items.done + items.segment.unwrap_or(items.total));
                    s.status = StepStatus::Running;
                }
                (Some(_), Some(_)) => s.status = StepStatus::Running,
                (None, None) => s.output = kept(output),
                (None, Some(_)) => s.output = None,
            }
        }),
        Event::ReplanRequested { .. } => {
            change(run, PLAN_STEP, |s| {
                s.status = StepStatus::Pending;
                s.attempt = 0;
                s.group += 1;
                s.since = None;
                s.ended_at = None;
            });
        }
        Event::CancelRequested { by, .. } => {
            run.cancelling = Some(by.clone());
            run.paused = None;
        }
        Event::RunPaused { by, .. } => run.paused = Some(by.clone()),
        Event::RunResumed { .. } => run.paused = None,
        Event::RunUndoing {} => run.undoing = true,
        Event::StepCancelled { step } => {
            change(run, step, |s| {
                s.status = StepStatus::Cancelled;
                s.waiting = None;
                s.wake_at = None;
                s.child = None;
                s.approval = None;
                s.message = None;
                s.task = None;
                s.ended_at = Some(at);
            });
            settle(run, step);
        }
        Event::RunFailing { error } => run.failing = Some(error.clone()),
        Event::RunCompleted { output, answer, untrusted } => {
            run.untrusted = *untrusted;
            run.output = kept(output);
            run.answer.clone_from(answer);
            run.undos.clear();
            end(run, RunStatus::Completed);
        }
        Event::RunFailed { error, answer } => {
            run.error = Some(error.clone());
            run.answer.clone_from(answer);
            end(run, RunStatus::Failed);
        }
        Event::RunCancelled { .. } => end(run, RunStatus::Cancelled),
        Event::RunRetried { steps, undoing, .. } => {
            run.status = RunStatus::Running;
            run.error = None;
            run.answer = None;
            // A run that takes back what it did stays on its way to its end.
            if !undoing {
                run.failing = None;
                run.cancelling = None;
            }
            for id in steps {
                let top = is_top(id);
                let mut was_final = false;
                change(run, id, |s| {
                    was_final = s.status.is_final();
                    *s = again(s);
                });
                if top && was_final {
                    run.settled = run.settled.saturating_sub(1);
                }
            }
        }
    }
}

fn accept_plan(
    run: &mut Run,
    version: u32,
    plan: &ActionPlan,
    workflow: Digest,
    pins: &BTreeMap<String, Digest>,
    at: Micros,
) {
    run.plan_version = version;
    run.workflow = Some(workflow);
    run.pins.clone_from(pins);
    // What an earlier plan left unfinished is dropped; what it finished stands.
    run.steps.retain(|id, step| id.starts_with('@') || id == START || step.status == StepStatus::Succeeded);
    for slot in &mut run.slots {
        if slot.as_ref().is_some_and(|id| !run.steps.contains_key(id)) {
            *slot = None;
        }
    }
    trim(run);
    let stands = |steps: &BTreeMap<String, Step>, id: &str| {
        steps.get(id).is_some_and(|step| step.status == StepStatus::Succeeded)
    };
    run.inputs.retain(|key, _| key.split_once('.').is_some_and(|(id, _)| stands(&run.steps, id)));
    for step in run.steps.values_mut() {
        (step.arrived, step.dead) = (0, 0);
    }
    let actions: Vec<&Action> = plan.actions.iter().collect();
    let first = version.saturating_sub(1) * GENERATION;
    for action in actions.iter().filter(|_| version > 1) {
        if stands(&run.steps, &action.id) {
            continue;
        }
        // Edges out of what stands are taken already.
        let from = sources(action, &actions);
        let taken = from.iter().filter(|id| stands(&run.steps, id)).count() as u32;
        let arrived = if from.len() > 1 { taken } else { 0 };
        run.steps.insert(action.id.clone(), Step { intent: first, group: first, arrived, ..Step::default() });
    }
    run.settled = run.steps.iter().filter(|(id, s)| is_top(id) && s.status.is_final()).count() as u32;
    run.plan = Some(Box::new(plan.clone()));
    change(run, PLAN_STEP, |s| {
        s.status = StepStatus::Succeeded;
        s.waiting = None;
        s.payload = None;
        s.ended_at = Some(at);
    });
}

/// The past becomes this run's own, but for what is the other run's alone: its name in the queue and in the
/// log, its parent, its deadline, what it cost, and the questions that it asked.
fn fork(run: &mut Run, forked: &Forked, at: Micros) {
    let (workspace, id, seq) = (run.workspace, run.id, run.seq);
    *run = forked.state.as_ref().clone();
    (run.workspace, run.id, run.seq, run.version, run.head) = (workspace, id, seq, 0, Digest::ZERO);
    (run.parent, run.deadline, run.paused) = (None, None, None);
    (run.cost, run.tokens) = (0, 0);
    (run.created_at, run.updated_at) = (at, at);
    run.status = RunStatus::Running;
    run.facts = forked.facts;
    run.by.clone_from(&forked.by);
    if let Some(input) = &forked.input {
        run.input = input.clone();
    }
    run.workflow = forked.workflow.or(run.workflow);
    run.pins.extend(forked.pins.clone());
    leave(run, &forked.gone);
    leave(run, &[DEADLINE_STEP.to_owned()]);
    let asked: Vec<String> =
        run.steps.iter().filter(|(_, step)| step.approval.is_some()).map(|(id, _)| id.clone()).collect();
    for id in asked {
        change(run, &id, |s| {
            s.status = StepStatus::Pending;
            s.waiting = None;
            s.wake_at = None;
            s.approval = None;
            (s.needs, s.votes) = (Vec::new(), Vec::new());
        });
    }
}

/// Takes steps out as if they had never been.
fn leave(run: &mut Run, steps: &[String]) {
    for id in steps {
        let Some(step) = run.steps.remove(id) else { continue };
        if is_top(id) && step.status.is_final() {
            run.settled = run.settled.saturating_sub(1);
        }
        if let Some(slot) = step.slot
            && let Some(place) = run.slots.get_mut(usize::from(slot))
        {
            *place = None;
        }
    }
    trim(run);
}

fn heard(run: &mut Run, step: &str, approval: ApprovalId, at: Micros, how: impl FnOnce(&mut Hearing)) {
    change(run, step, |s| {
        if s.hearing.as_ref().is_none_or(|hearing| hearing.approval != approval) {
            s.hearing = Some(Box::new(Hearing::new(approval, at)));
        }
        if let Some(hearing) = &mut s.hearing {
            how(hearing);
        }
    });
}

fn decided(run: &mut Run, step: &str, decision: &Decision, vote: Vote) {
    change(run, step, |s| {
        s.status = StepStatus::Pending;
        s.waiting = None;
        s.wake_at = None;
        s.approval = None;
        // Another payload is another question to whoever has to decide.
        s.met = matches!(decision, Decision::Approve { .. });
        if let Decision::Reject { .. } = decision {
            s.approved = None;
            (s.needs, s.votes) = (Vec::new(), Vec::new());
        } else {
            s.approved = Some(vote.digest);
            if !s.votes.iter().any(|given| (&given.by, given.digest) == (&vote.by, vote.digest)) {
                s.votes.push(vote);
            }
        }
        if let Decision::Edit { payload } = decision {
            // Another payload is another call.
            if s.since.take().is_some() {
                (s.group, s.attempt) = (s.group + 1, 0);
            }
            s.payload = Some(Stored::inline(payload.clone()));
        }
    });
}

/// A value, unless it is null: absent and null read the same, so that a state is the same written and read back.
fn kept(value: &Stored) -> Option<Stored> {
    let is_null = value.value().is_some_and(|value| value.is_null());
    (!is_null).then(|| value.clone())
}

/// Whether a call may have happened unseen, after one more outcome. What says nothing about the call
/// (no connection, too many requests) leaves it as it was.
fn is_unclear(before: bool, outcome: &Outcome) -> bool {
    match (&outcome.fault, outcome.certainty, outcome.status.unwrap_or(200)) {
        (_, Certainty::Ambiguous, _) => true,
        (Some(_), Certainty::Certain, _) | (None, Certainty::Certain, 429) => before,
        (None, Certainty::Certain, status) => status >= 500,
    }
}

/// A step as it is tried again by a person: anew, but a call that may have happened goes on as it was
/// sent and under its key, and asks first where it was about to ask.
fn again(step: &Step) -> Step {
    let items = step.items.as_ref().filter(|items| !items.body.is_empty() || items.segment.is_some()).cloned();
    // What an agent said and did stands: a round that was cut off goes on, else it is asked again.
    let conversation = step.conversation.clone();
    let open = conversation.as_ref().filter(|conversation| !conversation.calls.is_empty());
    let (status, items) = match open {
        Some(open) => {
            let total = u32::try_from(open.calls.len()).unwrap_or(u32::MAX);
            (StepStatus::Running, Some(Items { total, ..Items::default() }))
        }
        None => (StepStatus::Pending, items),
    };
    let output = step.output.clone().filter(|_| open.is_some());
    let fresh = Step {
        status,
        intent: step.intent,
        arrived: step.arrived,
        dead: step.dead,
        items,
        conversation,
        output,
        ..Step::default()
    };
    match step.unclear {
        false => Step { group: step.group + 1, ..fresh },
        true => Step {
            group: step.group,
            effect: step.effect,
            target: step.target.clone(),
            payload: step.payload.clone(),
            approved: step.approved,
            needs: step.needs.clone(),
            met: step.met,
            votes: step.votes.clone(),
            unclear: true,
            reconcile: step.reconcile,
            since: step.since,
            error: step.error.clone(),
            ..fresh
        },
    }
}

/// A step outside maps, loops and groups, and none of metel's own.
fn is_top(id: &str) -> bool {
    !id.starts_with('@') && !id.contains(['[', '#', '!'])
}

fn settle(run: &mut Run, step: &str) {
    if is_top(step) {
        run.settled += 1;
    }
}

fn edges(run: &mut Run, to: &[String], dead: &[String]) {
    for id in to {
        run.steps.entry(id.clone()).or_default().arrived += 1;
    }
    for id in dead {
        run.steps.entry(id.clone()).or_default().dead += 1;
    }
}

fn items(run: &mut Run, step: &str, how: impl FnOnce(&mut Items)) {
    if let Some(items) = run.steps.get_mut(step).and_then(|s| s.items.as_mut()) {
        how(items);
    }
}

fn end(run: &mut Run, status: RunStatus) {
    run.status = status;
    run.paused = None;
    run.slots.clear();
    for step in run.steps.values_mut() {
        step.slot = None;
    }
}

fn change(run: &mut Run, id: &str, how: impl FnOnce(&mut Step)) {
    match run.steps.get_mut(id) {
        Some(step) => how(step),
        None => {
            let mut step = Step::default();
            how(&mut step);
            run.steps.insert(id.to_owned(), step);
        }
    }
    place(run, id);
}

/// Gives an active step the lowest free place in the queue, and takes it from one that is not.
fn place(run: &mut Run, id: &str) {
    let Some(step) = run.steps.get_mut(id) else { return };
    match (step.is_active(), step.slot) {
        (true, None) => {
            let free = run.slots.iter().position(Option::is_none).unwrap_or(run.slots.len());
            let Ok(slot) = u16::try_from(free) else { return };
            step.slot = Some(slot);
            if free == run.slots.len() {
                run.slots.push(Some(id.to_owned()));
            } else {
                run.slots[free] = Some(id.to_owned());
            }
        }
        (false, Some(slot)) => {
            step.slot = None;
            if let Some(place) = run.slots.get_mut(usize::from(slot)) {
                *place = None;
            }
            trim(run);
        }
        _ => {}
    }
}

fn trim(run: &mut Run) {
    while run.slots.last().is_some_and(Option::is_none) {
        run.slots.pop();
    }
}
