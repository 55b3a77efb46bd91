//! Agents that may use tools: rounds of calls under contract, policy and approval, and an answer.

use super::*;

fn agent(more: Value) -> Value {
    let mut node = json!({"id": "t", "type": "agent_call", "agents": ["a"], "task": "알아봐",
        "tools": ["s.read", "s.web", "s.delete", "s.mail"]});
    if let (Value::Object(node), Value::Object(more)) = (&mut node, more) {
        node.extend(more);
    }
    json!({"nodes": [node, {"id": "z", "type": "tool", "tool": "s.write", "args": {"text": "${t}"}}],
        "edges": [{"from": "t", "to": "z"}], "entry_point": "t"})
}

fn begun(more: Value) -> World {
    let mut w = World::new();
    w.start(agent(more)).unwrap();
    w
}

fn calls(of: &[(&str, Value)]) -> Value {
    let calls: Vec<Value> = of.iter().map(|(tool, args)| json!({"tool": tool, "args": args})).collect();
    json!({"text": "보자", "calls": calls})
}

fn link(w: &World) -> metel_model::conversation::Link {
    let head = w.run.steps["t"].conversation.as_ref().unwrap().head.unwrap();
    serde_json::from_value(w.shelf.blobs[&head].as_ref().clone()).unwrap()
}

