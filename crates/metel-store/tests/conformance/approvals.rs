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
        needs: Vec::new(),
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
    let decided = Decided {
        by: "user:lee".to_owned(),
        channel: Channel::Web,
        at: Micros(50),
        reason: Some("좋아요".to_owned()),
        votes: Vec::new(),
        hearing: None,
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

pub async fn decisions_are_counted(store: &Store) {
    let ws = workspace_id(1);
    let decided = |by: &str, at: i64| {
        Some(Decided {
            by: by.to_owned(),
            channel: Channel::Web,
            at: Micros(at),
            reason: None,
            votes: Vec::new(),
            hearing: None,
        })
    };
    // Asked at 5; one run is planted.
    for (run, rows) in [
        (
            1,
            vec![(ApprovalStatus::Approved, decided("user:a", 15)), (ApprovalStatus::Rejected, decided("user:b", 105))],
        ),
        (2, vec![(ApprovalStatus::ApprovedWithEdits, decided("user:b", 1_005)), (ApprovalStatus::Expired, None)]),
        (3, vec![(ApprovalStatus::Approved, decided("user:a", 6))]),
    ] {
        let mut sample = SampleRun::new(ws, run_id(run));
        let mut commit = sample.step();
        let ids: Vec<_> = (0..rows.len() as u64).map(|n| approval(100 * run + n, run, 9_999)).collect();
        commit.approvals = ids.iter().cloned().map(ApprovalChange::Add).collect();
        store.commit(commit).await.unwrap();
        let mut commit = sample.step();
        let settle = |(asked, (status, decided)): (&Approval, (ApprovalStatus, Option<Decided>))| {
            ApprovalChange::Settle { id: asked.ask.id, status, decided }
        };
        commit.approvals = ids.iter().zip(rows).map(settle).collect();
        store.commit(commit).await.unwrap();
    }
    store.add_canary(ws, run_id(3), "slack.post_message", "user:owner", Micros(1)).await.unwrap();
    assert_eq!(store.canary(ws, run_id(3)).await.unwrap().as_deref(), Some("slack.post_message"));
    assert_eq!(store.canary(ws, run_id(1)).await.unwrap(), None);
    let totals = store.decision_totals(ws, Micros(0)).await.unwrap();
    let wanted = metel_store::DecisionTotals {
        asked: 4,
        approved: 1,
        edited: 1,
        rejected: 1,
        expired: 1,
        runs: 2,
        planted: 1,
        missed: 1,
        ..Default::default()
    };
    assert_eq!(totals, wanted);
    assert_eq!(store.decision_times(ws, Micros(0)).await.unwrap(), (Some(100), Some(1_000)));
    assert_eq!(store.decision_times(ws, Micros(6)).await.unwrap(), (None, None));
    let people: Vec<_> = store.deciders(ws, Micros(0), 50).await.unwrap();
    let people: Vec<_> = people.iter().map(|p| (p.by.as_str(), p.decided, p.approved, p.quick, p.missed)).collect();
    assert_eq!(people, [("user:a", 1, 1, 1, 1), ("user:b", 2, 1, 0, 0)]);
}
