//! The simulated people: they decide what waits for them, fill in what is asked, and say what they find in
//! the receivers' ledger where an outcome is not known.

use std::collections::{BTreeMap, BTreeSet};

use metel_engine::gateway::NewMessage;
use metel_model::approval::{Channel, Decision};
use metel_model::command::Command;
use metel_model::id::{ApprovalId, MessageId, RunId};
use metel_model::run::{Run, Step};
use metel_model::status::{ApprovalStatus, StepStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_rules::graph::split_step;
use metel_rules::run::key_of;
use metel_store::ApprovalFilter;
use serde_json::{Value, json};
use uuid::Uuid;

use super::eye::Eye;
use super::fault::{Kind, Moment};
use super::ground::WS;
use super::process::Shared;
use super::sample;

/// What people want done.
pub(super) enum Wish {
    Command(RunId, Command),
    Publish(NewMessage),
}

/// What people have made up their minds about.
#[derive(Default)]
pub(super) struct People {
    decided: BTreeMap<ApprovalId, (Decision, bool)>,
    published: BTreeSet<(RunId, String)>,
}

const BY: &str = "user:torture";

impl People {
    /// Everything in a run that waits for somebody.
    pub fn attend(&mut self, shared: &Shared, eye: &Eye, id: RunId) -> Vec<Wish> {
        let Ok(run) = eye.see(eye.engine.load(WS, id)) else { return Vec::new() };
        let mut wishes = Vec::new();
        let filter = ApprovalFilter { run: Some(id), status: Some(ApprovalStatus::Pending), ..Default::default() };
        for approval in eye.see(eye.engine.store().approvals(WS, &filter)).unwrap_or_default() {
            let ask = approval.ask;
            let (decision, twice) = self.decided.entry(ask.id).or_insert_with(|| decide(shared, &ask.step)).clone();
            let command = Command::Decide {
                approval: ask.id,
                digest: ask.digest,
                decision,
                by: "user:approver".to_owned(),
                channel: Channel::Api,
            };
            if twice {
                wishes.push(Wish::Command(id, command.clone()));
            }
            wishes.push(Wish::Command(id, command));
        }
        for (name, step) in &run.steps {
            match (step.status, step.waiting) {
                (StepStatus::InDoubt, _) => wishes.push(resolve(shared, &run, name, step)),
                (StepStatus::Waiting, Some(WaitingFor::Input)) => wishes.push(fill(shared, id, name, step)),
                (StepStatus::Waiting, Some(WaitingFor::Message)) => self.publish(shared, id, name, step, &mut wishes),
                _ => {}
            }
        }
        wishes
    }

    fn publish(&mut self, shared: &Shared, run: RunId, name: &str, step: &Step, wishes: &mut Vec<Wish>) {
        let Some(awaited) = &step.message else { return };
        let mut times = 1;
        if self.published.insert((run, name.to_owned())) {
            let kinds = shared.plot.lock().reach(Moment::Message, name);
            times += usize::from(kinds.contains(&Kind::Repeat));
        }
        let place = metel_model::Digest::of_parts(&[run.as_bytes(), name.as_bytes()]);
        let id = MessageId(Uuid::from_slice(&place.0[..16]).unwrap_or_default());
        for _ in 0..times {
            wishes.push(Wish::Publish(NewMessage {
                id: Some(id),
                name: awaited.name.clone(),
                correlation: awaited.correlation.clone(),
                payload: json!({"text": "sample"}),
                ttl_ms: None,
                by: BY.to_owned(),
                untrusted: false,
            }));
        }
    }
}

/// A decision, and whether it is delivered twice.
fn decide(shared: &Shared, step: &str) -> (Decision, bool) {
    let kinds = shared.plot.lock().reach(Moment::Decision, step);
    let decision = match kinds.contains(&Kind::Reject) {
        true => Decision::Reject { reason: Some("torture".to_owned()) },
        false => Decision::Approve { all_like_this: false },
    };
    (decision, kinds.contains(&Kind::Repeat))
}

/// Somebody looks at the receiver and says what is true.
fn resolve(shared: &Shared, run: &Run, name: &str, step: &Step) -> Wish {
    let key = key_of(run.id, name, step.group);
    let output = shared.receivers.lock().answer(&step.target, &key).cloned();
    let happened = output.is_some();
    Wish::Command(
        run.id,
        Command::Resolve { step: name.to_owned(), intent: Some(step.intent), happened, output, by: BY.to_owned() },
    )
}

/// A form, or fields that are missing in a call.
fn fill(shared: &Shared, run: RunId, name: &str, step: &Step) -> Wish {
    if step.missing.is_empty() {
        let node = split_step(name).0;
        let choice = shared.plot.lock().choice(Moment::BeforeCall, node);
        let list = shared.ground.replies.get(node);
        let values = list.and_then(|list| list.get(choice).or(list.first())).cloned().unwrap_or_default();
        let values = Stored::inline(values);
        return Wish::Command(run, Command::Submit { step: name.to_owned(), values, by: BY.to_owned() });
    }
    let value = |schema: &Value| sample::fitting(schema, &|_| true).unwrap_or_else(|| json!("sample"));
    let values = step.missing.iter().map(|field| (field.key(), value(&field.schema))).collect();
    Wish::Command(run, Command::Input { values, by: BY.to_owned() })
}
