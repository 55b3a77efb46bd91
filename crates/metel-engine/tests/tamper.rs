//! Whoever may write the database changes the record in every way that there is: each is noticed, and the first
//! event that does not hold is named. The same record is judged twice: by the engine, and by metel-verify, which
//! shares no code with it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use metel_engine::gateway::AuditReport;
use metel_engine::{Definitions, Engine, Keyring, Keys, NewRun, Options, Parts, Surroundings};
use metel_model::Fault;
use metel_model::event::Entry;
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{FreshIds, RunId, WorkspaceId};
use metel_model::time::{Micros, SystemClock};
use metel_store::testing::Postgres;
use metel_store::{Options as StoreOptions, Store};
use metel_tools::vault::{MasterKey, Vault};
use metel_verify::{Asked, Kept, verify};
use rusqlite::{Connection, params};
use serde_json::json;
use world::*;

/// The world with a keyring, so that there is a notary.
struct Signed(Around, Keyring);

impl Surroundings for Signed {
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

fn keyring(store: &Store) -> Keyring {
    let vault = Vault::new(MasterKey::parse(MASTER).unwrap(), Vec::new());
    Keyring::new(store.clone(), vault, Arc::new(SystemClock), Arc::new(FreshIds))
}

fn signed_engine(store: Store) -> (Engine, Arc<World>) {
    let world = Arc::new(World::default());
    let engine = Engine::new(Parts {
        clock: Arc::new(SystemClock),
        ids: Arc::new(FreshIds),
        surroundings: Arc::new(Signed(Around(world.clone()), keyring(&store))),
        hands: Arc::new(Echo::default()),
        // Nothing is signed by itself: the tests say when.
        options: Options { checkpoint: Duration::from_secs(3_600), ..Options::default() },
        store,
    });
    (engine, world)
}

async fn run(engine: &Engine, workflow: Digest) -> RunId {
    let new = NewRun {
        name: "t".into(),
        workflow: Some(workflow),
        input: json!({"text": "x"}),
        by: "user:1".into(),
        ..NewRun::default()
    };
    engine.start_and_wait(WS, new, Duration::from_secs(10)).await.unwrap().run
}

async fn export(engine: &Engine) -> Vec<u8> {
    let (to, mut from) = tokio::sync::mpsc::channel(4);
    let engine = engine.clone();
    tokio::spawn(async move { engine.export(WS, "test", to).await });
    let mut out = Vec::new();
    while let Some(chunk) = from.recv().await {
        out.extend_from_slice(&chunk.unwrap());
    }
    out
}

async fn kept(engine: &Engine) -> Kept {
    let newest = engine.newest_checkpoint(WS).await.unwrap().unwrap();
    let mut value = json!(newest);
    value["named"] = json!(engine.named_chains(WS, newest.number).await.unwrap());
    serde_json::from_value(value).unwrap()
}

fn judge(export: &[u8], kept: &[Kept]) -> Result<metel_verify::Report, metel_verify::Fault> {
    verify(&mut &export[..], &Asked { kept: kept.to_vec(), ..Asked::default() })
}

/// A record of three runs: the first checkpoint names all of them in the middle of the third's life or after it.
struct Record {
    folder: tempfile::TempDir,
    runs: Vec<RunId>,
    kept: Vec<Kept>,
    public: [u8; 32],
}

impl Record {
    fn file(&self) -> PathBuf {
        self.folder.path().join("copy/metel.db")
    }

    async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(folder.path().join("metel.db"), StoreOptions::default()).await.unwrap();
        let (engine, world) = signed_engine(store);
        engine.start_caretakers(None);
        let digest = define(&engine, &world, "c", chain(6, "s.write")).await;
        let mut runs = Vec::new();
        let mut keep = Vec::new();
        for _ in 0..3 {
            runs.push(run(&engine, digest).await);
            engine.checkpoint().await.unwrap();
            keep.push(kept(&engine).await);
        }
        assert_eq!(engine.checkpoint().await.unwrap(), 0, "nothing new, nothing signed");
        let public = engine.notary_keys(WS).await.unwrap()[0].public.0;
        engine.store().backup_to(folder.path().join("copy")).await.unwrap();
        engine.stop(Duration::from_secs(2)).await;
        Self { folder, runs, kept: keep, public }
    }

