//! Forks: another run's past, and on from there. Migrations: another version in the middle of a run.

use metel_model::command::{ForkedChild, ForkedOutcome};
use metel_model::event::Forked;

use super::*;

fn program(definition: &Value) -> Arc<Program> {
    let workflow = read_pipeline("t", definition).map_err(|f| format!("{f:?}")).unwrap();
    Arc::new(Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap())
}

/// The same workflow with one more step behind all that nothing follows.
pub fn longer_by_one(old: &Program) -> Arc<Program> {
    let mut definition = serde_json::to_value(&old.workflow).unwrap();
    let ends: Vec<&str> = old.ends(&old.top).map(|node| node.id.as_str()).collect();
    let node = json!({"id": "added", "type": "tool", "tool": "s.say", "args": {"text": "더", "to": "team"}});
    definition["nodes"].as_array_mut().unwrap().push(node);
    let edges = ends.iter().map(|end| json!({"from": end, "to": "added"}));
    definition["edges"].as_array_mut().unwrap().extend(edges);
    let workflow = serde_json::from_value(definition).unwrap();
    Program::compile(workflow).map_or_else(|_| program_of(old), Arc::new)
}

fn program_of(old: &Program) -> Arc<Program> {
    Arc::new(Program::compile(old.workflow.clone()).map_err(|f| format!("{f:?}")).unwrap())
}

/// A world in which another run begins with the first `entries` of this one's.
pub fn beside(w: &World) -> World {
    let mut other = World::new();
    other.shelf.programs.extend(w.shelf.programs.iter().map(|(d, p)| (*d, p.clone())));
    other.shelf.blobs.extend(w.shelf.blobs.iter().map(|(d, b)| (*d, b.clone())));
    other.run = blank(WorkspaceId(Uuid::from_u128(1)), RunId(Uuid::from_u128(77)));
    other.now = w.now.plus_millis(60_000);
    other
}

/// The run's state after some of its entries, and what came of what was under way then.
pub fn past(w: &World, entries: usize) -> (Box<Forked>, Vec<ForkedOutcome>, Vec<ForkedChild>) {
    let mut state = blank(w.run.workspace, w.run.id);
    for entry in &w.log[..entries] {
        entry.events().unwrap().iter().for_each(|event| evolve(&mut state, event, entry.at));
    }
    let last = &w.log[entries - 1];
    let mut outcomes = Vec::new();
    let mut children = Vec::new();
    for event in w.log[entries..].iter().flat_map(|entry| entry.events().unwrap()) {
        match event {
            Event::EffectObserved { step, n, outcome }
                if state.steps.get(&step).is_some_and(|s| s.status == StepStatus::Running && s.intent == n) =>
            {
                outcomes.push(ForkedOutcome { step, intent: n, outcome: Box::new(outcome) });
            }
            Event::ChildFinished { step, run, output, untrusted, error }
                if state.steps.get(&step).is_some_and(|s| s.child == Some(run)) =>
            {
                children.push(ForkedChild { step, run, output, untrusted, error });
            }
            _ => {}
        }
    }
    let forked = Forked {
        from: w.run.id,
        seq: last.seq + u64::from(last.count) - 1,
        head: last.hash,
        state: Box::new(state),
        facts: Digest::ZERO,
        by: "user:9".into(),
        input: None,
        workflow: None,
        pins: Default::default(),
        gone: Vec::new(),
    };
    (Box::new(forked), outcomes, children)
}

pub fn fork(
    w: &mut World,
    (mut forked, outcomes, children): (Box<Forked>, Vec<ForkedOutcome>, Vec<ForkedChild>),
) -> Result<Vec<Event>, Refusal> {
    forked.facts = Digest::of(serde_json::to_string(&w.facts).unwrap().as_bytes());
    w.send(Command::Fork { forked, outcomes, children })
}

fn chain() -> Value {
    json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.say", "args": {"text": "${input.name}", "to": "team"}},
        {"id": "g", "type": "human_gate", "title": "계속할까요?"},
        {"id": "b", "type": "tool", "tool": "s.say", "args": {"text": "둘 ${input.name}", "to": "team"}}],
        "edges": [{"from": "a", "to": "g"}, {"from": "g", "to": "b"}], "entry_point": "a"})
}

