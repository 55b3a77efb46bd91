//! Lists, counts and ids.

use metel_model::status::{RunStatus, WaitingFor};
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{Commit, RunFilter, Store};

fn titled(n: u64, title: &str) -> Commit {
    let mut run = SampleRun::new(workspace_id(1), run_id(n));
    run.header.title = title.to_owned();
    run.header.request = None;
    run.step()
}

async fn ids(store: &Store, filter: RunFilter) -> Vec<u64> {
    let found = store.list_runs(workspace_id(1), &filter).await.unwrap();
    found.into_iter().map(|header| header.id.0.as_u128() as u64 & 0xffff).collect()
}

pub async fn runs_are_listed_newest_first(store: &Store) {
    for n in 1..=7 {
        let mut commit = titled(n, &format!("Report {n}"));
        match n {
            2 => commit.run.title = "회의록 100% 정리_끝".to_owned(),
            3 => commit.run.status = RunStatus::Completed,
            4 => (commit.run.status, commit.run.waiting) = (RunStatus::Waiting, Some(WaitingFor::Approval)),
            5 => commit.run.by = "user:lee".to_owned(),
            6 => commit.run.parent = Some((run_id(1), "s".to_owned())),
            7 => commit.run.session = Some(metel_model::id::SessionId(run_id(70).0)),
            _ => {}
        }
        store.commit(commit).await.unwrap();
    }
    let all = RunFilter::default;
    assert_eq!(ids(store, all()).await, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(ids(store, RunFilter { limit: 2, ..all() }).await, [7, 6]);
    assert_eq!(ids(store, RunFilter { before: Some(run_id(6)), limit: 2, ..all() }).await, [5, 4]);
    assert_eq!(ids(store, RunFilter { status: Some(RunStatus::Completed), ..all() }).await, [3]);
    assert_eq!(ids(store, RunFilter { waiting: Some(WaitingFor::Approval), ..all() }).await, [4]);
    assert_eq!(ids(store, RunFilter { by: Some("user:lee".to_owned()), ..all() }).await, [5]);
    assert_eq!(ids(store, RunFilter { parent: Some(run_id(1)), ..all() }).await, [6]);
    assert_eq!(ids(store, RunFilter { top: true, ..all() }).await, [7, 5, 4, 3, 2, 1]);
    let session = Some(metel_model::id::SessionId(run_id(70).0));
    assert_eq!(ids(store, RunFilter { session, ..all() }).await, [7]);
    for (text, found) in [
        ("회의록", vec![2]),
        ("100%", vec![2]),
        ("리_끝", vec![2]),
        ("REPORT 3", vec![3]),
        ("%", vec![2]),
        ("!", vec![]),
    ] {
        assert_eq!(ids(store, RunFilter { text: Some(text.to_owned()), ..all() }).await, found, "{text}");
    }
}

pub async fn runs_are_found_by_their_end(store: &Store) {
    let ws = workspace_id(1);
    for n in [1_u64, 0x4000_0001, 2] {
        store.commit(titled(n, "x")).await.unwrap();
    }
    let short = run_id(1).short();
    let mut found = store.runs_by_short(ws, &short.to_lowercase()).await.unwrap();
    found.sort();
    assert_eq!(found, [run_id(1), run_id(0x4000_0001)], "both end alike");
    assert_eq!(store.runs_by_short(ws, &run_id(2).short()).await.unwrap(), [run_id(2)]);
    for wrong in ["", "한글한글한글", "ZZZZZZ", "000001000000000000000000000000000", "u"] {
        assert!(store.runs_by_short(ws, wrong).await.unwrap().iter().all(|run| run.short() == wrong));
    }
}

pub async fn other_workspaces_see_nothing(store: &Store) {
    store.commit(titled(1, "x")).await.unwrap();
    let other = workspace_id(2);
    assert!(store.list_runs(other, &RunFilter::default()).await.unwrap().is_empty());
    assert!(store.load_run(other, run_id(1)).await.unwrap().is_none());
    assert!(store.header(other, run_id(1)).await.unwrap().is_none());
    assert!(store.entries(other, run_id(1), 0, 9).await.unwrap().is_empty());
    assert!(store.tasks(other, run_id(1)).await.unwrap().is_empty());
    assert!(store.runs_by_short(other, &run_id(1).short()).await.unwrap().is_empty());
    assert!(store.heads(other, None, 9).await.unwrap().is_empty());
    assert!(store.count_runs(other).await.unwrap().is_empty());
    // The same id in another workspace is another run.
    store.commit(SampleRun::new(other, run_id(1)).step()).await.unwrap();
    assert_eq!(store.count_runs(other).await.unwrap(), [(RunStatus::Running, 1)]);
}

pub async fn heads_and_ids_go_page_by_page(store: &Store) {
    let ws = workspace_id(1);
    for n in 1..=5 {
        let mut commit = titled(n, "x");
        if n == 4 {
            commit.run.status = RunStatus::Failed;
            commit.run.error = Some(metel_model::Code::ToolFailed);
        }
        store.commit(commit).await.unwrap();
    }
    assert_eq!(store.run_ids(ws, Some(run_id(2)), 2).await.unwrap(), [run_id(3), run_id(4)]);
    let heads = store.heads(ws, Some(run_id(4)), 10).await.unwrap();
    assert_eq!(heads.len(), 1);
    let header = store.header(ws, run_id(5)).await.unwrap().unwrap();
    assert_eq!((heads[0].run, heads[0].head, heads[0].seq), (header.id, header.head, header.seq));
    let open = store.open_runs(None, 3).await.unwrap();
    assert_eq!(open, [(ws, run_id(1)), (ws, run_id(2)), (ws, run_id(3))]);
    assert_eq!(store.open_runs(open.last().copied(), 3).await.unwrap(), [(ws, run_id(5))]);
    assert_eq!(store.header(ws, run_id(4)).await.unwrap().unwrap().error, Some(metel_model::Code::ToolFailed));
}

pub async fn counts_and_figures_add_up(store: &Store) {
    let ws = workspace_id(1);
    for n in 1..=4 {
        let mut run = SampleRun::new(ws, run_id(n));
        store.commit(run.step()).await.unwrap();
        if n > 2 {
            store.commit(run.finish()).await.unwrap();
        }
    }
    let mut counts = store.count_runs(ws).await.unwrap();
    counts.sort();
    assert_eq!(counts, [(RunStatus::Running, 2), (RunStatus::Completed, 2)]);
    let stats = store.stats(Micros(i64::MAX - 1)).await.unwrap();
    assert_eq!((stats.due, stats.held), (2, 0));
    assert!(stats.bytes > 0 && stats.oldest_due.is_some());
}
