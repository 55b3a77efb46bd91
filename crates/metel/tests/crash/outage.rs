//! The database goes away under two processes that live on: restarted, its connections cut, a network that is
//! silent or slow. And workers that are replaced one after the other while work goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use metel_store::testing::Postgres;
use reqwest::Method;
use serde_json::json;

use crate::client::start_body;
use crate::load::{Asked, Book, start_of};
use crate::network::{Network, Weather};
use crate::scene::{Scene, ends, until};
use crate::work::NAMES;

/// How long the network is silent: short in `make test`.
fn seconds() -> u64 {
    std::env::var("METEL_OUTAGE_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(11)
}

/// Callers that start a run every now and then, until told to stop.
struct Load {
    book: Book,
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<u64>,
}

impl Load {
    fn begin(scene: &Scene, every: Duration) -> Self {
        let (book, stop) = (Book::default(), Arc::new(AtomicBool::new(false)));
        let (client, seed, kept, stopped) = (scene.client.clone(), scene.seed, book.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let (mut n, mut callers) = (0, Vec::new());
            while !stopped.load(Ordering::SeqCst) {
                let name = NAMES[(n % NAMES.len() as u64) as usize];
                callers.push(tokio::spawn(start_of(client.clone(), kept.clone(), name, n, seed)));
                n += 1;
                tokio::time::sleep(every).await;
            }
            for caller in callers {
                caller.await.unwrap();
            }
            n
        });
        Self { book, stop, task }
    }

    async fn end(self) -> (Book, u64) {
        self.stop.store(true, Ordering::SeqCst);
        (self.book, self.task.await.unwrap())
    }
}

/// Starts a run at one process and sees it end; how long that took from now.
async fn works(scene: &Scene, book: &Book, turn: u64, limit: Duration) -> Duration {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let (id, since) = (format!("{:x}-w{}", scene.seed, NUMBER.fetch_add(1, Ordering::SeqCst)), Instant::now());
    let mut body = start_body("crash-leaf", &id);
    // Before what has piled up meanwhile.
    body["priority"] = json!(50);
    let mut run = String::new();
    until("service is back", limit, async || {
        match scene.client.call(turn, Method::POST, "/v1/runs", Some(&id), Some(&body)).await {
            Ok((200..=202, answer)) => answer["id"].as_str().unwrap().clone_into(&mut run),
            _ => return false,
        }
        true
    })
    .await;
    book.enter(Asked { workflow: "crash-leaf", id, run: run.clone() });
    until("a run ends again", limit.saturating_sub(since.elapsed()), async || {
        let answer = scene.client.call(turn, Method::GET, &format!("/v1/runs/{run}"), None, None).await;
        answer.is_ok_and(|(status, run)| status == 200 && run["status"] == "completed")
    })
    .await;
    since.elapsed()
}

