//! The engine over a real store: runs go to their end, wait, go on after a restart, and replay.

mod world;

use std::sync::Arc;
use std::time::Duration;

use metel_engine::NewRun;
use metel_engine::capsule::replay_capsule;
use metel_engine::gateway::NewMessage;
use metel_model::approval::{Channel, Decision};
use metel_model::command::Command;
use metel_model::status::RunStatus;
use metel_store::{ApprovalFilter, Capsule, Options, Store};
use serde_json::json;
use world::*;

fn new(workflow: metel_model::Digest) -> NewRun {
    NewRun {
        name: "t".into(),
        workflow: Some(workflow),
        input: json!({"text": "가".repeat(60)}),
        by: "user:1".into(),
        ..NewRun::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_runs_to_its_end_and_replays() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&dir.path().join("m.db"), Options::default()).await.unwrap();
    let world = Arc::new(World::default());
    let engine = engine(store, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    for tool in ["bench.noop", "s.write"] {
        let digest = define(&engine, &world, tool, chain(10, tool)).await;
        let started = engine.start_and_wait(WS, new(digest), Duration::from_secs(10)).await.unwrap();
        let header = started.header.unwrap();
        assert_eq!(header.status, RunStatus::Completed);
        let report = engine.replay(WS, started.run).await.unwrap();
        assert_eq!(report.report.diverged, None);
        assert!(report.same_head);
        assert_eq!(engine.audit(WS).await.unwrap().first_fault, None);
    }
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_outlives_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.db");
    let world = Arc::new(World::default());
    let definition =
        json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "x"}}], "entry_point": "a"});
    let run = {
        let store = Store::open_sqlite(&path, Options::default()).await.unwrap();
        let engine = engine(store.clone(), &world, Arc::new(Echo::default()));
        engine.start_caretakers(None);
        let digest = define(&engine, &world, "d", definition.clone()).await;
        let started = engine.start_and_wait(WS, new(digest), Duration::from_secs(10)).await.unwrap();
        assert_eq!(started.header.unwrap().status, RunStatus::Waiting);
        engine.stop(Duration::from_secs(1)).await;
        drop((engine, store));
        started.run
    };
    let store = Store::open_sqlite(&path, Options::default()).await.unwrap();
    let hands = Arc::new(Echo::default());
    let engine = engine(store, &world, hands.clone());
    engine.start_caretakers(None);
    let pending = engine.store().approvals(WS, &ApprovalFilter::default()).await.unwrap().remove(0);
    let decide = Command::Decide {
        approval: pending.ask.id,
        digest: pending.ask.digest,
        decision: Decision::Approve { all_like_this: false },
        by: "user:2".into(),
        channel: Channel::Web,
    };
    let mut watch = engine.live().watch_run(WS, run);
    engine.command(WS, run, decide.clone(), "user:2").await.unwrap();
    while engine.store().header(WS, run).await.unwrap().unwrap().status != RunStatus::Completed {
        let _ = tokio::time::timeout(Duration::from_secs(5), watch.recv()).await.unwrap();
    }
    assert_eq!(hands.calls.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(engine.command(WS, run, decide, "user:3").await.is_err(), "a decision counts once");
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_of_one_run_that_wait_for_the_same_get_one_message_each() {
    let store = Store::open_sqlite(std::path::Path::new(":memory:"), Options::default()).await.unwrap();
    let world = Arc::new(World::default());
    let engine = engine(store, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    let digest = define(
        &engine,
        &world,
        "m",
        json!({"nodes": [
        {"id": "m", "type": "map", "items": [1, 2, 3], "concurrency": 3, "body": {"nodes":
            [{"id": "w", "type": "wait", "message": "주문", "correlation": "7"}], "entry_point": "w"}}
    ], "entry_point": "m"}),
    )
    .await;
    let started = engine.start_and_wait(WS, new(digest), Duration::from_secs(10)).await.unwrap();
    let mut watch = engine.live().watch_run(WS, started.run);
    for n in 0..3 {
        let (name, correlation) = ("주문".to_owned(), "7".to_owned());
        let message = NewMessage { name, correlation, payload: json!(n), by: "user:1".into(), ..NewMessage::default() };
        engine.publish(WS, message).await.unwrap();
    }
    while engine.store().header(WS, started.run).await.unwrap().unwrap().status != RunStatus::Completed {
        let _ = tokio::time::timeout(Duration::from_secs(5), watch.recv()).await.unwrap();
    }
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_taken_by_somebody_who_cannot_do_it_goes_back() {
    let store = Store::open_sqlite(std::path::Path::new(":memory:"), Options::default()).await.unwrap();
    let world = Arc::new(World::default());
    let engine = engine(store, &world, Arc::new(Echo::default()));
    let digest = define(
        &engine,
        &world,
        "f",
        json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "x"}, "needs": ["ffmpeg"]}
    ], "entry_point": "a"}),
    )
    .await;
    let run = engine.start(WS, new(digest)).await.unwrap().run;
    let (now, can) = (metel_model::time::Micros(i64::MAX - 1), vec!["ffmpeg".to_owned()]);
    let wanted = metel_store::Claim { worker: engine.worker(), can, now, limit: 1 };
    // As a worker's that was lost.
    assert_eq!(engine.store().claim(wanted).await.unwrap().len(), 1);
    engine.command(WS, run, Command::Wake { step: "a".into() }, "worker").await.unwrap();
    let tasks = engine.store().tasks(WS, run).await.unwrap();
    assert_eq!((tasks[0].owner, tasks[0].step.as_str()), (None, "a"));
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn children_sleeps_and_maps_end() {
    let store = Store::open_sqlite(std::path::Path::new(":memory:"), Options::default()).await.unwrap();
    let world = Arc::new(World::default());
    let engine = engine(store, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    define(&engine, &world, "child", chain(2, "s.write")).await;
    let digest = define(&engine, &world, "parent", json!({"nodes": [
        {"id": "nap", "type": "wait", "duration_ms": 30},
        {"id": "c", "type": "subworkflow", "workflow": "child", "input": {"text": "${input.text}"}},
        {"id": "m", "type": "map", "items": [1, 2, 3], "concurrency": 2, "body": {"nodes": [{"id": "w", "type": "tool", "tool": "s.write", "args": {"n": "${item}"}}], "entry_point": "w"}},
        {"id": "end", "type": "finalize", "output": {"child": "${c.text}", "items": "${m}"}}
    ], "edges": [{"from": "nap", "to": "c"}, {"from": "c", "to": "m"}, {"from": "m", "to": "end"}], "entry_point": "nap"})).await;
    let started = engine.start(WS, new(digest)).await.unwrap();
    let mut watch = engine.live().watch_run(WS, started.run);
    while !engine.store().header(WS, started.run).await.unwrap().unwrap().status.is_final() {
        let _ = tokio::time::timeout(Duration::from_secs(10), watch.recv()).await.unwrap();
    }
    let run = engine.load(WS, started.run).await.unwrap();
    assert_eq!(run.error, None);
    let output = run.output.unwrap().value().unwrap().clone();
    assert_eq!((&output["child"], &output["items"][2]["n"]), (&json!("가".repeat(60)), &json!(3)));
    assert_eq!(engine.replay(WS, started.run).await.unwrap().report.diverged, None);
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capsule_holds_all_that_a_replay_needs() {
    let store = Store::open_sqlite(std::path::Path::new(":memory:"), Options::default()).await.unwrap();
    let world = Arc::new(World::default());
    let engine = engine(store, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    define(&engine, &world, "child", chain(2, "s.write")).await;
    let digest = define(&engine, &world, "parent", json!({"nodes": [
        {"id": "c", "type": "subworkflow", "workflow": "child", "input": {"text": "${input.text}"}},
        {"id": "l", "type": "loop", "until": "index >= 2", "max": 5, "body": {"nodes": [{"id": "w", "type": "tool", "tool": "s.write", "args": {"n": "${index}"}}], "entry_point": "w"}},
        {"id": "e", "type": "emit", "message": "done", "payload": "${c.text}"}
    ], "edges": [{"from": "c", "to": "l"}, {"from": "l", "to": "e"}], "entry_point": "c"})).await;
    let mut new = new(digest);
    new.input = json!({"text": "큰 값 ".repeat(5_000)});
    let started = engine.start(WS, new).await.unwrap();
    let mut watch = engine.live().watch_run(WS, started.run);
    while !engine.store().header(WS, started.run).await.unwrap().unwrap().status.is_final() {
        let _ = tokio::time::timeout(Duration::from_secs(10), watch.recv()).await.unwrap();
    }
    let capsule = engine.capsule(WS, started.run, "test").await.unwrap();
    let live = engine.replay(WS, started.run).await.unwrap();
    engine.stop(Duration::from_secs(1)).await;
    drop(engine);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.capsule");
    std::fs::write(&path, capsule.to_bytes().unwrap()).unwrap();
    let read = Capsule::read(&path).unwrap();
    assert_eq!(read.runs, capsule.runs);
    let report = replay_capsule(&read).unwrap();
    assert_eq!(report.runs.len(), 2, "the run and its child");
    assert!(report.runs.iter().all(metel_engine::capsule::RunReport::is_same), "{report:#?}");
    assert_eq!(report.runs[0].report.as_ref().unwrap().state, live.report.state);
    // An altered log names its first event; an altered value is refused; what is no capsule, too.
    let mut altered = read.clone();
    let entry = &mut altered.runs[0].entries[2];
    entry.body = entry.body.replacen("\"step\":\"", "\"step\":\"x", 1);
    let seq = entry.seq;
    let found = replay_capsule(&altered).unwrap();
    assert_eq!((found.runs[0].broken, found.runs[0].is_same()), (Some((seq, "altered")), false));
    let mut cut = read.clone();
    cut.runs[0].entries.pop();
    assert_eq!(replay_capsule(&cut).unwrap().runs[0].broken.unwrap().1, "end");
    let mut altered = read.clone();
    altered.contents.iter_mut().find(|c| c.kind == metel_store::ContentKind::Value).unwrap().body.push(b' ');
    std::fs::write(&path, altered.to_bytes().unwrap()).unwrap();
    assert!(Capsule::read(&path).is_err());
    for odd in [&b""[..], b"SQLite format 3\0", b"{}"] {
        std::fs::write(&path, odd).unwrap();
        assert!(Capsule::read(&path).is_err());
    }
    // What is missing is named, not guessed.
    let mut poor = read.clone();
    poor.contents.clear();
    assert!(replay_capsule(&poor).is_err());
}
