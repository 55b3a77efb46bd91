//! The real binary, killed at random moments and started again, over both stores: what it acknowledged
//! ends, and what it did outside happened once. The services are a process of their own that puts every
//! effect on the device before it answers. See docs/crash.md.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod chance;
mod check;
mod client;
mod drain;
mod hook;
mod limits;
mod load;
mod network;
mod outage;
mod points;
mod process;
mod scene;
mod torment;
mod work;

use std::sync::Arc;
use std::time::Duration;

use metel_store::testing::Postgres;
use torment::{Base, Plan, torment};

/// `METEL_CRASH_KILLS` for the long form, `METEL_CRASH_SECONDS` for as many as fit into that time,
/// `METEL_CRASH_RUNS` for the runs between two kills, `METEL_CRASH_SEED` for one that was seen before.
fn plan() -> Plan {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let kills = number("METEL_CRASH_KILLS");
    Plan {
        kills: kills.unwrap_or(20),
        runs_each: number("METEL_CRASH_RUNS").unwrap_or(5),
        time: Duration::from_secs(number("METEL_CRASH_SECONDS").unwrap_or(24 * 60 * 60)),
        seed: number("METEL_CRASH_SEED").unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_over_sqlite_nothing_is_lost_and_nothing_doubled() {
    torment(&plan(), Base::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_over_postgresql_nothing_is_lost_and_nothing_doubled() {
    let server = Postgres::start().unwrap();
    torment(&plan(), Base::Postgres(server.database().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_loses_nothing_and_doubles_nothing() {
    let server = Arc::new(Postgres::start_own().unwrap());
    let url = server.database().unwrap();
    let plan = plan();
    torment(&Plan { kills: plan.kills / 4, ..plan }, Base::Crashing(server, url)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_workers_and_database_killed_and_frozen_nothing_is_lost_and_nothing_doubled() {
    let server = Arc::new(Postgres::start_own().unwrap());
    let url = server.database().unwrap();
    torment(&plan(), Base::Cluster(server, url)).await;
}
