//! Messages, forms, loops, undoing, holding, needs and work given up, through the engine and a real store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use metel_engine::capsule::replay_capsule;
use metel_engine::gateway::{MigrateHow, NewFork, NewMessage};
use metel_engine::perform::{Hands, Job};
use metel_engine::{Engine, NewRun, Options};
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::effect::{Certainty, Outcome};
use metel_model::id::RunId;
use metel_model::run::Run;
use metel_model::status::{RunStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_store::{DeadFilter, Header, MessageFilter, MessageState, Options as StoreOptions, Store, WorkflowRow};
use parking_lot::Mutex;
use serde_json::{Value, json};
use world::*;

async fn memory() -> Store {
    Store::open_sqlite(std::path::Path::new(":memory:"), StoreOptions::default()).await.unwrap()
}

async fn begin(engine: &Engine, world: &World, name: &str, definition: Value) -> RunId {
    let digest = define(engine, world, name, definition).await;
    let new = NewRun {
        name: name.into(),
        workflow: Some(digest),
        input: json!({}),
        by: "user:1".into(),
        ..NewRun::default()
    };
    engine.start(WS, new).await.unwrap().run
}

/// The run's header once it fits.
async fn until(engine: &Engine, run: RunId, fits: impl Fn(&Header) -> bool) -> Header {
    let mut bell = engine.live().watch_run(WS, run);
    for _ in 0..200 {
        let header = engine.store().header(WS, run).await.unwrap().unwrap();
        if fits(&header) {
            return header;
        }
        let _ = tokio::time::timeout(Duration::from_millis(100), bell.recv()).await;
    }
    panic!("{:#?}", engine.load(WS, run).await.unwrap());
}

async fn ended(engine: &Engine, run: RunId) -> Run {
    until(engine, run, |header| header.status.is_final()).await;
    let report = engine.replay(WS, run).await.unwrap();
    assert_eq!(report.report.diverged, None);
    assert!(report.same_head);
    engine.load(WS, run).await.unwrap()
}

fn output(run: &Run) -> Value {
    assert_eq!(run.error, None);
    run.output.as_ref().unwrap().value().unwrap().clone()
}

fn one(node: Value) -> Value {
    let id = node["id"].clone();
    json!({"nodes": [node], "edges": [], "entry_point": id})
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_find_those_who_wait_and_those_who_come_later() {
    let world = Arc::new(World::default());
    let engine = engine(memory().await, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    let wait = |name: &str| one(json!({"id": "w", "type": "wait", "message": name, "correlation": "주문 7"}));
    let early = begin(&engine, &world, "early", wait("paid")).await;
    let header = until(&engine, early, |header| header.status == RunStatus::Waiting).await;
    assert_eq!(header.waiting, Some(WaitingFor::Message));
    let message = |correlation: &str, payload: Value| NewMessage {
        name: "paid".into(),
        correlation: correlation.into(),
        payload,
        by: "user:2".into(),
        untrusted: true,
        ..NewMessage::default()
    };
    engine.publish(WS, message("주문 8", json!("another"))).await.unwrap();
    // Larger than what lies in a log.
    let large = "가".repeat(20_000);
    let published = engine.publish(WS, message("주문 7", json!({"text": large}))).await.unwrap();
    let run = ended(&engine, early).await;
    assert_eq!(run.taken, [published.id]);
    assert!(matches!(run.output, Some(Stored::Blob { .. })), "{:?}", run.output);
    let row = engine.store().message(WS, published.id).await.unwrap().unwrap();
    assert_eq!(row.state, MessageState::Taken);
    // Nobody waited for the other one: it goes to the first who comes, and to nobody after.
    let late = one(json!({"id": "w", "type": "wait", "message": "paid", "correlation": "주문 8"}));
    let first = begin(&engine, &world, "late", late.clone()).await;
    assert_eq!(output(&ended(&engine, first).await), json!("another"));
    let second = begin(&engine, &world, "late", late).await;
    until(&engine, second, |header| header.waiting == Some(WaitingFor::Message)).await;
    // The same again under its id changes nothing; another one under it is refused.
    let mut again = message("주문 9", json!(1));
    again.id = Some(published.id);
    assert_eq!(engine.publish(WS, again).await.unwrap_err().code, Code::KeyReused);
    // Who is cancelled waits no more.
    let cancel = Command::Cancel { by: "user:1".into(), reason: None };
    engine.command(WS, second, cancel, "user:1").await.unwrap();
    ended(&engine, second).await;
    assert!(engine.store().subscriptions(WS, None, None, 10).await.unwrap().is_empty());
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_tells_another_and_a_wait_has_an_end() {
    let world = Arc::new(World::default());
    let engine = engine(memory().await, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    let waiting = begin(&engine, &world, "waits", one(json!({"id": "w", "type": "wait", "message": "done"}))).await;
    until(&engine, waiting, |header| header.waiting == Some(WaitingFor::Message)).await;
    let tells = one(json!({"id": "e", "type": "emit", "message": "done", "payload": {"n": 3}}));
    let telling = begin(&engine, &world, "tells", tells).await;
    ended(&engine, telling).await;
    let run = ended(&engine, waiting).await;
    assert_eq!(output(&run), json!({"n": 3}));
    assert!(!run.untrusted, "what a run of ours said of its own is ours");
    let kept = engine.store().messages(WS, &MessageFilter::default()).await.unwrap();
    assert_eq!(kept.len(), 1);
    let brief = one(json!({"id": "w", "type": "wait", "message": "never", "timeout_ms": 50}));
    let brief = begin(&engine, &world, "brief", brief).await;
    let run = ended(&engine, brief).await;
    assert_eq!(run.error.unwrap().code, Code::WaitTimeout);
    assert!(engine.store().subscriptions(WS, None, None, 10).await.unwrap().is_empty());
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_fills_in_a_form() {
    let world = Arc::new(World::default());
    let engine = engine(memory().await, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    let form =
        json!({"type": "object", "required": ["금액"], "properties": {"금액": {"type": "integer", "minimum": 1}}});
    let task = one(json!({"id": "t", "type": "human_task", "title": "금액 확인", "form": form, "show": {"a": 1}}));
    let run = begin(&engine, &world, "form", task).await;
    until(&engine, run, |header| header.waiting == Some(WaitingFor::Input)).await;
    let submit =
        |values: Value| Command::Submit { step: "t".into(), values: Stored::inline(values), by: "user:2".into() };
    let fault = engine.command(WS, run, submit(json!({"금액": 0})), "user:2").await.unwrap_err();
    assert_eq!((fault.code, fault.fields.len()), (Code::FieldInvalid, 1));
    engine.command(WS, run, submit(json!({"금액": 7})), "user:2").await.unwrap();
    assert_eq!(output(&ended(&engine, run).await), json!({"금액": 7}));
    engine.stop(Duration::from_secs(1)).await;
}

/// Fails calls of `s.write` whose `n` is on the list, for good.
#[derive(Default)]
struct Failing {
    numbers: Mutex<Vec<i64>>,
    calls: Mutex<Vec<(String, i64)>>,
}

impl Hands for Failing {
    fn instant(&self, _: &Job) -> Option<Outcome> {
        None
    }
    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome> {
        let n = job.payload["n"].as_i64().unwrap_or_default();
        let fails = job.effect.target == "s.write" && self.numbers.lock().contains(&n);
        self.calls.lock().push((job.effect.target.clone(), n));
        Box::pin(async move {
            match fails {
                true => Outcome::fault(Fault::new(Code::StepFailed), Certainty::Certain, 0),
                false => Outcome::answer(job.payload.as_ref().clone(), 0),
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_taken_back_and_kept_for_another_try() {
    let world = Arc::new(World::default());
    let hands = Arc::new(Failing::default());
    let engine = engine(memory().await, &world, hands.clone());
    engine.start_caretakers(None);
    let write = |n: i64| json!({"id": format!("w{n}"), "type": "tool", "tool": "s.write", "args": {"n": n}});
    let mut first = write(1);
    first["undo"] = json!({"tool": "s.write", "args": {"n": 101}});
    let mut second = write(2);
    second["undo"] = json!({"tool": "s.write", "args": {"n": 102}});
    let definition = |nodes: [Value; 3]| {
        json!({"nodes": nodes, "entry_point": "w1",
            "edges": [{"from": "w1", "to": "w2"}, {"from": "w2", "to": "w3"}]})
    };
    *hands.numbers.lock() = vec![3];
    let undone = begin(&engine, &world, "undone", definition([first, second, write(3)])).await;
    let run = ended(&engine, undone).await;
    assert_eq!(run.status, RunStatus::Failed);
    let numbers: Vec<i64> = hands.calls.lock().iter().map(|(_, n)| *n).collect();
    assert_eq!(numbers, [1, 2, 3, 102, 101], "last first");
    // Without undo a failed run can go on from where it failed; people see it until then.
    let failed = begin(&engine, &world, "failed", definition([write(1), write(2), write(3)])).await;
    assert_eq!(ended(&engine, failed).await.status, RunStatus::Failed);
    let dead = engine.store().dead(WS, &DeadFilter::default()).await.unwrap();
    let of_failed: Vec<&str> = dead.iter().filter(|(run, _)| *run == failed).map(|(_, d)| d.step.as_str()).collect();
    assert_eq!(of_failed, ["w3"]);
    hands.numbers.lock().clear();
    engine.command(WS, failed, Command::Retry { by: "user:1".into() }, "user:1").await.unwrap();
    assert_eq!(ended(&engine, failed).await.status, RunStatus::Completed);
    let dead = engine.store().dead(WS, &DeadFilter::default()).await.unwrap();
    assert!(dead.iter().all(|(run, _)| *run != failed));
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_begins_nothing_and_goes_on() {
    let world = Arc::new(World::default());
    let hands = Arc::new(Echo::default());
    let engine = engine(memory().await, &world, hands.clone());
    engine.start_caretakers(None);
    let definition = json!({"nodes": [
        {"id": "nap", "type": "wait", "duration_ms": 50},
        {"id": "w", "type": "tool", "tool": "s.write", "args": {"n": 1}}],
        "edges": [{"from": "nap", "to": "w"}], "entry_point": "nap"});
    let run = begin(&engine, &world, "held", definition).await;
    engine.command(WS, run, Command::Pause { by: "user:1".into(), reason: None }, "user:1").await.unwrap();
    until(&engine, run, |header| header.waiting == Some(WaitingFor::Paused)).await;
    // Nothing of it can fall due while it is held.
    let tasks = engine.store().tasks(WS, run).await.unwrap();
    assert!(!tasks.is_empty() && tasks.iter().all(|task| task.due == metel_model::task::PARKED), "{tasks:?}");
    assert_eq!(hands.calls.load(Ordering::SeqCst), 0);
    engine.command(WS, run, Command::Resume { by: "user:1".into() }, "user:1").await.unwrap();
    assert_eq!(ended(&engine, run).await.status, RunStatus::Completed);
    assert_eq!(hands.calls.load(Ordering::SeqCst), 1);
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_end_by_their_condition_and_long_maps_by_parts() {
    let world = Arc::new(World::default());
    let hands = Arc::new(Echo::default());
    let engine = engine(memory().await, &world, hands.clone());
    engine.start_caretakers(None);
    let rounds = one(json!({"id": "l", "type": "loop", "until": "index >= 4", "max": 10,
        "body": one(json!({"id": "w", "type": "tool", "tool": "s.write", "args": {"n": "${index}"}}))}));
    let run = begin(&engine, &world, "rounds", rounds).await;
    assert_eq!(output(&ended(&engine, run).await)["rounds"], json!(5));
    assert_eq!(hands.calls.swap(0, Ordering::SeqCst), 5);
    let many: Vec<u32> = (0..2_500).collect();
    let map = json!({"nodes": [
        {"id": "m", "type": "map", "items": many, "concurrency": 50,
            "body": one(json!({"id": "w", "type": "tool", "tool": "s.write", "args": {"n": "${item}"}}))},
        {"id": "f", "type": "finalize", "output": {"all": "${m}"}}],
        "edges": [{"from": "m", "to": "f"}], "entry_point": "m"});
    let run = begin(&engine, &world, "many", map).await;
    for _ in 0..300 {
        if engine.store().header(WS, run).await.unwrap().unwrap().status.is_final() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let run = ended(&engine, run).await;
    assert_eq!(run.error, None);
    assert_eq!(hands.calls.load(Ordering::SeqCst), 2_500);
    let Some(Stored::Blob { digest, .. }) = run.output else { panic!("{:?}", run.output) };
    let all = engine.blob(WS, digest).await.unwrap();
    let all = all["all"].as_array().unwrap();
    assert_eq!((all.len(), &all[2_499]["n"]), (2_500, &json!(2_499)));
    engine.stop(Duration::from_secs(1)).await;
}

/// Counts the calls of one worker.
struct Counting(Arc<AtomicU32>);

impl Hands for Counting {
    fn instant(&self, _: &Job) -> Option<Outcome> {
        None
    }
    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Outcome::answer(job.payload.as_ref().clone(), 0) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_to_a_worker_that_is_able() {
    let world = Arc::new(World::default());
    let store = memory().await;
    let (plain, able) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let first = engine(store.clone(), &world, Arc::new(Counting(plain.clone())));
    first.start_caretakers(None);
    let definition = json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.write", "args": {"n": 1}},
        {"id": "b", "type": "tool", "tool": "s.write", "args": {"n": 2}, "needs": ["ffmpeg"]}],
        "edges": [{"from": "a", "to": "b"}], "entry_point": "a"});
    let run = begin(&first, &world, "needs", definition).await;
    let mut left = Vec::new();
    for _ in 0..100 {
        left = store.tasks(WS, run).await.unwrap();
        if left.first().is_some_and(|task| task.step == "b" && task.owner.is_none()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(left.first().and_then(|task| task.needs.as_deref()), Some("ffmpeg"));
    assert_eq!((plain.load(Ordering::SeqCst), able.load(Ordering::SeqCst)), (1, 0));
    let second = engine_with(
        store.clone(),
        &world,
        Arc::new(Counting(able.clone())),
        Options { can: vec!["ffmpeg".into()], ..Options::default() },
    );
    second.start_caretakers(None);
    for _ in 0..100 {
        if store.header(WS, run).await.unwrap().unwrap().status.is_final() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((plain.load(Ordering::SeqCst), able.load(Ordering::SeqCst)), (1, 1));
    assert_eq!(ended(&second, run).await.status, RunStatus::Completed);
    first.stop(Duration::from_secs(1)).await;
    second.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_goes_on_from_the_past_and_what_waits_moves_to_a_newer_version() {
    let world = Arc::new(World::default());
    let hands = Arc::new(Failing::default());
    let engine = engine(memory().await, &world, hands.clone());
    engine.start_caretakers(None);
    let definition = |last: i64| {
        json!({"nodes": [
            {"id": "a", "type": "tool", "tool": "s.write", "args": {"n": 1}},
            {"id": "w", "type": "wait", "message": "go", "correlation": "${input.who}"},
            {"id": "b", "type": "tool", "tool": "s.write", "args": {"n": last}}],
            "edges": [{"from": "a", "to": "w"}, {"from": "w", "to": "b"}], "entry_point": "a"})
    };
    let digest = define(&engine, &world, "path", definition(2)).await;
    let new = NewRun {
        name: "path".into(),
        workflow: Some(digest),
        input: json!({"who": "가"}),
        by: "user:1".into(),
        ..NewRun::default()
    };
    let origin = engine.start(WS, new).await.unwrap().run;
    until(&engine, origin, |header| header.waiting == Some(WaitingFor::Message)).await;
    let fork = NewFork { from: origin, at: None, input: None, workflow: None, by: "user:2".into() };
    let forked = engine.fork(WS, fork.clone()).await.unwrap().id;
    assert_eq!(engine.store().subscriptions(WS, None, None, 10).await.unwrap().len(), 2, "both wait");
    // The fork goes on with a newer version, the origin with its own.
    let newer = define(&engine, &world, "path", definition(3)).await;
    let row = |digest| WorkflowRow {
        workspace: WS,
        name: "path".into(),
        version: 0,
        digest,
        front: "pipeline".into(),
        title: "{}".into(),
        body: digest,
        created_at: engine.now(),
    };
    engine.store().add_workflow(&row(digest)).await.unwrap();
    engine.store().add_workflow(&row(newer)).await.unwrap();
    let dry = MigrateHow { dry: true, skip: false };
    let seen = engine.migrate(WS, "path", newer, dry, "user:1").await.unwrap();
    assert_eq!((seen.movers.len(), seen.moved), (2, 0));
    assert!(seen.movers.iter().all(|mover| mover.blockers.is_empty()), "{seen:?}");
    engine.command(WS, origin, Command::Cancel { by: "user:1".into(), reason: None }, "user:1").await.unwrap();
    let done = engine.migrate(WS, "path", newer, MigrateHow::default(), "user:1").await.unwrap();
    assert_eq!(done.moved, 1);
    let go = NewMessage { name: "go".into(), correlation: "가".into(), by: "user:1".into(), ..NewMessage::default() };
    engine.publish(WS, go).await.unwrap();
    let run = ended(&engine, forked).await;
    assert_eq!((run.status, run.workflow), (RunStatus::Completed, Some(newer)));
    let numbers: Vec<i64> = hands.calls.lock().iter().map(|(_, n)| *n).collect();
    assert_eq!(numbers, [1, 3], "what the past did is not done again");
    // From the first event on, with another input: what was under way has the outcome that was recorded.
    let early = NewFork { at: Some(2), input: Some(json!({"who": "나"})), ..fork };
    let early = engine.fork(WS, early).await.unwrap().id;
    until(&engine, early, |header| header.waiting == Some(WaitingFor::Message)).await;
    let waits = engine.store().subscriptions(WS, Some("go"), Some(early), 10).await.unwrap();
    assert_eq!(waits[0].1.correlation, "나");
    assert_eq!(hands.calls.lock().len(), 2);
    // A capsule of a fork stands alone.
    let capsule = engine.capsule(WS, forked, "test").await.unwrap();
    assert!(replay_capsule(&capsule).unwrap().runs[0].is_same());
    engine.stop(Duration::from_secs(1)).await;
}
