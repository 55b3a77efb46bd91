//! Where a value came from goes with it, whatever steps it passes through.

use super::*;

fn from_web(between: Value, reference: &str) -> Value {
    json!({"nodes": [
        {"id": "web", "type": "tool", "tool": "s.web", "args": {"text": "읽기"}},
        between,
        {"id": "say", "type": "tool", "tool": "s.say", "args": {"text": "알림", "to": reference}}
    ], "edges": [{"from": "web", "to": "mid"}, {"from": "mid", "to": "say"}], "entry_point": "web"})
}

#[test]
fn an_outsiders_value_stays_one() {
    for (between, reference) in [
        (json!({"id": "mid", "type": "parallel"}), "${web.url}"),
        (json!({"id": "mid", "type": "validation", "value": {"url": "${web.url}"}}), "${mid.url}"),
        (json!({"id": "mid", "type": "finalize", "output": {"url": "${web.url}"}}), "${mid.url}"),
        (json!({"id": "mid", "type": "agent_call", "agents": ["a"], "input": "${web.url}"}), "${mid.url}"),
        (json!({"id": "mid", "type": "human_gate", "show": {"url": "${web.url}"}}), "${mid.url}"),
    ] {
        let mut w = World::new();
        w.start(from_web(between.clone(), reference)).unwrap();
        w.answer("web", json!({"url": "evil"})).unwrap();
        if w.status("mid") == StepStatus::Running {
            w.answer("mid", json!({"url": "evil"})).unwrap();
        } else if w.status("mid") == StepStatus::Waiting {
            w.approve("mid").unwrap();
        }
        assert_eq!(w.run.display(), "waiting_approval", "{between}");
        assert!(w.run.steps["say"].approval.is_some(), "{between}");
        w.check_history();
    }
}

#[test]
fn items_of_an_outsiders_list_are_an_outsiders() {
    for (items, item) in [
        (json!({"$ref": "web.list"}), "${item}"),
        (json!(["${web.list[0]}"]), "${item}"),
        (json!(["team"]), "${web.list[0]}"),
    ] {
        let mut w = World::new();
        w.start(json!({"nodes": [
            {"id": "web", "type": "tool", "tool": "s.web", "args": {"text": "읽기"}},
            {"id": "m", "type": "map", "items": items, "body": {"nodes": [
                {"id": "inner", "type": "map", "items": [item], "body": {"nodes": [
                    {"id": "say", "type": "tool", "tool": "s.say", "args": {"text": "알림", "to": "${item}"}}], "entry_point": "say"}}],
                "entry_point": "inner"}}
        ], "edges": [{"from": "web", "to": "m"}], "entry_point": "web"}))
            .unwrap();
        w.answer("web", json!({"list": ["evil"]})).unwrap();
        assert!(w.run.steps["say[0][0]"].approval.is_some(), "{items}");
        w.check_history();
    }
    // The run's own words go without a question.
    let mut w = World::new();
    w.start(json!({"nodes": [{"id": "m", "type": "map", "items": ["team"], "body": {"nodes": [
        {"id": "say", "type": "tool", "tool": "s.say", "args": {"text": "알림", "to": "${item}"}}], "entry_point": "say"}}],
        "entry_point": "m"}))
        .unwrap();
    assert_eq!(w.status("say[0]"), StepStatus::Running);
}
