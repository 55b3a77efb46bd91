//! The machine as a whole: a small world of contracts, random commands, and the laws that always hold.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::approval::{Channel, Decision};
use metel_model::command::Command;
use metel_model::contract::Contract;
use metel_model::effect::{Certainty, EffectKind, Outcome};
use metel_model::event::{Entry, Event, Started};
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, ConnectionId, RunId, WorkspaceId};
use metel_model::plan::{ActionPlan, Request};
use metel_model::run::Run;
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::status::{RunStatus, StepStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_model::time::Micros;
use metel_model::{Code, Fault};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::contract::Compiled;
use crate::graph::{Program, read_pipeline};

/// Definitions by digest, contracts by name, blobs as they come.
#[derive(Default)]
pub(crate) struct Shelf {
    pub programs: HashMap<Digest, Arc<Program>>,
    pub contracts: HashMap<String, Arc<Compiled>>,
    pub blobs: HashMap<Digest, Arc<Value>>,
}

impl Library for Shelf {
    fn program(&self, digest: &Digest) -> Option<Arc<Program>> {
        self.programs.get(digest).cloned()
    }
    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.contracts.get(tool).cloned()
    }
    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.contracts.values().find(|c| c.digest == *digest).cloned()
    }
    fn workflow(&self, _: &str) -> Option<Digest> {
        None
    }
    fn agent_step(&self, tool: &str) -> Option<String> {
        (tool == "text.summarize").then(|| "writer".to_owned())
    }
    fn has_agent(&self, _: &str) -> bool {
        true
    }
    fn blob(&self, digest: &Digest) -> Option<Arc<Value>> {
        self.blobs.get(digest).cloned()
    }
}

fn contract(id: &str, risk: &[&str], idempotency: Value) -> Arc<Compiled> {
    let contract: Contract = serde_json::from_value(json!({
        "id": id, "version": "1.0.0", "title": id, "description": id, "risk": risk,
        "input_schema": {"type": "object", "properties": {"text": {"type": "string", "x-type": "text"}, "to": {"type": "string", "x-type": "channel"}},
            "required": ["text"], "additionalProperties": false},
        "output_schema": {"type": "object"},
        "produces": {"url": {"path": "$.url", "type": "url", "optional": true}},
        "transport": {"type": "http", "method": "POST", "path": "/x"},
        "retry": {"attempts": 3, "backoff_ms": 100},
        "idempotency": idempotency
    }))
    .unwrap();
    Arc::new(Compiled::compile(contract).map_err(|f| format!("{f:?}")).unwrap())
}

pub(crate) struct World {
    pub shelf: Shelf,
    pub facts: Facts,
    pub run: Run,
    pub log: Vec<Entry>,
    pub now: Micros,
    pub starts: u32,
}

impl World {
    pub fn new() -> Self {
        let mut shelf = Shelf::default();
        for (id, risk, idempotency) in [
            ("s.write", vec!["write"], json!({"type": "key", "place": "header", "name": "Idempotency-Key"})),
            ("s.read", vec!["read"], json!({"type": "natural"})),
            ("s.delete", vec!["destructive"], json!({"type": "none"})),
            (
                "s.find",
                vec!["write"],
                json!({"type": "none", "reconcile": {"tool": "s.read", "args": {}, "found": "response.found"}}),
            ),
        ] {
            shelf.contracts.insert(id.to_owned(), contract(id, &risk, idempotency));
        }
        let mut facts = Facts::default();
        let connection = ConnectionFact {
            id: ConnectionId(Uuid::nil()),
            state: ConnectionState::Ready,
            scopes: Vec::new(),
            sandbox: true,
        };
        facts.connections.insert("s".to_owned(), connection);
        let run = blank(WorkspaceId(Uuid::from_u128(1)), RunId(Uuid::from_u128(2)));
        Self { shelf, facts, run, log: Vec::new(), now: Micros(1_000_000), starts: u32::MAX }
    }

    fn facts_digest(&self) -> Digest {
        Digest::of(serde_json::to_string(&self.facts).unwrap().as_bytes())
    }

