//! Wake-ups after commits.

use std::time::Duration;

use metel_store::testing::{SampleRun, run_id, worker_id, workspace_id};
use metel_store::{Signal, Store};

async fn hear(signals: &mut tokio::sync::broadcast::Receiver<Signal>, wanted: Signal) {
    let heard = async { while signals.recv().await.unwrap() != wanted {} };
    tokio::time::timeout(Duration::from_secs(5), heard).await.unwrap_or_else(|_| panic!("{wanted:?} was not heard"));
}

pub async fn a_commit_is_heard(store: &Store) {
    let (mut signals, mut runs) = (store.subscribe(), store.subscribe_runs());
    store.commit(SampleRun::new(workspace_id(1), run_id(1)).step()).await.unwrap();
    hear(&mut runs, Signal::Run(run_id(1))).await;
    hear(&mut signals, Signal::Tasks).await;
    let (mut signals, mut runs) = (store.subscribe(), store.subscribe_runs());
    let mut parent = SampleRun::held(workspace_id(1), run_id(2), worker_id(1)).step();
    parent.children = vec![SampleRun::held(workspace_id(1), run_id(3), worker_id(1)).step()];
    store.commit(parent).await.unwrap();
    hear(&mut runs, Signal::Run(run_id(2))).await;
    hear(&mut runs, Signal::Run(run_id(3))).await;
    store.release_all(worker_id(1)).await.unwrap();
    hear(&mut signals, Signal::Tasks).await;
    let message = crate::messages::message(1, "order", "7");
    store.publish(workspace_id(1), &message).await.unwrap();
    hear(&mut signals, Signal::Messages).await;
    crate::messages::wait(store, 9, "a", "order", "8").await;
    hear(&mut signals, Signal::Messages).await;
}
