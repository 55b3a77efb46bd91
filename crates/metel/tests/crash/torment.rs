//! The course of events: start, ask, kill, start again; then let everything end, and look.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_store::testing::Postgres;
use rustix::process::Signal;

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
    /// No further kills after this long.
    pub time: Duration,
    pub seed: u64,
}

pub enum Base {
    Sqlite,
    /// By its address. Two processes share it.
    Postgres(String),
    /// Two processes share it and live; the server is what crashes.
    Crashing(Arc<Postgres>, String),
    /// A gateway and two workers share it; all of them die, the server too, and workers are frozen past
    /// their lease and thawed.
    Cluster(Arc<Postgres>, String),
}

impl Base {
    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL, two processes",
            Self::Crashing(..) => "PostgreSQL crashes, two processes",
            Self::Cluster(..) => "PostgreSQL, gateway and two workers",
        }
    }

    fn url(&self) -> Option<&str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(url) | Self::Crashing(_, url) | Self::Cluster(_, url) => Some(url),
        }
    }

    /// The processes over it.
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Sqlite => &[Role::Whole],
            Self::Postgres(_) | Self::Crashing(..) => &[Role::Whole, Role::Whole],
            Self::Cluster(..) => &[Role::Gateway, Role::Worker, Role::Worker],
        }
    }
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Whole,
    Gateway,
    Worker,
}

/// What befalls the processes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strike {
    Kill,
    /// The server: its first process is killed, or all at once are told to end at once.
    Database {
        hard: bool,
    },
    /// A worker stands still past its lease, and goes on.
    Freeze,
}

impl Strike {
    fn draw(base: &Base, chance: &mut Chance) -> Self {
        match base {
            Base::Sqlite | Base::Postgres(_) => Self::Kill,
            Base::Crashing(..) => Self::Database { hard: chance.strikes(50) },
            Base::Cluster(..) => match chance.below(100) {
                0..20 => Self::Database { hard: chance.strikes(50) },
                20..35 => Self::Freeze,
                _ => Self::Kill,
            },
        }
    }
}

/// What befell them.
#[derive(Debug, Default)]
struct Counts {
    whole: u64,
    gateway: u64,
    worker: u64,
    database: u64,
    frozen: u64,
    /// Thawed workers that found their lease gone.
    fenced: u64,
    /// Database files looked at, whole and with a torn log.
    checked: u64,
}

impl Counts {
    fn add(&mut self, strike: Strike) {
        match strike {
            Strike::Kill => {}
            Strike::Database { .. } => self.database += 1,
            Strike::Freeze => self.frozen += 1,
        }
    }

    fn killed(&mut self, role: Role) {
        *match role {
            Role::Whole => &mut self.whole,
            Role::Gateway => &mut self.gateway,
            Role::Worker => &mut self.worker,
        } += 1;
    }

    /// One line that `scripts/crash` adds up.
    fn print(
        &self,
        base: &str,
        early: u64,
        effects: &check::Effects,
        (asked, ended, failed, events): (usize, usize, usize, u64),
        doubts: u64,
    ) {
        let Self { whole, gateway, worker, database, frozen, fenced, checked } = self;
        print!("counts|{base}|whole={whole} gateway={gateway} worker={worker} database={database} early={early}");
        print!(" frozen={frozen} fenced={fenced} checked={checked} broken=0 runs={asked} children={}", ended - asked);
        print!(" lost=0 failed={failed} events={events} repeated=0 settled={doubts}");
        for (care, [expected, missing, doubled]) in &effects.by_care {
            let name = format!("{care:?}").to_lowercase();
            print!(" {name}={expected} {name}_missing={missing} {name}_doubled={doubled}");
        }
        println!(" disordered={} foreign={}", effects.disordered.len(), effects.foreign.len());
    }
}

/// Copies the database as the dead process left it, whole and with its log torn at any byte that was not yet
/// taken over, and lets it be checked; how many copies.
///
/// What a checkpoint has begun to take over was put on the device before, so that no crash can tear it away:
/// SQLite writes to the file only after it has synced the log.
async fn check_file(home: &Path, chance: &mut Chance) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let taken_over = taken_over(&home.join("metel.db-shm"));
    let mut checked = 0;
    for torn in [false, true] {
        let copy = folder.path().join(if torn { "torn" } else { "whole" });
        std::fs::create_dir(&copy).unwrap();
        std::fs::copy(home.join("metel.db"), copy.join("metel.db")).unwrap();
        let log = copy.join("metel.db-wal");
        let mut cut = None;
        if std::fs::copy(home.join("metel.db-wal"), &log).is_ok() && torn {
            let file = std::fs::File::options().write(true).open(&log).unwrap();
            let length = file.metadata().unwrap().len();
            let from = taken_over.min(length);
            let at = from + chance.below(length - from + 1);
            file.set_len(at).unwrap();
            cut = Some((at, length));
        }
        let state = format!("cut {cut:?}, taken over up to {taken_over}");
        let store = metel_store::Store::open_sqlite(copy.join("metel.db"), Default::default()).await;
        let found = store.unwrap_or_else(|e| panic!("{e}: {state}")).integrity().await;
        assert_eq!(found.unwrap_or_else(|e| panic!("{e}: {state}")), Vec::<String>::new(), "{state}");
        checked += 1;
    }
    checked
}

/// The byte of the log up to which a checkpoint may have written to the database: what the log's index says of
/// the frames that it set out to take over (SQLite's file format, WAL-index: two headers of 48 bytes, the number
/// taken over, five marks of readers, eight bytes for locks, the number set out for).
fn taken_over(index: &Path) -> u64 {
    const HEADER: u64 = 32;
    const FRAME: u64 = 24 + 4_096;
    let Ok(bytes) = std::fs::read(index) else { return 0 };
    let frames = bytes.get(128..132).map_or(0, |at| u32::from_ne_bytes(at.try_into().unwrap()));
    if frames == 0 { 0 } else { HEADER + u64::from(frames) * FRAME }
}

