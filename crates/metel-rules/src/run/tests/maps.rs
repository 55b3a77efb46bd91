//! Maps: order, bounds, and items that fail.

use super::*;

#[test]
fn a_map_keeps_order_and_its_bound() {
    let mut w = World::new();
    w.start_with(
        json!({"nodes": [
        {"id": "m", "type": "map", "items": {"$ref": "input.list"}, "concurrency": 2, "body": {
            "nodes": [{"id": "w", "type": "tool", "tool": "s.write", "args": {"text": "${item.t} #${index}"}},
                      {"id": "v", "type": "tool", "tool": "s.write", "args": {"text": "${w.url}"}}],
            "edges": [{"from": "w", "to": "v"}], "entry_point": "w"}},
        {"id": "end", "type": "finalize", "output": {"all": {"$ref": "m"}}}
    ], "edges": [{"from": "m", "to": "end"}], "entry_point": "m"}),
        json!({"list": [{"t": "가"}, {"t": "나"}, {"t": "다"}]}),
    )
    .unwrap();
    assert_eq!(w.run.slots.len(), 2, "two at a time");
    assert_eq!(w.run.steps["w[1]"].payload.as_ref().unwrap().value().unwrap()["text"], "나 #1");
    for i in [1, 0, 2] {
        w.answer(&format!("w[{i}]"), json!({"url": format!("u{i}")})).unwrap();
        w.answer(&format!("v[{i}]"), json!({"url": format!("v{i}")})).unwrap();
    }
    assert_eq!(
        w.run.output.as_ref().unwrap().value().unwrap(),
        &json!({"all": [{"url": "v0"}, {"url": "v1"}, {"url": "v2"}]})
    );
    assert!(w.replay().diverged.is_none());
}

fn forked(on_item_error: &str, on_error: &str) -> Value {
    json!({"nodes": [
        {"id": "m", "type": "map", "items": [1, 2, 3], "concurrency": 1, "on_item_error": on_item_error,
            "on_error": on_error, "body": {"nodes": [
                {"id": "q", "type": "parallel"},
                {"id": "x", "type": "tool", "tool": "s.blind", "args": {"text": "n${item}"}},
                {"id": "y", "type": "tool", "tool": "s.blind", "args": {"text": "${item}!"}},
                {"id": "z", "type": "tool", "tool": "s.delete", "args": {"text": "${item}?"}}
            ], "edges": [{"from": "q", "to": "x"}, {"from": "q", "to": "y"}, {"from": "y", "to": "z"}], "entry_point": "q"}}
    ], "entry_point": "m"})
}

#[test]
fn an_item_ends_once_and_begins_nothing_after() {
    let mut w = World::new();
    w.start(forked("continue", "fail")).unwrap();
    w.status_of("x[0]", 404).unwrap();
    assert_eq!(w.run.steps["m"].items.as_ref().unwrap().done, 1);
    // Its other branch comes back unheard.
    w.answer("y[0]", json!({})).unwrap();
    assert_eq!((w.status("z[0]"), w.run.steps["m"].items.as_ref().unwrap().done), (StepStatus::Pending, 1));
    for i in 1..3 {
        w.answer(&format!("x[{i}]"), json!({"url": i.to_string()})).unwrap();
        w.answer(&format!("y[{i}]"), json!({})).unwrap();
        w.approve(&format!("z[{i}]")).unwrap();
        w.answer(&format!("z[{i}]"), json!({})).unwrap();
    }
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn a_question_of_an_item_that_failed_is_taken_back() {
    let mut w = World::new();
    w.start(forked("continue", "fail")).unwrap();
    w.answer("y[0]", json!({})).unwrap();
    let shown = w.run.steps["z[0]"].approval.clone().unwrap();
    w.status_of("x[0]", 404).unwrap();
    assert!(!w.run.steps.contains_key("z[0]"), "an item that ended gives up its steps");
    assert!(w.send(decide_on(&shown, Decision::Approve { all_like_this: false })).is_err());
    w.check_history();
}

#[test]
fn a_run_does_not_end_over_a_call_of_a_map_that_gave_up() {
    let mut w = World::new();
    w.start(forked("fail", "continue")).unwrap();
    w.status_of("x[0]", 404).unwrap();
    assert_eq!((w.status("m"), w.run.status), (StepStatus::Failed, RunStatus::Running));
    w.answer("y[0]", json!({})).unwrap();
    assert_eq!((w.run.status, w.status("z[0]")), (RunStatus::Completed, StepStatus::Pending));
    w.check_history();
}

#[test]
fn a_list_is_as_long_as_allowed_and_no_longer() {
    let of = |n: usize| {
        let mut w = World::new();
        let map = json!({"nodes": [{"id": "m", "type": "map", "items": {"$ref": "input.list"}, "concurrency": 1000,
            "body": {"nodes": [{"id": "j", "type": "parallel"}], "entry_point": "j"}}], "entry_point": "m"});
        w.start_with(map, json!({"list": vec![0; n]})).unwrap();
        w
    };
    let (none, full, long, over) = (of(0), of(1_000), of(1_001), of(LIST_MAX + 1));
    assert_eq!(long.run.display(), "waiting_child", "a child run does the first thousand");
    assert_eq!((none.run.status, none.output()), (RunStatus::Completed, json!([])));
    assert_eq!(full.run.status, RunStatus::Completed);
    assert_eq!(over.run.error.as_ref().unwrap().code, Code::LimitExceeded);
    let mut w = World::new();
    let map = json!({"nodes": [{"id": "m", "type": "map", "items": {"$ref": "input.list"},
        "body": {"nodes": [{"id": "j", "type": "parallel"}], "entry_point": "j"}}], "entry_point": "m"});
    w.start_with(map, json!({"list": "가나다"})).unwrap();
    assert_eq!(w.run.error.as_ref().unwrap().code, Code::FieldInvalid);
}