    /// Opens a changed copy of it and lets both judge: engine, verifier without and with what was kept.
    async fn after(&self, change: impl FnOnce(&Connection, RunId)) -> Verdict {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("metel.db");
        std::fs::copy(self.file(), &file).unwrap();
        {
            let connection = Connection::open(&file).unwrap();
            change(&connection, self.runs[1]);
        }
        let store = Store::open_sqlite(&file, StoreOptions::default()).await.unwrap();
        let (engine, _) = signed_engine(store);
        let audit = engine.audit(WS).await.unwrap();
        let signatures = engine.audit_checkpoints(WS).await.unwrap();
        let export = export(&engine).await;
        let alone = judge(&export, &[]).err();
        Verdict { audit, signatures: signatures.fault, alone, kept: judge(&export, &self.kept).err() }
    }
}

#[derive(Debug)]
struct Verdict {
    audit: AuditReport,
    signatures: Option<(u64, &'static str)>,
    alone: Option<metel_verify::Fault>,
    kept: Option<metel_verify::Fault>,
}

impl Verdict {
    /// Engine and verifier name the same run, event and fault.
    fn both(&self, run: RunId, seq: u64, what: &str) {
        assert_eq!(self.audit.first_fault, Some((run, seq, what)).map(|(r, s, w)| (r, s, leak(w))), "{self:#?}");
        let alone = self.alone.as_ref().expect("the verifier notices");
        assert_eq!((alone.what, &alone.run, alone.event), (what, &Some(run.to_string()), Some(seq)), "{self:#?}");
        assert!(self.kept.is_some());
    }

    /// Only what was kept elsewhere tells: the record itself fits together.
    fn only_kept(&self, what: &str, run: RunId, event: Option<u64>) {
        assert_eq!((&self.audit.first_fault, self.signatures, &self.alone), (&None, None, &None), "{self:#?}");
        let kept = self.kept.as_ref().expect("what was kept tells");
        assert_eq!((kept.what, &kept.run, kept.event), (what, &Some(run.to_string()), event), "{self:#?}");
    }
}

fn leak(word: &str) -> &'static str {
    Box::leak(word.to_owned().into_boxed_str())
}

