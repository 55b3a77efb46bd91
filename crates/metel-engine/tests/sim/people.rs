//! People at random moments, and in the end the patient ones who settle whatever waits for a person.

use metel_engine::gateway::NewMessage;
use metel_model::approval::{Channel, Decision};
use metel_model::command::Command;
use metel_model::id::{ApprovalId, MessageId, RunId};
use metel_model::run::{Run, Step};
use metel_model::status::{ApprovalStatus, RunStatus, StepStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_rules::run::key_of;
use metel_store::{ApprovalFilter, MessageFilter};
use serde_json::json;
use uuid::Uuid;

use super::services::answer_of;
use super::shapes::MESSAGES;
use super::tools::WS;
use super::world::World;

/// Somebody does something, through any process that is there.
pub fn act(world: &mut World) {
    let headers = world.headers();
    if headers.is_empty() || world.dice.percent(15) {
        publish(world, None);
        return;
    }
    let header = world.dice.pick(&headers).clone();
    let (id, by) = (header.id, by(world));
    if header.status == RunStatus::Failed || header.status == RunStatus::Cancelled {
        if header.parent.is_none() && world.dice.percent(25) {
            send(world, id, Command::Retry { by });
        }
        return;
    }
    match world.dice.below(100) {
        0..=2 => send(world, id, Command::Cancel { by, reason: None }),
        3..=6 => send(world, id, Command::Pause { by, reason: None }),
        7..=9 => send(world, id, Command::Resume { by }),
        _ => {
            if let Ok(run) = world.eye.see(world.eye.engine.load(WS, id)) {
                settle(world, &run);
            }
        }
    }
}

/// Looks at every run that has not ended and does what it waits for.
pub fn attend(world: &mut World) {
    for id in world.open() {
        let run = world.eye.see(world.eye.engine.load(WS, id)).unwrap();
        if run.paused.is_some() {
            send(world, id, Command::Resume { by: "user:김".to_owned() });
        } else {
            settle(world, &run);
        }
    }
}

fn by(world: &mut World) -> String {
    (*world.dice.pick(&["user:김", "user:lee"])).to_owned()
}

fn send(world: &mut World, run: RunId, command: Command) {
    send_as(world, run, command, "user:김");
}

fn send_as(world: &mut World, run: RunId, command: Command, actor: &'static str) {
    let at = world.dice.below(world.processes.len());
    world.processes[at].run(move |engine| async move {
        let _ = engine.command(WS, run, command, actor).await;
    });
}

/// Everything in the run that waits for a person.
fn settle(world: &mut World, run: &Run) {
    let filter = ApprovalFilter { run: Some(run.id), status: Some(ApprovalStatus::Pending), ..Default::default() };
    for approval in world.eye.see(world.shared.store.approvals(WS, &filter)).unwrap() {
        let decision = match world.dice.below(12) {
            0 => Decision::Reject { reason: Some("아니요".into()) },
            1 if approval.ask.tool.is_some() => {
                Decision::Edit { payload: json!({"text": format!("고침 {}", approval.ask.step)}) }
            }
            2 => Decision::Approve { all_like_this: true },
            _ => Decision::Approve { all_like_this: false },
        };
        let (approval, digest) = (approval.ask.id, approval.ask.digest);
        let by = by(world);
        send(world, run.id, Command::Decide { approval, digest, decision, by, channel: Channel::Web });
    }
    for (id, step) in &run.steps {
        match (step.status, step.waiting) {
            (StepStatus::InDoubt, _) => resolve(world, run, id, step),
            (StepStatus::Waiting, Some(WaitingFor::Input)) => {
                let values = Stored::inline(json!({"n": world.dice.below(9)}));
                send(world, run.id, Command::Submit { step: id.clone(), values, by: "user:김".to_owned() });
            }
            (StepStatus::Waiting, Some(WaitingFor::Message)) => {
                let awaited = step.message.as_ref().map(|m| (m.name.clone(), m.correlation.clone()));
                publish(world, awaited);
            }
            _ => {}
        }
    }
}

/// Somebody looks at the service and says what is true.
fn resolve(world: &mut World, run: &Run, id: &str, step: &Step) {
    let key = key_of(run.id, id, step.group);
    let Some(happened) = world.shared.services.looked_up(&step.target, &key) else { return };
    let output = happened.then(|| answer_of(&key));
    send(
        world,
        run.id,
        Command::Resolve {
            step: id.to_owned(),
            intent: Some(step.intent),
            happened,
            output,
            by: "user:lee".to_owned(),
        },
    );
}

fn publish(world: &mut World, awaited: Option<(String, String)>) {
    let (name, correlation) = awaited.unwrap_or_else(|| {
        let correlation = *world.dice.pick(&["", "가", "1", "2"]);
        ((*world.dice.pick(&MESSAGES)).to_owned(), correlation.to_owned())
    });
    let id = MessageId(Uuid::from_u128(u128::from(world.dice.draw()) << 64 | u128::from(world.dice.draw())));
    let new = NewMessage {
        id: Some(id),
        name,
        correlation,
        payload: json!({"n": world.dice.below(9)}),
        ttl_ms: world.dice.percent(50).then(|| world.dice.within(100, 60_000)),
        by: "user:김".to_owned(),
        untrusted: world.dice.percent(30),
    };
    // The same one now and then twice, through different processes.
    for _ in 0..world.dice.within(1, 2) {
        let (at, new) = (world.dice.below(world.processes.len()), new.clone());
        world.processes[at].run(move |engine| async move {
            let _ = engine.publish(WS, new).await;
        });
    }
}

/// Something that was said before is said again, late, in another order, to another process; or too early.
pub fn repeat(world: &mut World) {
    match world.dice.below(5) {
        0 | 1 => {
            let Some(heard) = world.shared.services.heard(&mut world.dice) else { return };
            let (step, intent, outcome) = (heard.step, heard.intent, Box::new(heard.outcome));
            send_as(world, heard.run, Command::Observe { step, intent, outcome }, "worker");
        }
        2 => {
            if let Some((run, step, _)) = any_step(world) {
                send_as(world, run, Command::Wake { step }, "worker");
            }
        }
        3 => deliver(world),
        _ => stale(world),
    }
}

fn any_step(world: &mut World) -> Option<(RunId, String, Step)> {
    let open = world.open();
    let id = *open.get(world.dice.below(open.len()))?;
    let run = world.eye.see(world.eye.engine.load(WS, id)).ok()?;
    let steps: Vec<&String> = run.steps.keys().collect();
    let step = (*steps.get(world.dice.below(steps.len()))?).clone();
    let state = run.steps[&step].clone();
    Some((id, step, state))
}

/// A message that a run took is handed over once more; a child's end is told once more.
fn deliver(world: &mut World) {
    let open = world.open();
    let Some(id) = open.get(world.dice.below(open.len())).copied() else { return };
    let Ok(run) = world.eye.see(world.eye.engine.load(WS, id)) else { return };
    let messages = world.eye.see(world.shared.store.messages(WS, &MessageFilter::default())).unwrap();
    if let Some(row) = messages.into_iter().find(|row| run.taken.contains(&row.message.id)) {
        let m = row.message;
        let deliver = Command::Deliver {
            step: None,
            message: m.id,
            name: m.name,
            correlation: m.correlation,
            payload: m.body,
            untrusted: m.untrusted,
            by: m.by,
        };
        send_as(world, id, deliver, "system");
    }
    let ended = run.steps.iter().find_map(|(step, state)| Some((step.clone(), state.child?)));
    if let Some((step, child)) = ended
        && let Ok(child) = world.eye.see(world.eye.engine.load(WS, child))
        && child.status == RunStatus::Completed
    {
        let output = child.output.unwrap_or_else(Stored::null);
        let done = Command::ChildDone { step, run: child.id, output, untrusted: child.untrusted, error: None };
        send_as(world, id, done, "worker");
    }
}

/// What speaks of an intention or an approval that is over, or of none at all.
fn stale(world: &mut World) {
    let Some((run, step, state)) = any_step(world) else { return };
    let before = state.intent.saturating_sub(1);
    let command = match world.dice.below(4) {
        0 if before > 0 => Command::Rescue { step, intent: before },
        1 if before > 0 => Command::Withdraw { step, intent: before },
        2 => Command::Submit { step, values: Stored::inline(json!("글자")), by: "user:김".to_owned() },
        _ => Command::Decide {
            approval: ApprovalId(Uuid::from_u128(u128::from(world.dice.draw()))),
            digest: metel_model::Digest::of(b"forged"),
            decision: Decision::Approve { all_like_this: true },
            by: "user:mallory".to_owned(),
            channel: Channel::Api,
        },
    };
    send_as(world, run, command, "worker");
}
