//! What only a store in a file has: its lock, its backup, its way back after it was closed.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{Blob, Committed, Options, Store, StoreError};

#[tokio::test]
async fn one_process_owns_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metel.db");
    let store = Store::open_sqlite(&path, Options::default()).await.unwrap();
    let second = Store::open_sqlite(&path, Options::default()).await;
    assert_eq!(second.err(), Some(StoreError::Locked { pid: Some(std::process::id()) }));
    let mut run = SampleRun::new(workspace_id(1), run_id(1));
    store.commit(run.step()).await.unwrap();
    drop(store);
    let store = Store::open_sqlite(&path, Options::default()).await.unwrap();
    assert_eq!(store.header(workspace_id(1), run_id(1)).await.unwrap(), Some(run.header));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_one_moment_while_commits_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let ws = workspace_id(1);
    let store = Store::open_sqlite(folder.path().join("한글 폴더/metel.db"), Options::default()).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..8)
        .map(|n| {
            let (store, stop) = (store.clone(), stop.clone());
            tokio::spawn(async move {
                let mut run = SampleRun::new(ws, run_id(n));
                while !stop.load(Ordering::SeqCst) {
                    let mut commit = run.step();
                    let large = run.header.version.is_multiple_of(50);
                    commit.blobs = vec![Blob::of(vec![n as u8; if large { 300_000 } else { 10 } + n as usize])];
                    assert_eq!(store.commit(commit).await, Ok(Committed::Accepted));
                }
            })
        })
        .collect();
    let large = store.put_blob(ws, vec![9; 400_000]).await.unwrap();
    for n in 0..4 {
        let target = folder.path().join(format!("backup {n}"));
        store.backup_to(&target).await.unwrap();
        let again = store.backup_to(&target).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "a backup is never written over");
        let copy = Store::open_sqlite(target.join("metel.db"), Options::default()).await.unwrap();
        assert_eq!(copy.integrity().await.unwrap(), Vec::<String>::new());
        assert_eq!(copy.blob(ws, large).await.unwrap().map(|bytes| bytes.len()), Some(400_000));
        for run in copy.run_ids(ws, None, 100).await.unwrap() {
            let loaded = copy.load_run(ws, run).await.unwrap().unwrap();
            assert_eq!(loaded.entries.len() as u64, loaded.header.version);
        }
    }
    stop.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metel.db");
    let text = "이것은 데이터베이스가 아니다. ".repeat(300);
    std::fs::write(&path, &text).unwrap();
    let opened = Store::open_sqlite(&path, Options::default()).await;
    assert!(matches!(opened.err(), Some(StoreError::Corrupt(_))));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