struct Place {
    home: PathBuf,
    logs: PathBuf,
    sandbox: String,
    base: Base,
}

impl Place {
    fn up(&self, role: Role) -> Process {
        let mut command = binary();
        match role {
            Role::Worker => command.arg("worker"),
            _ => command.args(["up", "--port", "0", "--sandbox", &self.sandbox]),
        };
        command.env("METEL_HOME", &self.home).env("METEL_LOG", "info");
        if role == Role::Gateway {
            command.arg("--no-worker");
        }
        if let Some(url) = self.base.url() {
            command.args(["--db", url, "--lease", "1"]);
        }
        Process::start(&mut command, &self.logs)
    }

    /// A process that is ready, and its address if it has one.
    async fn ready(&self, role: Role, process: Process) -> One {
        let mut process = process;
        let said = process.says(if role == Role::Worker { "worker ready" } else { "metel ready " }).await;
        let address = said.unwrap_or_else(|| panic!("it did not start:\n{}", tail(&self.logs)));
        One { role, process, address }
    }
}

struct One {
    role: Role,
    process: Process,
    address: String,
}

fn read(log: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
}

fn tail(log: &Path) -> String {
    let text = read(log);
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
    for _ in 0..(plan.kills / 10).clamp(2, 20) {
        let process = place.up(place.base.roles()[0]);
        tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
        early += u64::from(process.kill());
    }

    let client = Client::new(home.clone());
    let roles = place.base.roles();
    let mut living = vec![place.ready(roles[0], place.up(roles[0])).await];
    known(&client, &living);
    for (name, definition) in work::definitions() {
        let body = serde_json::json!({"name": name, "definition": definition});
        let (status, answer) = client.post("/v1/workflows", &body).await.unwrap();
        assert_eq!(status, 201, "{name}: {answer}");
    }
    for role in &roles[1..] {
        living.push(place.ready(*role, place.up(*role)).await);
        known(&client, &living);
    }

    let (book, mut person) = (Book::default(), Person::default());
    let (mut callers, mut counts) = (Vec::new(), Counts::default());
    let (mut starts, mut slowest) = (0, Duration::ZERO);
    let mut struck = 0;
    for kill in 0..plan.kills {
        if began.elapsed() >= plan.time {
            break;
        }
        struck += 1;
        for n in 0..plan.runs_each {
            let n = kill * plan.runs_each + n;
            callers.push(tokio::spawn(start(client.clone(), book.clone(), n, plan.seed)));
        }
        person.approve(&client).await;
        tokio::time::sleep(Duration::from_millis(chance.below(700))).await;
        let strike = Strike::draw(&place.base, &mut chance);
        counts.add(strike);
        match (strike, &place.base) {
            (Strike::Freeze, _) => {
                let workers: Vec<&One> = living.iter().filter(|one| one.role == Role::Worker).collect();
                let victim = workers[chance.below(workers.len() as u64) as usize];
                victim.process.send(Signal::STOP);
                tokio::time::sleep(Duration::from_millis(1_300 + chance.below(1_000))).await;
                victim.process.send(Signal::CONT);
                continue;
            }
            (Strike::Database { hard }, Base::Crashing(server, _) | Base::Cluster(server, _)) => {
                let server = server.clone();
                let again = tokio::task::spawn_blocking(move || {
                    if hard {
                        server.crash()?;
                    } else {
                        server.stop();
                    }
                    server.resume()
                });
                again.await.unwrap().unwrap();
                continue;
            }
            _ => {}
        }
        let all = chance.strikes(if living.len() > 1 { 20 } else { 100 });
        let count = if all { living.len() } else { 1 };
        let mut killed = Vec::new();
        for _ in 0..count {
            let victim = living.remove(chance.below(living.len() as u64) as usize);
            known(&client, &living);
            counts.killed(victim.role);
            killed.push(victim.role);
            assert!(victim.process.kill(), "it had ended by itself:\n{}", tail(&place.logs));
        }
        if matches!(place.base, Base::Sqlite) {
            counts.checked += check_file(&home, &mut chance).await;
        }
        for role in killed {
            // Now and then it does not even get to its feet.
            while chance.strikes(25) {
                let process = place.up(role);
                tokio::time::sleep(Duration::from_millis(chance.below(600))).await;
                early += u64::from(process.kill());
            }
            let process = place.up(role);
            let born = process.born;
            living.push(place.ready(role, process).await);
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
    assert_eq!(asked.len() as u64, struck * plan.runs_each);
    let mut events = 0;
    for run in ended.keys() {
        events += check::record(&client, run).await;
    }
    let effects = check::effects(&asked, &ended, &ledger, 0);
    for reference in effects.missing.iter().chain(&effects.doubled).chain(&effects.disordered) {
        check::tell(&client, &asked, reference, &ledger).await;
    }
    let failed = ended.values().filter(|run| run["status"] == "failed").count();
    let audit = check::audit(&home, &client.alive.lock().unwrap()[0].clone());
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
        struck + early,
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
    counts.fenced = read(&place.logs).matches("goes on under a new name").count() as u64;
    counts.print(place.base.name(), early, &effects, (asked.len(), ended.len(), failed, events), person.doubts);
    assert!(effects.are_right(), "{effects:?}\n{}", tail(&place.logs));
}

fn known(client: &Client, living: &[One]) {
    let faces = living.iter().filter(|one| one.role != Role::Worker);
    *client.alive.lock().unwrap() = faces.map(|one| one.address.clone()).collect();
}
