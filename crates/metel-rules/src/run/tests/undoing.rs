//! Undoing: last first, under the same approvals, and what still stands when it fails.

use super::*;

fn chain() -> Value {
    let undo = |tool: &str, text: &str| json!({"tool": tool, "args": {"text": text}});
    json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "1"}, "undo": undo("s.read", "지움 ${a.url}")},
        {"id": "b", "type": "tool", "tool": "s.write", "args": {"text": "2"}, "undo": undo("s.delete", "지움 ${b.url}")},
        {"id": "c", "type": "tool", "tool": "s.write", "args": {"text": "3"}}
    ], "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}], "entry_point": "a"})
}

fn failed() -> World {
    let mut w = World::new();
    w.start(chain()).unwrap();
    w.answer("a", json!({"url": "A"})).unwrap();
    w.answer("b", json!({"url": "B"})).unwrap();
    w.status_of("c", 404).unwrap();
    w
}

#[test]
fn what_succeeded_is_taken_back_last_first_with_approval() {
    let mut w = failed();
    assert_eq!((w.run.display(), w.payload("b!undo")), ("waiting_approval".to_owned(), json!({"text": "지움 B"})));
    w.approve("b!undo").unwrap();
    w.answer("b!undo", json!({})).unwrap();
    assert_eq!(w.payload("a!undo"), json!({"text": "지움 A"}));
    w.answer("a!undo", json!({})).unwrap();
    assert_eq!((w.run.status, w.run.error.as_ref().unwrap().code), (RunStatus::Failed, Code::ToolFailed));
    assert!(w.retry().is_err(), "what was taken back is not gone on with");
    w.check_history();
}

#[test]
fn an_undo_that_fails_names_what_stands_and_a_retry_goes_on_with_it() {
    let mut w = failed();
    w.decide("b!undo", Decision::Reject { reason: None }).unwrap();
    let error = w.run.error.clone().unwrap();
    assert_eq!((w.run.status, error.code), (RunStatus::Failed, Code::ToolFailed));
    assert!(error.detail.unwrap().ko.contains("되돌리지 못한 것: b, a"));
    w.retry().unwrap();
    w.approve("b!undo").unwrap();
    w.answer("b!undo", json!({})).unwrap();
    w.answer("a!undo", json!({})).unwrap();
    assert_eq!((w.run.status, w.run.undos.len()), (RunStatus::Failed, 0));
    w.check_history();
}

#[test]
fn a_cancelled_run_takes_back_and_a_completed_one_does_not() {
    let mut w = World::new();
    w.start(chain()).unwrap();
    w.answer("a", json!({"url": "A"})).unwrap();
    w.cancel().unwrap();
    w.answer("b", json!({"url": "B"})).unwrap();
    w.approve("b!undo").unwrap();
    w.answer("b!undo", json!({})).unwrap();
    w.answer("a!undo", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Cancelled);
    w.check_history();
    let mut w = World::new();
    w.start(chain()).unwrap();
    for id in ["a", "b", "c"] {
        w.answer(id, json!({"url": id})).unwrap();
    }
    assert_eq!((w.run.status, w.run.undos.len()), (RunStatus::Completed, 0));
    w.check_history();
}