    pub fn send(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        let name = command.name().to_owned();
        let digest = self.facts_digest();
        let env = Env { library: &self.shelf, facts: &self.facts, facts_digest: digest };
        let context = Context { now: self.now, actor: "test".into(), starts: self.starts };
        let before = self.run.clone();
        let decision = match transition(&mut self.run, &env, command, &context) {
            Ok(decision) => decision,
            Err(refusal) => {
                assert_eq!(self.run, before, "a refusal changes nothing");
                return Err(refusal);
            }
        };
        let mut folded = before.clone();
        for event in &decision.events {
            evolve(&mut folded, event, self.now);
        }
        assert_eq!(
            (&folded.steps, &folded.slots, folded.seq, folded.settled),
            (&self.run.steps, &self.run.slots, self.run.seq, self.run.settled),
            "the events are all there is"
        );
        let body = serde_json::to_string(&decision.events).unwrap();
        let hash =
            Entry::chain(&before.head, self.run.workspace, self.run.id, before.seq, &name, "test", self.now, &body);
        self.run.head = hash;
        self.log.push(Entry {
            seq: before.seq,
            count: decision.events.len() as u32,
            at: self.now,
            actor: "test".into(),
            command: name,
            body,
            hash,
        });
        for (digest, text) in decision.blobs {
            let value: Value = serde_json::from_str(&text).unwrap();
            if let Ok(workflow) = serde_json::from_value::<metel_model::workflow::Workflow>(value.clone())
                && let Ok(program) = Program::compile(workflow)
            {
                assert_eq!(program.digest, digest);
                self.shelf.programs.insert(digest, Arc::new(program));
            }
            self.shelf.blobs.insert(digest, Arc::new(value));
        }
        self.check_laws();
        Ok(decision.events)
    }

    fn check_laws(&self) {
        for (id, step) in &self.run.steps {
            assert_eq!(step.slot.is_some(), step.is_active() && !self.run.status.is_final(), "{id} {step:?}");
            if step.status.is_final() {
                assert!(step.approval.is_none(), "{id} keeps no question");
            }
        }
        for (i, slot) in self.run.slots.iter().enumerate() {
            if let Some(id) = slot {
                assert_eq!(self.run.steps[id].slot, Some(i as u16));
            }
        }
        let mut audit = crate::audit::Audit::new(self.run.workspace, self.run.id);
        audit.feed(&self.log).unwrap();
        audit.end(self.run.seq, self.run.head).unwrap();
    }

    pub fn start(&mut self, definition: Value) -> Result<Vec<Event>, Refusal> {
        self.start_with(definition, json!({"name": "김"}))
    }

    fn start_with(&mut self, definition: Value, input: Value) -> Result<Vec<Event>, Refusal> {
        let workflow = read_pipeline("t", &definition).map_err(|f| format!("{f:?}")).unwrap();
        let program = Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap();
        let digest = program.digest;
        self.shelf.programs.insert(digest, Arc::new(program));
        let pins = self.shelf.contracts.iter().map(|(id, c)| (id.clone(), c.digest)).collect();
        let started = Started {
            workflow: Some(digest),
            name: "t".into(),
            request: None,
            mentions: Vec::new(),
            input: Stored::inline(input),
            facts: self.facts_digest(),
            pins,
            by: "user:1".into(),
            parent: None,
            deadline: None,
        };
        self.send(Command::Start { started: Box::new(started), plan: None })
    }

    fn ask(&mut self, plan: Option<Value>) -> Result<Vec<Event>, Refusal> {
        let started = Started {
            workflow: None,
            name: "ask".into(),
            request: Some(Request { text: "써 줘".into(), lang: metel_model::Lang::Ko, session: None }),
            mentions: Vec::new(),
            input: Stored::inline(json!({})),
            facts: self.facts_digest(),
            pins: Default::default(),
            by: "user:1".into(),
            parent: None,
            deadline: None,
        };
        let plan = plan.map(|p| Box::new(serde_json::from_value::<ActionPlan>(p).unwrap()));
        self.send(Command::Start { started: Box::new(started), plan })
    }

    pub fn answer(&mut self, step: &str, output: Value) -> Result<Vec<Event>, Refusal> {
        self.outcome(step, Outcome { status: Some(200), ..Outcome::answer(output, 5) })
    }

    pub fn outcome(&mut self, step: &str, outcome: Outcome) -> Result<Vec<Event>, Refusal> {
        let intent = self.run.steps[step].intent;
        self.send(Command::Observe { step: step.into(), intent, outcome: Box::new(outcome) })
    }

    fn status(&self, step: &str) -> StepStatus {
        self.run.steps.get(step).map(|s| s.status).unwrap_or_default()
    }

    pub fn replay(&self) -> Report {
        let facts = Arc::new(self.facts.clone());
        replay(self.run.workspace, self.run.id, &self.log, &self.shelf, &|_| Some(facts.clone())).unwrap()
    }
}

fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::name).collect()
}

