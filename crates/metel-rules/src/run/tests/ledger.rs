//! The laws of a run, kept by somebody who sees only its events: told of every transition, the ledger
//! panics at the first that breaks one.

use std::collections::{HashMap, HashSet};

use metel_model::contract::Idempotency;

use super::*;
use crate::policy;

/// What a transition was decided with.
#[derive(Clone, Copy)]
pub struct Scene<'s> {
    pub shelf: &'s Shelf,
    pub facts: &'s Facts,
    pub now: Micros,
}

#[derive(Default, Clone)]
pub struct Ledger {
    /// Steps with an effect on its way, and which.
    flight: HashMap<String, (u32, EffectKind)>,
    /// Steps whose call may have happened without anybody knowing, with its key.
    unclear: HashMap<String, String>,
    /// Each idempotency key with the only call it may stand for.
    calls: HashMap<String, (String, String)>,
    /// Open questions: approval → step, digest and what was shown.
    questions: HashMap<ApprovalId, (String, Digest, Stored)>,
    approved: HashSet<(String, Digest)>,
    /// Who said yes to which payload.
    yes: HashSet<(String, Digest, String)>,
    grants: HashSet<(String, Option<String>)>,
    /// What a person approved of the plan as a whole, with the calls and exact payloads that are left.
    envelope: Option<(metel_model::envelope::Envelope, u32, HashSet<Digest>)>,
    done: HashSet<String>,
    /// What can be taken back, in the order in which it was done.
    kept: Vec<String>,
    taken: HashSet<MessageId>,
    stopping: bool,
    ended: bool,
}

impl Ledger {
    pub fn note(&mut self, before: &Run, after: &Run, events: &[Event], scene: Scene<'_>) {
        assert_eq!(after.seq, before.seq + events.len() as u64, "the sequence has no gap");
        for event in events {
            let unbound = matches!(event, Event::FactsBound { .. } | Event::RunRetried { .. });
            assert!(!self.ended || unbound, "after the end only a person's retry: {}", event.name());
            self.event(after, event, scene);
        }
        self.state(after);
    }

