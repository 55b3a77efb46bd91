//! PostgreSQL goes away: cut, silent, or restarted. Commits wait, then are refused by name; nothing
//! acknowledged is lost, nothing is written twice, and service comes back by itself.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use metel_store::testing::{Postgres, SampleRun, run_id, workspace_id};
use metel_store::{Committed, Options, Store, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PASS: u8 = 0;
/// Connections are closed and new ones refused.
const CUT: u8 = 1;
/// Connections stay open and nothing comes through before the network heals: then all of it does, also what
/// its sender has given up by then.
const SILENT: u8 = 2;

/// A stretch of network between the store and the server that can be broken.
struct Network {
    mode: Arc<AtomicU8>,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Network {
    async fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (head, tail) = url.split_once("127.0.0.1:").unwrap();
        let (port, database) = tail.split_once('/').unwrap();
        let server: u16 = port.parse().unwrap();
        let url = format!("{head}127.0.0.1:{}/{database}", listener.local_addr().unwrap().port());
        let mode = Arc::new(AtomicU8::new(PASS));
        let seen = mode.clone();
        let task = tokio::spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else { return };
                if seen.load(Ordering::SeqCst) == CUT {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(carry(near_in, far_out, seen.clone()));
                tokio::spawn(carry(far_in, near_out, seen.clone()));
            }
        });
        Self { mode, url, task }
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut from: tokio::net::tcp::OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf, mode: Arc<AtomicU8>) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::time::timeout(Duration::from_millis(20), from.read(&mut buffer)).await;
        while mode.load(Ordering::SeqCst) == SILENT {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let count = match read {
            _ if mode.load(Ordering::SeqCst) == CUT => return,
            Ok(Ok(0) | Err(_)) => return,
            Ok(Ok(count)) => count,
            Err(_) => 0,
        };
        if count > 0 && to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// Callers that commit all the time, and end with an acknowledged commit. Each counts what was
/// acknowledged to it, and the commits whose end it was not told.
async fn caller(store: Store, n: u64, stop: Arc<AtomicBool>) -> (SampleRun, u64, u64) {
    let ws = workspace_id(1);
    let mut run = SampleRun::new(ws, run_id(n));
    let (mut accepted, mut unknown) = (0, 0);
    loop {
        let mut next = run.clone();
        match store.commit(next.step()).await {
            Ok(Committed::Accepted) => {
                accepted += 1;
                run = next;
                if stop.load(Ordering::SeqCst) {
                    return (run, accepted, unknown);
                }
            }
            // A commit that was given up came through after all: nobody else writes this run.
            Ok(Committed::Stale) if unknown > 0 => run = stored(&store, n).await,
            Ok(other) => panic!("nobody else writes this run: {other:?}"),
            Err(StoreError::Unavailable(_)) => {
                unknown += 1;
                run = stored(&store, n).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// The run as it stands now, once the store can tell.
async fn stored(store: &Store, n: u64) -> SampleRun {
    let ws = workspace_id(1);
    loop {
        match store.header(ws, run_id(n)).await {
            Ok(Some(header)) => return SampleRun { header, worker: None },
            Ok(None) => return SampleRun::new(ws, run_id(n)),
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn back_within(store: &Store, limit: Duration) {
    let since = Instant::now();
    let mut probe = SampleRun::new(workspace_id(9), metel_model::id::RunId(uuid::Uuid::now_v7()));
    let commit = probe.step();
    while store.commit(commit.clone()).await.is_err() {
        assert!(since.elapsed() < limit, "service did not come back within {limit:?}");
    }
    assert!(since.elapsed() < limit, "service came back after {:?}", since.elapsed());
}

async fn check(store: &Store, ended: Vec<(SampleRun, u64, u64)>) {
    for (run, accepted, unknown) in ended {
        assert!(accepted > 0);
        let loaded = store.load_run(workspace_id(1), run.header.id).await.unwrap().unwrap();
        assert_eq!(loaded.header, run.header, "what was acknowledged is what stands");
        assert!(loaded.header.version >= accepted && loaded.header.version <= accepted + unknown);
        assert_eq!(loaded.entries.len() as u64, loaded.header.version);
    }
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
}

fn options() -> Options {
    Options { patience: Duration::from_millis(1_500), ..Options::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_network_heals() {
    let server = Postgres::start().unwrap();
    let direct = server.database().unwrap();
    let network = Network::before(&direct).await;
    let store = Store::open_postgres(&network.url, options()).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..16).map(|n| tokio::spawn(caller(store.clone(), n, stop.clone()))).collect();
    for mode in [CUT, SILENT, CUT, SILENT] {
        back_within(&store, Duration::from_secs(10)).await;
        network.set(mode);
        // Longer than anybody waits.
        let since = Instant::now();
        let refused = store.commit(SampleRun::new(workspace_id(8), run_id(1)).step()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        assert!(since.elapsed() < Duration::from_secs(8), "waited {:?}", since.elapsed());
        network.set(PASS);
    }
    back_within(&store, Duration::from_secs(10)).await;
    stop.store(true, Ordering::SeqCst);
    let ended = futures::future::join_all(callers).await.into_iter().map(Result::unwrap).collect();
    check(&store, ended).await;
    // Nothing of what was left behind stays open at the server.
    let database = direct.rsplit('/').next().unwrap();
    let count = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'");
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let open: usize = server.psql("postgres", &count).unwrap().parse().unwrap();
        if open <= 4 + 4 + 1 {
            break;
        }
        assert!(Instant::now() < until, "{open} connections are open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crashed_server_loses_nothing_acknowledged() {
    let server = Arc::new(Postgres::start_own().unwrap());
    let store = Store::open_postgres(&server.database().unwrap(), options()).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..16).map(|n| tokio::spawn(caller(store.clone(), n, stop.clone()))).collect();
    for _ in 0..4 {
        back_within(&store, Duration::from_secs(10)).await;
        let server = server.clone();
        tokio::task::spawn_blocking(move || {
            server.stop();
            server.resume().unwrap();
        })
        .await
        .unwrap();
    }
    back_within(&store, Duration::from_secs(10)).await;
    stop.store(true, Ordering::SeqCst);
    let ended = futures::future::join_all(callers).await.into_iter().map(Result::unwrap).collect();
    check(&store, ended).await;
}
