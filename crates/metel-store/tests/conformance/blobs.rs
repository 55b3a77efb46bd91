//! Values by content hash.

use metel_model::hash::Digest;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{Blob, Store};

pub async fn small_and_large_values_come_back(store: &Store) {
    let ws = workspace_id(1);
    let sizes = [0, 1, 20_000, 262_144, 262_145, 3_000_000];
    let values: Vec<_> = sizes.iter().map(|size| vec![*size as u8; *size]).collect();
    let mut run = SampleRun::new(ws, run_id(1));
    let mut commit = run.step();
    commit.blobs = values.iter().cloned().map(Blob::of).collect();
    store.commit(commit).await.unwrap();
    // Again, and outside a commit.
    let mut commit = run.step();
    commit.blobs = values.iter().cloned().map(Blob::of).collect();
    store.commit(commit).await.unwrap();
    for value in &values {
        let digest = store.put_blob(ws, value.clone()).await.unwrap();
        assert_eq!(digest, Digest::of(value));
        assert_eq!(store.blob(ws, digest).await.unwrap().as_deref(), Some(&value[..]));
    }
    assert_eq!(store.blob(ws, Digest::ZERO).await.unwrap(), None);
}

pub async fn values_are_kept_apart_by_workspace(store: &Store) {
    for size in [10, 300_000] {
        let digest = store.put_blob(workspace_id(1), vec![3; size]).await.unwrap();
        assert_eq!(store.blob(workspace_id(2), digest).await.unwrap(), None);
        store.put_blob(workspace_id(2), vec![3; size]).await.unwrap();
        assert!(store.blob(workspace_id(2), digest).await.unwrap().is_some());
    }
}