/// A run's entries: first event and number of events.
fn places(db: &Connection, run: RunId) -> Vec<(i64, i64)> {
    let mut rows = db.prepare("SELECT seq, count FROM events WHERE run = ?1 ORDER BY seq").unwrap();
    rows.query_map([run.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

fn execute(db: &Connection, sql: &str, values: impl rusqlite::Params) {
    assert!(db.execute(sql, values).unwrap() > 0, "{sql}");
}

/// What somebody does who knows the algorithm: every hash of the run is computed anew, and the header follows.
fn rebuild(db: &Connection, run: RunId) {
    let mut rows =
        db.prepare("SELECT seq, count, at, actor, command, body FROM events WHERE run = ?1 ORDER BY seq").unwrap();
    let entries: Vec<Entry> = rows
        .query_map([run.as_bytes()], |row| {
            Ok(Entry {
                seq: row.get::<_, i64>(0)? as u64,
                count: row.get(1)?,
                at: Micros(row.get(2)?),
                actor: row.get(3)?,
                command: row.get(4)?,
                body: row.get(5)?,
                hash: Digest::ZERO,
            })
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let (mut head, mut next) = (Digest::ZERO, 1);
    for entry in entries {
        let Entry { seq, count, at, actor, command, body, .. } = &entry;
        head = Entry::chain(&head, WS, run, *seq, command, actor, *at, body);
        next = seq + u64::from(*count);
        execute(
            db,
            "UPDATE events SET hash = ?1 WHERE run = ?2 AND seq = ?3",
            params![head.0, run.as_bytes(), *seq as i64],
        );
    }
    execute(db, "UPDATE runs SET seq = ?1, head = ?2 WHERE id = ?3", params![next as i64, head.0, run.as_bytes()]);
}

/// Removes the checkpoints from this number on, with what they name.
fn forget_checkpoints(db: &Connection, from: i64) {
    execute(db, "DELETE FROM checkpoints WHERE number >= ?1", [from]);
    execute(db, "DELETE FROM checkpoint_leaves WHERE number >= ?1", [from]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_the_record_shows() {
    let record = Record::make().await;
    let run = record.runs[1];
    let places = places(&Connection::open(record.file()).unwrap(), run);
    let third = places[2].0;
    let (last, end) = (places[places.len() - 1].0, places.last().map(|(seq, count)| seq + count).unwrap());

    let untouched = record.after(|_, _| {}).await;
    assert_eq!((&untouched.audit.first_fault, untouched.signatures), (&None, None));
    assert_eq!((&untouched.alone, &untouched.kept), (&None, &None), "{untouched:#?}");
    assert_eq!(untouched.audit.signed, untouched.audit.events);

    // Edit.
    let edited = |db: &Connection, run: RunId| {
        execute(
            db,
            "UPDATE events SET body = replace(body, '\"x\"', '\"y\"') WHERE run = ?1 AND seq = 1",
            [run.as_bytes()],
        );
    };
    record.after(edited).await.both(run, 1, "altered");
    // Somebody else did it.
    let blamed = |db: &Connection, run: RunId| {
        execute(db, "UPDATE events SET actor = 'user:2' WHERE run = ?1 AND seq = ?2", params![run.as_bytes(), third]);
    };
    record.after(blamed).await.both(run, third as u64, "altered");
    // Insert: the rest moves on by one.
    let inserted = |db: &Connection, run: RunId| {
        execute(db, "UPDATE events SET seq = -seq - 1 WHERE run = ?1 AND seq >= ?2", params![run.as_bytes(), third]);
        execute(db, "UPDATE events SET seq = -seq WHERE run = ?1 AND seq < 0", [run.as_bytes()]);
        execute(
            db,
            "INSERT INTO events (workspace, run, seq, count, at, actor, command, body, hash)
             SELECT workspace, run, ?2, 1, at, actor, command, '[{\"type\":\"run_paused\",\"by\":\"user:1\"}]', hash
               FROM events WHERE run = ?1 AND seq = 1",
            params![run.as_bytes(), third],
        );
    };
    record.after(inserted).await.both(run, third as u64, "altered");
    // Delete.
    let deleted = |db: &Connection, run: RunId| {
        execute(db, "DELETE FROM events WHERE run = ?1 AND seq = ?2", params![run.as_bytes(), third]);
    };
    record.after(deleted).await.both(run, third as u64, "gap");
    // Re-order: two entries change places.
    let swapped = |db: &Connection, run: RunId| {
        let (a, b) = (places[2], places[3]);
        for (from, to) in [(a.0, -1), (b.0, a.0), (-1, b.0)] {
            execute(db, "UPDATE events SET seq = ?3 WHERE run = ?1 AND seq = ?2", params![run.as_bytes(), from, to]);
        }
    };
    record.after(swapped).await.both(run, third as u64, "altered");
    // Restamp.
    let restamped = |db: &Connection, run: RunId| {
        execute(db, "UPDATE events SET at = at - 1 WHERE run = ?1 AND seq = ?2", params![run.as_bytes(), third]);
    };
    record.after(restamped).await.both(run, third as u64, "altered");
    // Truncate: the end is cut off, and the header says so too.
    let cut = |db: &Connection, run: RunId| {
        execute(db, "DELETE FROM events WHERE run = ?1 AND seq >= ?2", params![run.as_bytes(), last]);
        rebuild(db, run);
    };
    record.after(cut).await.both(run, last as u64, "truncated");
    // Truncate and append again, with hashes that fit.
    let rebuilt = |db: &Connection, run: RunId| {
        execute(
            db,
            "UPDATE events SET body = replace(body, '\"x\"', '\"y\"') WHERE run = ?1 AND seq = 1",
            [run.as_bytes()],
        );
        rebuild(db, run);
    };
    record.after(rebuilt).await.both(run, 1, "rebuilt");
    // Clock back: an event is older than the one before it, with hashes that fit.
    let back = |db: &Connection, run: RunId| {
        execute(
            db,
            "UPDATE events SET at = at - 3600000000 WHERE run = ?1 AND seq = ?2",
            params![run.as_bytes(), last],
        );
        rebuild(db, run);
        forget_checkpoints(db, 2);
    };
    let verdict = record.after(back).await;
    assert_eq!(verdict.audit.clock, Some((run, last as u64)), "{verdict:#?}");
    assert_eq!(verdict.alone.as_ref().map(|f| (f.what, f.event)), Some(("clock", Some(last as u64))));
    // A whole run is removed.
    let removed = |db: &Connection, run: RunId| {
        for (table, column) in [("events", "run"), ("runs", "id"), ("tasks", "run"), ("snapshots", "run")] {
            db.execute(&format!("DELETE FROM {table} WHERE {column} = ?1"), [run.as_bytes()]).unwrap();
        }
    };
    record.after(removed).await.both(run, 1, "removed");

    // What a bare chain, and checkpoints that stand beside it, cannot tell: all that was signed of it goes as well.
    let cut_quietly = |db: &Connection, run: RunId| {
        cut(db, run);
        forget_checkpoints(db, 2);
    };
    record.after(cut_quietly).await.only_kept("truncated", run, Some(last as u64));
    let rebuilt_quietly = |db: &Connection, run: RunId| {
        rebuilt(db, run);
        forget_checkpoints(db, 2);
    };
    record.after(rebuilt_quietly).await.only_kept("rebuilt", run, Some(1));
    let removed_quietly = |db: &Connection, run: RunId| {
        removed(db, run);
        forget_checkpoints(db, 2);
    };
    record.after(removed_quietly).await.only_kept("removed", run, Some(1));
    assert!(end > last);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_the_checkpoints_shows() {
    let record = Record::make().await;
    for (change, number, what) in [
        ("UPDATE checkpoints SET at = at + 1 WHERE number = 2", 2, "signature"),
        ("UPDATE checkpoints SET events = events - 1 WHERE number = 2", 2, "signature"),
        ("UPDATE checkpoints SET signature = zeroblob(64) WHERE number = 3", 3, "signature"),
        ("UPDATE checkpoints SET previous = zeroblob(32) WHERE number = 3", 3, "altered"),
        ("UPDATE checkpoints SET key = zeroblob(32) WHERE number = 1", 1, "key"),
        ("DELETE FROM checkpoints WHERE number = 2", 2, "missing"),
        ("UPDATE checkpoint_leaves SET seq = seq - 1 WHERE number = 3", 3, "leaves"),
        ("DELETE FROM checkpoint_leaves WHERE number = 1", 1, "leaves"),
        ("UPDATE notary_keys SET public = zeroblob(32)", 1, "key"),
        ("UPDATE notary_keys SET number = 2", 0, "key"),
    ] {
        let verdict = record.after(|db, _| execute(db, change, [])).await;
        assert_eq!(verdict.signatures, Some((number, what)), "{change}");
        assert!(verdict.alone.is_some(), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_signs_on_and_the_old_one_vouches_for_it() {
    let record = Record::make().await;
    let copy = tempfile::tempdir().unwrap();
    let file = copy.path().join("metel.db");
    std::fs::copy(record.file(), &file).unwrap();
    let store = Store::open_sqlite(&file, StoreOptions::default()).await.unwrap();
    let key = keyring(&store).rotate_signer(WS).await.unwrap();
    assert_eq!(key.number, 2);
    assert!(store.notary_keys(WS).await.unwrap()[0].sealed.is_none(), "the old private half is gone");
    let (engine, world) = signed_engine(store);
    engine.start_caretakers(None);
    let digest = define(&engine, &world, "c", chain(2, "s.write")).await;
    run(&engine, digest).await;
    assert!(engine.checkpoint().await.unwrap() >= 1);
    assert_eq!(engine.audit_checkpoints(WS).await.unwrap().fault, None);
    let export = export(&engine).await;
    for public in [record.public, key.public.0] {
        let asked = Asked { key: Some(public), kept: record.kept.clone(), ..Asked::default() };
        let report = verify(&mut &export[..], &asked).unwrap();
        assert_eq!((report.keys, report.checkpoints), (2, 4));
    }
    let stranger = Asked { key: Some([7; 32]), ..Asked::default() };
    assert_eq!(verify(&mut &export[..], &stranger).unwrap_err().what, "key");
    // A key of somebody's own, put in its place: nothing vouches for it.
    let forged = copy.path().join("forged");
    engine.store().backup_to(&forged).await.unwrap();
    engine.stop(Duration::from_secs(2)).await;
    let file = forged.join("metel.db");
    let db = Connection::open(&file).unwrap();
    execute(&db, "UPDATE notary_keys SET signature = zeroblob(64) WHERE number = 2", []);
    drop(db);
    let store = Store::open_sqlite(&file, StoreOptions::default()).await.unwrap();
    let (engine, _) = signed_engine(store);
    assert_eq!(engine.audit_checkpoints(WS).await.unwrap().fault, Some((0, "key")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_or_altered_export_is_noticed() {
    let record = Record::make().await;
    let store = Store::open_sqlite(&record.file(), StoreOptions::default()).await.unwrap();
    let (engine, _) = signed_engine(store);
    let whole = export(&engine).await;
    let report = judge(&whole, &record.kept).unwrap();
    assert_eq!((report.runs, report.checkpoints, report.keys), (3, 3, 1));
    assert_eq!(report.signed, report.events);
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for left_out in 0..lines.len() {
        let rest: Vec<u8> = lines
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != left_out)
            .flat_map(|(_, line)| line.iter().copied())
            .collect();
        assert!(judge(&rest, &[]).is_err(), "line {left_out} is missing");
    }
    for i in 1..lines.len() - 1 {
        let mut turned = lines.clone();
        turned.swap(i, i + 1);
        assert!(judge(&turned.concat(), &[]).is_err(), "lines {i} and the next changed places");
    }
    for cut in [0, 1, whole.len() / 3, whole.len() / 2, whole.len() - 2] {
        assert_eq!(judge(&whole[..cut], &[]).unwrap_err().what, "file", "cut at {cut}");
    }
    // Noise never stops it otherwise than with a word.
    for at in (0..whole.len()).step_by(97) {
        let mut noisy = whole.clone();
        noisy[at] = noisy[at].wrapping_add(1);
        let _ = judge(&noisy, &[]);
    }
}

/// Several processes sign at once while runs go on: whoever is slower writes nothing, and no event counts twice.
async fn many_notaries(store: Store) {
    let (engine, world) = signed_engine(store.clone());
    engine.start_caretakers(None);
    let digest = define(&engine, &world, "c", chain(4, "s.write")).await;
    let notaries: Vec<Engine> = (0..4).map(|_| signed_engine(store.clone()).0).collect();
    let over = Arc::new(AtomicBool::new(false));
    let signing: Vec<_> = notaries
        .into_iter()
        .map(|notary| {
            let over = over.clone();
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    notary.checkpoint().await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..30 {
        run(&engine, digest).await;
    }
    over.store(true, Ordering::Relaxed);
    futures::future::try_join_all(signing).await.unwrap();
    let audit = engine.audit_checkpoints(WS).await.unwrap();
    assert_eq!(audit.fault, None);
    engine.stop(Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notaries_side_by_side_count_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    many_notaries(Store::open_sqlite(folder.path().join("metel.db"), StoreOptions::default()).await.unwrap()).await;
    let server = Postgres::start().unwrap();
    many_notaries(Store::open_postgres(&server.database().unwrap(), StoreOptions::default()).await.unwrap()).await;
}

/// PostgreSQL keeps the same record; a client of its own changes it.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_shows_it_too() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let store = Store::open_postgres(&url, StoreOptions::default()).await.unwrap();
    let (engine, world) = signed_engine(store);
    engine.start_caretakers(None);
    let digest = define(&engine, &world, "c", chain(6, "s.write")).await;
    let run = run(&engine, digest).await;
    // Transactions of other tests hold the end back for a moment.
    for _ in 0..100 {
        engine.checkpoint().await.unwrap();
        if engine.audit(WS).await.unwrap().signed > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let audit = engine.audit(WS).await.unwrap();
    assert_eq!((audit.first_fault, audit.signed), (None, audit.events));
    let kept = kept(&engine).await;
    judge(&export(&engine).await, std::slice::from_ref(&kept)).unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let id = run.as_bytes().as_slice();
    let third: i64 = client
        .query_one("SELECT seq FROM events WHERE run = $1 ORDER BY seq OFFSET 2 LIMIT 1", &[&id])
        .await
        .unwrap()
        .get(0);
    for (change, undo, seq, what) in [
        ("UPDATE events SET at = at - 1", "UPDATE events SET at = at + 1", third, "altered"),
        ("UPDATE events SET body = body || ' '", "UPDATE events SET body = rtrim(body)", third, "altered"),
        ("UPDATE events SET seq = seq + 100000", "UPDATE events SET seq = seq - 100000", third, "gap"),
    ] {
        let changed = client.execute(&format!("{change} WHERE run = $1 AND seq = $2"), &[&id, &third]).await.unwrap();
        assert_eq!(changed, 1);
        assert_eq!(engine.audit(WS).await.unwrap().first_fault, Some((run, seq as u64, what)));
        assert!(judge(&export(&engine).await, &[]).is_err());
        let back = if what == "gap" { third + 100_000 } else { third };
        client.execute(&format!("{undo} WHERE run = $1 AND seq = $2"), &[&id, &back]).await.unwrap();
        assert_eq!(engine.audit(WS).await.unwrap().first_fault, None);
    }
    client.execute("DELETE FROM events WHERE run = $1", &[&id]).await.unwrap();
    client.execute("DELETE FROM runs WHERE id = $1", &[&id]).await.unwrap();
    assert_eq!(engine.audit(WS).await.unwrap().first_fault, Some((run, 1, "removed")));
    client.execute("DELETE FROM checkpoints", &[]).await.unwrap();
    client.execute("DELETE FROM checkpoint_leaves", &[]).await.unwrap();
    assert_eq!(engine.audit(WS).await.unwrap().first_fault, None, "nothing here tells of it any more");
    let fault = judge(&export(&engine).await, &[kept]).unwrap_err();
    assert_eq!((fault.what, fault.run), ("removed", Some(run.to_string())));
    engine.stop(Duration::from_secs(2)).await;
}
