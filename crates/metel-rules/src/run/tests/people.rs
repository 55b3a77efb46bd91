//! People's tasks: a form, its values, its time.

use super::*;

fn task(more: Value) -> Value {
    let mut node = json!({"id": "t", "type": "human_task", "title": {"en": "Check", "ko": "확인해 주세요"},
        "show": {"who": "${input.name}"}, "assignee": "회계 ${input.name}", "due_ms": 60_000,
        "form": {"type": "object", "properties": {"금액": {"type": "integer", "minimum": 1}, "메모": {"type": "string"}},
            "required": ["금액"], "additionalProperties": false}});
    node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"nodes": [node, {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "${t.금액}원"}}],
        "edges": [{"from": "t", "to": "a"}], "entry_point": "t"})
}

pub fn submit(step: &str, values: Value) -> Command {
    Command::Submit { step: step.into(), values: Stored::inline(values), by: "user:2".into() }
}

#[test]
fn a_person_is_shown_a_form_and_its_values_are_the_output() {
    let mut w = World::new();
    let events = w.start(task(json!({}))).unwrap();
    let Event::TaskAsked { title, show, assignee, due, expires: None, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!((title.ko.as_str(), assignee.as_deref()), ("확인해 주세요", Some("회계 김")));
    assert_eq!((show.value(), *due), (Some(&json!({"who": "김"})), Some(w.now.plus_millis(60_000))));
    assert_eq!((w.run.display(), w.run.slots.len()), ("waiting_input".to_owned(), 0));
    w.send(submit("t", json!({"금액": 3}))).unwrap();
    assert_eq!(w.payload("a"), json!({"text": "3원"}));
    assert!(w.run.steps["t"].task.is_none());
    w.answer("a", json!({})).unwrap();
    w.check_history();
}

#[test]
fn every_fault_of_a_form_is_told_at_once_and_nothing_changes() {
    let mut w = World::new();
    w.start(task(json!({}))).unwrap();
    let Err(Refusal::Fault(fault)) = w.send(submit("t", json!({"금액": 0, "메모": 3, "더": 1}))) else { panic!() };
    let mut places: Vec<&str> = fault.fields.iter().map(|f| f.pointer.as_str()).collect();
    places.sort_unstable();
    assert_eq!((fault.code, places), (Code::FieldInvalid, vec!["", "/금액", "/메모"]));
    for (step, code) in [("nowhere", Code::StepUnknown), ("a", Code::StepUnknown)] {
        let Err(Refusal::Fault(fault)) = w.send(submit(step, json!({"금액": 1}))) else { panic!() };
        assert_eq!(fault.code, code);
    }
    w.send(submit("t", json!({"금액": 1}))).unwrap();
    let Err(Refusal::Fault(fault)) = w.send(submit("t", json!({"금액": 1}))) else { panic!("twice") };
    assert_eq!(fault.code, Code::InputUnexpected);
    w.check_history();
}

#[test]
fn a_form_that_nobody_fills_in_expires() {
    let mut w = World::new();
    w.start(task(json!({"expires_ms": 5_000}))).unwrap();
    assert_eq!(w.send(Command::Wake { step: "t".into() }), Err(Refusal::NotDue(w.run.steps["t"].wake_at.unwrap())));
    w.now = w.run.steps["t"].wake_at.unwrap();
    assert!(w.send(submit("t", json!({"금액": 1}))).is_err(), "too late");
    w.wake("t").unwrap();
    assert_eq!((w.run.status, w.run.error.as_ref().unwrap().code), (RunStatus::Failed, Code::WaitTimeout));
    // A person tries again: it is asked anew.
    w.retry().unwrap();
    w.send(submit("t", json!({"금액": 1}))).unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    w.check_history();
}

#[test]
fn a_large_form_and_large_values_are_kept_by_hash() {
    let mut w = World::new();
    let long = "가".repeat(8_000);
    w.start(task(json!({"form": {"type": "object", "description": long}}))).unwrap();
    w.send(submit("t", json!({"금액": 1, "메모": "나".repeat(20_000)}))).unwrap();
    assert!(w.log.iter().all(|entry| entry.body.len() < 3_000));
    w.check_history();
}
