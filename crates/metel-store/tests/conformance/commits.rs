//! Commits: all or nothing, in order, once.

use std::collections::BTreeMap;

use metel_model::hash::Digest;
use metel_model::status::RunStatus;
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{Blob, ClientKey, Commit, Committed, OutboxItem, Store, StoreError, TaskChange};

pub async fn a_run_goes_from_first_to_last_commit(store: &Store) {
    let ws = workspace_id(1);
    let mut run = SampleRun::new(ws, run_id(1));
    for _ in 0..5 {
        assert_eq!(store.commit(run.step()).await, Ok(Committed::Accepted));
        assert_eq!(store.tasks(ws, run.header.id).await.unwrap().len(), 1);
    }
    assert_eq!(store.commit(run.finish()).await, Ok(Committed::Accepted));
    let loaded = store.load_run(ws, run.header.id).await.unwrap().unwrap();
    assert_eq!(loaded.header, run.header);
    assert_eq!(loaded.snapshot, None);
    assert_eq!(loaded.entries.len(), 6);
    assert_eq!(loaded.entries.last().unwrap().hash, run.header.head);
    assert_eq!(store.tasks(ws, run.header.id).await.unwrap(), Vec::new());
    let page = store.entries(ws, run.header.id, 3, 2).await.unwrap();
    assert_eq!(page, loaded.entries[1..3]);
    assert_eq!(store.load_run(ws, run_id(2)).await.unwrap(), None);
}

pub async fn a_stale_version_writes_nothing(store: &Store) {
    let ws = workspace_id(1);
    let mut run = SampleRun::new(ws, run_id(1));
    store.commit(run.step()).await.unwrap();
    let mut late = run.clone();
    store.commit(run.step()).await.unwrap();
    let mut commit = late.step();
    commit.tasks.push(TaskChange::Put(late.task(1, "other", Micros(1))));
    commit.blobs.push(Blob::of("never"));
    let digest = commit.blobs[0].digest;
    commit.outbox.push(OutboxItem {
        id: metel_model::id::OutboxId(run_id(9).0),
        kind: "webhook".to_owned(),
        body: "{}".to_owned(),
        due: Micros(0),
    });
    commit.children.push(SampleRun::new(ws, run_id(2)).step());
    assert_eq!(store.commit(commit).await, Ok(Committed::Stale));
    let loaded = store.load_run(ws, run.header.id).await.unwrap().unwrap();
    assert_eq!((loaded.header, loaded.entries.len()), (run.header.clone(), 2));
    assert_eq!(store.tasks(ws, run.header.id).await.unwrap().len(), 1);
    assert_eq!(store.blob(ws, digest).await.unwrap(), None);
    assert_eq!(store.outbox_take(Micros(1), Micros(2), 10).await.unwrap(), Vec::new());
    assert_eq!(store.load_run(ws, run_id(2)).await.unwrap(), None);
    let mut unknown = SampleRun::new(ws, run_id(7));
    unknown.step();
    assert_eq!(store.commit(unknown.step()).await, Ok(Committed::Stale));
}

pub async fn a_taken_id_is_stale(store: &Store) {
    let ws = workspace_id(1);
    store.commit(SampleRun::new(ws, run_id(1)).step()).await.unwrap();
    assert_eq!(store.commit(SampleRun::new(ws, run_id(1)).step()).await, Ok(Committed::Stale));
}

pub async fn parts_that_do_not_fit_are_refused(store: &Store) {
    let ws = workspace_id(1);
    let spoil: Vec<fn(&mut Commit)> = vec![
        |commit| commit.run.version += 1,
        |commit| commit.run.seq += 1,
        |commit| commit.run.head = Digest::ZERO,
        |commit| commit.entry.seq += 1,
        |commit| commit.run.title = "a\0b".to_owned(),
        |commit| commit.snapshot = Some("\0".to_owned()),
        |commit| commit.blobs.push(Blob { digest: Digest::ZERO, bytes: "x".into() }),
        |commit| commit.tasks.push(TaskChange::Put(SampleRun::new(workspace_id(2), run_id(1)).task(3, "x", Micros(0)))),
        |commit| commit.children.push(SampleRun::new(workspace_id(2), run_id(5)).step()),
    ];
    for spoil in spoil {
        let mut commit = SampleRun::new(ws, run_id(1)).step();
        spoil(&mut commit);
        assert!(matches!(store.commit(commit).await, Err(StoreError::Invalid(_))));
    }
    assert_eq!(store.load_run(ws, run_id(1)).await.unwrap(), None);
}