#[derive(Debug, Clone, Copy)]
enum Outage {
    Restart,
    Crash,
    Terminate,
    Network(Weather, Duration),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_or_slow_costs_nothing_and_service_comes_back() {
    let server = Arc::new(Postgres::start_own().unwrap());
    let direct = server.database().unwrap();
    let network = Network::before(&direct).await;
    let mut scene = Scene::new().await;
    let (one, first) = scene.up(&["--db", &network.url, "--lease", "2"], &[]).await;
    let (two, second) = scene.up(&["--db", &network.url, "--lease", "2"], &[]).await;
    scene.known(&[&first, &second]);
    scene.define().await;
    let load = Load::begin(&scene, Duration::from_millis(150));
    let (silent, limit) = (Duration::from_secs(seconds()), Duration::from_secs(30));
    let outages = [
        Outage::Restart,
        Outage::Crash,
        Outage::Terminate,
        Outage::Network(Weather::Cut, Duration::from_secs(3)),
        Outage::Network(Weather::Silent, silent),
        Outage::Network(Weather::Slow(100), Duration::from_secs(4)),
    ];
    println!("| outage | lasted s | runs acknowledged meanwhile | back after s (one process, the other) |");
    println!("| --- | --- | --- | --- |");
    for outage in outages {
        works(&scene, &load.book, 0, limit).await;
        let (before, since) = (load.book.all().len(), Instant::now());
        match outage {
            Outage::Restart | Outage::Crash => {
                let server = server.clone();
                let again = tokio::task::spawn_blocking(move || {
                    match outage {
                        Outage::Crash => server.crash()?,
                        _ => server.stop(),
                    }
                    server.resume()
                });
                again.await.unwrap().unwrap();
            }
            Outage::Terminate => {
                let all =
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'metel'";
                for _ in 0..10 {
                    server.psql("postgres", all).unwrap();
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            Outage::Network(weather, lasts) => {
                network.set(weather);
                tokio::time::sleep(lasts).await;
                network.set(Weather::Fine);
            }
        }
        let lasted = since.elapsed().as_secs_f32();
        let acknowledged = load.book.all().len() - before;
        let back = futures::future::join(works(&scene, &load.book, 0, limit), works(&scene, &load.book, 1, limit));
        let (near, far) = back.await;
        println!("| {outage:?} | {lasted:.1} | {acknowledged} | {:.1}, {:.1} |", near.as_secs_f32(), far.as_secs_f32());
    }
    let (book, started) = load.end().await;
    let ended = scene.end(&book).await;
    // Nothing of what was left behind stays open at the server: lanes, readers and the wake-ups of two processes.
    let database = direct.rsplit('/').next().unwrap();
    let count = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'");
    let mut open = 0;
    until("connections are closed", Duration::from_secs(30), async || {
        open = server.psql("postgres", &count).unwrap().parse::<usize>().unwrap();
        open <= 2 * (4 + 4 + 1)
    })
    .await;
    println!(
        "{started} runs started, {} ended with their children, {} effects: none missing, doubled or out of order; \
         {} settled by a person; {open} connections open",
        ended.runs.len(),
        ended.effects.expected,
        scene.person.doubts
    );
    ends(one).await;
    ends(two).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_replaced_under_load_lose_nothing_and_leave_no_doubt() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let mut scene = Scene::new().await;
    // Calls take a while, so that each end comes upon some that are under way.
    let slow = |operation: &str| {
        json!({"service": "ledgerbox", "operation": operation, "kind": "latency", "probability": 0.5, "times": 0,
               "seed": 7, "retry_after": null, "delay_ms": 300})
    };
    scene.faults(&json!([slow("record"), slow("record_plain")])).await;
    let (gateway, address) = scene.up(&["--db", &url, "--no-worker"], &[]).await;
    scene.known(&[&address]);
    scene.define().await;
    let worker = ["--db", url.as_str()];
    let mut workers = vec![scene.worker(&worker).await, scene.worker(&worker).await];
    let load = Load::begin(&scene, Duration::from_millis(40));
    let mut slowest = Duration::ZERO;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(800)).await;
        let old = workers.remove(0);
        slowest = slowest.max(ends(old).await);
        workers.push(scene.worker(&worker).await);
    }
    let (book, started) = load.end().await;
    let ended = scene.end(&book).await;
    let lost = scene.count(&ended, "lease_lost").await;
    let doubts = scene.count(&ended, "step_in_doubt").await;
    println!(
        "6 workers replaced under load, each ended within {} ms: {started} runs, {} effects, {} events, {lost} leases \
         lost, {doubts} steps in doubt",
        slowest.as_millis(),
        ended.effects.expected,
        ended.events
    );
    assert_eq!((lost, doubts), (0, 0), "{}", scene.tail());
    for process in workers {
        ends(process).await;
    }
    ends(gateway).await;
}

/// What two processes ask of their database while there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_have_nothing_to_do_leave_the_database_alone() {
    let server = Postgres::start_own().unwrap();
    let url = server.database().unwrap();
    let scene = Scene::new().await;
    let (gateway, address) = scene.up(&["--db", &url, "--no-worker"], &[]).await;
    scene.known(&[&address]);
    let worker = scene.worker(&["--db", &url]).await;
    let database = url.rsplit('/').next().unwrap();
    let count = format!("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '{database}'");
    let transactions = || server.psql("postgres", &count).unwrap().parse::<u64>().unwrap();
    // Idle sessions tell of what they did after ten seconds at the latest.
    tokio::time::sleep(Duration::from_secs(12)).await;
    let (before, since) = (transactions(), Instant::now());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let rate = (transactions() - before) as f64 / since.elapsed().as_secs_f64();
    println!("a gateway and a worker without work: {rate:.2} transactions a second");
    assert!(rate < 1.0, "{rate:.2} transactions a second");
    ends(worker).await;
    ends(gateway).await;
}
