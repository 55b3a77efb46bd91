//! Steps that failed for good: kept until they are tried again.

use metel_model::Code;
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{Dead, DeadChange, DeadFilter, Store};

pub async fn given_up_steps_are_kept_until_tried_again(store: &Store) {
    let ws = workspace_id(1);
    let dead = |step: &str, code, at| Dead { step: step.to_owned(), code, at: Micros(at), attempts: 3 };
    let mut runs: Vec<SampleRun> = (0..3).map(|n| SampleRun::new(ws, run_id(n))).collect();
    for (run, code) in runs.iter_mut().zip([Code::NetworkFailed, Code::NetworkFailed, Code::Overloaded]) {
        let mut commit = run.step();
        commit.dead = vec![DeadChange::Add(dead("보내기", code, 7)), DeadChange::Add(dead("b", code, 8))];
        store.commit(commit).await.unwrap();
    }
    let list = async |filter: DeadFilter| store.dead(ws, &filter).await.unwrap();
    assert_eq!(list(DeadFilter::default()).await.len(), 6);
    let mut counts = store.count_dead(ws).await.unwrap();
    counts.sort_by_key(|(_, count)| *count);
    assert_eq!(counts, [(Code::Overloaded, 2), (Code::NetworkFailed, 4)]);
    let of = async |code, after, limit| list(DeadFilter { code: Some(code), after, limit }).await;
    let first = of(Code::NetworkFailed, None, 3).await;
    assert_eq!(first.iter().map(|(run, _)| *run).collect::<Vec<_>>(), [run_id(0), run_id(0), run_id(1)]);
    assert_eq!(first[1].1, dead("보내기", Code::NetworkFailed, 7));
    let (run, step) = (first[2].0, first[2].1.step.clone());
    assert_eq!(of(Code::NetworkFailed, Some((run, step)), 3).await.len(), 1);
    // Tried again and failed again: one row, the newest word.
    let mut commit = runs[0].step();
    let again = dead("b", Code::Overloaded, 9);
    commit.dead = vec![
        DeadChange::Remove { step: "보내기".to_owned() },
        DeadChange::Remove { step: "b".to_owned() },
        DeadChange::Add(again.clone()),
    ];
    store.commit(commit).await.unwrap();
    let left = list(DeadFilter::default()).await;
    assert_eq!(left.iter().filter(|(run, _)| *run == run_id(0)).collect::<Vec<_>>(), [&(run_id(0), again)]);
    assert!(store.dead(workspace_id(2), &DeadFilter::default()).await.unwrap().is_empty());
}