pub async fn a_snapshot_shortens_the_load(store: &Store) {
    let ws = workspace_id(1);
    let mut run = SampleRun::new(ws, run_id(1));
    store.commit(run.step()).await.unwrap();
    for body in [r#"{"b":1, "a":2}"#, r#"{"상태":"둘"}"#] {
        let mut commit = run.step();
        commit.snapshot = Some(body.to_owned());
        store.commit(commit).await.unwrap();
        let loaded = store.load_run(ws, run.header.id).await.unwrap().unwrap();
        assert_eq!((loaded.snapshot.as_deref(), loaded.entries.len()), (Some(body), 0));
    }
    store.commit(run.step()).await.unwrap();
    let loaded = store.load_run(ws, run.header.id).await.unwrap().unwrap();
    assert_eq!((loaded.snapshot.as_deref(), loaded.entries.len()), (Some(r#"{"상태":"둘"}"#), 1));
    assert_eq!(store.entries(ws, run.header.id, 1, 100).await.unwrap().len(), 4);
}

pub async fn children_begin_with_their_parent(store: &Store) {
    let ws = workspace_id(1);
    let mut parent = SampleRun::new(ws, run_id(1));
    store.commit(parent.step()).await.unwrap();
    let mut commit = parent.step();
    for n in 2..5 {
        let mut child = SampleRun::new(ws, run_id(n));
        child.header.parent = Some((parent.header.id, "spawn".to_owned()));
        commit.children.push(child.step());
    }
    assert_eq!(store.commit(commit).await, Ok(Committed::Accepted));
    for n in 2..5 {
        let child = store.load_run(ws, run_id(n)).await.unwrap().unwrap();
        assert_eq!(child.header.parent, Some((parent.header.id, "spawn".to_owned())));
        assert_eq!(store.tasks(ws, run_id(n)).await.unwrap().len(), 1);
    }
}

pub async fn a_taken_child_id_refuses_the_whole(store: &Store) {
    let ws = workspace_id(1);
    store.commit(SampleRun::new(ws, run_id(2)).step()).await.unwrap();
    let mut parent = SampleRun::new(ws, run_id(1));
    let mut commit = parent.step();
    commit.children.push(SampleRun::new(ws, run_id(3)).step());
    commit.children.push(SampleRun::new(ws, run_id(2)).step());
    assert!(matches!(store.commit(commit).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.load_run(ws, run_id(1)).await.unwrap(), None);
    assert_eq!(store.load_run(ws, run_id(3)).await.unwrap(), None);
}

fn keyed(run: u64, body: &str, expires: i64) -> Commit {
    let mut commit = SampleRun::new(workspace_id(1), run_id(run)).step();
    let expires = Micros(commit.entry.at.0 + expires);
    commit.client_key = Some(ClientKey { key: "주문-42".to_owned(), body: Digest::of(body.as_bytes()), expires });
    commit
}

pub async fn a_client_key_finds_its_run_again(store: &Store) {
    let ws = workspace_id(1);
    assert_eq!(store.commit(keyed(1, "a", 1_000)).await, Ok(Committed::Accepted));
    let known = Ok(Committed::Known { run: run_id(1), body: Digest::of(b"a") });
    assert_eq!(store.commit(keyed(2, "a", 1_000)).await, known);
    assert_eq!(store.commit(keyed(3, "b", 1_000)).await, known);
    assert_eq!(store.load_run(ws, run_id(2)).await.unwrap(), None);
    let at = SampleRun::new(ws, run_id(1)).header.created_at;
    assert_eq!(store.client_key(ws, "주문-42", at).await.unwrap(), Some((run_id(1), Digest::of(b"a"))));
    assert_eq!(store.client_key(workspace_id(2), "주문-42", at).await.unwrap(), None);
    // A refused start does not use up its key.
    let mut refused = keyed(1, "c", 1_000);
    refused.client_key.as_mut().unwrap().key = "other".to_owned();
    assert_eq!(store.commit(refused).await, Ok(Committed::Stale));
    assert_eq!(store.client_key(ws, "other", at).await.unwrap(), None);
}

pub async fn one_key_fifty_times_at_once_starts_one_run(store: &Store) {
    let tries = (0..50).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(keyed(n, "a", 1_000)).await.unwrap() })
    });
    let mut accepted = 0;
    let mut known = Vec::new();
    for answer in futures::future::join_all(tries).await {
        match answer.unwrap() {
            Committed::Accepted => accepted += 1,
            Committed::Known { run, .. } => known.push(run),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((accepted, known.len()), (1, 49));
    known.dedup();
    assert_eq!(known, store.run_ids(workspace_id(1), None, 100).await.unwrap());
}

pub async fn an_expired_client_key_may_be_used_again(store: &Store) {
    store.commit(keyed(1, "a", 0)).await.unwrap();
    assert_eq!(store.commit(keyed(2, "b", 10)).await, Ok(Committed::Accepted));
    assert_eq!(store.commit(keyed(3, "b", 10)).await, Ok(Committed::Known { run: run_id(2), body: Digest::of(b"b") }));
    assert_eq!(store.prune_client_keys(Micros(i64::MAX)).await, Ok(1));
}

/// Eight writers fight over six runs, each deciding on what it last saw.
pub async fn many_at_once_keep_each_log_gapless(store: &Store) {
    let ws = workspace_id(1);
    for n in 0..6 {
        store.commit(SampleRun::new(ws, run_id(n)).step()).await.unwrap();
    }
    let writers = (0..8_u64).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut accepted = BTreeMap::<u64, u64>::new();
            for round in 0..40_u64 {
                let n = (writer + round * 5) % 6;
                let header = store.header(ws, run_id(n)).await.unwrap().unwrap();
                let mut run = SampleRun { header, worker: None };
                if store.commit(run.step()).await.unwrap() == Committed::Accepted {
                    *accepted.entry(n).or_default() += 1;
                }
            }
            accepted
        })
    });
    let mut accepted = BTreeMap::<u64, u64>::new();
    for counts in futures::future::join_all(writers).await {
        for (n, count) in counts.unwrap() {
            *accepted.entry(n).or_default() += count;
        }
    }
    for n in 0..6 {
        let loaded = store.load_run(ws, run_id(n)).await.unwrap().unwrap();
        let header = loaded.header;
        assert_eq!(header.version, 1 + accepted[&n]);
        assert_eq!(loaded.entries.len() as u64, header.version);
        let mut seq = 1;
        let mut head = Digest::ZERO;
        for entry in &loaded.entries {
            assert_eq!(entry.seq, seq);
            seq += u64::from(entry.count);
            let (command, actor) = (&entry.command, &entry.actor);
            head = metel_model::event::Entry::chain(
                &head,
                ws,
                header.id,
                entry.seq,
                command,
                actor,
                entry.at,
                &entry.body,
            );
            assert_eq!(entry.hash, head);
        }
        assert_eq!((header.seq, header.head), (seq, head));
    }
}