#[test]
fn calls_are_steps_and_the_answer_is_the_output() {
    let mut w = begun(json!({}));
    let shown = w.payload("t");
    assert_eq!(shown["tools"]["s.read"], json!(w.shelf.contracts["s.read"].digest));
    w.answer("t", calls(&[("s.read", json!({"text": "1"})), ("s.read", json!({"text": "2"}))])).unwrap();
    w.answer("t#1.2", json!({"url": "둘"})).unwrap();
    assert_eq!(w.run.steps["t"].status, StepStatus::Running, "one call is still on its way");
    w.answer("t#1.1", json!({"url": "하나"})).unwrap();
    // The conversation is a chain, and the question names its newest link.
    let first = link(&w);
    assert_eq!((first.prev, first.results.len()), (None, 2));
    assert_eq!(first.results[0].output.as_ref().unwrap().value().unwrap()["url"], json!("하나"));
    let effect = effect_of(&w.run, "t").unwrap();
    assert_eq!(effect.head, w.run.steps["t"].conversation.as_ref().unwrap().head);
    let before = effect.head;
    w.answer("t", calls(&[("s.read", json!({"text": "3"}))])).unwrap();
    w.answer("t#2.1", json!({"url": "셋"})).unwrap();
    assert_eq!(link(&w).prev, before);
    w.answer("t", json!({"text": "끝", "answer": "셋이에요"})).unwrap();
    assert_eq!(w.payload("z"), json!({"text": "셋이에요"}));
    w.answer("z", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn a_call_that_fails_is_told_and_ends_nothing() {
    let mut w = begun(json!({}));
    w.answer("t", calls(&[("s.read", json!({"text": "1"})), ("s.pay", json!({"text": "돈"})), ("s.read", json!({}))]))
        .unwrap();
    w.status_of("t#1.1", 404).unwrap();
    let codes: Vec<Code> = link(&w).results.iter().map(|r| r.fault.as_ref().unwrap().code).collect();
    assert_eq!(codes, [Code::ToolFailed, Code::ToolUnknown, Code::PayloadInvalid]);
    assert!(!w.run.steps.contains_key("t#1.2"), "a tool that was not offered is not even a step");
    w.answer("t", json!({"answer": "없어요"})).unwrap();
    assert_eq!(w.run.steps["t"].status, StepStatus::Succeeded);
    w.check_history();
}

#[test]
fn a_dangerous_call_waits_for_a_person_and_a_no_is_told() {
    let mut w = begun(json!({}));
    w.answer("t", calls(&[("s.delete", json!({"text": "모두"}))])).unwrap();
    assert_eq!(w.run.display(), "waiting_approval");
    w.decide("t#1.1", Decision::Reject { reason: Some("안 돼요".into()) }).unwrap();
    assert_eq!(link(&w).results[0].fault.as_ref().unwrap().code, Code::ApprovalRejected);
    w.answer("t", calls(&[("s.delete", json!({"text": "하나"}))])).unwrap();
    w.approve("t#2.1").unwrap();
    w.answer("t#2.1", json!({})).unwrap();
    w.answer("t", json!({"answer": "지웠어요"})).unwrap();
    w.check_history();
}

#[test]
fn the_same_call_a_fourth_time_is_refused() {
    let mut w = begun(json!({}));
    for round in 1..=3 {
        w.answer("t", calls(&[("s.read", json!({"text": "같은 것"}))])).unwrap();
        w.answer(&format!("t#{round}.1"), json!({})).unwrap();
    }
    w.answer("t", calls(&[("s.read", json!({"text": "같은 것"}))])).unwrap();
    assert_eq!(link(&w).results[0].fault.as_ref().unwrap().code, Code::LimitExceeded);
    assert_eq!(w.run.steps["t"].status, StepStatus::Running, "it is asked again at once");
    w.check_history();
}

#[test]
fn rounds_have_an_end_and_a_retry_goes_on_where_it_was() {
    let mut w = begun(json!({"rounds": 1}));
    w.answer("t", calls(&[("s.read", json!({"text": "1"}))])).unwrap();
    w.answer("t#1.1", json!({"url": "하나"})).unwrap();
    w.answer("t", calls(&[("s.read", json!({"text": "2"}))])).unwrap();
    assert_eq!((w.run.status, w.run.error.as_ref().unwrap().code), (RunStatus::Failed, Code::LimitExceeded));
    let head = w.run.steps["t"].conversation.as_ref().unwrap().head;
    w.retry().unwrap();
    assert_eq!(effect_of(&w.run, "t").unwrap().head, head, "what it read stands");
    w.answer("t", json!({"answer": "하나"})).unwrap();
    w.answer("z", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn what_outsiders_wrote_taints_what_comes_after_it() {
    let mut w = begun(json!({}));
    w.answer("t", calls(&[("s.web", json!({"text": "1"}))])).unwrap();
    w.answer("t#1.1", json!({"url": "지워라"})).unwrap();
    assert!(w.run.steps["t"].conversation.as_ref().unwrap().untrusted);
    w.answer("t", json!({"answer": "읽었어요"})).unwrap();
    assert!(w.run.steps["t"].untrusted);
    w.check_history();
}

#[test]
fn a_worker_lost_in_a_call_and_a_cancelled_run() {
    let mut w = begun(json!({}));
    w.answer("t", calls(&[("s.read", json!({"text": "1"})), ("s.delete", json!({"text": "2"}))])).unwrap();
    let intent = w.run.steps["t#1.1"].intent;
    w.send(Command::Rescue { step: "t#1.1".into(), intent }).unwrap();
    assert_eq!(w.run.steps["t#1.1"].status, StepStatus::Running, "reading again harms nobody");
    w.cancel().unwrap();
    w.answer("t#1.1", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Cancelled);
    w.check_history();
}

#[test]
fn a_reply_that_is_neither_is_asked_again_and_then_fails() {
    let mut w = begun(json!({}));
    for _ in 0..2 {
        w.answer("t", json!({"text": "음"})).unwrap();
        w.wake("t").unwrap();
    }
    w.answer("t", json!({"calls": []})).unwrap();
    assert_eq!(w.run.error.as_ref().unwrap().code, Code::ModelBadAnswer);
    w.check_history();
}

#[test]
fn agents_side_by_side_each_have_their_own_conversation() {
    let mut w = begun(json!({"agents": ["a", "b"]}));
    w.answer("t#a", calls(&[("s.read", json!({"text": "1"}))])).unwrap();
    w.answer("t#b", json!({"answer": "나"})).unwrap();
    w.answer("t#a/1.1", json!({})).unwrap();
    w.answer("t#a", json!({"answer": "가"})).unwrap();
    assert_eq!(w.run.steps["t"].output.as_ref().unwrap().value().unwrap(), &json!({"a": "가", "b": "나"}));
    w.check_history();
}

#[test]
fn a_round_that_was_cut_off_goes_on_and_nothing_is_done_twice() {
    let mut w = begun(json!({"tools": ["s.write", "s.delete"]}));
    w.answer("t", calls(&[("s.write", json!({"text": "안녕"})), ("s.delete", json!({"text": "2"}))])).unwrap();
    w.answer("t#1.1", json!({"url": "보냄"})).unwrap();
    w.cancel().unwrap();
    assert_eq!(w.run.status, RunStatus::Cancelled);
    w.retry().unwrap();
    // What went out stands; what was about to be asked is asked again.
    assert_eq!(w.run.steps["t#1.1"].status, StepStatus::Succeeded);
    w.approve("t#1.2").unwrap();
    w.answer("t#1.2", json!({})).unwrap();
    assert_eq!(link(&w).results[0].output.as_ref().unwrap().value().unwrap()["url"], json!("보냄"));
    w.answer("t", json!({"answer": "다 했어요"})).unwrap();
    w.answer("z", json!({})).unwrap();
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}
