//! Plans: made, asked about, made anew.

use super::*;

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

/// Two actions that stand side by side, the second of which fails; then this plan.
fn replanned(second: Value) -> World {
    let mut w = World::new();
    w.ask(None).unwrap();
    let first = plan(json!([
        {"id": "a1", "tool": "s.write", "args": {"text": "1"}}, {"id": "a2", "tool": "s.write", "args": {"text": "2"}}]));
    w.answer(PLAN_STEP, json!({"plan": first})).unwrap();
    w.answer("a1", json!({"url": "https://n/1"})).unwrap();
    w.status_of("a2", 404).unwrap();
    w.answer(PLAN_STEP, json!({"plan": plan(second)})).unwrap();
    w
}

#[test]
fn an_action_that_needs_what_stands_and_what_is_new_gets_its_turn() {
    let mut w = replanned(json!([
        {"id": "b1", "tool": "s.write", "args": {"text": "새로"}},
        {"id": "b2", "tool": "s.write", "args": {"text": "${a1.url} ${b1.url}"}}]));
    w.answer("b1", json!({"url": "https://n/2"})).unwrap();
    assert_eq!(w.payload("b2")["text"], "https://n/1 https://n/2");
    w.answer("b2", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn an_id_that_is_used_again_is_another_call() {
    let mut w = replanned(json!([{"id": "a2", "tool": "s.write", "args": {"text": "다르게"}}]));
    assert_ne!(effect_key(&w.run, "a2"), key_of(w.run.id, "a2", 0));
    let late = Command::Observe { step: "a2".into(), intent: 1, outcome: Box::new(Outcome::answer(json!({}), 1)) };
    assert_eq!(w.send(late), Err(Refusal::Stale), "the old call's outcome is not the new one's");
    w.answer("a2", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn a_value_given_for_an_old_plan_does_not_fill_the_new_one() {
    let mut w = World::new();
    w.ask(None).unwrap();
    let mut asks = plan(json!([{"id": "a1", "tool": "s.say", "args": {"text": "1", "to": "MISSING"}}]));
    asks["missing"] = json!([{"action": "a1", "field": "to", "title": "어디로?", "schema": {"type": "string"}}]);
    w.answer(PLAN_STEP, json!({"plan": asks.clone()})).unwrap();
    let give = |to: &str| Command::Input { values: [("a1.to".to_owned(), json!(to))].into(), by: "user:1".into() };
    w.send(give("없는채널")).unwrap();
    w.status_of("a1", 404).unwrap();
    w.answer(PLAN_STEP, json!({"plan": asks})).unwrap();
    w.send(give("team")).unwrap();
    assert_eq!(w.payload("a1")["to"], "team");
    w.check_history();
}

#[test]
fn a_new_plan_waits_for_what_began_and_drops_what_did_not() {
    let mut w = World::new();
    w.ask(None).unwrap();
    let first = plan(json!([
        {"id": "a1", "tool": "s.find", "args": {"text": "1"}},
        {"id": "a2", "tool": "s.delete", "args": {"text": "2"}},
        {"id": "a3", "tool": "s.write", "args": {"text": "3"}}]));
    w.answer(PLAN_STEP, json!({"plan": first})).unwrap();
    let question = w.run.steps["a2"].approval.clone().unwrap();
    w.lose("a1").unwrap();
    w.status_of("a3", 404).unwrap();
    assert_eq!(w.status("a2"), StepStatus::Cancelled);
    assert!(w.send(decide_on(&question, Decision::Approve { all_like_this: false })).is_err());
    assert_eq!(w.status(PLAN_STEP), StepStatus::Pending, "whether a1 happened has to be known first");
    w.wake("a1").unwrap();
    w.answer("a1", json!({"found": {"url": "https://n/1"}})).unwrap();
    assert_eq!(w.status(PLAN_STEP), StepStatus::Running);
    let input = w.payload(PLAN_STEP);
    assert_eq!(input["replan"]["done"]["a1"]["url"], "https://n/1");
    assert_eq!(input["replan"]["failed"], "a3");
    w.check_history();
}

#[test]
fn a_run_does_not_begin_with_a_plan_that_does_not_hold() {
    let mut w = World::new();
    let bad = plan(json!([{"id": "a1", "tool": "shell.run", "args": {}}]));
    assert!(w.ask(Some(bad)).is_err());
    assert_eq!(w.run.version, 0);
}

#[test]
fn cancelling_while_a_model_words_a_payload_ends_the_run() {
    let mut w = World::new();
    w.facts.model = true;
    w.ask(None).unwrap();
    w.answer(PLAN_STEP, json!({"plan": plan(json!([{"id": "a1", "tool": "s.write", "args": {}}]))})).unwrap();
    assert_eq!(w.run.steps["a1"].effect, Some(EffectKind::Author));
    w.cancel().unwrap();
    w.answer("a1", json!({"text": "쓴 글"})).unwrap();
    assert_eq!(w.run.status, RunStatus::Cancelled);
    w.check_history();
}
