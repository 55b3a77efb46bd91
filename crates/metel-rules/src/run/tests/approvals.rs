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

/// The same channel twice, then another one, all of them shared with outsiders.
fn three_posts() -> Value {
    let say =
        |id: &str, to: &str| json!({"id": id, "type": "tool", "tool": "s.say", "args": {"text": "알림", "to": to}});
    json!({"nodes": [say("a", "partners"), say("b", "partners"), say("c", "vendors")],
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}], "entry_point": "a"})
}

#[test]
fn all_like_this_covers_the_same_tool_and_receiver_and_no_other() {
    let mut w = World::new();
    w.facts.policy.inside.shared_channels.push("vendors".into());
    w.start(three_posts()).unwrap();
    w.decide("a", Decision::Approve { all_like_this: true }).unwrap();
    w.answer("a", json!({})).unwrap();
    assert_eq!(w.status("b"), StepStatus::Running, "the same receiver is not asked about again");
    w.answer("b", json!({})).unwrap();
    assert_eq!(w.status("c"), StepStatus::Waiting, "another receiver is");
    w.check_history();

    let mut w = World::new();
    w.facts.policy.inside.shared_channels.push("vendors".into());
    w.start(three_posts()).unwrap();
    w.approve("a").unwrap();
    w.answer("a", json!({})).unwrap();
    assert_eq!(w.status("b"), StepStatus::Waiting, "one yes is for one call");
}

#[test]
fn all_like_this_never_covers_destruction_or_money() {
    for tool in ["s.delete", "s.pay"] {
        let mut w = World::new();
        w.start(pair(tool, tool)).unwrap();
        w.decide("x", Decision::Approve { all_like_this: true }).unwrap();
        assert_eq!(w.status("y"), StepStatus::Waiting, "{tool}");
        w.answer("x", json!({})).unwrap();
        w.decide("y", Decision::Reject { reason: None }).unwrap();
        w.check_history();
    }
}

#[test]
fn an_edit_stands_over_what_was_given_before() {
    let mut w = World::new();
    let ask = json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "MISSING"}}], "entry_point": "a"});
    w.start(ask).unwrap();
    w.send(Command::Input { values: [("a.text".to_owned(), json!("첫 값"))].into(), by: "user:1".into() }).unwrap();
    w.decide("a", Decision::Edit { payload: json!({"text": "고친 값"}) }).unwrap();
    assert_eq!((w.status("a"), w.payload("a")), (StepStatus::Running, json!({"text": "고친 값"})));
    w.check_history();
}

#[test]
fn an_edit_that_leaves_something_open_is_asked_for_and_shown_again() {
    let mut w = World::new();
    w.start(one("s.delete")).unwrap();
    w.decide("a", Decision::Edit { payload: json!({"text": "MISSING"}) }).unwrap();
    assert_eq!(w.run.display(), "waiting_input");
    w.send(Command::Input { values: [("a.text".to_owned(), json!("채움"))].into(), by: "user:1".into() }).unwrap();
    assert_eq!((w.run.display(), w.payload("a")), ("waiting_approval".to_owned(), json!({"text": "채움"})));
    w.approve("a").unwrap();
    assert_eq!(w.status("a"), StepStatus::Running);
    w.check_history();
}

#[test]
fn money_is_approved_by_somebody_else_where_there_is_somebody() {
    for (approvers, may) in [(1, true), (2, false)] {
        let mut w = World::new();
        w.facts.approvers = approvers;
        w.start(one("s.pay")).unwrap();
        let shown = w.run.steps["a"].approval.clone().unwrap();
        for decision in [
            Decision::Mask {},
            Decision::Edit { payload: json!({"text": "x"}) },
            Decision::Approve { all_like_this: false },
        ] {
            let own = Command::Decide {
                approval: shown.id,
                digest: shown.digest,
                decision,
                by: "user:1".into(),
                channel: Channel::Cli,
            };
            if may {
                w.send(own).unwrap();
                break;
            }
            let Err(Refusal::Fault(fault)) = w.send(own) else { panic!("the requester approved") };
            assert_eq!(fault.code, Code::ApprovalForbidden);
        }
        if !may {
            w.approve("a").unwrap();
        }
        assert_eq!(w.status("a"), StepStatus::Running);
    }
}

#[test]
fn any_other_digest_or_moment_voids_a_decision() {
    let mut w = World::new();
    w.start(one("s.delete")).unwrap();
    let shown = w.run.steps["a"].approval.clone().unwrap();
    let yes = Decision::Approve { all_like_this: false };
    for byte in 0..32 {
        let mut digest = shown.digest;
        digest.0[byte] ^= 1;
        let Err(Refusal::Fault(fault)) = w.send(decide_on(&PendingApproval { digest, ..shown.clone() }, yes.clone()))
        else {
            panic!("byte {byte}")
        };
        assert_eq!(fault.code, Code::ApprovalStale);
    }
    w.now = shown.expires_at;
    let Err(Refusal::Fault(fault)) = w.send(decide_on(&shown, yes)) else { panic!("too late") };
    assert_eq!(fault.code, Code::ApprovalExpired);
    w.check_history();
}
