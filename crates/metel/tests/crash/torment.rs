//! The course of events: start, ask, kill, start again; then let everything end, and look.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_store::testing::Postgres;

use crate::chance::Chance;
use crate::client::{Client, set_faults};
use crate::drain::{Person, drain};
use crate::load::{Book, start};
use crate::process::{Process, binary};
use crate::{check, work};

pub struct Plan {
    pub kills: u64,
    /// Runs started between two kills.
    pub runs_each: u64,
    pub seed: u64,
}

pub enum Base {
    Sqlite,
    /// By its address. Two processes share it.
    Postgres(String),
    /// Two processes share it and live; the server is what crashes.
    Crashing(Arc<Postgres>, String),
}

impl Base {
    fn url(&self) -> Option<&str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(url) | Self::Crashing(_, url) => Some(url),
        }
    }
}

struct Place {
    home: PathBuf,
    logs: PathBuf,
    sandbox: String,
    base: Base,
}

impl Place {
    fn up(&self) -> Process {
        let mut command = binary();
        command.args(["up", "--port", "0", "--sandbox", &self.sandbox]).env("METEL_HOME", &self.home);
        command.env("METEL_LOG", "info");
        if let Some(url) = self.base.url() {
            command.args(["--db", url, "--lease", "1"]);
        }
        Process::start(&mut command, &self.logs)
    }

    /// A process that answers, and its address.
    async fn ready(&self, process: Process) -> One {
        let mut process = process;
        let said = process.says("metel ready ").await;
        let address = said.unwrap_or_else(|| panic!("it did not start:\n{}", tail(&self.logs)));
        One { process, address }
    }
}

struct One {
    process: Process,
    address: String,
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

pub async fn torment(plan: &Plan, base: Base) {
    let began = Instant::now();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    println!("METEL_CRASH_SEED={} METEL_CRASH_KILLS={}", plan.seed, plan.kills);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (home, ledger, logs) = (path("home"), path("ledger"), path("log"));
    let mut sandbox = binary();
    sandbox.args(["sandbox", "--port", "0", "--ledger"]).arg(&ledger);
    let mut sandbox = Process::start(&mut sandbox, &path("sandbox log"));
    let address = sandbox.says("listening ").await.unwrap();
    set_faults(&address, &work::faults(plan.seed)).await;
    let place = Place { home: home.clone(), logs, sandbox: address, base };
    let mut chance = Chance::new(plan.seed);

    // Killed before it was ever ready: nothing is there yet, and a start must still succeed.
    let mut early = 0;
    for _ in 0..(plan.kills / 10).max(2) {
        let process = place.up();
        tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
        early += u64::from(process.kill());
    }

    let client = Client::new(home.clone());
    let mut living = vec![place.ready(place.up()).await];
    known(&client, &living);
    for (name, definition) in work::definitions() {
        let body = serde_json::json!({"name": name, "definition": definition});
        let (status, answer) = client.post("/v1/workflows", &body).await.unwrap();
        assert_eq!(status, 201, "{name}: {answer}");
    }
    if place.base.url().is_some() {
        living.push(place.ready(place.up()).await);
        known(&client, &living);
    }

    let (book, mut person) = (Book::default(), Person::default());
    let mut callers = Vec::new();
    let (mut starts, mut slowest) = (0, Duration::ZERO);
    for kill in 0..plan.kills {
        for n in 0..plan.runs_each {
            let n = kill * plan.runs_each + n;
            callers.push(tokio::spawn(start(client.clone(), book.clone(), n, plan.seed)));
        }
        person.approve(&client).await;
        tokio::time::sleep(Duration::from_millis(chance.below(700))).await;
        if let Base::Crashing(server, _) = &place.base {
            let server = server.clone();
            let again = tokio::task::spawn_blocking(move || {
                server.stop();
                server.resume()
            });
            again.await.unwrap().unwrap();
            continue;
        }
        let all = chance.strikes(if living.len() > 1 { 20 } else { 100 });
        let count = if all { living.len() } else { 1 };
        for _ in 0..count {
            let victim = living.remove(chance.below(living.len() as u64) as usize);
            known(&client, &living);
            assert!(victim.process.kill(), "it had ended by itself:\n{}", tail(&place.logs));
        }
        for _ in 0..count {
            // Now and then it does not even get to its feet.
            while chance.strikes(25) {
                let process = place.up();
                tokio::time::sleep(Duration::from_millis(chance.below(600))).await;
                early += u64::from(process.kill());
            }
            let process = place.up();
            let born = process.born;
            living.push(place.ready(process).await);
            slowest = slowest.max(born.elapsed());
            starts += 1;
            known(&client, &living);
        }
    }
    for caller in callers {
        caller.await.unwrap();
    }
    let quiet = Instant::now();
    let ended = drain(&client, &book, &ledger, &mut person).await;
    let drained = quiet.elapsed();

    let asked = book.all();
    assert_eq!(asked.len() as u64, plan.kills * plan.runs_each);
    let mut events = 0;
    for run in ended.keys() {
        events += check::record(&client, run).await;
    }
    let effects = check::effects(&asked, &ended, &ledger, 0);
    for reference in effects.missing.iter().chain(&effects.doubled).chain(&effects.disordered) {
        check::tell(&client, &asked, reference, &ledger).await;
    }
    let failed = ended.values().filter(|run| run["status"] == "failed").count();
    let audit = check::audit(&home, &living[0].address);
    assert_eq!(audit["ok"], true, "{audit}");
    let mut slowest_end = Duration::ZERO;
    for one in living {
        let (status, took) = one.process.end().await;
        assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}");
        slowest_end = slowest_end.max(took);
    }
    if matches!(place.base, Base::Sqlite) {
        let store = metel_store::Store::open_sqlite(home.join("metel.db"), Default::default()).await.unwrap();
        assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    }
    println!(
        "{} kills ({early} of them before it was ready), {starts} starts, {} runs acknowledged and ended ({failed} failed for good), \
         {} child runs, \
         {events} events, {} effects expected: {} missing, {} doubled, {} out of order, {} foreign; \
         {} approvals, {} doubts settled by a person; slowest start {} ms, drained in {:.1} s, \
         end within {} ms, {:.0} s in all",
        plan.kills + early,
        asked.len(),
        ended.len() - asked.len(),
        effects.expected,
        effects.missing.len(),
        effects.doubled.len(),
        effects.disordered.len(),
        effects.foreign.len(),
        person.approved,
        person.doubts,
        slowest.as_millis(),
        drained.as_secs_f32(),
        slowest_end.as_millis(),
        began.elapsed().as_secs_f32(),
    );
    assert!(effects.are_right(), "{effects:?}\n{}", tail(&place.logs));
}

fn known(client: &Client, living: &[One]) {
    *client.alive.lock().unwrap() = living.iter().map(|one| one.address.clone()).collect();
}