fn two_steps() -> Value {
    json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "안녕 ${input.name}"}},
        {"id": "b", "type": "tool", "tool": "s.write", "args": {"text": "${a.url}"}}
    ], "edges": [{"from": "a", "to": "b"}], "entry_point": "a"})
}

#[test]
fn a_step_costs_one_transition_and_the_next_is_intended_in_it() {
    let mut w = World::new();
    assert_eq!(names(&w.start(two_steps()).unwrap()), ["run_started", "effect_intended"]);
    assert_eq!(w.run.steps["a"].payload.as_ref().unwrap().value().unwrap()["text"], "안녕 김");
    let events = w.answer("a", json!({"url": "https://n/1"})).unwrap();
    assert_eq!(names(&events), ["effect_observed", "step_succeeded", "effect_intended"]);
    assert_eq!(w.run.slots.len(), 1, "one place is used again");
    let events = w.answer("b", json!({"url": "https://n/2"})).unwrap();
    assert_eq!(names(&events), ["effect_observed", "step_succeeded", "run_completed"]);
    assert_eq!(w.run.status, RunStatus::Completed);
    assert_eq!(w.run.output.as_ref().unwrap().value().unwrap(), &json!({"url": "https://n/2"}));
    let report = w.replay();
    assert_eq!((report.diverged, report.head), (None, w.run.head));
}

#[test]
fn an_altered_transition_is_found_at_its_event() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    w.answer("a", json!({"url": "u1"})).unwrap();
    w.answer("b", json!({"url": "u2"})).unwrap();
    assert_eq!(w.replay().diverged, None);
    let second = w.log.iter().flat_map(|entry| (entry.seq..).zip(entry.events().unwrap()));
    let second = second.filter(|(_, event)| event.name() == "effect_intended").nth(1).unwrap().0;
    super::altered::ON.set(true);
    let report = w.replay();
    super::altered::ON.set(false);
    assert_eq!(report.diverged.unwrap().0, second);
}

#[test]
fn late_and_repeated_outcomes_are_refused() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    let late = Command::Observe { step: "a".into(), intent: 0, outcome: Box::new(Outcome::answer(json!({}), 1)) };
    assert_eq!(w.send(late), Err(Refusal::Stale));
    w.answer("a", json!({"url": "u"})).unwrap();
    let again = Command::Observe { step: "a".into(), intent: 1, outcome: Box::new(Outcome::answer(json!({}), 1)) };
    assert_eq!(w.send(again), Err(Refusal::Stale));
}

#[test]
fn passing_trouble_is_tried_again_with_the_same_key() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    let key = effect_of(&w.run, "a").unwrap().key;
    let trouble = Outcome { status: Some(429), retry_after_ms: Some(5_000), ..Outcome::answer(json!({}), 1) };
    let events = w.outcome("a", trouble.clone()).unwrap();
    assert_eq!(names(&events), ["effect_observed", "step_retry"]);
    let at = w.run.steps["a"].wake_at.unwrap();
    assert!(at >= w.now.plus_millis(5_000), "Retry-After is honoured");
    assert_eq!(w.send(Command::Wake { step: "a".into() }), Err(Refusal::NotDue(at)));
    w.now = at;
    w.send(Command::Wake { step: "a".into() }).unwrap();
    assert_eq!(effect_of(&w.run, "a").unwrap().key, key);
    w.outcome("a", trouble.clone()).unwrap();
    w.now = w.run.steps["a"].wake_at.unwrap();
    w.send(Command::Wake { step: "a".into() }).unwrap();
    let events = w.outcome("a", trouble).unwrap();
    assert_eq!(names(&events), ["effect_observed", "step_failed", "run_failing", "run_failed"]);
    assert!(w.replay().diverged.is_none());
}

