//! A run about a person: nothing of the person lies in clear anywhere in the data folder, before the key is
//! destroyed or after it; and after it chain, checkpoints, verifier and replay still hold.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use metel_engine::capsule::replay_capsule;
use metel_engine::gateway::NewFork;
use metel_engine::{Definitions, Engine, Keyring, Keys, NewRun, Options, Parts, Surroundings};
use metel_model::approval::{Channel, Decision};
use metel_model::code::Code;
use metel_model::facts::Facts;
use metel_model::id::{FreshIds, RunId, WorkspaceId};
use metel_model::lang::Lang;
use metel_model::status::RunStatus;
use metel_model::time::SystemClock;
use metel_model::{Fault, Micros};
use metel_store::{ApprovalFilter, Options as StoreOptions, Store};
use metel_tools::vault::{MasterKey, Vault};
use metel_verify::{Asked, verify};
use rusqlite::Connection;
use serde_json::{Value, json};
use world::*;

struct Sealing(Around, Keyring);

impl Surroundings for Sealing {
    fn definitions(&self, workspace: WorkspaceId) -> Arc<dyn Definitions> {
        self.0.definitions(workspace)
    }
    fn facts(&self, workspace: WorkspaceId) -> BoxFuture<'_, Result<Facts, Fault>> {
        self.0.facts(workspace)
    }
    fn keys(&self) -> Option<&dyn Keys> {
        Some(&self.1)
    }
}

const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// The person's words; each stands where another kind of thing is kept.
const WORDS: [&str; 4] = ["홍길동-9401", "marker-small-7731", "marker-large-5512", "marker-reason-8090"];

fn sealing_engine(store: Store) -> (Engine, Arc<World>) {
    let world = Arc::new(World::default());
    let vault = Vault::new(MasterKey::parse(MASTER).unwrap(), Vec::new());
    let keyring = Keyring::new(store.clone(), vault, Arc::new(SystemClock), Arc::new(FreshIds));
    let engine = Engine::new(Parts {
        clock: Arc::new(SystemClock),
        ids: Arc::new(FreshIds),
        surroundings: Arc::new(Sealing(Around(world.clone()), keyring)),
        hands: Arc::new(Echo::default()),
        // A snapshot after every few events, so that there is one.
        options: Options { checkpoint: Duration::from_secs(3_600), snapshot_events: 4, ..Options::default() },
        store,
    });
    (engine, world)
}

/// How many files below the folder hold the text.
fn hits(folder: &Path, text: &[u8]) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found += hits(&path, text);
        } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text)) {
            found += 1;
        }
    }
    found
}

fn nothing_of_the_person(folder: &Path) {
    for word in WORDS {
        assert_eq!(hits(folder, word.as_bytes()), 0, "{word}");
        // As JSON writes it where it is careful.
        let escaped: String = word.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        assert_eq!(hits(folder, escaped.as_bytes()), 0, "{word}");
    }
}

async fn export(engine: &Engine) -> Vec<u8> {
    let (to, mut from) = tokio::sync::mpsc::channel(4);
    let sender = engine.clone();
    tokio::spawn(async move { sender.export(WS, "test", to).await });
    let mut out = Vec::new();
    while let Some(chunk) = from.recv().await {
        out.extend_from_slice(&chunk.unwrap());
    }
    out
}

fn workflow() -> Value {
    json!({
        "nodes": [
            {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "${input.name} ${input.small}"}},
            {"id": "big", "type": "tool", "tool": "bench.noop", "args": {"text": "${input.large}"}},
            {"id": "ask", "type": "tool", "tool": "s.delete", "args": {"text": "${input.name}"}},
            {"id": "part", "type": "subworkflow", "workflow": "inner", "input": {"text": "${input.small}"}},
        ],
        "edges": [{"from": "a", "to": "big"}, {"from": "big", "to": "ask"}, {"from": "ask", "to": "part"}],
        "entry_point": "a",
    })
}

fn new(workflow: metel_model::Digest, subject: &str) -> NewRun {
    let large = format!("{} {}", WORDS[2], "가나다 ".repeat(60_000));
    NewRun {
        name: "onboarding".into(),
        workflow: Some(workflow),
        input: json!({"name": WORDS[0], "small": WORDS[1], "large": large}),
        by: "user:1".into(),
        subject: Some(subject.into()),
        ..NewRun::default()
    }
}