    fn event(&mut self, run: &Run, event: &Event, scene: Scene<'_>) {
        let Scene { shelf, now, .. } = scene;
        match event {
            Event::EffectIntended { step, n, kind, target, key, rule, .. } => {
                self.intended(run, step, *kind, key, shelf);
                if *kind == EffectKind::Tool {
                    self.call(run, step, target, key, rule.as_deref(), scene);
                }
                assert_eq!(self.flight.insert(step.clone(), (*n, *kind)), None, "{step} is on its way twice");
            }
            Event::RunForked(forked) => {
                for (id, step) in &forked.state.steps {
                    match (step.status, step.effect) {
                        (StepStatus::Running, Some(kind)) if step.items.is_none() => {
                            self.flight.insert(id.clone(), (step.intent, kind));
                        }
                        (StepStatus::Succeeded, _) if !id.starts_with('@') => drop(self.done.insert(id.clone())),
                        _ => {}
                    }
                }
                // The questions of the past are the other run's.
                self.questions.clear();
            }
            Event::EffectWithdrawn { step, n } => {
                assert_eq!(self.flight.remove(step).map(|f| f.0), Some(*n), "{step} was not on its way");
            }
            Event::LeaseLost { step, n } => {
                let flown = self.flight.remove(step);
                assert_eq!(flown.map(|f| f.0), Some(*n), "{step} was not on its way");
                if flown.is_some_and(|f| f.1 == EffectKind::Tool) {
                    self.doubt(run, step, shelf);
                }
            }
            Event::EffectObserved { step, n, outcome } => {
                let flown = self.flight.remove(step);
                assert_eq!(flown.map(|f| f.0), Some(*n), "{step} was not on its way");
                self.observed(run, step, flown.map(|f| f.1), outcome, shelf);
            }
            Event::DoubtResolved { step, .. } => {
                self.unclear.remove(step);
            }
            Event::UndoKept { step, .. } => self.kept.push(step.clone()),
            Event::MessageReceived { message, .. } => {
                assert!(self.taken.insert(*message), "a message is taken once");
            }
            Event::StepSucceeded { step, .. } => {
                self.kept.retain(|kept| step.strip_suffix("!undo") != Some(kept));
                self.unclear.remove(step);
                if !step.starts_with('@') {
                    assert!(self.done.insert(step.clone()), "{step} is completed twice");
                }
            }
            Event::ApprovalRequested { ask } => {
                assert!(self.questions.insert(ask.id, (ask.step.clone(), ask.digest, ask.payload.clone())).is_none());
                assert!(ask.expires_at > now);
            }
            Event::ApprovalVoted { approval, step, digest, by, .. } => {
                let asked = self.questions.get(approval).expect("a vote on an open question");
                assert_eq!((&asked.0, asked.1), (step, *digest), "what was shown is what is voted on");
                assert!(self.yes.insert((step.clone(), *digest, by.clone())), "nobody counts twice");
            }
            Event::ApprovalDecided { approval, step, decision, digest, by, .. } => {
                if !matches!(decision, Decision::Reject { .. }) {
                    self.yes.insert((step.clone(), *digest, by.clone()));
                }
                let asked = self.questions.remove(approval).expect("decided once, and only what was asked");
                assert_eq!(asked.0, *step);
                if !matches!(decision, Decision::Edit { .. }) {
                    assert_eq!(asked.1, *digest, "what was shown is what is decided");
                }
                if let Decision::Approve { all_like_this: true } = decision
                    && let Some(contract) = contract_of(run, step, shelf)
                {
                    // The step itself may be gone by the end of the transition, with the item that it was of.
                    let payload = loaded(&asked.2, shelf);
                    self.grants.insert((contract.contract.id.clone(), receiver(&contract, &payload)));
                }
                if !matches!(decision, Decision::Reject { .. }) {
                    self.approved.insert((step.clone(), *digest));
                }
            }
            Event::EnvelopeSealed { envelope, digest, .. } => {
                assert_eq!(envelope.digest().unwrap(), *digest, "what was shown is what is sealed");
                let exact = envelope.exact.iter().copied().collect();
                self.envelope = Some((envelope.as_ref().clone(), envelope.calls, exact));
            }
            Event::EnvelopeUsed { step, digest } => self.within(run, step, *digest, scene),
            Event::StandingUsed { step, rule, digest } => {
                let contract = contract_of(run, step, scene.shelf).expect("a tool's step");
                let rule = scene.facts.standing.iter().find(|known| known.id == *rule).expect("a rule that stands");
                assert!(scene.now < rule.until, "{step}: after the rule's end");
                assert_eq!(rule.tool, contract.contract.id, "{step}: another tool's rule");
                let hard = ["s.delete", "s.pay"].contains(&contract.contract.id.as_str());
                assert!(!hard, "{step}: no rule stands for destruction or money");
                self.approved.insert((step.clone(), *digest));
            }
            Event::ApprovalExpired { approval, .. } | Event::ApprovalVoided { approval, .. } => {
                assert!(self.questions.remove(approval).is_some(), "only an open question ends");
            }
            Event::PlanAccepted { .. } => {
                assert!(
                    self.flight.is_empty(),
                    "nothing is on its way when another plan takes over: {:?}",
                    self.flight
                );
                assert!(self.unclear.is_empty(), "nothing is unclear when another plan takes over: {:?}", self.unclear);
            }
            Event::CancelRequested { .. } | Event::RunFailing { .. } => self.stopping = true,
            Event::RunCompleted { .. } | Event::RunFailed { .. } | Event::RunCancelled { .. } => {
                assert!(!self.ended, "a run ends once");
                assert!(self.flight.is_empty(), "nothing is on its way at the end: {:?}", self.flight);
                self.ended = true;
            }
            Event::RunRetried { undoing, .. } => (self.ended, self.stopping) = (false, *undoing),
            _ => {}
        }
    }

