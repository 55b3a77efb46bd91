//! Held runs: what is under way ends, nothing begins, and then everything goes on.

use super::*;

fn pause() -> Command {
    Command::Pause { by: "user:1".into(), reason: Some("점심".into()) }
}

fn resume() -> Command {
    Command::Resume { by: "user:1".into() }
}

#[test]
fn calls_under_way_end_and_nothing_new_begins() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    assert_eq!(names(&w.send(pause()).unwrap()), ["run_paused"]);
    assert_eq!((w.run.status, w.run.display()), (RunStatus::Running, "paused".to_owned()));
    assert_eq!(w.send(pause()), Err(Refusal::Stale));
    let events = w.answer("a", json!({"url": "u"})).unwrap();
    assert_eq!(names(&events), ["effect_observed", "step_succeeded", "step_ready"]);
    assert_eq!((w.run.status, w.run.waiting_for()), (RunStatus::Waiting, Some(WaitingFor::Paused)));
    assert_eq!(due(&w.run, "b"), Some(metel_model::task::PARKED), "out of the queue");
    assert_eq!(w.send(Command::Wake { step: "b".into() }), Err(Refusal::Stale));
    assert_eq!(names(&w.send(resume()).unwrap()), ["run_resumed", "effect_intended"]);
    assert_eq!(w.send(resume()), Err(Refusal::Stale));
    w.answer("b", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn a_sleep_whose_time_has_passed_ends_when_the_run_goes_on() {
    let mut w = World::new();
    w.start(json!({"nodes": [{"id": "nap", "type": "wait", "duration_ms": 1_000}, {"id": "a", "type": "tool",
        "tool": "s.write", "args": {"text": "1"}}], "edges": [{"from": "nap", "to": "a"}], "entry_point": "nap"}))
        .unwrap();
    let at = w.run.steps["nap"].wake_at;
    w.send(pause()).unwrap();
    assert_eq!(due(&w.run, "nap"), Some(metel_model::task::PARKED));
    w.now = w.now.plus_millis(5_000);
    assert_eq!(w.send(Command::Wake { step: "nap".into() }), Err(Refusal::Stale));
    w.send(resume()).unwrap();
    assert_eq!(due(&w.run, "nap"), at, "due at once");
    w.wake("nap").unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    w.check_history();
}

#[test]
fn people_and_messages_are_heard_meanwhile() {
    let mut w = World::new();
    w.start(json!({"nodes": [
        {"id": "p", "type": "parallel"},
        {"id": "d", "type": "tool", "tool": "s.delete", "args": {"text": "1"}},
        {"id": "m", "type": "wait", "message": "x"},
        {"id": "t", "type": "human_task", "form": {"type": "object"}},
        {"id": "c", "type": "subworkflow", "workflow": "child"},
        {"id": "j", "type": "join"}
    ], "edges": [{"from": "p", "to": "d"}, {"from": "p", "to": "m"}, {"from": "p", "to": "t"}, {"from": "p", "to": "c"},
        {"from": "d", "to": "j"}, {"from": "m", "to": "j"}, {"from": "t", "to": "j"}, {"from": "c", "to": "j"}],
        "entry_point": "p"}))
        .unwrap();
    w.send(pause()).unwrap();
    w.approve("d").unwrap();
    assert_eq!((w.status("d"), w.run.steps["d"].intent), (StepStatus::Ready, 0));
    w.send(messages::message(1, "x", "", json!(1), false)).unwrap();
    w.send(people::submit("t", json!({}))).unwrap();
    let child = w.run.steps["c"].child.unwrap();
    w.send(Command::ChildDone { step: "c".into(), run: child, output: Stored::null(), untrusted: false, error: None })
        .unwrap();
    assert_eq!(w.run.display(), "paused");
    w.send(resume()).unwrap();
    w.answer("d", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn the_deadline_counts_and_a_held_run_can_be_cancelled() {
    for cancel in [true, false] {
        let mut w = World::new();
        let workflow = read_pipeline("t", &one("s.delete")).unwrap();
        let program = Arc::new(Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap());
        let deadline = w.now.plus_millis(60_000);
        w.start_program(program, json!({}), Some(deadline)).unwrap();
        w.send(pause()).unwrap();
        assert_eq!(due(&w.run, DEADLINE_STEP), Some(deadline));
        let status = if cancel {
            w.cancel().unwrap();
            RunStatus::Cancelled
        } else {
            w.wake(DEADLINE_STEP).unwrap();
            RunStatus::Failed
        };
        assert_eq!((w.run.status, w.run.paused.as_deref()), (status, None));
        assert_eq!(w.send(resume()), Err(Refusal::Final));
        w.check_history();
    }
}

#[test]
fn a_lost_call_is_not_sent_again_while_the_run_is_held() {
    for (tool, asked) in [("s.write", false), ("s.read", false), ("s.find", true)] {
        let mut w = World::new();
        w.start(one(tool)).unwrap();
        w.send(pause()).unwrap();
        w.send(Command::Rescue { step: "a".into(), intent: 1 }).unwrap();
        let kind = effect_of(&w.run, "a").map(|effect| effect.kind);
        assert_eq!(kind, asked.then_some(EffectKind::Reconcile), "{tool}");
        if !asked {
            w.send(resume()).unwrap();
            assert_eq!(w.run.steps["a"].intent, 2);
        }
        w.check_history();
    }
}

#[test]
fn a_plan_waits_too() {
    let mut w = World::new();
    w.starts = 0;
    w.ask(None).unwrap();
    w.starts = u32::MAX;
    w.send(pause()).unwrap();
    assert_eq!(w.send(Command::Wake { step: PLAN_STEP.into() }), Err(Refusal::Stale));
    assert_eq!(names(&w.send(resume()).unwrap()), ["run_resumed", "effect_intended"]);
    w.check_history();
}
