//! Loops: rounds one after the other, an end, bounds, and a state that stays small.

use super::*;

/// A loop over `body`, then `end`, which shows what the loop left.
fn looping(body: Value, until: &str, max: u32, more: Value) -> Value {
    let mut node = json!({"id": "l", "type": "loop", "until": until, "max": max, "body": body});
    node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"nodes": [node, {"id": "end", "type": "finalize", "output": {"left": {"$ref": "l"}}}],
        "edges": [{"from": "l", "to": "end"}], "entry_point": "l"})
}

/// One call: it sends what the round before left.
fn body() -> Value {
    json!({"nodes": [
        {"id": "w", "type": "tool", "tool": "s.write", "args": {"text": "${index}: ${item.url}"}}
    ], "entry_point": "w"})
}

#[test]
fn each_round_sees_what_the_one_before_left_until_the_condition_holds() {
    let mut w = World::new();
    w.start(looping(body(), "item.url == '끝'", 10, json!({"first": {"url": "처음"}}))).unwrap();
    assert_eq!(w.payload("w[0]"), json!({"text": "0: 처음"}));
    w.answer("w[0]", json!({"url": "가"})).unwrap();
    assert_eq!(w.payload("w[1]"), json!({"text": "1: 가"}));
    assert!(!w.run.steps.contains_key("w[0]"), "a round that ended gives up its steps");
    w.answer("w[1]", json!({"url": "끝"})).unwrap();
    assert_eq!(w.output(), json!({"left": {"rounds": 2, "result": {"url": "끝"}}}));
    w.check_history();
}

#[test]
fn the_last_round_fails_or_ends_it() {
    for (on_limit, status) in [("fail", RunStatus::Failed), ("continue", RunStatus::Completed)] {
        let mut w = World::new();
        w.start(looping(body(), "false", 2, json!({"on_limit": on_limit, "first": {"url": ""}}))).unwrap();
        w.answer("w[0]", json!({"url": "1"})).unwrap();
        w.answer("w[1]", json!({"url": "2"})).unwrap();
        assert_eq!(w.run.status, status);
        w.check_history();
        if status == RunStatus::Failed {
            // Tried again it goes as many rounds again, none of them twice.
            w.retry().unwrap();
            assert_eq!(w.payload("w[2]"), json!({"text": "2: 2"}));
            w.answer("w[2]", json!({"url": "3"})).unwrap();
            w.answer("w[3]", json!({"url": "4"})).unwrap();
            assert_eq!(w.run.status, RunStatus::Failed);
            w.check_history();
        }
    }
}

#[test]
fn a_failed_round_fails_the_loop_and_a_retry_goes_on_with_it() {
    let two = json!({"nodes": [
        {"id": "w", "type": "tool", "tool": "s.write", "args": {"text": "n${index}"}},
        {"id": "v", "type": "tool", "tool": "s.blind", "args": {"text": "${w.url}"}}
    ], "edges": [{"from": "w", "to": "v"}], "entry_point": "w"});
    let mut w = World::new();
    w.start(looping(two, "index == 2", 10, json!({}))).unwrap();
    w.answer("w[0]", json!({"url": "0"})).unwrap();
    w.answer("v[0]", json!({})).unwrap();
    w.answer("w[1]", json!({"url": "1"})).unwrap();
    w.status_of("v[1]", 404).unwrap();
    assert_eq!(w.run.status, RunStatus::Failed);
    let events = w.retry().unwrap();
    assert_eq!(names(&events), ["run_retried", "step_started", "item_started", "effect_intended"]);
    w.answer("v[1]", json!({})).unwrap();
    w.answer("w[2]", json!({"url": "2"})).unwrap();
    w.answer("v[2]", json!({})).unwrap();
    assert_eq!((w.run.status, w.output()["left"]["rounds"].clone()), (RunStatus::Completed, json!(3)));
    w.check_history();
}

