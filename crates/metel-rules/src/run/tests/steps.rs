//! Steps of every type: one after the other, side by side, chosen, gated, asleep.

use super::*;

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