    /// Any effect, a model's too.
    fn intended(&self, run: &Run, step: &str, kind: EffectKind, key: &str, shelf: &Shelf) {
        assert!(!self.ended, "no effect after the end");
        let undo = step.ends_with("!undo");
        let begins = kind != EffectKind::Reconcile;
        assert!(!self.stopping || undo || !begins, "{step}: nothing begins while the run stops");
        assert!(run.paused.is_none() || !begins, "{step}: nothing begins while the run is held");
        if let Some(undone) = step.strip_suffix("!undo") {
            assert!(self.stopping && self.done.contains(undone), "{step}: only what was done is undone, at the end");
            assert_eq!(self.kept.last().map(String::as_str), Some(undone), "last first");
        }
        assert!(!self.done.contains(step), "{step} is done and begins again");
        assert_eq!(key, key_of(run.id, step, run.steps[step].group), "one key for a group");
        let Some(first) = self.unclear.get(step) else { return };
        assert_eq!(key, first, "{step} may have happened and goes out under another key");
        let asks =
            contract_of(run, step, shelf).is_some_and(|c| matches!(c.contract.idempotency, Idempotency::None { .. }));
        assert!(!asks || kind == EffectKind::Reconcile, "{step} may have happened and goes out blind");
    }

    /// A call of a tool: one key stands for one call, and the policy or a person let it pass.
    fn call(&mut self, run: &Run, step: &str, target: &str, key: &str, rule: Option<&str>, scene: Scene<'_>) {
        let Scene { shelf, facts, now } = scene;
        let payload = payload_of(run, step, shelf);
        assert!(!payload.to_string().contains("\"MISSING\""), "MISSING is never sent");
        let call = (step.to_owned(), payload.to_string());
        assert_eq!(*self.calls.entry(key.to_owned()).or_insert_with(|| call.clone()), call, "one key, one call");
        let contract = shelf.contracts[target].clone();
        assert_eq!(contract.check_input(&payload), []);
        let case =
            policy::Case { contract: &contract, payload: &payload, untrusted: &[], requester: &run.by, now, facts };
        let verdict = policy::evaluate(&case);
        // Repeating what a lost worker began is no new decision.
        let repeats = rule == Some("rescued");
        assert!(repeats || verdict.effect != metel_model::policy::PolicyEffect::Deny, "{step} is denied and goes out");
        let digest = crate::run::tool::approval_digest(run, &contract.contract, &payload).unwrap();
        let approved = self.approved.contains(&(step.to_owned(), digest));
        let granted = policy::is_grantable(&contract.contract, &verdict)
            && self.grants.contains(&(target.to_owned(), receiver(&contract, &payload)));
        let needs = verdict.effect == metel_model::policy::PolicyEffect::Approval;
        assert!(!needs || approved || granted || repeats, "{step} goes out without the approval that it needs");
        for need in verdict.needs.iter().filter(|_| !repeats) {
            let yes = self
                .yes
                .iter()
                .filter(|(of, to, by)| (of, *to) == (&step.to_owned(), digest) && !(need.separation && *by == run.by));
            assert!(yes.count() >= need.quorum as usize, "{step} goes out without the people that {} names", need.rule);
        }
        let hard = ["s.delete", "s.pay"].contains(&target);
        assert!(!hard || approved, "{step}: destruction and money want a matching approval each time");
    }

    /// A call that passes by an envelope is within it, seen from outside.
    fn within(&mut self, run: &Run, step: &str, digest: Digest, scene: Scene<'_>) {
        let contract = contract_of(run, step, scene.shelf).expect("a tool's step");
        let (envelope, left, exact) = self.envelope.as_mut().expect("nothing passes without an envelope");
        assert!(*left > 0, "{step}: more calls than were approved");
        assert!(scene.now < envelope.until, "{step}: after the envelope's end");
        assert!(envelope.tools.contains(&contract.contract.id), "{step}: a tool that was not approved");
        *left -= 1;
        let hard = ["s.delete", "s.pay"].contains(&contract.contract.id.as_str());
        if !exact.remove(&digest) {
            assert!(!hard, "{step}: destruction and money pass by exact payloads only, each once");
        }
        self.approved.insert((step.to_owned(), digest));
    }

