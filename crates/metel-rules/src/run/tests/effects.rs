//! Effects: late, repeated, lost and doubtful ones.

use super::*;

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
    let intent = w.run.steps["a"].intent;
    let no = |intent| Command::Resolve { step: "a".into(), intent, happened: false, output: None, by: "user:2".into() };
    let Err(Refusal::Fault(fault)) = w.send(no(Some(intent - 1))) else { panic!("a word about an earlier call") };
    assert_eq!(fault.code, Code::RunStale);
    w.send(no(Some(intent))).unwrap();
    assert_ne!(effect_key(&w.run, "a"), group, "a person's repetition is another group");
    w.answer("a", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    assert!(w.replay().diverged.is_none());
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
fn a_step_that_costs_every_worker_its_life_is_left_to_a_person() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    let mut rescued = 0;
    while w.status("a") == StepStatus::Running {
        let intent = w.run.steps["a"].intent;
        w.send(Command::Rescue { step: "a".into(), intent }).unwrap();
        rescued += 1;
        assert!(rescued <= 16);
    }
    assert_eq!((rescued, w.status("a")), (16, StepStatus::InDoubt), "it may have happened");
    let said = w.run.steps["a"].error.clone().unwrap();
    assert_eq!(said.code, Code::StepFailed);
    w.check_history();
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
fn a_keyed_call_that_may_have_happened_ends_in_doubt_and_not_in_failure() {
    let mut w = World::new();
    w.start(one("s.write")).unwrap();
    let key = effect_key(&w.run, "a");
    for _ in 0..2 {
        w.lose("a").unwrap();
        w.wake("a").unwrap();
        assert_eq!(effect_key(&w.run, "a"), key);
    }
    w.status_of("a", 500).unwrap();
    assert_eq!((w.status("a"), w.run.display()), (StepStatus::InDoubt, "waiting_doubt".to_owned()));
    w.check_history();

    // Whatever stands in the way of the next attempt.
    let mut w = World::new();
    w.start(one("s.write")).unwrap();
    w.lose("a").unwrap();
    w.facts.disabled.push("s.write".into());
    w.wake("a").unwrap();
    assert_eq!(w.status("a"), StepStatus::InDoubt);

    // Reading twice is reading once.
    let mut w = World::new();
    w.start(one("s.read")).unwrap();
    w.lose("a").unwrap();
    w.facts.disabled.push("s.read".into());
    w.wake("a").unwrap();
    assert_eq!(w.run.status, RunStatus::Failed);
}

#[test]
fn a_question_that_was_withdrawn_is_asked_again_and_the_call_is_not_sent() {
    let mut w = World::new();
    w.start(one("s.find")).unwrap();
    w.send(Command::Rescue { step: "a".into(), intent: 1 }).unwrap();
    assert_eq!(effect_of(&w.run, "a").unwrap().kind, EffectKind::Reconcile);
    w.send(Command::Withdraw { step: "a".into(), intent: 2 }).unwrap();
    w.wake("a").unwrap();
    assert_eq!(effect_of(&w.run, "a").unwrap().kind, EffectKind::Reconcile);
    w.check_history();
}

#[test]
fn a_run_that_stops_sends_nothing_again() {
    for (tool, ends) in [("s.write", true), ("s.read", true), ("s.blind", false), ("s.find", false)] {
        let mut w = World::new();
        w.start(one(tool)).unwrap();
        w.cancel().unwrap();
        let events = w.send(Command::Rescue { step: "a".into(), intent: 1 }).unwrap();
        let sent = events.iter().any(|e| matches!(e, Event::EffectIntended { kind: EffectKind::Tool, .. }));
        assert!(!sent, "{tool}");
        assert!(w.run.status == RunStatus::Cancelled || !ends, "{tool}");
        w.check_history();
    }
}

#[test]
fn what_is_no_effect_cannot_be_lost_or_withdrawn() {
    let mut w = World::new();
    w.start(shapes::definition(8)).unwrap();
    assert_eq!(w.status("m"), StepStatus::Running);
    assert_eq!(w.send(Command::Rescue { step: "m".into(), intent: 0 }), Err(Refusal::Stale));
    assert_eq!(w.send(Command::Withdraw { step: "m".into(), intent: 0 }), Err(Refusal::Stale));
}
