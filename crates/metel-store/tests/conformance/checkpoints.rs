//! Checkpoints, the notary's keys and the journal: what is new is found once, and all of it.

use std::collections::BTreeMap;

use metel_model::checkpoint::{Checkpoint, Hex, Leaf, NotaryKey, root};
use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::RunId;
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{Cursor, NotaryKeyRow, Store, StoreError};

fn leaf(run: &SampleRun) -> Leaf {
    Leaf { run: run.header.id, seq: run.header.seq - 1, head: run.header.head }
}

fn checkpoint(workspace: u64, number: u64, leaves: &[Leaf]) -> Checkpoint {
    Checkpoint {
        workspace: workspace_id(workspace),
        number,
        at: Micros(number as i64),
        previous: Digest::of(b"before"),
        leaves: leaves.len() as u64,
        root: root(leaves),
        chains: 3,
        events: 14,
        key: Hex([4; 32]),
        signature: Hex([5; 64]),
    }
}

/// Looks until there is nothing new; on PostgreSQL a transaction of somebody else may hold the end back.
async fn look(store: &Store, limit: u32) -> Vec<Leaf> {
    let mut found: BTreeMap<RunId, Leaf> = BTreeMap::new();
    for turn in 0..200 {
        let changes = store.changed_chains(limit).await.unwrap();
        for leaf in changes.chains.values().flatten() {
            found.insert(leaf.run, *leaf);
        }
        store.add_checkpoints(&[], &changes.cursor).await.unwrap();
        if !changes.more && turn > 3 {
            break;
        }
    }
    found.into_values().collect()
}

pub async fn what_grew_is_found_once(store: &Store) {
    let mut runs: Vec<SampleRun> = (0..7).map(|n| SampleRun::new(workspace_id(1), run_id(n))).collect();
    for run in &mut runs {
        for _ in 0..3 {
            store.commit(run.step()).await.unwrap();
        }
    }
    let all: Vec<Leaf> = runs.iter().map(leaf).collect();
    // In small bites, so that chains come back as they go on.
    assert_eq!(look(store, 4).await, all);
    assert_eq!(look(store, 4).await, []);
    store.commit(runs[2].step()).await.unwrap();
    store.commit(runs[5].finish()).await.unwrap();
    assert_eq!(look(store, 100).await, [leaf(&runs[2]), leaf(&runs[5])]);
    assert_eq!(look(store, 100).await, []);
}

pub async fn checkpoints_come_back_with_what_they_name(store: &Store) {
    let ws = workspace_id(1);
    let mut runs: Vec<SampleRun> = (0..3).map(|n| SampleRun::new(ws, run_id(n))).collect();
    for run in &mut runs {
        store.commit(run.step()).await.unwrap();
    }
    let leaves: Vec<Leaf> = runs.iter().map(leaf).collect();
    let changes = store.changed_chains(100).await.unwrap();
    let one = checkpoint(1, 1, &leaves);
    store.add_checkpoints(&[(one.clone(), leaves.clone())], &changes.cursor).await.unwrap();
    assert_eq!(store.newest_checkpoint(ws).await.unwrap(), Some(one.clone()));
    assert_eq!(store.leaves(ws, 1).await.unwrap(), leaves);
    assert_eq!(store.checkpoint_totals(ws).await.unwrap(), (3, 6));
    assert_eq!(store.removed_chains(ws, 10).await.unwrap(), []);
    // A number is given once; nothing of a refused one stays.
    let again = store.add_checkpoints(&[(one.clone(), leaves.clone())], &changes.cursor).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    store.commit(runs[1].step()).await.unwrap();
    let (two, ghost) = (leaf(&runs[1]), Leaf { run: run_id(99), seq: 4, head: Digest::of(b"gone") });
    let second = checkpoint(1, 2, &[two, ghost]);
    store.add_checkpoints(&[(second.clone(), vec![two, ghost])], &changes.cursor).await.unwrap();
    assert_eq!(store.checkpoints(ws, 0, 10).await.unwrap(), [one, second.clone()]);
    assert_eq!(store.checkpoints(ws, 1, 10).await.unwrap(), [second]);
    assert_eq!(store.leaves_of_run(ws, run_id(1)).await.unwrap(), [leaves[1], two]);
    let last = store.last_leaves(ws, [run_id(0), run_id(1), run_id(50)].into_iter()).await.unwrap();
    assert_eq!(last, [Some(leaves[0]), Some(two), None]);
    assert_eq!(store.checkpoint_totals(ws).await.unwrap(), (4, 12));
    assert_eq!(store.removed_chains(ws, 10).await.unwrap(), [run_id(99)]);
    assert_eq!(store.newest_checkpoint(workspace_id(2)).await.unwrap(), None);
    assert_eq!(store.checkpoints(workspace_id(2), 0, 10).await.unwrap(), []);
}

pub async fn a_cursor_behind_the_end_begins_anew(store: &Store) {
    let mut run = SampleRun::new(workspace_id(1), run_id(1));
    store.commit(run.step()).await.unwrap();
    assert_eq!(look(store, 10).await, [leaf(&run)]);
    // As after a copy to another server, whose numbers are smaller.
    store.add_checkpoints(&[], &Cursor::at(i64::MAX - 1)).await.unwrap();
    assert_eq!(look(store, 10).await, [leaf(&run)]);
}

pub async fn keys_of_the_notary_are_kept_for_good(store: &Store) {
    let ws = workspace_id(1);
    let row = |number: u64| NotaryKeyRow {
        workspace: ws,
        key: NotaryKey {
            number,
            public: Hex([number as u8; 32]),
            at: Micros(7),
            previous: (number > 1).then(|| Hex([number as u8 - 1; 32])),
            signature: (number > 1).then_some(Hex([9; 64])),
        },
        key_id: "dk_1".to_owned(),
        sealed: Some(vec![1, 2, 3]),
    };
    store.add_notary_key(&row(1)).await.unwrap();
    assert!(matches!(store.add_notary_key(&row(1)).await, Err(StoreError::Conflict(_))));
    store.add_notary_key(&row(2)).await.unwrap();
    let old = NotaryKeyRow { sealed: None, ..row(1) };
    assert_eq!(store.notary_keys(ws).await.unwrap(), [old, row(2)]);
    assert_eq!(store.notary_keys(workspace_id(2)).await.unwrap(), []);
}

pub async fn the_journal_is_a_chain_of_its_own(store: &Store) {
    let ws = workspace_id(1);
    assert_eq!(store.journal_last(ws).await.unwrap(), None);
    let mut entry = Entry {
        seq: 1,
        count: 1,
        at: Micros(1),
        actor: "user:김".to_owned(),
        command: "erase".to_owned(),
        body: r#"[{"type":"x"}]"#.to_owned(),
        hash: Digest::of(b"1"),
    };
    store.journal_append(ws, &entry).await.unwrap();
    assert!(matches!(store.journal_append(ws, &entry).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.journal_last(ws).await.unwrap(), Some(entry.clone()));
    entry.seq = 2;
    store.journal_append(ws, &entry).await.unwrap();
    let journal = RunId(ws.0);
    assert_eq!(look(store, 10).await, [Leaf { run: journal, seq: 2, head: entry.hash }]);
    // It is nobody's run.
    assert_eq!(store.run_ids(ws, None, 10).await.unwrap(), []);
    assert_eq!(store.journal_last(workspace_id(2)).await.unwrap(), None);
}
