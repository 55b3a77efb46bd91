//! Messages: awaited, taken once, published; in time or not at all.

use super::*;

fn waiting(more: Value) -> Value {
    let mut node = json!({"id": "m", "type": "wait", "message": "주문.확정", "correlation": "${input.name}"});
    node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"nodes": [node, {"id": "say", "type": "tool", "tool": "s.say", "args": {"text": "알림", "to": "${m.to}"}}],
        "edges": [{"from": "m", "to": "say"}], "entry_point": "m"})
}

pub fn message(number: u128, name: &str, correlation: &str, payload: Value, untrusted: bool) -> Command {
    Command::Deliver {
        step: None,
        message: MessageId(Uuid::from_u128(number)),
        name: name.into(),
        correlation: correlation.into(),
        payload: Stored::inline(payload),
        untrusted,
        by: "user:3".into(),
    }
}

#[test]
fn a_message_is_waited_for_without_a_place_in_the_queue_and_is_the_output() {
    let mut w = World::new();
    let events = w.start(waiting(json!({}))).unwrap();
    let Event::MessageAwaited { name, correlation, until: None, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!((name.as_str(), correlation.as_str()), ("주문.확정", "김"));
    assert_eq!((w.run.display(), w.run.slots.len()), ("waiting_message".to_owned(), 0));
    for (name, correlation) in [("주문.취소", "김"), ("주문.확정", "이"), ("주문.확정", "")] {
        assert_eq!(w.send(message(1, name, correlation, json!({}), false)), Err(Refusal::Stale));
    }
    let events = w.send(message(1, "주문.확정", "김", json!({"to": "team"}), false)).unwrap();
    assert_eq!(names(&events), ["message_received", "step_succeeded", "effect_intended"]);
    assert_eq!(w.payload("say"), json!({"text": "알림", "to": "team"}));
    w.answer("say", json!({})).unwrap();
    w.check_history();
}

#[test]
fn what_an_outsider_sent_stays_theirs() {
    let mut w = World::new();
    w.start(waiting(json!({}))).unwrap();
    w.send(message(1, "주문.확정", "김", json!({"to": "team"}), true)).unwrap();
    assert_eq!(w.run.display(), "waiting_approval");
    w.check_history();
}

#[test]
fn nothing_in_time_fails_the_step_and_its_on_error_applies() {
    for (on_error, status) in [("fail", RunStatus::Failed), ("continue", RunStatus::Failed)] {
        let mut w = World::new();
        w.start(waiting(json!({"timeout_ms": 1_000, "on_error": on_error}))).unwrap();
        assert_eq!(w.run.slots.len(), 1, "a timer has a place");
        w.now = w.run.steps["m"].wake_at.unwrap();
        assert_eq!(w.send(message(1, "주문.확정", "김", json!({}), false)), Err(Refusal::Stale), "too late");
        w.wake("m").unwrap();
        let code = w.run.steps["m"].error.as_ref().unwrap().code;
        assert_eq!((w.run.status, code), (status, Code::WaitTimeout));
        let code = w.run.error.as_ref().unwrap().code;
        assert_eq!(code, if on_error == "fail" { Code::WaitTimeout } else { Code::ReferenceMissing });
        w.check_history();
    }
}

#[test]
fn a_message_is_taken_once_whichever_round_asks() {
    let mut w = World::new();
    w.start(json!({"nodes": [{"id": "l", "type": "loop", "until": "index == 2", "max": 5, "body": {"nodes": [
        {"id": "m", "type": "wait", "message": "x"}], "entry_point": "m"}}], "entry_point": "l"}))
        .unwrap();
    w.send(message(1, "x", "", json!(1), false)).unwrap();
    assert_eq!(w.send(message(1, "x", "", json!(1), false)), Err(Refusal::Stale));
    w.send(message(2, "x", "", json!(2), false)).unwrap();
    w.send(message(3, "x", "", json!(3), false)).unwrap();
    assert_eq!(w.output(), json!({"rounds": 3, "result": 3}));
    w.check_history();
}

#[test]
fn what_is_published_says_where_it_comes_from() {
    let mut w = World::new();
    let events = w
        .start_with(
            json!({"nodes": [
            {"id": "web", "type": "tool", "tool": "s.web", "args": {"text": "읽기"}},
            {"id": "e", "type": "emit", "message": "끝났다", "correlation": "주문 ${input.n}", "payload": {"url": "${web.url}"},
                "ttl_ms": 5_000},
            {"id": "f", "type": "emit", "message": "또"}
        ], "edges": [{"from": "web", "to": "e"}, {"from": "e", "to": "f"}], "entry_point": "web"}),
            json!({"n": 7}),
        )
        .and_then(|_| w.answer("web", json!({"url": "evil"})))
        .unwrap();
    let emitted: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::MessageEmitted { id, name, correlation, payload, expires, untrusted, .. } => {
                Some((*id, name.as_str(), correlation.as_str(), payload.value().cloned(), *expires, *untrusted))
            }
            _ => None,
        })
        .collect();
    let (one, two) = (&emitted[0], &emitted[1]);
    assert_eq!((one.1, one.2, one.3.clone()), ("끝났다", "주문 7", Some(json!({"url": "evil"}))));
    assert_eq!((one.4, one.5), (w.now.plus_millis(5_000), true));
    assert_eq!((two.1, two.2, two.4, two.5), ("또", "", w.now.plus_millis(86_400_000), false));
    assert_ne!(one.0, two.0);
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn a_correlation_is_a_short_text() {
    let definition = json!({"nodes": [{"id": "m", "type": "wait", "message": "x", "correlation": "${input.k}"}],
        "entry_point": "m"});
    for (value, code) in [
        (json!({"a": 1}), Code::FieldInvalid),
        (json!("가".repeat(257)), Code::LimitExceeded),
        (json!("a\nb"), Code::LimitExceeded),
    ] {
        let mut w = World::new();
        w.start_with(definition.clone(), json!({"k": value})).unwrap();
        assert_eq!(w.run.error.as_ref().unwrap().code, code);
    }
    let mut w = World::new();
    w.start_with(definition, json!({"k": "가".repeat(256)})).unwrap();
    assert_eq!(w.run.display(), "waiting_message");
}

#[test]
fn a_large_message_is_kept_by_hash() {
    let mut w = World::new();
    w.start(waiting(json!({}))).unwrap();
    w.send(message(1, "주문.확정", "김", json!({"to": "team", "글": "가".repeat(20_000)}), false)).unwrap();
    assert!(w.log[1].body.len() < 2_000);
    assert_eq!(w.payload("say")["to"], "team");
    w.check_history();
}