#[test]
fn a_fork_does_nothing_again_and_goes_on_with_another_input() {
    let mut w = World::new();
    w.start(chain()).unwrap();
    w.answer("a", json!({})).unwrap();
    w.approve("g").unwrap();
    w.answer("b", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    // After the start `a` was under way: its outcome is taken over, the gate asks anew.
    let mut f = beside(&w);
    let mut given = past(&w, 1);
    given.0.input = Some(Stored::inline(json!({"name": "이"})));
    let events = fork(&mut f, given).unwrap();
    assert_eq!(names(&events)[..3], ["run_forked", "effect_observed", "step_succeeded"]);
    assert_eq!((f.status("a"), f.run.display()), (StepStatus::Succeeded, "waiting_approval".to_owned()));
    f.approve("g").unwrap();
    assert_eq!(f.payload("b")["text"], "둘 이");
    f.answer("b", json!({})).unwrap();
    assert_eq!((f.run.status, f.run.id), (RunStatus::Completed, RunId(Uuid::from_u128(77))));
    f.check_history();
    w.check_history();
}

#[test]
fn a_question_that_was_open_is_asked_anew() {
    let mut w = World::new();
    w.start(chain()).unwrap();
    w.answer("a", json!({})).unwrap();
    let old = w.run.steps["g"].approval.clone().unwrap();
    let mut f = beside(&w);
    let given = past(&w, 2);
    fork(&mut f, given).unwrap();
    let new = f.run.steps["g"].approval.clone().unwrap();
    assert_ne!(old.id, new.id);
    f.approve("g").unwrap();
    f.answer("b", json!({})).unwrap();
    assert_eq!(f.run.status, RunStatus::Completed);
    f.check_history();
    w.approve("g").unwrap();
}

#[test]
fn what_has_no_recorded_outcome_cannot_be_forked() {
    let mut w = World::new();
    w.start(chain()).unwrap();
    let mut f = beside(&w);
    let given = past(&w, 1);
    let Err(Refusal::Fault(fault)) = fork(&mut f, given) else { panic!() };
    assert_eq!(fault.code, Code::ForkUnfit);
    // Nor can what has ended.
    w.answer("a", json!({})).unwrap();
    w.approve("g").unwrap();
    w.answer("b", json!({})).unwrap();
    let mut f = beside(&w);
    let given = past(&w, w.log.len());
    assert!(matches!(fork(&mut f, given), Err(Refusal::Fault(fault)) if fault.code == Code::ForkUnfit));
}

/// The chain with one more step at its end and other words in `b`.
fn longer() -> Value {
    let mut definition = chain();
    definition["nodes"][2]["args"]["text"] = json!("셋 ${input.name}");
    definition["nodes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "c", "type": "tool", "tool": "s.say", "args": {"text": "끝", "to": "team"}}));
    definition["edges"].as_array_mut().unwrap().push(json!({"from": "b", "to": "c"}));
    definition
}

pub fn migrate_to(w: &mut World, new: Arc<Program>) -> Result<Vec<Event>, Refusal> {
    w.shelf.programs.insert(new.digest, new.clone());
    w.send(Command::Migrate { workflow: new.digest, pins: Default::default(), by: "user:1".into() })
}

fn migrate(w: &mut World, definition: &Value) -> Result<Vec<Event>, Refusal> {
    migrate_to(w, program(definition))
}

#[test]
fn a_waiting_run_goes_on_with_a_newer_version_and_back() {
    let mut w = World::new();
    w.start(chain()).unwrap();
    w.answer("a", json!({})).unwrap();
    let asked = w.run.steps["g"].approval.clone().unwrap();
    migrate(&mut w, &longer()).unwrap();
    assert_eq!(w.run.steps["g"].approval.as_ref(), Some(&asked), "the question stands");
    migrate(&mut w, &chain()).unwrap();
    migrate(&mut w, &longer()).unwrap();
    w.approve("g").unwrap();
    assert_eq!(w.payload("b")["text"], "셋 김");
    w.answer("b", json!({})).unwrap();
    w.answer("c", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn what_stands_in_the_way_is_named() {
    let blocked = |w: &mut World, definition: &Value| match migrate(w, definition) {
        Err(Refusal::Fault(fault)) => {
            assert_eq!(fault.code, Code::MigrationBlocked);
            fault.fields.iter().map(|field| field.pointer.clone()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let mut w = World::new();
    w.start(chain()).unwrap();
    w.answer("a", json!({})).unwrap();
    // The gate at which it waits is gone.
    let without = json!({"nodes": [chain()["nodes"][0], chain()["nodes"][2]], "edges": [{"from": "a", "to": "b"}], "entry_point": "a"});
    assert_eq!(blocked(&mut w, &without), ["g"]);
    // A step before the gate would never be done.
    let mut earlier = chain();
    earlier["nodes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "z", "type": "tool", "tool": "s.say", "args": {"text": "처음", "to": "team"}}));
    earlier["edges"] = json!([{"from": "z", "to": "a"}, {"from": "a", "to": "g"}, {"from": "g", "to": "b"}]);
    earlier["entry_point"] = json!("z");
    assert_eq!(blocked(&mut w, &earlier), ["z"]);
    // What was done was something else.
    let mut other = chain();
    other["nodes"][0] = json!({"id": "a", "type": "wait", "duration_ms": 1});
    assert_eq!(blocked(&mut w, &other), ["a"]);
    // A step after what is done begins at once.
    let mut beside = chain();
    beside["nodes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "n", "type": "tool", "tool": "s.say", "args": {"text": "새로", "to": "team"}}));
    beside["edges"].as_array_mut().unwrap().push(json!({"from": "a", "to": "n"}));
    migrate(&mut w, &beside).unwrap();
    assert_eq!(w.payload("n")["text"], "새로");
    w.answer("n", json!({})).unwrap();
    w.approve("g").unwrap();
    w.answer("b", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn the_middle_of_a_loop_moves_only_to_the_same_loop() {
    let body = |text: &str| {
        json!({"nodes": [{"id": "l", "type": "loop", "until": "index >= 1", "max": 3,
            "body": {"nodes": [{"id": "w", "type": "tool", "tool": "s.say", "args": {"text": text, "to": "team"}}], "entry_point": "w"}}],
            "edges": [], "entry_point": "l"})
    };
    let mut w = World::new();
    w.start(body("하나")).unwrap();
    w.answer("w[0]", json!({})).unwrap();
    assert!(matches!(migrate(&mut w, &body("둘")), Err(Refusal::Fault(fault)) if fault.code == Code::MigrationBlocked));
    let mut more = body("하나");
    more["nodes"].as_array_mut().unwrap().push(json!({"id": "f", "type": "finalize", "output": "끝"}));
    more["edges"] = json!([{"from": "l", "to": "f"}]);
    migrate(&mut w, &more).unwrap();
    w.answer("w[1]", json!({})).unwrap();
    assert_eq!((w.run.status, w.output()), (RunStatus::Completed, json!("끝")));
    w.check_history();
}
