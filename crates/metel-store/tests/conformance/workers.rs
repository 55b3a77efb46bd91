//! Workers: the silent one loses its tasks, and nothing of it is accepted afterwards.

use crate::claims::claim;
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, worker_id, workspace_id};
use metel_store::{Committed, Quiet, Store, StoreError};

pub async fn a_silent_worker_loses_its_tasks(store: &Store) {
    let (old, new) = (worker_id(1), worker_id(2));
    store.heartbeat(old, "old", Micros(0), Micros(100)).await.unwrap();
    store.heartbeat(new, "new", Micros(0), Micros(500)).await.unwrap();
    let mut run = SampleRun::held(workspace_id(1), run_id(1), old);
    let mut commit = run.step();
    commit.worker = Some(old);
    assert_eq!(store.commit(commit).await, Ok(Committed::Accepted));
    let quiet = async |now| store.quiet(now, new).await.unwrap();
    assert_eq!(quiet(Micros(100)).await, Quiet { lost: false, own: false, until: Some(Micros(100)) });
    assert_eq!(quiet(Micros(101)).await, Quiet { lost: true, own: false, until: None });
    assert!(store.orphans(Micros(100), new, 10).await.unwrap().is_empty(), "it is alive until then");
    let taken = store.orphans(Micros(101), new, 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].run, taken[0].owner), (run_id(1), Some(new)));
    assert!(store.orphans(Micros(101), new, 10).await.unwrap().is_empty());
    assert_eq!(quiet(Micros(101)).await, Quiet { lost: false, own: true, until: None });
    // The old one comes back from its sleep.
    let mut late = run.clone();
    let mut commit = late.step();
    commit.worker = Some(old);
    assert_eq!(store.commit(commit).await, Ok(Committed::Fenced));
    assert_eq!(store.heartbeat(old, "old", Micros(102), Micros(900)).await, Err(StoreError::Fenced));
    assert_eq!(claim(store, old, Micros(i64::MAX), 10).await, Err(StoreError::Fenced));
    let mut commit = run.step();
    commit.worker = Some(new);
    assert_eq!(store.commit(commit).await, Ok(Committed::Accepted));
    let listed = store.workers(10).await.unwrap();
    assert_eq!(listed.iter().map(|row| (row.id, row.fenced)).collect::<Vec<_>>(), [(old, true), (new, false)]);
}

pub async fn one_that_ended_is_silent_at_once(store: &Store) {
    let (ended, other, me) = (worker_id(1), worker_id(2), worker_id(3));
    for worker in [ended, other, me] {
        store.heartbeat(worker, "", Micros(0), Micros(100)).await.unwrap();
    }
    let mut run = SampleRun::held(workspace_id(1), run_id(1), ended);
    let mut commit = run.step();
    commit.worker = Some(ended);
    assert_eq!(store.commit(commit).await, Ok(Committed::Accepted));
    store.end_worker(ended).await.unwrap();
    store.end_worker(worker_id(9)).await.unwrap();
    assert!(store.quiet(Micros(1), me).await.unwrap().lost);
    let taken = store.orphans(Micros(1), me, 10).await.unwrap();
    assert_eq!(taken.iter().map(|task| task.run).collect::<Vec<_>>(), [run_id(1)]);
    assert_eq!(store.heartbeat(ended, "", Micros(2), Micros(200)).await, Err(StoreError::Fenced));
    store.heartbeat(other, "", Micros(2), Micros(200)).await.unwrap();
    // It stays fenced, whatever is said of it afterwards.
    store.end_worker(ended).await.unwrap();
    assert_eq!(store.heartbeat(ended, "", Micros(3), Micros(200)).await, Err(StoreError::Fenced));
}

pub async fn tasks_of_unknown_workers_are_taken_over(store: &Store) {
    let (gone, me) = (worker_id(8), worker_id(9));
    for n in 0..5 {
        store.commit(SampleRun::held(workspace_id(1), run_id(n), gone).step()).await.unwrap();
    }
    store.heartbeat(me, "me", Micros(0), Micros(100)).await.unwrap();
    assert_eq!(store.stats(Micros(0)).await.unwrap().held, 5);
    assert_eq!(store.orphans(Micros(50), me, 3).await.unwrap().len(), 3);
    assert_eq!(store.orphans(Micros(50), me, 3).await.unwrap().len(), 2);
    assert!(store.orphans(Micros(i64::MAX), me, 3).await.unwrap().is_empty(), "never one's own");
}

pub async fn old_workers_are_forgotten(store: &Store) {
    let (old, me) = (worker_id(1), worker_id(2));
    store.heartbeat(old, "old", Micros(0), Micros(10)).await.unwrap();
    store.heartbeat(me, "me", Micros(0), Micros(10_000)).await.unwrap();
    store.commit(SampleRun::held(workspace_id(1), run_id(1), old).step()).await.unwrap();
    assert_eq!(store.forget_workers(Micros(1_000)).await, Ok(0), "not fenced yet");
    assert_eq!(store.orphans(Micros(20), me, 0).await.unwrap(), Vec::new());
    assert_eq!(store.forget_workers(Micros(1_000)).await, Ok(0), "it still holds a task");
    assert_eq!(store.orphans(Micros(20), me, 9).await.unwrap().len(), 1);
    assert_eq!(store.forget_workers(Micros(1_000)).await, Ok(1));
}
