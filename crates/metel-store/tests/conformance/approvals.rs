//! Approvals are written by commits and read by lists.

use metel_model::approval::{Approval, Ask, Channel, Decided};
use metel_model::hash::Digest;
use metel_model::id::ApprovalId;
use metel_model::lang::Text;
use metel_model::policy::{PolicyEffect, Verdict};
use metel_model::status::{ApprovalStatus, Risk};
use metel_model::stored::Stored;
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{ApprovalChange, ApprovalFilter, Store};

fn approval(n: u64, run: u64, expires: i64) -> Approval {
    let verdict = Verdict {
        effect: PolicyEffect::Approval,
        rule: "risk.write".to_owned(),
        reasons: vec![Text::new("It writes", "씁니다")],
        pii: Vec::new(),
        untrusted: Vec::new(),
        origins: Default::default(),
        outside: false,
        driven: false,
    };
    let ask = Ask {
        id: ApprovalId(run_id(n).0),
        step: "share".to_owned(),
        digest: Digest::of(b"payload"),
        tool: Some("slack.post_message".to_owned()),
        version: Some("1.0.0".to_owned()),
        title: Text::new("Post to #general", "#general에 올리기"),
        payload: Stored::inline(serde_json::json!({"text": "안녕", "n": 1.5})),
        risk: vec![Risk::Write],
        verdict,
        undo: None,
        expires_at: Micros(expires),
    };
    Approval { run: run_id(run), status: ApprovalStatus::Pending, ask, created_at: Micros(5), decided: None }
}

pub async fn an_approval_is_asked_and_settled(store: &Store) {
    let ws = workspace_id(1);
    let mut run = SampleRun::new(ws, run_id(1));
    let mut commit = run.step();
    let (first, second) = (approval(11, 1, 100), approval(12, 1, 200));
    commit.approvals = vec![ApprovalChange::Add(first.clone()), ApprovalChange::Add(second.clone())];
    store.commit(commit).await.unwrap();
    assert_eq!(store.approval(ws, first.ask.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.approval(workspace_id(2), first.ask.id).await.unwrap(), None);
    let decided =
        Decided {
            by: "user:lee".to_owned(), channel: Channel::Web, at: Micros(50), reason: Some("좋아요".to_owned())
        };
    let mut commit = run.step();
    let settle = |id, status, decided| ApprovalChange::Settle { id, status, decided };
    commit.approvals = vec![settle(first.ask.id, ApprovalStatus::Approved, Some(decided.clone()))];
    store.commit(commit).await.unwrap();
    let settled = Approval { status: ApprovalStatus::Approved, decided: Some(decided), ..first };
    let all = store.approvals(ws, &ApprovalFilter::default()).await.unwrap();
    assert_eq!(all, [second.clone(), settled.clone()]);
    let pending = ApprovalFilter { status: Some(ApprovalStatus::Pending), ..ApprovalFilter::default() };
    assert_eq!(store.approvals(ws, &pending).await.unwrap(), std::slice::from_ref(&second));
    let of_run = ApprovalFilter { run: Some(run_id(1)), before: Some(second.ask.id), ..ApprovalFilter::default() };
    assert_eq!(store.approvals(ws, &of_run).await.unwrap(), [settled]);
    let mut counts = store.count_approvals(ws).await.unwrap();
    counts.sort();
    assert_eq!(counts, [(ApprovalStatus::Pending, 1), (ApprovalStatus::Approved, 1)]);
}

pub async fn expired_ones_are_found(store: &Store) {
    let ws = workspace_id(1);
    let mut commit = SampleRun::new(ws, run_id(1)).step();
    commit.approvals = vec![ApprovalChange::Add(approval(1, 1, 100)), ApprovalChange::Add(approval(2, 1, 50))];
    store.commit(commit).await.unwrap();
    assert!(store.expired_approvals(Micros(49), 10).await.unwrap().is_empty());
    let expired = store.expired_approvals(Micros(100), 10).await.unwrap();
    let ids: Vec<_> = expired.iter().map(|(ws, approval)| (*ws, approval.ask.id)).collect();
    assert_eq!(ids, [(ws, ApprovalId(run_id(2).0)), (ws, ApprovalId(run_id(1).0))]);
}
