//! The log: replayed, altered, taken up again.

use super::*;

#[test]
fn an_altered_transition_is_found_at_its_event() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    w.answer("a", json!({"url": "u1"})).unwrap();
    w.answer("b", json!({"url": "u2"})).unwrap();
    assert_eq!(w.replay().diverged, None);
    let second = w.log.iter().flat_map(|entry| (entry.seq..).zip(entry.events().unwrap()));
    let second = second.filter(|(_, event)| event.name() == "effect_intended").nth(1).unwrap().0;
    crate::run::altered::ON.set(true);
    let report = w.replay();
    crate::run::altered::ON.set(false);
    assert_eq!(report.diverged.unwrap().0, second);
}

#[test]
fn nothing_is_decided_without_the_workflow() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    let digest = w.run.workflow.unwrap();
    let program = w.shelf.programs.remove(&digest).unwrap();
    assert_eq!(w.status_of("a", 429).unwrap_err(), Refusal::Needs(vec![digest]));
    w.shelf.programs.insert(digest, program);
    w.status_of("a", 429).unwrap();
    w.check_history();
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
fn an_altered_history_diverges_at_the_right_event() {
    let mut w = World::new();
    w.start(two_steps()).unwrap();
    w.answer("a", json!({"url": "https://n/1"})).unwrap();
    w.answer("b", json!({"url": "https://n/2"})).unwrap();
    w.log[1].body = w.log[1].body.replace("\"text\":\"https://n/1\"", "\"text\":\"https://evil\"");
    let report = w.replay();
    assert_eq!(report.diverged.as_ref().unwrap().0, 5, "{report:?}");
}