pub async fn text_comes_back_exactly(store: &Store) {
    let ws = workspace_id(1);
    let mut run = SampleRun::new(ws, run_id(1));
    run.header.name = "이름 ' \" \\ %_!".to_owned();
    run.header.request = None;
    run.header.status = RunStatus::Queued;
    let mut commit = run.step();
    commit.run = run.header.clone();
    commit.snapshot = Some("{ \"z\": 1.0,\n \"a\": \"\\u0000 한글 👍🏽\" }".to_owned());
    let snapshot = commit.snapshot.clone();
    let entry = commit.entry.clone();
    store.commit(commit).await.unwrap();
    let loaded = store.load_run(ws, run_id(1)).await.unwrap().unwrap();
    assert_eq!((loaded.header, loaded.snapshot), (run.header, snapshot));
    assert_eq!(store.entries(ws, run_id(1), 1, 10).await.unwrap(), [entry]);
}

pub async fn a_bad_commit_harms_no_other(store: &Store) {
    let ws = workspace_id(1);
    let item = OutboxItem {
        id: metel_model::id::OutboxId(run_id(1).0),
        kind: "mail".to_owned(),
        body: "{}".to_owned(),
        due: Micros(0),
    };
    let tries = (0..40).map(|n| {
        let (store, item) = (store.clone(), item.clone());
        tokio::spawn(async move {
            let mut commit = SampleRun::new(ws, run_id(n)).step();
            if n % 4 == 0 {
                // The same id twice cannot be written.
                commit.outbox = vec![item.clone(), item];
            }
            store.commit(commit).await
        })
    });
    for (n, answer) in futures::future::join_all(tries).await.into_iter().enumerate() {
        match answer.unwrap() {
            Ok(Committed::Accepted) => assert_ne!(n % 4, 0),
            Err(StoreError::Conflict(_)) => assert_eq!(n % 4, 0),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(store.run_ids(ws, None, 100).await.unwrap().len(), 30);
}
