//! A process that commits in a loop is killed at random moments: the file stays sound, and every
//! commit that was acknowledged is there.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::RunId;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{Blob, Committed, Options, Store};

const CYCLES: u64 = 60;
const RUNS: u64 = 8;
const FOLDER: &str = "METEL_STORE_CRASH_FOLDER";
const NAME: &str = "every_acknowledged_commit_survives_a_kill";

#[test]
fn every_acknowledged_commit_survives_a_kill() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Ok(folder) = std::env::var(FOLDER) {
        // The process that will be killed.
        runtime.block_on(commit_for_ever(Path::new(&folder)));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut chance = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64 | 1;
    println!("seed {chance}");
    let mut acknowledged = BTreeMap::new();
    for cycle in 0..CYCLES {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        kill_after(folder.path(), (chance >> 33) % 150, (chance >> 20) % 2_000, &mut acknowledged);
        runtime.block_on(check(folder.path(), &acknowledged, cycle));
    }
    let commits: u64 = acknowledged.values().sum();
    println!("{CYCLES} kills, {commits} acknowledged commits, none lost");
    assert!(commits > CYCLES);
}

/// Lets a child commit, and kills it some microseconds after it acknowledged `lines` commits.
fn kill_after(folder: &Path, lines: u64, micros: u64, acknowledged: &mut BTreeMap<RunId, u64>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut seen = 0;
    let mut killed = false;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).unwrap() == 0 || line.last() != Some(&b'\n') {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let mut words = text.split_whitespace();
        if words.next() != Some("acknowledged") {
            continue;
        }
        let run: RunId = words.next().unwrap().parse().unwrap();
        let version: u64 = words.next().unwrap().parse().unwrap();
        let before = acknowledged.insert(run, version).unwrap_or(0);
        assert!(version > before, "{run} went back from {before} to {version}");
        seen += 1;
        if seen > lines && !killed {
            // No wait for anything: chance picks the moment of the kill, at most two milliseconds on.
            std::thread::sleep(Duration::from_micros(micros));
            child.kill().unwrap();
            killed = true;
        }
    }
    let ended = child.wait().unwrap();
    assert!(killed, "the child ended by itself: {ended}");
}

async fn check(folder: &Path, acknowledged: &BTreeMap<RunId, u64>, cycle: u64) {
    let ws = workspace_id(1);
    let store = Store::open_sqlite(folder.join("metel.db"), Options::default()).await.unwrap();
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new(), "after kill {cycle}");
    for (run, version) in acknowledged {
        let loaded = store.load_run(ws, *run).await.unwrap().unwrap();
        let header = loaded.header;
        assert!(header.version >= *version, "{run}: acknowledged {version}, stored {}", header.version);
        let (mut seq, mut head) = (1, Digest::ZERO);
        for entry in &loaded.entries {
            assert_eq!(entry.seq, seq, "{run}");
            let (command, actor) = (&entry.command, &entry.actor);
            head = Entry::chain(&head, ws, *run, seq, command, actor, entry.at, &entry.body);
            assert_eq!(entry.hash, head, "{run}");
            seq += u64::from(entry.count);
        }
        assert_eq!((header.seq, header.head, header.version), (seq, head, loaded.entries.len() as u64), "{run}");
        // The large value that the newest entry came with.
        assert!(store.blob(ws, value(*run, header.version).digest).await.unwrap().is_some(), "{run}");
    }
}

/// Every fourth is large enough to be a file.
fn value(run: RunId, version: u64) -> Blob {
    let size = if version.is_multiple_of(4) { 300_000 } else { 64 };
    Blob::of(format!("{run} {version} {}", "0".repeat(size)))
}

async fn commit_for_ever(folder: &Path) {
    let store = Store::open_sqlite(folder.join("metel.db"), Options::default()).await.unwrap();
    let ws = workspace_id(1);
    let callers = (0..RUNS).map(|n| {
        let store = store.clone();
        async move {
            let mut run = match store.header(ws, run_id(n)).await.unwrap() {
                Some(header) => SampleRun { header, worker: None },
                None => SampleRun::new(ws, run_id(n)),
            };
            loop {
                let mut commit = run.step();
                commit.blobs = vec![value(run.header.id, run.header.version)];
                assert_eq!(store.commit(commit).await, Ok(Committed::Accepted));
                let line = format!("acknowledged {} {}\n", run.header.id, run.header.version);
                // In one piece, and past any buffer.
                let mut out = std::io::stdout().lock();
                out.write_all(line.as_bytes()).and_then(|()| out.flush()).unwrap();
            }
        }
    });
    futures::future::join_all(callers).await;
}