#[test]
fn an_ambiguous_call_without_a_key_is_asked_about_and_never_sent_blind() {
    let ambiguous = || Outcome::fault(Fault::new(Code::ToolTimeout), Certainty::Ambiguous, 30_000);
    let one = |tool: &str| json!({"nodes": [{"id": "a", "type": "tool", "tool": tool, "args": {"text": "x"}}], "entry_point": "a"});
    let mut w = World::new();
    w.start(one("s.find")).unwrap();
    w.outcome("a", ambiguous()).unwrap();
    w.now = w.run.steps["a"].wake_at.unwrap();
    w.send(Command::Wake { step: "a".into() }).unwrap();
    assert_eq!(effect_of(&w.run, "a").unwrap().kind, EffectKind::Reconcile);
    w.answer("a", json!({"found": {"url": "https://there"}})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    assert_eq!(w.run.steps["a"].products["url"], "https://there");
    assert!(w.replay().diverged.is_none());

    // Without a way to ask, a person decides.
    let mut w = World::new();
    w.start(one("s.delete")).unwrap();
    let appr = w.run.steps["a"].approval.clone().unwrap();
    w.send(Command::Decide {
        approval: appr.id,
        digest: appr.digest,
        decision: Decision::Approve { all_like_this: false },
        by: "user:2".into(),
        channel: Channel::Web,
    })
    .unwrap();
    w.outcome("a", ambiguous()).unwrap();
    assert_eq!((w.status("a"), w.run.waiting_for()), (StepStatus::InDoubt, Some(WaitingFor::Doubt)));
    let group = effect_key(&w.run, "a");
    w.send(Command::Resolve { step: "a".into(), happened: false, output: None, by: "user:2".into() }).unwrap();
    assert_ne!(effect_key(&w.run, "a"), group, "a person's repetition is another group");
    w.answer("a", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    assert!(w.replay().diverged.is_none());
}

fn effect_key(run: &Run, step: &str) -> String {
    key_of(run.id, step, run.steps[step].group)
}

#[test]
fn a_lost_worker_is_followed_by_the_same_key_or_by_a_question() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    let (intent, key) = (w.run.steps["a"].intent, effect_key(&w.run, "a"));
    let events = w.send(Command::Rescue { step: "a".into(), intent }).unwrap();
    assert_eq!(names(&events), ["lease_lost", "effect_intended"]);
    assert_eq!(effect_of(&w.run, "a").unwrap().key, key);
    let old = Command::Observe { step: "a".into(), intent, outcome: Box::new(Outcome::answer(json!({"url": "u"}), 1)) };
    assert_eq!(w.send(old), Err(Refusal::Stale), "the thawed worker cannot commit");
    assert!(w.replay().diverged.is_none());
}

#[test]
fn a_question_that_was_not_put_stays_open() {
    let mut w = World::new();
    w.start(
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.find", "args": {"text": "x"}}], "entry_point": "a"}),
    )
    .unwrap();
    w.send(Command::Rescue { step: "a".into(), intent: 1 }).unwrap();
    w.send(Command::Withdraw { step: "a".into(), intent: 2 }).unwrap();
    w.send(Command::Wake { step: "a".into() }).unwrap();
    let effect = effect_of(&w.run, "a").unwrap();
    assert_eq!(effect.kind, EffectKind::Reconcile, "nothing is sent again before it is known");
    w.answer("a", json!({"found": null})).unwrap();
    w.now = w.run.steps["a"].wake_at.unwrap();
    w.send(Command::Wake { step: "a".into() }).unwrap();
    assert_eq!(effect_of(&w.run, "a").unwrap().kind, EffectKind::Tool);
    assert!(w.replay().diverged.is_none());
}

#[test]
fn destruction_waits_for_a_person_and_the_digest_binds() {
    let mut w = World::new();
    w.start(
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "x"}}], "entry_point": "a"}),
    )
    .unwrap();
    let appr = w.run.steps["a"].approval.clone().unwrap();
    let decide = |digest: Digest, id: ApprovalId, decision: Decision| Command::Decide {
        approval: id,
        digest,
        decision,
        by: "user:2".into(),
        channel: Channel::Web,
    };
    let yes = Decision::Approve { all_like_this: false };
    assert!(w.send(decide(Digest::ZERO, appr.id, yes.clone())).is_err());
    assert!(w.send(decide(appr.digest, ApprovalId(Uuid::nil()), yes.clone())).is_err());
    w.send(decide(appr.digest, appr.id, yes.clone())).unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    assert!(w.send(decide(appr.digest, appr.id, yes)).is_err(), "once");
    w.answer("a", json!({})).unwrap();
    assert!(w.replay().diverged.is_none());
}

