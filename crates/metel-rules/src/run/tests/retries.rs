//! Trying a run again: what was done stays done, and nothing that may have happened is sent anew.

use super::*;

#[test]
fn steps_whose_turn_was_lost_with_the_failure_get_it_back() {
    // `x` fails at once; the turn of `y` had come and was dropped with the run.
    let mut w = World::new();
    let mut both = pair("s.write", "s.write");
    both["nodes"][1] =
        json!({"id": "x", "type": "validation", "rules": [{"when": "input.n > 1", "message": "작아요"}]});
    w.start_with(both, json!({"n": 1})).unwrap();
    assert_eq!((w.run.status, w.status("y")), (RunStatus::Failed, StepStatus::Pending));
    w.retry().unwrap();
    assert_eq!(w.status("x"), StepStatus::Failed);
    w.check_history();

    let mut w = World::new();
    w.start(two_steps()).unwrap();
    w.cancel().unwrap();
    w.answer("a", json!({"url": "u"})).unwrap();
    assert_eq!((w.run.status, w.status("b")), (RunStatus::Cancelled, StepStatus::Pending));
    w.retry().unwrap();
    w.answer("b", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn a_handled_failure_is_not_tried_again() {
    let mut w = World::new();
    w.start(json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "1"}, "on_error": "continue"},
        {"id": "b", "type": "tool", "tool": "s.blind", "args": {"text": "2"}},
        {"id": "c", "type": "tool", "tool": "s.blind", "args": {"text": "3"}}
    ], "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}], "entry_point": "a"}))
        .unwrap();
    w.status_of("a", 404).unwrap();
    w.answer("b", json!({})).unwrap();
    w.status_of("c", 404).unwrap();
    let events = w.retry().unwrap();
    assert_eq!(names(&events), ["run_retried", "effect_intended"], "only what stopped the run");
    w.answer("c", json!({})).unwrap();
    assert_eq!((w.run.status, w.run.steps["b"].intent), (RunStatus::Completed, 1));
    w.check_history();
}

#[test]
fn a_map_goes_on_where_it_stood() {
    let mut w = World::new();
    w.start(json!({"nodes": [{"id": "m", "type": "map", "items": [1, 2, 3], "concurrency": 1, "body": {"nodes": [
        {"id": "w", "type": "tool", "tool": "s.blind", "args": {"text": "n${item}"}},
        {"id": "v", "type": "tool", "tool": "s.blind", "args": {"text": "${item}!"}}
    ], "edges": [{"from": "w", "to": "v"}], "entry_point": "w"}}], "entry_point": "m"}))
        .unwrap();
    w.answer("w[0]", json!({})).unwrap();
    w.answer("v[0]", json!({})).unwrap();
    w.answer("w[1]", json!({})).unwrap();
    w.status_of("v[1]", 404).unwrap();
    assert_eq!(w.run.status, RunStatus::Failed);
    w.retry().unwrap();
    assert_eq!((w.status("v[1]"), w.run.steps["m"].items.as_ref().unwrap().done), (StepStatus::Running, 1));
    w.answer("v[1]", json!({})).unwrap();
    w.answer("w[2]", json!({})).unwrap();
    w.answer("v[2]", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    let sent = |id: &str| {
        let events = w.log.iter().flat_map(|entry| entry.events().unwrap());
        events.filter(|e| matches!(e, Event::EffectIntended { step, .. } if step == id)).count()
    };
    assert!(["w[0]", "v[0]", "w[1]"].iter().all(|id| sent(id) == 1), "no item is sent twice");
    w.check_history();
}

#[test]
fn answers_of_a_group_stand() {
    let mut w = World::new();
    w.start(json!({"nodes": [{"id": "g", "type": "agent_call", "agents": ["a", "b"]}], "entry_point": "g"})).unwrap();
    w.answer("g#a", json!({"text": "예"})).unwrap();
    w.outcome("g#b", Outcome::fault(Fault::new(Code::StepFailed), Certainty::Certain, 1)).unwrap();
    assert_eq!(w.run.status, RunStatus::Failed);
    w.retry().unwrap();
    assert_eq!((w.run.steps["g#a"].intent, w.run.steps["g#b"].intent), (1, 2));
    w.answer("g#b", json!({"text": "아니요"})).unwrap();
    assert_eq!(w.output(), json!({"a": {"text": "예"}, "b": {"text": "아니요"}}));
    w.check_history();
}

#[test]
fn a_doubt_outlives_the_runs_failure() {
    let mut w = World::new();
    w.start(pair("s.blind", "s.write")).unwrap();
    w.lose("x").unwrap();
    w.status_of("y", 404).unwrap();
    assert_eq!((w.run.status, w.status("x")), (RunStatus::Failed, StepStatus::InDoubt));
    w.retry().unwrap();
    assert_eq!(w.status("x"), StepStatus::InDoubt, "not sent again before a person has looked");
    w.answer("y", json!({})).unwrap();
    assert_eq!(w.run.display(), "waiting_doubt");
    w.send(Command::Resolve { step: "x".into(), intent: None, happened: true, output: None, by: "user:2".into() })
        .unwrap();
    assert_eq!((w.run.status, w.run.steps["x"].intent), (RunStatus::Completed, 1));
    w.check_history();
}

#[test]
fn a_call_that_was_cut_off_goes_on_under_its_key() {
    for (tool, kind) in [("s.write", EffectKind::Tool), ("s.find", EffectKind::Reconcile)] {
        let mut w = World::new();
        w.start(one(tool)).unwrap();
        let key = effect_key(&w.run, "a");
        w.lose("a").unwrap();
        w.cancel().unwrap();
        assert_eq!(w.run.status, RunStatus::Cancelled);
        w.retry().unwrap();
        let effect = effect_of(&w.run, "a").unwrap();
        assert_eq!((effect.key, effect.kind), (key, kind), "{tool}");
        w.check_history();
    }
}

#[test]
fn what_certainly_failed_is_tried_under_another_key() {
    let mut w = World::new();
    w.start(one("s.write")).unwrap();
    let key = effect_key(&w.run, "a");
    w.status_of("a", 403).unwrap();
    w.retry().unwrap();
    assert_ne!(effect_key(&w.run, "a"), key);
}

#[test]
fn a_wording_that_was_cut_off_is_taken_up_again() {
    let mut w = World::new();
    w.facts.model = true;
    w.ask(None).unwrap();
    w.answer(PLAN_STEP, json!({"plan": plan(json!([{"id": "a1", "tool": "s.write", "args": {"text": "1"}}]))}))
        .unwrap();
    w.starts = 0;
    w.answer("a1", json!({})).unwrap();
    assert_eq!(w.status(COMPOSE_STEP), StepStatus::Ready);
    w.cancel().unwrap();
    w.starts = 1;
    w.retry().unwrap();
    assert_eq!(w.status(COMPOSE_STEP), StepStatus::Running);
    w.check_history();
}
