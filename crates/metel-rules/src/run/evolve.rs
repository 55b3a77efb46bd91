//! One event folded into the state. It decides nothing: whatever happened is in the event.

use metel_model::effect::EffectKind;
use metel_model::event::Event;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::run::{Grant, Items, PendingApproval, Run, Step};
use metel_model::status::{RunStatus, StepStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_model::time::Micros;

use super::{DEADLINE_STEP, PLAN_STEP};

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
            run.mentions.clone_from(&started.mentions);
            run.input = started.input.clone();
            run.facts = started.facts;
            run.pins.clone_from(&started.pins);
            run.by.clone_from(&started.by);
            run.parent.clone_from(&started.parent);
            run.deadline = started.deadline;
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
        Event::FactsBound { facts } => run.facts = *facts,
        Event::PlanAccepted { version, plan, workflow, pins } => accept_plan(run, *version, plan, *workflow, pins, at),
        Event::StepReady { step } => change(run, step, |s| s.status = StepStatus::Ready),
        Event::StepStarted { step, items, list } => change(run, step, |s| {
            s.status = StepStatus::Running;
            s.started_at = Some(at);
            if let Some(total) = items {
                s.items = Some(Items { total: *total, list: list.clone(), ..Items::default() });
            }
        }),
        Event::ItemStarted { step, index } => items(run, step, |items| items.next = items.next.max(index + 1)),
        Event::ItemEnded { step, index, failed } => items(run, step, |items| {
            items.done += 1;
            if *failed {
                items.failed.push(*index);
            }
        }),
        Event::EffectIntended { step, n, kind, target, payload, .. } => change(run, step, |s| {
            s.status = StepStatus::Running;
            s.waiting = None;
            s.wake_at = None;
            s.effect = Some(*kind);
            s.target.clone_from(target);
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
                s.usage.clone_from(&outcome.usage);
                s.output = outcome.fault.is_none().then(|| outcome.output.clone());
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
                s.untrusted = *untrusted;
                s.started_at = s.started_at.or(Some(at));
                s.ended_at = Some(at);
                if output.is_some() {
                    s.output.clone_from(output);
                }
            });
            settle(run, step);
            edges(run, to, dead);
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
            s.group += 1;
            s.attempt = 0;
            s.since = None;
            s.output.clone_from(output);
        }),
        Event::LeaseLost { step, .. } => change(run, step, |s| s.status = StepStatus::Ready),
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
        Event::ApprovalRequested { ask } => change(run, &ask.step, |s| {
            s.status = StepStatus::Waiting;
            s.waiting = Some(WaitingFor::Approval);
            s.wake_at = Some(ask.expires_at);
            s.payload = Some(ask.payload.clone());
            s.approval = Some(PendingApproval { id: ask.id, digest: ask.digest, expires_at: ask.expires_at });
            s.started_at = s.started_at.or(Some(at));
        }),
        Event::ApprovalDecided { step, decision, digest, .. } => decided(run, step, decision, *digest),
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
        Event::ChildFinished { step, output, error, .. } => change(run, step, |s| {
            s.status = StepStatus::Pending;
            s.waiting = None;
            s.child = None;
            s.output = error.is_none().then(|| output.clone());
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
        Event::CancelRequested { by, .. } => run.cancelling = Some(by.clone()),
        Event::StepCancelled { step } => {
            change(run, step, |s| {
                s.status = StepStatus::Cancelled;
                s.waiting = None;
                s.wake_at = None;
                s.child = None;
                s.approval = None;
                s.ended_at = Some(at);
            });
            settle(run, step);
        }
        Event::RunFailing { error } => run.failing = Some(error.clone()),
        Event::RunCompleted { output, answer } => {
            run.output = Some(output.clone());
            run.answer.clone_from(answer);
            end(run, RunStatus::Completed);
        }
        Event::RunFailed { error, answer } => {
            run.error = Some(error.clone());
            run.answer.clone_from(answer);
            end(run, RunStatus::Failed);
        }
        Event::RunCancelled { .. } => end(run, RunStatus::Cancelled),
        Event::RunRetried { steps, .. } => {
            run.status = RunStatus::Running;
            run.error = None;
            run.failing = None;
            run.cancelling = None;
            run.answer = None;
            for id in steps {
                let top = is_top(id);
                let mut was_final = false;
                change(run, id, |s| {
                    was_final = s.status.is_final();
                    let kept = Step {
                        intent: s.intent,
                        group: s.group + 1,
                        arrived: s.arrived,
                        dead: s.dead,
                        ..Step::default()
                    };
                    *s = kept;
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
    plan: &metel_model::plan::ActionPlan,
    workflow: Digest,
    pins: &std::collections::BTreeMap<String, Digest>,
    at: Micros,
) {
    run.plan_version = version;
    run.workflow = Some(workflow);
    run.pins.clone_from(pins);
    // What an earlier plan left unfinished is dropped; what it finished stands.
    run.steps
        .retain(|id, step| id.starts_with('@') || id.starts_with("_start") || step.status == StepStatus::Succeeded);
    for slot in &mut run.slots {
        if slot.as_ref().is_some_and(|id| !run.steps.contains_key(id)) {
            *slot = None;
        }
    }
    trim(run);
    for step in run.steps.values_mut() {
        (step.arrived, step.dead) = (0, 0);
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

fn decided(run: &mut Run, step: &str, decision: &metel_model::approval::Decision, digest: Digest) {
    use metel_model::approval::Decision;
    if let Decision::Approve { all_like_this: true } = decision
        && let Some(tool) = run.steps.get(step).map(|s| s.target.clone())
    {
        run.grants.push(Grant { tool, audience: None });
    }
    change(run, step, |s| {
        s.status = StepStatus::Pending;
        s.waiting = None;
        s.wake_at = None;
        s.approval = None;
        s.approved = match decision {
            Decision::Reject { .. } => None,
            _ => Some(digest),
        };
        if let Decision::Edit { payload } = decision {
            s.payload = Some(Stored::inline(payload.clone()));
        }
    });
}

/// A step outside maps, groups and metel's own.
fn is_top(id: &str) -> bool {
    !id.starts_with('@') && !id.contains(['[', '#'])
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
