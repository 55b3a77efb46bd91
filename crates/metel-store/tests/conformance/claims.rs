//! Claims: each due task once, fairly.

use std::collections::BTreeSet;

use metel_model::id::WorkerId;
use metel_model::task::{PARKED, Task};
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, worker_id, workspace_id};
use metel_store::{Claim, NEEDS_BYTES_MAX, Store, StoreError, TaskChange, Wake};

/// Claims for a worker that can do what all can.
pub async fn claim(store: &Store, worker: WorkerId, now: Micros, limit: u32) -> Result<Vec<Task>, StoreError> {
    store.claim(Claim { worker, can: Vec::new(), now, limit }).await
}

/// A new run with one free task.
async fn put(store: &Store, ws: u64, run: u64, due: Micros, priority: i32) {
    let mut sample = SampleRun::new(workspace_id(ws), run_id(run));
    let mut commit = sample.step();
    let mut task = sample.task(0, "wait", due);
    task.priority = priority;
    commit.tasks = vec![TaskChange::Put(task)];
    store.commit(commit).await.unwrap();
}

pub async fn due_tasks_are_claimed_once(store: &Store) {
    for n in 0..10 {
        put(store, 1, n, Micros(100 + n as i64), 0).await;
    }
    let first = claim(store, worker_id(1), Micros(200), 6).await.unwrap();
    assert_eq!(first.len(), 6);
    assert!(first.iter().all(|task| task.owner == Some(worker_id(1)) && task.due < Micros(106)));
    let second = claim(store, worker_id(2), Micros(200), 6).await.unwrap();
    assert_eq!(second.len(), 4);
    assert!(claim(store, worker_id(2), Micros(200), 6).await.unwrap().is_empty());
    let held = store.tasks(workspace_id(1), first[0].run).await.unwrap();
    assert_eq!(held, [first[0].clone()]);
}

pub async fn later_and_parked_tasks_wait(store: &Store) {
    assert_eq!(store.next_due(&[]).await.unwrap(), None);
    put(store, 1, 1, PARKED, 0).await;
    assert_eq!(store.next_due(&[]).await.unwrap(), None);
    put(store, 1, 2, Micros(500), 0).await;
    put(store, 2, 3, Micros(400), 5).await;
    assert_eq!(store.next_due(&[]).await.unwrap(), Some(Micros(400)));
    assert!(claim(store, worker_id(1), Micros(399), 10).await.unwrap().is_empty());
    let claimed = claim(store, worker_id(1), Micros(400), 10).await.unwrap();
    assert_eq!(claimed.iter().map(|task| task.run).collect::<Vec<_>>(), [run_id(3)]);
    assert_eq!(store.next_due(&[]).await.unwrap(), Some(Micros(500)));
    assert_eq!(claim(store, worker_id(1), Micros(i64::MAX), 10).await.unwrap().len(), 1);
}

pub async fn a_wake_makes_a_parked_task_due(store: &Store) {
    put(store, 1, 1, PARKED, 0).await;
    put(store, 1, 2, Micros(10), 0).await;
    let mut child = SampleRun::held(workspace_id(1), run_id(3), worker_id(1));
    let mut commit = child.step();
    let wake = |run, step: &str, at| Wake { workspace: workspace_id(1), run, step: step.to_owned(), at: Micros(at) };
    commit.wakes = vec![wake(run_id(1), "wait", 77), wake(run_id(2), "wait", 77), wake(run_id(1), "other", 5)];
    store.commit(commit).await.unwrap();
    assert_eq!(store.tasks(workspace_id(1), run_id(1)).await.unwrap()[0].due, Micros(77));
    assert_eq!(store.tasks(workspace_id(1), run_id(2)).await.unwrap()[0].due, Micros(10));
    assert_eq!(claim(store, worker_id(1), Micros(77), 10).await.unwrap().len(), 2);
}

