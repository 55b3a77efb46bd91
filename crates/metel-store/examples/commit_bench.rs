//! How many transitions a second the store makes durable: closed loop, engine-shaped, both engines.
//!
//! A run is 11 commits: it begins, goes through 9 steps that each write two events of about 200
//! bytes and rewrite the run's task, and ends with the task removed. No two commits of one run share
//! a transaction.
//!
//! `cargo run --release -p metel-store --example commit_bench -- [sqlite|postgres|both] [seconds] [linger_us]`
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use metel_store::testing::{Postgres, SampleRun, worker_id, workspace_id};
use metel_store::{Committed, Options, Store};

/// Starts counting when told, stops when told.
#[derive(Default)]
struct Count {
    commits: AtomicU64,
    stop: AtomicBool,
}

/// One caller: begins a run, waits for each commit, ends it, begins the next.
/// Gives the microseconds that each commit took.
async fn caller(store: Store, n: u64, count: Arc<Count>) -> Vec<u32> {
    let mut took = Vec::new();
    while !count.stop.load(Ordering::Relaxed) {
        let run = metel_model::id::RunId(uuid::Uuid::now_v7());
        let mut run = SampleRun::held(workspace_id(n % 4), run, worker_id(1));
        for step in 0..11 {
            let commit = if step == 10 { run.finish() } else { run.step() };
            let since = Instant::now();
            assert_eq!(store.commit(commit).await, Ok(Committed::Accepted));
            took.push(since.elapsed().as_micros() as u32);
            count.commits.fetch_add(1, Ordering::Relaxed);
        }
    }
    took
}

/// Bytes that this process and its children wrote to the device, as the kernel counts them.
fn device_bytes() -> u64 {
    let line = std::fs::read_to_string("/proc/diskstats").unwrap_or_default();
    let sectors = line.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let whole = fields.get(2).is_some_and(|name| *name == "vda" || *name == "sda" || *name == "nvme0n1");
        whole.then(|| fields.get(9)?.parse::<u64>().ok()).flatten()
    });
    sectors.sum::<u64>() * 512
}

async fn measure(name: &str, store: &Store, callers: u64, length: Duration) {
    let count = Arc::new(Count::default());
    let tasks: Vec<_> = (0..callers).map(|n| tokio::spawn(caller(store.clone(), n, count.clone()))).collect();
    // The first second warms up.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (since, before) = (Instant::now(), count.commits.load(Ordering::Relaxed));
    let (groups, bytes) = (store.groups(), device_bytes());
    tokio::time::sleep(length).await;
    let commits = count.commits.load(Ordering::Relaxed) - before;
    let (seconds, groups, bytes) = (since.elapsed().as_secs_f64(), store.groups() - groups, device_bytes() - bytes);
    count.stop.store(true, Ordering::Relaxed);
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    took.sort_unstable();
    let part = |share: f64| took[((took.len() - 1) as f64 * share) as usize] as f64 / 1_000.0;
    println!(
        "{name:<9} C={callers:<3} {:>8.0} commits/s   {:>6.1} commits a group   {:>6.0} device bytes a commit   {:>6.2} ms p50 {:>7.2} p99 {:>7.2} p99.9 {:>7.2} max",
        commits as f64 / seconds,
        commits as f64 / groups.max(1) as f64,
        bytes as f64 / commits.max(1) as f64,
        part(0.5),
        part(0.99),
        part(0.999),
        part(1.0),
    );
}

fn main() {
    let mut args = std::env::args().skip(1);
    let engine = args.next().unwrap_or_else(|| "both".to_owned());
    let length = Duration::from_secs(args.next().and_then(|text| text.parse().ok()).unwrap_or(5));
    let linger_us = args.next().and_then(|text| text.parse().ok()).unwrap_or(Options::default().linger_us);
    let options = Options { linger_us, ..Options::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if engine != "postgres" {
            let folder = tempfile::tempdir_in(".").unwrap();
            let store = Store::open_sqlite(folder.path().join("metel.db"), options.clone()).await.unwrap();
            for callers in [1, 64, 256] {
                measure("sqlite", &store, callers, length).await;
            }
        }
        if engine != "sqlite" {
            let server = Postgres::start().unwrap();
            let url = server.socket_url(&server.database().unwrap());
            let store = Store::open_postgres(&url, options).await.unwrap();
            for callers in [1, 64, 256] {
                measure("postgres", &store, callers, length).await;
            }
        }
    });
}
