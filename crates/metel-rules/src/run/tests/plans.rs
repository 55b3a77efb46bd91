//! Plans: made, asked about, made anew.

use super::*;

#[test]
fn a_request_is_planned_asked_about_and_replanned() {
    let mut w = World::new();
    assert_eq!(names(&w.ask(None).unwrap()), ["run_started", "effect_intended"]);
    let mut first = plan(
        json!([{"id": "a1", "tool": "s.write", "args": {"text": "안녕"}}, {"id": "a2", "tool": "s.write", "args": {"text": "${a1.url}", "to": "MISSING"}}]),
    );
    first["missing"] = json!([{"action": "a2", "field": "to", "title": "어디로?", "schema": {"type": "string"}}]);
    w.answer(PLAN_STEP, json!({"plan": first})).unwrap();
    assert_eq!(w.run.display(), "waiting_input");
    let give = |value: Value| Command::Input { values: [("a2.to".to_owned(), value)].into(), by: "user:1".into() };
    assert!(w.send(give(json!(3))).is_err(), "a wrong type is refused");
    w.send(give(json!("#team"))).unwrap();
    assert_eq!(w.status("a1"), StepStatus::Running);
    w.answer("a1", json!({"url": "https://n/1"})).unwrap();
    assert_eq!(
        w.run.steps["a2"].payload.as_ref().unwrap().value().unwrap(),
        &json!({"text": "https://n/1", "to": "#team"})
    );
    w.outcome("a2", Outcome { status: Some(404), ..Outcome::answer(json!({"error": "no channel"}), 1) }).unwrap();
    assert_eq!(w.status(PLAN_STEP), StepStatus::Running, "another plan is asked for");
    let second = plan(json!([{"id": "b1", "tool": "s.write", "args": {"text": "${a1.url} 다시"}}]));
    w.answer(PLAN_STEP, json!({"plan": second})).unwrap();
    assert_eq!(w.run.steps["a1"].intent, 1, "what is done is not done again");
    w.answer("b1", json!({"url": "https://n/2"})).unwrap();
    assert_eq!((w.run.status, w.run.plan_version), (RunStatus::Completed, 2));
    assert!(w.run.answer.as_ref().unwrap().links.iter().any(|l| l.url == "https://n/1"));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn a_plan_with_an_unknown_tool_never_runs() {
    let mut w = World::new();
    w.ask(None).unwrap();
    w.answer(PLAN_STEP, json!({"plan": plan(json!([{"id": "a1", "tool": "shell.run", "args": {"cmd": "rm -rf /"}}]))}))
        .unwrap();
    assert_eq!((w.run.status, w.run.error.as_ref().unwrap().code), (RunStatus::Failed, Code::PlanInvalid));
    assert!(w.replay().diverged.is_none());
}
