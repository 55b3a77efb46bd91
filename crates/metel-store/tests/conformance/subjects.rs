//! Subjects: one key at a time, the runs it seals, and its end.

use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::time::Micros;
use metel_store::testing::{run_id, workspace_id};
use metel_store::{Store, StoreError, SubjectKeyRow};

pub async fn a_key_is_destroyed_and_the_act_written_down(store: &Store) {
    let ws = workspace_id(1);
    let key = |id: &str| SubjectKeyRow {
        workspace: ws,
        key_id: id.to_owned(),
        subject: "employee-42".to_owned(),
        sealed: vec![7; 90],
        created_at: Micros(5),
        erased: None,
    };
    store.add_subject_key(&key("sk_1")).await.unwrap();
    let second = store.add_subject_key(&key("sk_2")).await;
    assert!(matches!(second, Err(StoreError::Conflict(_))), "one at a time: {second:?}");
    for _ in 0..2 {
        store.add_subject_run(ws, "sk_1", run_id(3)).await.unwrap();
    }
    assert_eq!(store.subject_runs(ws, "sk_1").await.unwrap(), [run_id(3)]);
    let (name, at) = (Digest::of(b"name"), Digest::of(b"bytes"));
    store.add_sealed_value(ws, name, "sk_1", at).await.unwrap();
    assert_eq!(store.sealed_values(ws, name).await.unwrap(), [("sk_1".to_owned(), at)]);

    let act = Entry {
        seq: 1,
        count: 1,
        at: Micros(9),
        actor: "user:1".to_owned(),
        command: "erase_subject".to_owned(),
        body: "[{}]".to_owned(),
        hash: Digest::of(b"act"),
    };
    store.erase_subject_keys(&[key("sk_1")], Micros(9), "user:1", &act).await.unwrap();
    let erased = SubjectKeyRow { sealed: vec![0; 90], erased: Some((Micros(9), "user:1".to_owned())), ..key("sk_1") };
    assert_eq!(store.subject_key(ws, "sk_1").await.unwrap(), Some(erased.clone()));
    assert_eq!(store.sealed_values(ws, name).await.unwrap(), []);
    assert_eq!(store.journal_last(ws).await.unwrap(), Some(act.clone()));
    // The act has no other place: nothing of a second one stays.
    store.add_subject_key(&key("sk_2")).await.unwrap();
    let again = store.erase_subject_keys(&[key("sk_2")], Micros(10), "user:1", &act).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    assert_eq!(store.subject_keys(ws, "employee-42").await.unwrap(), [erased, key("sk_2")]);
    assert_eq!(store.subject_keys(workspace_id(2), "employee-42").await.unwrap(), []);
}