    fn observed(&mut self, run: &Run, step: &str, kind: Option<EffectKind>, outcome: &Outcome, shelf: &Shelf) {
        let status = outcome.status.unwrap_or(200);
        let ambiguous = outcome.certainty == Certainty::Ambiguous || outcome.fault.is_none() && status >= 500;
        let tells = outcome.fault.is_none() && status != 429;
        match kind {
            Some(EffectKind::Tool) if ambiguous => self.doubt(run, step, shelf),
            Some(EffectKind::Tool) if tells => {
                self.unclear.remove(step);
            }
            // The service says that it did not happen.
            Some(EffectKind::Reconcile)
                if outcome.fault.is_none() && outcome.output.value().is_some_and(is_not_found) =>
            {
                self.unclear.remove(step);
            }
            _ => {}
        }
    }

    fn doubt(&mut self, run: &Run, step: &str, shelf: &Shelf) {
        let natural = contract_of(run, step, shelf).is_some_and(|c| c.contract.idempotency == Idempotency::Natural);
        if !natural {
            // A step that is gone with its item is not tried again.
            if run.steps.contains_key(step) {
                self.unclear.insert(step.to_owned(), effect_key(run, step));
            }
        }
    }

    /// What holds between transitions.
    fn state(&self, run: &Run) {
        let mut running: Vec<&String> = Vec::new();
        let mut asking: Vec<ApprovalId> = Vec::new();
        for (id, step) in &run.steps {
            assert_eq!(step.slot.is_some(), step.is_active() && !run.status.is_final(), "{id} {step:?}");
            assert!(!step.status.is_final() || step.approval.is_none(), "{id} keeps no question");
            if step.status == StepStatus::Running && step.items.is_none() {
                running.push(id);
            }
            asking.extend(step.approval.as_ref().map(|a| a.id));
            if let Some(items) = step.items.as_ref().filter(|items| items.list.is_some()) {
                assert!(items.done <= items.total && items.next <= items.total, "{id} {items:?}");
            }
        }
        let mut flight: Vec<&String> = self.flight.keys().collect();
        flight.sort();
        assert_eq!(running, flight, "what is on its way is running, and nothing else");
        let mut open: Vec<ApprovalId> = self.questions.keys().copied().collect();
        asking.sort();
        open.sort();
        assert_eq!(asking, open, "open questions are those of waiting steps");
        for (i, slot) in run.slots.iter().enumerate() {
            if let Some(id) = slot {
                assert_eq!(run.steps[id].slot, Some(i as u16));
            }
        }
        if run.status.is_final() {
            assert!(open.is_empty(), "an ended run asks nothing");
            let stands = run.status != RunStatus::Completed && !self.kept.is_empty();
            assert!(!stands || run.status == RunStatus::Failed, "a cancelled run has taken back what it did");
            return;
        }
        let waits = |s: &Step| matches!(s.waiting, Some(WaitingFor::Input | WaitingFor::Message));
        let moves = run
            .steps
            .iter()
            .any(|(id, s)| id != DEADLINE_STEP && (s.is_active() || s.status == StepStatus::InDoubt || waits(s)))
            || run.paused.is_some();
        assert!(moves || run.version == 0, "a run that has not ended has something to wait for: {:#?}", run.steps);
    }
}

fn contract_of(run: &Run, step: &str, shelf: &Shelf) -> Option<Arc<Compiled>> {
    if step.ends_with("!undo") {
        return shelf.contracts.get(&run.steps.get(step)?.target).cloned();
    }
    let program = shelf.programs.get(&run.workflow?)?;
    match &program.node_of(step)?.kind {
        crate::graph::Kind::Tool { tool, .. } => shelf.contracts.get(tool).cloned(),
        crate::graph::Kind::Agents { .. } => shelf.contracts.get(&run.steps.get(step)?.target).cloned(),
        _ => None,
    }
}

fn is_not_found(answer: &Value) -> bool {
    answer.get("found").is_some_and(Value::is_null)
}

fn payload_of(run: &Run, step: &str, shelf: &Shelf) -> Value {
    loaded(run.steps[step].payload.as_ref().unwrap(), shelf)
}

fn loaded(stored: &Stored, shelf: &Shelf) -> Value {
    match stored {
        Stored::Inline(value) => value.as_ref().clone(),
        Stored::Blob { digest, .. } => shelf.blobs[digest].as_ref().clone(),
    }
}

fn receiver(contract: &Compiled, payload: &Value) -> Option<String> {
    contract.audience(payload).map(|(_, receiver)| receiver)
}
