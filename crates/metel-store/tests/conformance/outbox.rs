//! The outbox delivers at least once.

use metel_model::id::OutboxId;
use metel_model::task::PARKED;
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{OutboxItem, Store};

async fn put(store: &Store, n: u64, due: i64) -> OutboxId {
    let id = OutboxId(run_id(n).0);
    let mut commit = SampleRun::new(workspace_id(1), run_id(n)).step();
    let body = r#"{"글":"안녕"}"#.to_owned();
    commit.outbox = vec![OutboxItem { id, kind: "webhook".to_owned(), body, due: Micros(due) }];
    store.commit(commit).await.unwrap();
    id
}

pub async fn an_item_comes_back_until_done(store: &Store) {
    let ws = workspace_id(1);
    assert_eq!(store.outbox_next_due().await.unwrap(), None);
    let first = put(store, 1, 10).await;
    let second = put(store, 2, 20).await;
    assert_eq!(store.outbox_next_due().await.unwrap(), Some(Micros(10)));
    let taken = store.outbox_take(Micros(15), Micros(100), 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].id, taken[0].attempts, taken[0].body.as_str()), (first, 1, r#"{"글":"안녕"}"#));
    assert!(store.outbox_take(Micros(15), Micros(100), 10).await.unwrap().is_empty());
    let taken = store.outbox_take(Micros(100), Micros(200), 10).await.unwrap();
    let mut attempts: Vec<_> = taken.iter().map(|row| (row.id, row.attempts)).collect();
    attempts.sort();
    assert_eq!(attempts, [(first, 2), (second, 1)]);
    assert!(store.outbox_done(ws, first).await.unwrap());
    assert!(!store.outbox_done(ws, first).await.unwrap());
    assert!(store.outbox_retry(ws, second, Micros(300), "500 서버 오류").await.unwrap());
    assert!(store.outbox_take(Micros(299), Micros(400), 10).await.unwrap().is_empty());
    let again = store.outbox_take(Micros(300), Micros(400), 10).await.unwrap();
    assert_eq!(again[0].error.as_deref(), Some("500 서버 오류"));
}

pub async fn given_up_items_are_kept(store: &Store) {
    let ws = workspace_id(1);
    let id = put(store, 1, 10).await;
    store.outbox_retry(ws, id, PARKED, "gone").await.unwrap();
    assert!(store.outbox_take(Micros(i64::MAX), Micros(i64::MAX), 10).await.unwrap().is_empty());
    assert_eq!(store.outbox_next_due().await.unwrap(), None);
    assert_eq!(store.outbox_parked(ws, 10).await.unwrap()[0].id, id);
    store.outbox_retry(ws, id, Micros(5), "again").await.unwrap();
    assert_eq!(store.outbox_take(Micros(5), Micros(9), 10).await.unwrap().len(), 1);
}
