//! Approvals: what was shown is what goes, once, in time, or nothing does.

use super::*;

#[test]
fn destruction_waits_for_a_person_and_the_digest_binds() {
    let mut w = World::new();
    w.start(
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "x"}}], "entry_point": "a"}),
    )
    .unwrap();
    let appr = w.run.steps["a"].approval.clone().unwrap();
    let decide = |digest: Digest, id: ApprovalId, decision: Decision| Command::Decide {
        approval: id,
        digest,
        decision,
        by: "user:2".into(),
        channel: Channel::Web,
    };
    let yes = Decision::Approve { all_like_this: false };
    assert!(w.send(decide(Digest::ZERO, appr.id, yes.clone())).is_err());
    assert!(w.send(decide(appr.digest, ApprovalId(Uuid::nil()), yes.clone())).is_err());
    w.send(decide(appr.digest, appr.id, yes.clone())).unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    assert!(w.send(decide(appr.digest, appr.id, yes)).is_err(), "once");
    w.answer("a", json!({})).unwrap();
    assert!(w.replay().diverged.is_none());
}

#[test]
fn an_edit_is_what_goes_and_a_no_sends_nothing() {
    let gate =
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "x"}}], "entry_point": "a"});
    let mut w = World::new();
    w.start(gate.clone()).unwrap();
    let appr = w.run.steps["a"].approval.clone().unwrap();
    let edit = |payload: Value| Command::Decide {
        approval: appr.id,
        digest: appr.digest,
        decision: Decision::Edit { payload },
        by: "u".into(),
        channel: Channel::Web,
    };
    assert!(w.send(edit(json!({"text": 3}))).is_err(), "an edit must fit the schema");
    w.send(edit(json!({"text": "고침"}))).unwrap();
    assert_eq!(w.run.steps["a"].payload.as_ref().unwrap().value().unwrap(), &json!({"text": "고침"}));
    assert_eq!(w.status("a"), StepStatus::Running);
    assert!(w.replay().diverged.is_none());

    let mut w = World::new();
    w.start(gate).unwrap();
    let appr = w.run.steps["a"].approval.clone().unwrap();
    w.send(Command::Decide {
        approval: appr.id,
        digest: appr.digest,
        decision: Decision::Reject { reason: Some("아니요".into()) },
        by: "u".into(),
        channel: Channel::Cli,
    })
    .unwrap();
    assert_eq!((w.run.status, w.run.steps["a"].intent), (RunStatus::Failed, 0));
    assert!(w.replay().diverged.is_none());
}

#[test]
fn an_approval_that_nobody_decides_fails_closed() {
    let mut w = World::new();
    w.start(
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "x"}}], "entry_point": "a"}),
    )
    .unwrap();
    w.now = w.run.steps["a"].wake_at.unwrap();
    w.send(Command::Wake { step: "a".into() }).unwrap();
    assert_eq!((w.run.status, w.run.error.as_ref().unwrap().code), (RunStatus::Failed, Code::ApprovalExpired));
}