pub async fn workspaces_share_alike(store: &Store) {
    for n in 0..40 {
        put(store, 1, n, Micros(1), 0).await;
    }
    put(store, 2, 100, Micros(50), 0).await;
    put(store, 3, 101, Micros(50), 0).await;
    let claimed = claim(store, worker_id(1), Micros(60), 9).await.unwrap();
    let tenants: BTreeSet<_> = claimed.iter().map(|task| task.workspace).collect();
    assert_eq!(tenants.len(), 3, "a burst of one tenant holds back the others");
    assert_eq!(claimed.len(), 9, "what some do not need is for the others");
    let mut all = claimed.len();
    loop {
        let more = claim(store, worker_id(1), Micros(60), 9).await.unwrap().len();
        if more == 0 {
            break;
        }
        all += more;
    }
    assert_eq!(all, 42);
}

pub async fn larger_priorities_go_first(store: &Store) {
    put(store, 1, 1, Micros(1), 0).await;
    put(store, 1, 2, Micros(9), 10).await;
    put(store, 1, 3, Micros(1), -3).await;
    let first = claim(store, worker_id(1), Micros(10), 1).await.unwrap();
    assert_eq!(first.iter().map(|task| (task.run, task.priority)).collect::<Vec<_>>(), [(run_id(2), 10)]);
    assert_eq!(claim(store, worker_id(1), Micros(10), 5).await.unwrap().len(), 2);
}

pub async fn a_task_is_given_back_only_by_its_owner(store: &Store) {
    put(store, 1, 1, Micros(1), 0).await;
    let ws = workspace_id(1);
    assert_eq!(claim(store, worker_id(1), Micros(5), 1).await.unwrap().len(), 1);
    assert!(!store.release(ws, run_id(1), 0, worker_id(2)).await.unwrap());
    assert!(store.release(ws, run_id(1), 0, worker_id(1)).await.unwrap());
    assert!(!store.release(ws, run_id(1), 0, worker_id(1)).await.unwrap());
    assert_eq!(claim(store, worker_id(2), Micros(5), 1).await.unwrap().len(), 1);
    let held = store.tasks_of(worker_id(2), 10).await.unwrap();
    assert_eq!((held.len(), held[0].run), (1, run_id(1)));
    assert_eq!(store.tasks_of(worker_id(1), 10).await.unwrap(), []);
    assert_eq!(store.release_all(worker_id(2)).await.unwrap(), 1);
    assert_eq!(store.stats(Micros(5)).await.unwrap().due, 1);
}

pub async fn many_claimers_never_share_a_task(store: &Store) {
    for n in 0..120 {
        put(store, 1 + n % 4, n, Micros(n as i64), 0).await;
    }
    let claimers = (0..6).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            let mut empty = 0;
            // Rows that another claimer looks at are skipped, so one empty answer says little.
            while empty < 20 {
                let claimed = claim(&store, worker_id(n), Micros(1_000), 7).await.unwrap();
                empty = if claimed.is_empty() { empty + 1 } else { 0 };
                mine.extend(claimed.into_iter().map(|task| task.run));
            }
            mine
        })
    });
    let mut all = Vec::new();
    for mine in futures::future::join_all(claimers).await {
        all.extend(mine.unwrap());
    }
    let distinct: BTreeSet<_> = all.iter().copied().collect();
    assert_eq!((all.len(), distinct.len()), (120, 120));
}

/// Many due tasks of one run each, in as few commits as may be.
async fn burst(store: &Store, ws: u64, from: u64, count: u64) {
    let commits = (from..from + count).map(|n| {
        let mut sample = SampleRun::new(workspace_id(ws), run_id(n));
        let mut commit = sample.step();
        commit.tasks = (0..100).map(|slot| TaskChange::Put(sample.task(slot, "wait", Micros(1)))).collect();
        store.commit(commit)
    });
    for done in futures::future::join_all(commits).await {
        done.unwrap();
    }
}

