//! Between asking and deciding: handing over, asking back, asking others. All of it in the log, none a decision.

use super::*;

fn ruled(w: &mut World, needs: Value) {
    let mut rule = json!({"id": "two", "when": {"tool": "s.*"}, "effect": "approval"});
    rule.as_object_mut().unwrap().extend(needs.as_object().unwrap().clone());
    w.facts.policy.rules = vec![serde_json::from_value(rule).unwrap()];
    w.facts.groups.insert("finance".into(), ["user:2".to_owned(), "user:3".to_owned()].into());
    w.facts.groups.insert("board".into(), ["user:7".to_owned()].into());
}

fn id(w: &World) -> ApprovalId {
    w.run.steps["a"].approval.as_ref().unwrap().id
}

fn hand(w: &mut World, by: &str, to: &str) -> Result<Vec<Event>, Refusal> {
    let (approval, channel) = (id(w), Channel::Web);
    w.send(Command::Delegate { approval, to: to.into(), reason: Some("휴가".into()), by: by.into(), channel })
}

fn yes(w: &mut World, by: &str) -> Result<Vec<Event>, Refusal> {
    let shown = w.run.steps["a"].approval.clone().unwrap();
    let decision = Decision::Approve { all_like_this: false };
    w.send(Command::Decide { approval: shown.id, digest: shown.digest, decision, by: by.into(), channel: Channel::Web })
}

#[test]
fn a_right_that_was_handed_over_is_the_others() {
    let mut w = World::new();
    ruled(&mut w, json!({"approvers": ["group:finance"], "separation": true}));
    w.start(one("s.write")).unwrap();
    for (by, to) in
        [("user:4", "user:5"), ("user:2", "user:2"), ("user:2", "user:1"), ("user:2", "agent:5"), ("agent:2", "user:5")]
    {
        assert!(hand(&mut w, by, to).is_err(), "{by} to {to}");
    }
    hand(&mut w, "user:2", "user:5").unwrap();
    assert!(hand(&mut w, "user:5", "user:2").is_err(), "not back");
    assert!(yes(&mut w, "user:2").is_err(), "it is not there twice");
    hand(&mut w, "user:5", "user:6").unwrap();
    yes(&mut w, "user:6").unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    w.check_history();
}

#[test]
fn questions_go_back_and_are_answered_once() {
    let mut w = World::new();
    w.start(one("s.delete")).unwrap();
    let approval = id(&w);
    let ask = |text: &str, by: &str| {
        let (text, by, channel) = (text.to_owned(), by.to_owned(), Channel::Web);
        Command::Question { approval, text, by, channel }
    };
    let answer = |question: u32, by: &str| {
        let (text, by, channel) = ("오래됐어요".to_owned(), by.to_owned(), Channel::Cli);
        Command::Answer { approval, question, text, by, channel }
    };
    let long = "가".repeat(2_001);
    for bad in
        [ask("", "user:2"), ask(&long, "user:2"), ask("왜?", "agent:2"), answer(0, "user:1"), answer(1, "user:1")]
    {
        assert!(w.send(bad).is_err());
    }
    w.send(ask("왜 지우나요?", "user:2")).unwrap();
    assert!(w.send(answer(1, "agent:1")).is_err());
    w.send(answer(1, "user:1")).unwrap();
    assert!(w.send(answer(1, "user:1")).is_err(), "once");
    let hearing = w.run.steps["a"].hearing.clone().unwrap();
    assert_eq!((hearing.talk.len(), hearing.talk[0].answer.as_ref().unwrap().by.as_str()), (1, "user:1"));
    assert_eq!(w.status("a"), StepStatus::Waiting, "nothing of it decides");
    w.approve("a").unwrap();
    w.check_history();
}

#[test]
fn after_a_while_others_are_asked_too_and_then_it_expires() {
    for decides in [true, false] {
        let mut w = World::new();
        let escalation = json!({"after_ms": 60_000, "to": ["group:board"]});
        ruled(&mut w, json!({"approvers": ["group:finance"], "escalation": escalation}));
        w.start(one("s.write")).unwrap();
        let (asked, expires) = (w.now, w.run.steps["a"].approval.as_ref().unwrap().expires_at);
        assert_eq!(w.run.steps["a"].wake_at, Some(asked.plus_millis(60_000)));
        assert!(yes(&mut w, "user:7").is_err(), "not before");
        assert!(matches!(w.send(Command::Wake { step: "a".into() }), Err(Refusal::NotDue(_))));
        assert_eq!(names(&w.wake("a").unwrap()), ["approval_escalated"]);
        assert_eq!(w.run.steps["a"].wake_at, Some(expires));
        if decides {
            yes(&mut w, "user:7").unwrap();
            assert_eq!(w.status("a"), StepStatus::Running);
        } else {
            w.wake("a").unwrap();
            assert_eq!(w.run.status, RunStatus::Failed);
            assert_eq!(w.run.error.as_ref().unwrap().code, Code::ApprovalExpired);
        }
        w.check_history();
    }
}

#[test]
fn an_approval_that_expires_first_asks_nobody_else() {
    let mut w = World::new();
    w.facts.policy.approval_expires_ms = Some(30_000);
    ruled(&mut w, json!({"escalation": {"after_ms": 60_000, "to": ["group:board"]}}));
    w.start(one("s.write")).unwrap();
    w.wake("a").unwrap();
    assert_eq!(w.run.status, RunStatus::Failed);
    w.check_history();
}