async fn until(engine: &Engine, run: RunId, status: RunStatus) {
    let mut bell = engine.live().watch_run(WS, run);
    for _ in 0..200 {
        if engine.store().header(WS, run).await.unwrap().unwrap().status == status {
            return;
        }
        let _ = tokio::time::timeout(Duration::from_millis(100), bell.recv()).await;
    }
    panic!("{:#?}", engine.load(WS, run).await.unwrap());
}

/// What the platform does on `DELETE /v1/subjects/{id}`, over this world's engine.
async fn erase(engine: &Engine, subject: &str) {
    let store = engine.store();
    let mut keys = store.subject_keys(WS, subject).await.unwrap();
    keys.retain(|key| key.erased.is_none());
    engine.destroy_subject_keys(WS, subject, &keys, "user:1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_forgotten_and_the_proofs_still_hold() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metel.db");
    let store = Store::open_sqlite(&file, StoreOptions::default()).await.unwrap();
    let (engine, world) = sealing_engine(store);
    engine.start_caretakers(None);
    define(&engine, &world, "inner", chain(2, "s.write")).await;
    let digest = define(&engine, &world, "onboarding", workflow()).await;
    let run = engine.start_and_wait(WS, new(digest, "employee-42"), Duration::from_secs(20)).await.unwrap().run;

    // A person reads the exact payload and decides.
    until(&engine, run, RunStatus::Waiting).await;
    let filter = ApprovalFilter { run: Some(run), ..ApprovalFilter::default() };
    let waiting = engine.approvals(WS, &filter).await.unwrap();
    assert_eq!(waiting[0].ask.payload.value().unwrap()["text"], WORDS[0]);
    assert_eq!(
        engine.store().approvals(WS, &filter).await.unwrap()[0].ask.payload.value().unwrap(),
        &json!({"$sealed": true})
    );
    let (id, shown) = (waiting[0].ask.id, waiting[0].ask.digest);
    engine.decide(WS, id, shown, Decision::Approve { all_like_this: false }, "user:1", Channel::Api).await.unwrap();
    until(&engine, run, RunStatus::Completed).await;

    // Another one says no, and why.
    let second = engine.start_and_wait(WS, new(digest, "employee-42"), Duration::from_secs(20)).await.unwrap().run;
    until(&engine, second, RunStatus::Waiting).await;
    let filter = ApprovalFilter { run: Some(second), ..ApprovalFilter::default() };
    let ask = engine.approvals(WS, &filter).await.unwrap()[0].ask.clone();
    let reject = Decision::Reject { reason: Some(WORDS[3].into()) };
    engine.decide(WS, ask.id, ask.digest, reject, "user:1", Channel::Api).await.unwrap();
    until(&engine, second, RunStatus::Failed).await;
    let decided = engine.approvals(WS, &filter).await.unwrap()[0].decided.clone().unwrap();
    assert_eq!(decided.reason.as_deref(), Some(WORDS[3]));

    // Whoever has the key reads it as any other run, and it can be derived again.
    let state = engine.load(WS, run).await.unwrap();
    assert!(state.input.digest().is_some(), "the input is kept beside the log");
    let input = engine.stored(WS, &state.input).await.unwrap();
    assert_eq!(input["name"], WORDS[0]);
    let view = engine.run_view(WS, run, Lang::En).await.unwrap();
    assert_eq!(view["subject"], json!({"id": "employee-42", "erased_at": null}));
    let key = engine.store().subject_keys(WS, "employee-42").await.unwrap().remove(0);
    let sealed = engine.store().subject_runs(WS, &key.key_id).await.unwrap();
    assert!(sealed.len() == 3 && sealed.contains(&run) && sealed.contains(&second), "the run that it started too");
    let child = *sealed.iter().find(|id| **id != run && **id != second).unwrap();
    let state_of_child = engine.load(WS, child).await.unwrap();
    assert_eq!(state_of_child.input.value().unwrap()["text"], WORDS[1]);
    for id in [run, second, child] {
        let replay = engine.replay(WS, id).await.unwrap();
        assert_eq!((replay.report.diverged, replay.same_head, replay.erased), (None, true, 0));
    }
    engine.checkpoint().await.unwrap();
    let before = engine.newest_checkpoint(WS).await.unwrap().unwrap();

    // Nothing of the person lies in clear, neither in the database nor in its log nor in files.
    nothing_of_the_person(folder.path());
    let wrapped = key.sealed.clone();
    assert!(hits(folder.path(), &wrapped) > 0, "the search finds what is there");

    erase(&engine, "employee-42").await;
    assert_eq!(hits(folder.path(), &wrapped), 0, "the key is nowhere any more");
    nothing_of_the_person(folder.path());
    Connection::open(&file).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM;").unwrap();
    nothing_of_the_person(folder.path());

    // The proofs hold, those of before and those of after.
    engine.checkpoint().await.unwrap();
    let audit = engine.audit(WS).await.unwrap();
    assert_eq!((audit.first_fault, audit.signed), (None, audit.events));
    assert_eq!(engine.audit_checkpoints(WS).await.unwrap().fault, None);
    let kept = vec![serde_json::from_value(json!(before)).unwrap()];
    let report = verify(&mut &export(&engine).await[..], &Asked { kept, ..Asked::default() }).unwrap();
    assert_eq!(report.signed, report.events);
    for id in &sealed {
        let replay = engine.replay(WS, *id).await.unwrap();
        assert_eq!((replay.report.events, replay.report.diverged, replay.same_head), (0, None, true));
        assert!(replay.erased > 3, "it says what it could not derive");
        let view = engine.run_view(WS, *id, Lang::En).await.unwrap();
        assert_eq!(view["subject"]["id"], "employee-42");
        assert!(view["subject"]["erased_at"].is_string());
        let text = format!("{view} {:?}", engine.log(WS, *id).await.unwrap());
        assert!(WORDS.iter().all(|word| !text.contains(word)));
        let capsule = engine.capsule(WS, *id, "test").await.unwrap();
        assert!(capsule.contents.is_empty());
        let told = replay_capsule(&capsule).unwrap();
        assert!(told.runs[0].is_same() && told.runs[0].sealed > 0 && told.runs[0].report.is_none());
    }
    let refused = engine.fork(WS, NewFork { from: run, at: None, input: None, workflow: None, by: "user:1".into() });
    assert!(refused.await.is_err());
    let retry = metel_model::command::Command::Retry { by: "user:1".into() };
    assert_eq!(engine.command(WS, second, retry, "user:1").await.unwrap_err().code, Code::SubjectErased);
    assert_eq!(engine.audit_journal(WS).await.unwrap().events, 1, "the act is written down");

    // The same id gets another key.
    let again = engine.start_and_wait(WS, new(digest, "employee-42"), Duration::from_secs(20)).await.unwrap().run;
    until(&engine, again, RunStatus::Waiting).await;
    let keys = engine.store().subject_keys(WS, "employee-42").await.unwrap();
    assert!(keys.len() == 2 && keys[0].erased.is_some() && keys[1].erased.is_none());
    assert!(keys[0].created_at > Micros(0) && keys[0].sealed.iter().all(|byte| *byte == 0));
    engine.stop(Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sealed_is_refused() {
    let store = Store::open_sqlite(Path::new(":memory:"), StoreOptions::default()).await.unwrap();
    let (engine, world) = sealing_engine(store);
    let emits =
        json!({"nodes": [{"id": "e", "type": "emit", "message": "m", "payload": {"a": 1}}], "entry_point": "e"});
    let inner = define(&engine, &world, "speaks", emits).await;
    let around = json!({"nodes": [{"id": "s", "type": "subworkflow", "workflow": "speaks"}], "entry_point": "s"});
    let outer = define(&engine, &world, "around", around).await;
    for digest in [inner, outer] {
        let fault = engine.start(WS, new(digest, "employee-42")).await.unwrap_err();
        assert_eq!((fault.code, fault.fields[0].pointer.as_str()), (Code::FieldInvalid, "/subject"));
    }
    let fine = define(&engine, &world, "fine", chain(1, "bench.noop")).await;
    for wrong in ["", "kim@example.com", "김", "a b"] {
        let fault = engine.start(WS, new(fine, wrong)).await.unwrap_err();
        assert_eq!(fault.fields[0].pointer, "/subject", "{wrong}");
    }
    assert!(engine.store().run_ids(WS, None, 10).await.unwrap().is_empty(), "nothing was begun");
}