#[test]
fn an_edit_is_what_goes_and_a_no_sends_nothing() {
    let gate =
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "x"}}], "entry_point": "a"});
    let mut w = World::new();
    w.start(gate.clone()).unwrap();
    let appr = w.run.steps["a"].approval.clone().unwrap();
    let edit = |payload: Value| Command::Decide {
        approval: appr.id,
        digest: appr.digest,
        decision: Decision::Edit { payload },
        by: "u".into(),
        channel: Channel::Web,
    };
    assert!(w.send(edit(json!({"text": 3}))).is_err(), "an edit must fit the schema");
    w.send(edit(json!({"text": "고침"}))).unwrap();
    assert_eq!(w.run.steps["a"].payload.as_ref().unwrap().value().unwrap(), &json!({"text": "고침"}));
    assert_eq!(w.status("a"), StepStatus::Running);
    assert!(w.replay().diverged.is_none());

    let mut w = World::new();
    w.start(gate).unwrap();
    let appr = w.run.steps["a"].approval.clone().unwrap();
    w.send(Command::Decide {
        approval: appr.id,
        digest: appr.digest,
        decision: Decision::Reject { reason: Some("아니요".into()) },
        by: "u".into(),
        channel: Channel::Cli,
    })
    .unwrap();
    assert_eq!((w.run.status, w.run.steps["a"].intent), (RunStatus::Failed, 0));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn an_approval_that_nobody_decides_fails_closed() {
    let mut w = World::new();
    w.start(
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "x"}}], "entry_point": "a"}),
    )
    .unwrap();
    w.now = w.run.steps["a"].wake_at.unwrap();
    w.send(Command::Wake { step: "a".into() }).unwrap();
    assert_eq!((w.run.status, w.run.error.as_ref().unwrap().code), (RunStatus::Failed, Code::ApprovalExpired));
}