pub async fn a_burst_of_one_workspace_delays_no_other(store: &Store) {
    // 4,000 tasks that have been due for long, before and behind the others in every order.
    burst(store, 2, 0, 40).await;
    for ws in [1, 3] {
        for n in 0..5 {
            put(store, ws, 10_000 + ws * 100 + n, Micros(500), 0).await;
        }
    }
    for limit in [1_u32, 2, 16] {
        let mut first = BTreeSet::new();
        let mut given = 0;
        let mut claims = 0;
        while first.len() < 3 {
            let claimed = claim(store, worker_id(1), Micros(1_000), limit).await.unwrap();
            given += claimed.len();
            claims += 1;
            first.extend(claimed.iter().map(|task| task.workspace));
            assert!(claims <= 3, "a turn of {limit} left a workspace out for {claims} claims");
        }
        assert!(given <= 3 * limit as usize);
    }
    // However large the burst, the others are through after so many turns.
    for ws in [1, 3] {
        for n in 0..6 {
            put(store, ws, 20_000 + ws * 100 + n, Micros(500), 0).await;
        }
    }
    let mut others = 0;
    for _ in 0..3 {
        let claimed = claim(store, worker_id(1), Micros(1_000), 6).await.unwrap();
        assert_eq!(claimed.len(), 6);
        others += claimed.iter().filter(|task| task.workspace != workspace_id(2)).count();
    }
    assert_eq!(others, 12, "four of six places are the others' as long as they have tasks");
}

pub async fn a_worker_takes_what_it_can_do(store: &Store) {
    let needs = [None, Some("browser"), Some("browser ffmpeg"), Some("ffmpeg"), None];
    for (n, needs) in (0..).zip(needs) {
        let mut sample = SampleRun::new(workspace_id(1), run_id(n));
        let mut commit = sample.step();
        let mut task = sample.task(0, "wait", Micros(10 - n as i64));
        task.needs = needs.map(str::to_owned);
        commit.tasks = vec![TaskChange::Put(task)];
        store.commit(commit).await.unwrap();
    }
    let able = |can: &[&str]| can.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let wanted = |can| Claim { worker: worker_id(1), can, now: Micros(50), limit: 10 };
    assert_eq!(store.next_due(&able(&[])).await.unwrap(), Some(Micros(6)));
    let plain = store.claim(wanted(able(&[]))).await.unwrap();
    assert_eq!(plain.iter().map(|task| task.run).collect::<Vec<_>>(), [run_id(4), run_id(0)]);
    assert!(plain.iter().all(|task| task.needs.is_none()));
    assert_eq!(store.next_due(&able(&[])).await.unwrap(), None, "the rest is for others");
    assert_eq!(store.next_due(&able(&["ffmpeg"])).await.unwrap(), Some(Micros(7)));
    let one = store.claim(wanted(able(&["ffmpeg"]))).await.unwrap();
    assert_eq!(one.iter().map(|task| task.needs.as_deref()).collect::<Vec<_>>(), [Some("ffmpeg")]);
    let rest = store.claim(wanted(able(&["x", "ffmpeg", "browser"]))).await.unwrap();
    assert_eq!(rest.iter().map(|task| task.run).collect::<Vec<_>>(), [run_id(2), run_id(1)]);
    assert_eq!(store.tasks(workspace_id(1), run_id(2)).await.unwrap()[0].needs.as_deref(), Some("browser ffmpeg"));
    for wrong in ["", "b a", "a a", "a  b", "한 글\n", &"x".repeat(NEEDS_BYTES_MAX + 1)] {
        let mut sample = SampleRun::new(workspace_id(1), run_id(99));
        let mut commit = sample.step();
        let mut task = sample.task(0, "wait", Micros(1));
        task.needs = Some(wrong.to_owned());
        commit.tasks = vec![TaskChange::Put(task)];
        assert!(matches!(store.commit(commit).await, Err(StoreError::Invalid(_))), "{wrong:?}");
    }
}
