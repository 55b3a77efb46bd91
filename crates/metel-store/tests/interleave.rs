//! Random interleavings of commits, many of them decided on an old version: each log stays gapless,
//! and a header is always its log's last entry.
#![allow(clippy::unwrap_used)]

use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_store::testing::{Postgres, SampleRun, run_id, workspace_id};
use metel_store::{Committed, Options, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// One attempt: on which run, how many versions behind, with how many at once before the next round.
type Attempt = (u64, usize, bool);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    prop::collection::vec((0..4_u64, prop_oneof![3 => Just(0_usize), 1 => 1..4_usize], any::<bool>()), 1..80)
}

async fn play(store: &Store, salt: u64, attempts: &[Attempt]) {
    let ws = workspace_id(salt);
    // Every state that a run has been in, the newest last.
    let mut pasts: Vec<Vec<SampleRun>> = (0..4).map(|n| vec![SampleRun::new(ws, run_id(n))]).collect();
    let mut round = Vec::new();
    for (i, (run, behind, together)) in attempts.iter().enumerate() {
        round.push((*run as usize, *behind));
        if *together && i + 1 < attempts.len() {
            continue;
        }
        let tried = round.drain(..).map(|(run, behind)| {
            let past = &pasts[run];
            let mut state = past[past.len().saturating_sub(1 + behind)].clone();
            let newest = state.header.version == past[past.len() - 1].header.version;
            let commit = state.step();
            async move { (run, newest, state, store.commit(commit).await.unwrap()) }
        });
        let answers = futures::future::join_all(tried).await;
        for (run, newest, state, answer) in answers {
            match answer {
                Committed::Accepted => {
                    assert!(newest, "an old decision was accepted");
                    // Of those decided on the same version only one can be accepted.
                    assert_eq!(state.header.version as usize, pasts[run].len());
                    pasts[run].push(state);
                }
                Committed::Stale => {}
                other => panic!("{other:?}"),
            }
        }
    }
    for past in &pasts {
        let expected = &past[past.len() - 1].header;
        let Some(loaded) = store.load_run(ws, expected.id).await.unwrap() else {
            assert_eq!(expected.version, 0);
            continue;
        };
        assert_eq!(&loaded.header, expected);
        assert_eq!(loaded.entries.len() as u64, expected.version);
        let (mut seq, mut head) = (1, Digest::ZERO);
        for entry in &loaded.entries {
            assert_eq!(entry.seq, seq);
            head = Entry::chain(&head, ws, expected.id, seq, &entry.command, &entry.actor, entry.at, &entry.body);
            assert_eq!(entry.hash, head);
            seq += u64::from(entry.count);
        }
        assert_eq!((seq, head), (expected.seq, expected.head));
    }
}

fn property(cases: u32, store: &Store, runtime: &tokio::runtime::Runtime) {
    let mut salt = 0;
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let salts = std::cell::RefCell::new(&mut salt);
    runner
        .run(&attempts(), |attempts| {
            // A workspace of its own for every case.
            let salt = {
                let mut salt = salts.borrow_mut();
                **salt += 1;
                **salt
            };
            runtime.block_on(play(store, salt, &attempts));
            Ok(())
        })
        .unwrap();
    assert_eq!(runtime.block_on(store.integrity()).unwrap(), Vec::<String>::new());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn sqlite_keeps_every_log_gapless() {
    let runtime = runtime();
    let store = runtime.block_on(Store::open_sqlite(":memory:", Options::default())).unwrap();
    property(200, &store, &runtime);
}

#[test]
fn postgres_keeps_every_log_gapless() {
    let runtime = runtime();
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let store = runtime.block_on(Store::open_postgres(&url, Options::default())).unwrap();
    property(40, &store, &runtime);
}