#[test]
fn branches_meet_and_dead_paths_are_skipped() {
    let mut w = World::new();
    w.start_with(
        json!({"nodes": [
        {"id": "b", "type": "branch"},
        {"id": "yes", "type": "tool", "tool": "s.write", "args": {"text": "예"}},
        {"id": "no", "type": "tool", "tool": "s.write", "args": {"text": "아니요"}},
        {"id": "no2", "type": "tool", "tool": "s.write", "args": {"text": "아니요"}},
        {"id": "end", "type": "finalize", "output": {"n": "${input.n}"}}
    ], "edges": [
        {"from": "b", "to": "yes", "when": "input.n > 3"}, {"from": "b", "to": "no"},
        {"from": "no", "to": "no2"}, {"from": "yes", "to": "end"}, {"from": "no2", "to": "end"}
    ], "entry_point": "b"}),
        json!({"n": 5}),
    )
    .unwrap();
    assert_eq!(
        (w.status("yes"), w.status("no"), w.status("no2")),
        (StepStatus::Running, StepStatus::Skipped, StepStatus::Skipped)
    );
    w.answer("yes", json!({})).unwrap();
    assert_eq!(w.run.output.as_ref().unwrap().value().unwrap(), &json!({"n": 5}));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn parallel_work_joins_on_any_or_all() {
    for (mode, first_ends) in [(json!("any"), true), (json!("all"), false), (json!({"at_least": 2}), false)] {
        let mut w = World::new();
        w.start(json!({"nodes": [
            {"id": "p", "type": "parallel"},
            {"id": "x", "type": "tool", "tool": "s.write", "args": {"text": "1"}},
            {"id": "y", "type": "tool", "tool": "s.write", "args": {"text": "2"}},
            {"id": "j", "type": "join", "mode": mode},
            {"id": "z", "type": "tool", "tool": "s.write", "args": {"text": "3"}}
        ], "edges": [{"from": "p", "to": "x"}, {"from": "p", "to": "y"}, {"from": "x", "to": "j"}, {"from": "y", "to": "j"}, {"from": "j", "to": "z"}],
        "entry_point": "p"})).unwrap();
        assert_eq!(w.run.slots.len(), 2);
        w.answer("x", json!({})).unwrap();
        assert_eq!(w.status("z") == StepStatus::Running, first_ends);
        w.answer("y", json!({})).unwrap();
        w.answer("z", json!({})).unwrap();
        assert_eq!(w.run.status, RunStatus::Completed);
        assert!(w.replay().diverged.is_none());
    }
}

#[test]
fn a_map_keeps_order_and_its_bound() {
    let mut w = World::new();
    w.start_with(
        json!({"nodes": [
        {"id": "m", "type": "map", "items": {"$ref": "input.list"}, "concurrency": 2, "body": {
            "nodes": [{"id": "w", "type": "tool", "tool": "s.write", "args": {"text": "${item.t} #${index}"}},
                      {"id": "v", "type": "tool", "tool": "s.write", "args": {"text": "${w.url}"}}],
            "edges": [{"from": "w", "to": "v"}], "entry_point": "w"}},
        {"id": "end", "type": "finalize", "output": {"all": {"$ref": "m"}}}
    ], "edges": [{"from": "m", "to": "end"}], "entry_point": "m"}),
        json!({"list": [{"t": "가"}, {"t": "나"}, {"t": "다"}]}),
    )
    .unwrap();
    assert_eq!(w.run.slots.len(), 2, "two at a time");
    assert_eq!(w.run.steps["w[1]"].payload.as_ref().unwrap().value().unwrap()["text"], "나 #1");
    for i in [1, 0, 2] {
        w.answer(&format!("w[{i}]"), json!({"url": format!("u{i}")})).unwrap();
        w.answer(&format!("v[{i}]"), json!({"url": format!("v{i}")})).unwrap();
    }
    assert_eq!(
        w.run.output.as_ref().unwrap().value().unwrap(),
        &json!({"all": [{"url": "v0"}, {"url": "v1"}, {"url": "v2"}]})
    );
    assert!(w.replay().diverged.is_none());
}

#[test]
fn agents_work_side_by_side() {
    let mut w = World::new();
    w.start(json!({"nodes": [
        {"id": "g", "type": "agent_call", "agents": ["optimist", "critic"], "task": "살펴봐: ${input.name}"},
        {"id": "h", "type": "agent_call", "agents": ["realist"]}
    ], "edges": [{"from": "g", "to": "h"}], "entry_point": "g"}))
        .unwrap();
    w.answer("g#critic", json!({"text": "위험"})).unwrap();
    assert_eq!(w.status("g"), StepStatus::Running);
    w.answer("g#optimist", json!({"text": "기회"})).unwrap();
    let payload = w.run.steps["h"].payload.as_ref().unwrap().value().unwrap().clone();
    assert_eq!(payload["input"]["g"], json!({"critic": {"text": "위험"}, "optimist": {"text": "기회"}}));
    w.answer("h", json!({"text": "판단"})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    assert!(w.replay().diverged.is_none());
}

#[test]
fn a_gate_and_a_wait_hold_the_run() {
    let mut w = World::new();
    w.start(json!({"nodes": [
        {"id": "ask", "type": "human_gate", "title": "괜찮을까요?", "show": {"who": "${input.name}"}},
        {"id": "nap", "type": "wait", "duration_ms": 60000}
    ], "edges": [{"from": "ask", "to": "nap"}], "entry_point": "ask"}))
        .unwrap();
    assert_eq!(w.run.display(), "waiting_approval");
    let appr = w.run.steps["ask"].approval.clone().unwrap();
    w.send(Command::Decide {
        approval: appr.id,
        digest: appr.digest,
        decision: Decision::Approve { all_like_this: false },
        by: "u".into(),
        channel: Channel::Web,
    })
    .unwrap();
    assert_eq!(w.run.display(), "waiting_timer");
    w.now = w.now.plus_millis(60_000);
    w.send(Command::Wake { step: "nap".into() }).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    assert!(w.replay().diverged.is_none());
}

fn plan(actions: Value) -> Value {
    json!({"goal": "써 줘", "actions": actions, "planner": "template"})
}

#[test]
fn a_request_is_planned_asked_about_and_replanned() {
    let mut w = World::new();
    assert_eq!(names(&w.ask(None).unwrap()), ["run_started", "effect_intended"]);
    let mut first = plan(
        json!([{"id": "a1", "tool": "s.write", "args": {"text": "안녕"}}, {"id": "a2", "tool": "s.write", "args": {"text": "${a1.url}", "to": "MISSING"}}]),
    );
    first["missing"] = json!([{"action": "a2", "field": "to", "title": "어디로?", "schema": {"type": "string"}}]);
    w.answer(PLAN_STEP, json!({"plan": first})).unwrap();
    assert_eq!(w.run.display(), "waiting_input");
    let give = |value: Value| Command::Input { values: [("a2.to".to_owned(), value)].into(), by: "user:1".into() };
    assert!(w.send(give(json!(3))).is_err(), "a wrong type is refused");
    w.send(give(json!("#team"))).unwrap();
    assert_eq!(w.status("a1"), StepStatus::Running);
    w.answer("a1", json!({"url": "https://n/1"})).unwrap();
    assert_eq!(
        w.run.steps["a2"].payload.as_ref().unwrap().value().unwrap(),
        &json!({"text": "https://n/1", "to": "#team"})
    );
    w.outcome("a2", Outcome { status: Some(404), ..Outcome::answer(json!({"error": "no channel"}), 1) }).unwrap();
    assert_eq!(w.status(PLAN_STEP), StepStatus::Running, "another plan is asked for");
    let second = plan(json!([{"id": "b1", "tool": "s.write", "args": {"text": "${a1.url} 다시"}}]));
    w.answer(PLAN_STEP, json!({"plan": second})).unwrap();
    assert_eq!(w.run.steps["a1"].intent, 1, "what is done is not done again");
    w.answer("b1", json!({"url": "https://n/2"})).unwrap();
    assert_eq!((w.run.status, w.run.plan_version), (RunStatus::Completed, 2));
    assert!(w.run.answer.as_ref().unwrap().links.iter().any(|l| l.url == "https://n/1"));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn a_plan_with_an_unknown_tool_never_runs() {
    let mut w = World::new();
    w.ask(None).unwrap();
    w.answer(PLAN_STEP, json!({"plan": plan(json!([{"id": "a1", "tool": "shell.run", "args": {"cmd": "rm -rf /"}}]))}))
        .unwrap();
    assert_eq!((w.run.status, w.run.error.as_ref().unwrap().code), (RunStatus::Failed, Code::PlanInvalid));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn cancel_waits_for_what_is_in_flight() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    w.send(Command::Cancel { by: "user:1".into(), reason: None }).unwrap();
    assert_eq!(w.run.status, RunStatus::Running);
    w.answer("a", json!({"url": "u"})).unwrap();
    assert_eq!((w.run.status, w.status("b")), (RunStatus::Cancelled, StepStatus::Pending));
    assert_eq!(w.send(Command::Wake { step: "b".into() }), Err(Refusal::Final));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn a_failed_run_goes_on_from_where_it_failed() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    w.answer("a", json!({"url": "u"})).unwrap();
    w.outcome("b", Outcome { status: Some(403), ..Outcome::answer(json!({}), 1) }).unwrap();
    assert_eq!(w.run.status, RunStatus::Failed);
    w.send(Command::Retry { by: "user:1".into() }).unwrap();
    assert_eq!((w.status("a"), w.status("b")), (StepStatus::Succeeded, StepStatus::Running));
    w.answer("b", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    assert!(w.replay().diverged.is_none());
}

#[test]
fn without_room_steps_are_left_ready() {
    let mut w = World::new();
    w.starts = 0;
    assert_eq!(names(&w.start(two_steps()).unwrap()), ["run_started", "step_ready"]);
    w.starts = 1;
    w.send(Command::Wake { step: "a".into() }).unwrap();
    w.send(Command::Withdraw { step: "a".into(), intent: 1 }).unwrap();
    assert_eq!(w.status("a"), StepStatus::Ready);
    w.send(Command::Wake { step: "a".into() }).unwrap();
    w.answer("a", json!({"url": "u"})).unwrap();
    assert!(w.replay().diverged.is_none());
}

#[test]
fn large_values_are_kept_by_hash() {
    let mut w = World::new();
    let long = "가".repeat(20_000);
    w.start_with(
        json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "${input.long}"}},
        {"id": "b", "type": "tool", "tool": "s.write", "args": {"text": "${input.long}!"}}
    ], "edges": [{"from": "a", "to": "b"}], "entry_point": "a"}),
        json!({"long": long}),
    )
    .unwrap();
    assert!(w.run.steps["a"].payload.as_ref().unwrap().digest().is_some());
    w.answer("a", json!({})).unwrap();
    w.answer("b", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    assert!(w.log.iter().skip(1).all(|e| e.body.len() < 2_000));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn an_altered_history_diverges_at_the_right_event() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    w.answer("a", json!({"url": "https://n/1"})).unwrap();
    w.answer("b", json!({"url": "https://n/2"})).unwrap();
    w.log[1].body = w.log[1].body.replace("\"text\":\"https://n/1\"", "\"text\":\"https://evil\"");
    let report = w.replay();
    assert_eq!(report.diverged.as_ref().unwrap().0, 5, "{report:?}");
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn definition(shape: u8) -> Value {
        match shape % 5 {
            0 => two_steps(),
            1 => json!({"nodes": [
                {"id": "p", "type": "parallel"},
                {"id": "x", "type": "tool", "tool": "s.find", "args": {"text": "1"}, "on_error": "continue"},
                {"id": "y", "type": "tool", "tool": "s.delete", "args": {"text": "2"}},
                {"id": "j", "type": "join"}
            ], "edges": [{"from": "p", "to": "x"}, {"from": "p", "to": "y"}, {"from": "x", "to": "j"}, {"from": "y", "to": "j"}], "entry_point": "p"}),
            2 => json!({"nodes": [
                {"id": "m", "type": "map", "items": [1, 2, 3, 4], "concurrency": 2, "on_item_error": if shape > 128 { "continue" } else { "fail" }, "body": {
                    "nodes": [{"id": "w", "type": "tool", "tool": "s.write", "args": {"text": "${index}"}}], "entry_point": "w"}}
            ], "entry_point": "m"}),
            3 => json!({"nodes": [
                {"id": "g", "type": "agent_call", "agents": ["a", "b"]},
                {"id": "ask", "type": "human_gate"},
                {"id": "nap", "type": "wait", "duration_ms": 100}
            ], "edges": [{"from": "g", "to": "ask"}, {"from": "ask", "to": "nap"}], "entry_point": "g"}),
            _ => json!({"nodes": [
                {"id": "b", "type": "branch"},
                {"id": "x", "type": "tool", "tool": "s.read", "args": {"text": "1"}},
                {"id": "y", "type": "tool", "tool": "s.delete", "args": {"text": "1"}},
                {"id": "z", "type": "tool", "tool": "s.write", "args": {"text": "1"}}
            ], "edges": [{"from": "b", "to": "x", "when": "input.name == '김'"}, {"from": "b", "to": "y"}, {"from": "x", "to": "z"}, {"from": "y", "to": "z"}], "entry_point": "b"}),
        }
    }

    /// Something that might be asked of the run next.
    fn next(w: &World, dice: u8, which: usize) -> Command {
        let steps: Vec<&String> = w.run.steps.keys().collect();
        let step = steps.get(which % steps.len().max(1)).map_or("a".to_owned(), |s| (*s).clone());
        let state = w.run.steps.get(&step).cloned().unwrap_or_default();
        let observe = |outcome: Outcome| Command::Observe {
            step: step.clone(),
            intent: state.intent,
            outcome: Box::new(outcome),
        };
        match dice % 14 {
            0..=3 => observe(Outcome {
                status: Some(200),
                ..Outcome::answer(json!({"url": "https://x", "found": {"url": "f"}}), 1)
            }),
            4 => observe(Outcome { status: Some(500), ..Outcome::answer(json!({}), 1) }),
            5 => observe(Outcome::fault(Fault::new(Code::ToolTimeout), Certainty::Ambiguous, 1)),
            6 => observe(Outcome { status: Some(404), ..Outcome::answer(json!({}), 1) }),
            7 | 8 => Command::Wake { step },
            9 => Command::Rescue { step, intent: state.intent },
            10 | 11 => {
                let a = state.approval.unwrap_or(metel_model::run::PendingApproval {
                    id: ApprovalId(Uuid::nil()),
                    digest: Digest::ZERO,
                    expires_at: Micros(0),
                });
                let decision = if which.is_multiple_of(4) {
                    Decision::Reject { reason: None }
                } else {
                    Decision::Approve { all_like_this: which.is_multiple_of(3) }
                };
                Command::Decide { approval: a.id, digest: a.digest, decision, by: "u".into(), channel: Channel::Api }
            }
            12 => Command::Resolve {
                step,
                happened: which.is_multiple_of(2),
                output: Some(json!({"url": "r"})),
                by: "u".into(),
            },
            _ if which.is_multiple_of(7) => Command::Cancel { by: "u".into(), reason: None },
            _ if which.is_multiple_of(5) => Command::Retry { by: "u".into() },
            _ => Command::Withdraw { step, intent: state.intent },
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        /// Whatever is asked in whatever order: the laws hold after every command, the log folds to
        /// the live state, and a replay of it is identical.
        #[test]
        fn any_commands_keep_the_laws(shape: u8, moves in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u16>()), 0..60)) {
            let mut w = World::new();
            w.start(definition(shape)).unwrap();
            let mut sent: HashMap<String, u32> = HashMap::new();
            for (dice, which, later) in moves {
                w.now = w.now.plus_millis(u64::from(later) * 100);
                w.starts = if dice % 5 == 0 { u32::from(which) % 3 } else { u32::MAX };
                let command = next(&w, dice, usize::from(which));
                if let Ok(events) = w.send(command) {
                    for effect in react(&w.run, &events) {
                        if effect.target == "s.delete" {
                            *sent.entry(effect.key).or_default() += 1;
                        }
                    }
                }
            }
            prop_assert!(sent.values().all(|n| *n <= 3));
            let report = w.replay();
            prop_assert_eq!(&report.diverged, &None);
            prop_assert_eq!(report.head, w.run.head);
            prop_assert_eq!(report.state, replay_state(&w));
        }
    }

    fn replay_state(w: &World) -> Digest {
        super::super::replay::state_hash(&w.run)
    }
}