#[test]
fn loops_and_maps_stand_in_one_another() {
    let inner = json!({"nodes": [{"id": "w", "type": "tool", "tool": "s.read", "args": {"text": "${item}${index}"}}],
        "entry_point": "w"});
    let map = json!({"nodes": [{"id": "m", "type": "map", "items": ["가", "나"], "concurrency": 2, "body": inner}],
        "entry_point": "m"});
    let mut w = World::new();
    w.start(looping(map, "size(item) == 2 && index == 1", 5, json!({}))).unwrap();
    for round in 0..2 {
        assert_eq!(w.payload(&format!("w[{round}][1]")), json!({"text": "나1"}));
        w.answer(&format!("w[{round}][1]"), json!({"url": "b"})).unwrap();
        w.answer(&format!("w[{round}][0]"), json!({"url": "a"})).unwrap();
    }
    assert_eq!(w.output()["left"], json!({"rounds": 2, "result": [{"url": "a"}, {"url": "b"}]}));
    assert_eq!(w.run.steps.keys().collect::<Vec<_>>(), ["end", "l"]);
    w.check_history();

    // And the other way round: each item has rounds of its own.
    let rounds = json!({"nodes": [{"id": "l", "type": "loop", "until": "index == 1", "max": 3, "first": "${item}",
        "body": {"nodes": [{"id": "w", "type": "tool", "tool": "s.read", "args": {"text": "글 ${item}"}}], "entry_point": "w"}}],
        "entry_point": "l"});
    let mut w = World::new();
    w.start(json!({"nodes": [{"id": "m", "type": "map", "items": ["가", "나"], "body": rounds}], "entry_point": "m"}))
        .unwrap();
    assert_eq!((w.payload("w[0][0]"), w.payload("w[1][0]")), (json!({"text": "글 가"}), json!({"text": "글 나"})));
    for (item, round) in [(1, 0), (0, 0), (1, 1), (0, 1)] {
        w.answer(&format!("w[{item}][{round}]"), json!({"url": "u"})).unwrap();
    }
    assert_eq!(w.run.status, RunStatus::Completed);
    assert_eq!(w.run.steps.len(), 1);
    w.check_history();
}

#[test]
fn a_long_loop_keeps_a_small_state() {
    let mut w = World::new();
    w.start(looping(body(), "index == 299", 10_000, json!({"first": {"url": "x"}}))).unwrap();
    let mut largest = 0;
    for round in 0..300 {
        largest = largest.max(serde_json::to_string(&w.run).unwrap().len());
        w.answer(&format!("w[{round}]"), json!({"url": "주소"})).unwrap();
    }
    assert_eq!((w.run.status, w.run.steps.len()), (RunStatus::Completed, 2));
    assert!(largest < 5_000, "{largest} bytes");
    w.check_history();
}

#[test]
fn a_loop_without_waiting_gives_its_turn_back() {
    // No step of it waits for anything: the whole loop could be one endless transition.
    let busy = json!({"nodes": [{"id": "p", "type": "parallel"}], "entry_point": "p"});
    let mut w = World::new();
    w.start(looping(busy, "false", 10_000, json!({"on_limit": "continue"}))).unwrap();
    assert!(w.log[0].count < 5_000, "{} events in one transition", w.log[0].count);
    let mut turns = 0;
    while !w.run.status.is_final() {
        let ready = w.run.steps.iter().find(|(_, s)| s.status == StepStatus::Ready).map(|(id, _)| id.clone());
        w.wake(&ready.expect("left to the queue")).unwrap();
        turns += 1;
    }
    assert_eq!((w.run.status, w.output()["left"]["rounds"].clone()), (RunStatus::Completed, json!(10_000)));
    assert!(turns > 5);
    w.check_history();
}

#[test]
fn a_run_has_a_most_number_of_events() {
    let deep = |inner: Value| {
        json!({"nodes": [{"id": "k", "type": "loop", "until": "false", "max": 10_000, "on_limit": "continue", "body": inner}],
            "entry_point": "k"})
    };
    let mut w = World::new();
    w.start(looping(
        deep(json!({"nodes": [{"id": "p", "type": "parallel"}], "entry_point": "p"})),
        "false",
        10_000,
        json!({}),
    ))
    .unwrap();
    while !w.run.status.is_final() {
        let ready = w.run.steps.iter().find(|(_, s)| s.status == StepStatus::Ready).map(|(id, _)| id.clone());
        w.quick(Command::Wake { step: ready.expect("left to the queue") });
    }
    assert_eq!(w.run.error.as_ref().unwrap().code, Code::LimitExceeded);
    assert!(w.run.seq < EVENTS_MAX + 10_000);
}

#[test]
fn a_condition_that_cannot_be_computed_fails_the_loop() {
    let mut w = World::new();
    w.start(looping(body(), "item.nothing > 1", 10, json!({"first": {"url": "x"}}))).unwrap();
    w.answer("w[0]", json!({"url": "1"})).unwrap();
    assert_eq!(w.run.error.as_ref().unwrap().code, Code::ExpressionFailed);
    w.check_history();
}

#[test]
fn what_outsiders_wrote_in_one_round_is_theirs_in_the_next() {
    let round = json!({"nodes": [
        {"id": "say", "type": "tool", "tool": "s.say", "args": {"text": "알림", "to": "${item.url}"}},
        {"id": "web", "type": "tool", "tool": "s.web", "args": {"text": "읽기"}}
    ], "edges": [{"from": "say", "to": "web"}], "entry_point": "say"});
    let mut w = World::new();
    w.start(looping(round, "false", 3, json!({"first": {"url": "team"}}))).unwrap();
    assert_eq!(w.status("say[0]"), StepStatus::Running, "the run's own words go without a question");
    w.answer("say[0]", json!({})).unwrap();
    w.answer("web[0]", json!({"url": "evil"})).unwrap();
    assert!(w.run.steps["say[1]"].approval.is_some());
    w.check_history();
}
