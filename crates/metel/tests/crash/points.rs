//! Every named place at which a build with crash points can be made to die: reached, died at, started again,
//! and nothing lost, doubled or out of order. One data folder goes through all of them.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_sandbox::read_ledger;
use metel_store::crash::Point;
use metel_store::testing::Postgres;
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::check;
use crate::client::Client;
use crate::drain::{Person, drain};
use crate::hook::{Hook, SECRET};
use crate::load::{Book, start_of};
use crate::process::{Process, binary, binary_with_points};
use crate::work;

/// Longest time until a place is reached.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is needed for a place to be reached.
struct Way {
    workflows: &'static [&'static str],
    /// A crash before this one leaves calls under way.
    left_over: bool,
    what: What,
}

#[derive(PartialEq)]
enum What {
    Runs,
    /// Runs that wait at their gate are moved to another version.
    Migrate,
    /// The process is told to end while runs are under way.
    End,
    /// The database is new.
    Schema,
}

fn way(point: Point) -> Way {
    let (workflows, what): (&[&str], _) = match point {
        Point::SchemaInside | Point::SchemaBetween => (&["crash-chain"], What::Schema),
        Point::MigrationBefore | Point::MigrationBetween | Point::MigrationAfter => {
            (&["crash-gate", "crash-gate", "crash-gate"], What::Migrate)
        }
        Point::DrainBefore | Point::DrainAfter => (&["crash-chain", "crash-blind", "crash-map"], What::End),
        Point::ValueWritten => (&["crash-large"], What::Runs),
        Point::SnapshotBefore | Point::SnapshotAfter => (&["crash-long"], What::Runs),
        Point::TimerBefore | Point::TimerAfter => (&["crash-chain", "crash-chain"], What::Runs),
        Point::ApprovalBefore | Point::ApprovalAfter | Point::OutboxBefore | Point::OutboxAfter => {
            (&["crash-gate", "crash-gate"], What::Runs)
        }
        Point::ChildStarted | Point::ChildEnded => (&["crash-child", "crash-child"], What::Runs),
        Point::MessagePublished | Point::MessageBefore | Point::MessageAfter => {
            (&["crash-message", "crash-message"], What::Runs)
        }
        Point::UndoBefore | Point::UndoAfter => (&["crash-undo", "crash-undo"], What::Runs),
        Point::ClaimAfter => (&["crash-child", "crash-fork"], What::Runs),
        _ => (&["crash-chain", "crash-blind", "crash-map", "crash-fork"], What::Runs),
    };
    Way { workflows, left_over: matches!(point, Point::RescueBefore | Point::RescueAfter), what }
}

/// A data folder with its database and the services beside it.
struct Scene {
    folder: TempDir,
    home: PathBuf,
    ledger: PathBuf,
    log: PathBuf,
    _sandbox: Process,
    address: String,
    /// Where databases come from; SQLite without it.
    server: Option<Arc<Postgres>>,
    db: Option<String>,
    hook: Hook,
    client: Client,
    /// Whether the pipelines are stored.
    ready: bool,
    seed: u64,
    started: u64,
    person: Person,
}

/// What one place left behind.
struct Outcome {
    runs: usize,
    effects: u64,
    doubts: u64,
    took: Duration,
}

impl Scene {
    async fn new(server: Option<Arc<Postgres>>) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (home, ledger, log) = (path("home"), path("ledger"), path("log"));
        let mut command = binary();
        command.args(["sandbox", "--port", "0", "--ledger"]).arg(&ledger);
        let mut sandbox = Process::start(&mut command, &path("sandbox log"));
        let address = sandbox.says("listening ").await.unwrap();
        let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
        let client = Client::new(home.clone());
        let hook = Hook::open().await;
        let person = Person::default();
        let db = server.as_ref().map(|server| server.database().unwrap());
        let (ready, started) = (false, 0);
        Self {
            folder,
            home,
            ledger,
            log,
            _sandbox: sandbox,
            address,
            server,
            db,
            hook,
            client,
            ready,
            seed,
            started,
            person,
        }
    }

    /// Another data folder, and a database without anything in it.
    fn anew(&mut self) {
        self.home = self.folder.path().join(format!("home {}", self.started));
        self.client = Client::new(self.home.clone());
        self.db = self.server.as_ref().map(|server| server.database().unwrap());
        self.ready = false;
    }

    /// Starts the binary, to die at `at` where one is given.
    fn up(&self, at: Option<&str>) -> Process {
        let mut command = binary_with_points();
        command.args(["up", "--port", "0", "--sandbox", &self.address]).env("METEL_HOME", &self.home);
        command.env("METEL_LOG", "info").env("METEL_WEBHOOK_URL", &self.hook.url).env("METEL_WEBHOOK_SECRET", SECRET);
        if let Some(url) = &self.db {
            command.args(["--db", url, "--lease", "1"]);
        }
        command.envs(at.map(|at| ("METEL_CRASH_AT", at)));
        Process::start(&mut command, &self.log)
    }

    fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// A process that lives and answers.
    async fn live(&mut self) -> Process {
        let mut process = self.up(None);
        let base = process.says("metel ready ").await;
        let base = base.unwrap_or_else(|| panic!("it did not start again:\n{}", self.tail()));
        *self.client.alive.lock().unwrap() = vec![base];
        if !self.ready {
            for (name, definition) in work::definitions() {
                let body = json!({"name": name, "definition": definition});
                let (status, answer) = self.client.post("/v1/workflows", &body).await.unwrap();
                assert_eq!(status, 201, "{name}: {answer}");
            }
            self.ready = true;
        }
        process
    }

    /// Starts runs and lets a process die at `at`; all starts are acknowledged in the end.
    async fn crash(&mut self, at: &str, way: &Way, book: &Book) -> Vec<tokio::task::JoinHandle<()>> {
        let mut process = self.up(Some(at));
        let mut callers = Vec::new();
        let base = process.says("metel ready ").await;
        if let Some(base) = base {
            *self.client.alive.lock().unwrap() = vec![base];
            for workflow in way.workflows {
                let start = start_of(self.client.clone(), book.clone(), workflow, self.started, self.seed);
                callers.push(tokio::spawn(start));
                self.started += 1;
            }
            if way.what == What::Migrate {
                self.wait_at_gates(book, way.workflows.len()).await;
                self.migrate().await;
            }
            if way.what == What::End {
                while book.all().len() < way.workflows.len() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                process.send(Signal::TERM);
            }
        }
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = process.ended() {
                break status;
            }
            assert!(Instant::now() < until, "{at} was not reached:\n{}", self.tail());
            self.person.approve(&self.client).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        self.client.alive.lock().unwrap().clear();
        let said = format!("crash point {} reached", at.split(':').next().unwrap());
        assert!(status.signal() == Some(6) && self.tail().contains(&said), "{at}: {status}\n{}", self.tail());
        callers
    }

    async fn wait_at_gates(&self, book: &Book, count: usize) {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut waiting = 0;
            for one in book.all() {
                let run = self.client.ask(&format!("/v1/runs/{}", one.run)).await;
                waiting += usize::from(run["waiting"] == "approval");
            }
            if waiting == count {
                return;
            }
            assert!(Instant::now() < until, "{waiting} runs wait at their gate:\n{}", self.tail());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stores another version of the pipeline with a gate and moves its runs there. A process that dies
    /// meanwhile answers nothing.
    async fn migrate(&self) {
        let body = json!({"name": "crash-gate", "definition": work::gate(&format!("{} 판", self.started))});
        assert_eq!(self.client.post("/v1/workflows", &body).await.unwrap().0, 201);
        if let Ok((status, answer)) = self.client.post("/v1/workflows/crash-gate/migrate", &json!({})).await {
            panic!("it did not die in the migration: {status} {answer}");
        }
    }

    /// Dies at the place, starts again, and looks at what is there when all has ended.
    async fn go(&mut self, point: Point, nth: u64) -> Outcome {
        println!("{}:{nth}", point.name());
        let (began, way, book) = (Instant::now(), way(point), Book::default());
        let at = format!("{}:{nth}", point.name());
        let since = read_ledger(&self.ledger).unwrap().last().map_or(0, |effect| effect.seq);
        if way.what == What::Schema {
            self.anew();
        } else if !self.ready {
            let process = self.live().await;
            assert!(process.end().await.0.success());
        }
        let mut callers = Vec::new();
        if way.left_over {
            callers.extend(self.crash("call.before", &way, &book).await);
        }
        callers.extend(self.crash(&at, &way, &book).await);
        let process = self.live().await;
        if callers.is_empty() {
            // It died before anybody could ask for anything.
            for workflow in way.workflows {
                start_of(self.client.clone(), book.clone(), workflow, self.started, self.seed).await;
                self.started += 1;
            }
        }
        for caller in callers {
            caller.await.unwrap();
        }
        if way.what == What::Migrate {
            let (status, answer) = self.client.post("/v1/workflows/crash-gate/migrate", &json!({})).await.unwrap();
            assert_eq!(status, 200, "{answer}");
            for one in book.all() {
                let events = self.client.ask(&format!("/v1/runs/{}/events?limit=1000", one.run)).await;
                let moved = |event: &&serde_json::Value| event["type"] == "run_migrated";
                let moves = events["items"].as_array().unwrap().iter().filter(moved).count();
                assert_eq!(moves, 1, "{}: moved once, by whichever process: {events:#}", one.run);
            }
        }
        let before = self.person.doubts;
        let ended = drain(&self.client, &book, &self.ledger, &mut self.person).await;
        for run in ended.keys() {
            check::record(&self.client, run).await;
        }
        let asked = book.all();
        for one in &asked {
            let wanted = if one.workflow == "crash-undo" { "failed" } else { "completed" };
            assert_eq!(ended[&one.run]["status"], wanted, "{at}: {:#}", ended[&one.run]);
            if one.workflow == "crash-gate" {
                self.told(&one.run).await;
            }
        }
        let effects = check::effects(&asked, &ended, &self.ledger, since);
        let wanted: usize = asked.iter().map(|one| work::expected(one.workflow, &one.id).len()).sum();
        assert!(effects.are_right(), "{at}: {effects:?}\n{}", self.tail());
        assert_eq!(effects.expected, wanted as u64, "{at}");
        let (status, took) = process.end().await;
        assert!(status.success() && took < Duration::from_secs(10), "{at}: {status} after {took:?}");
        Outcome {
            runs: ended.len(),
            effects: effects.expected,
            doubts: self.person.doubts - before,
            took: began.elapsed(),
        }
    }

    /// The question was told, if more than once then under one id.
    async fn told(&self, run: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.hook.told(run, "approval_required") {
                (0, _) => assert!(Instant::now() < until, "{run}: nobody was told of its question"),
                (_, ids) => return assert_eq!(ids, 1, "{run}: one notice, several ids"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// All places, the first time that each is reached; `METEL_CRASH_POINTS=3` goes on to the third.
fn times(default: u64) -> u64 {
    std::env::var("METEL_CRASH_POINTS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Places that are passed once only, however much is done.
fn is_passed_once(point: Point) -> bool {
    matches!(
        point,
        Point::SchemaInside
            | Point::SchemaBetween
            | Point::MigrationBefore
            | Point::MigrationAfter
            | Point::DrainBefore
            | Point::DrainAfter
            | Point::ValueWritten
            | Point::SnapshotBefore
            | Point::SnapshotAfter
    )
}

async fn all(mut scene: Scene, points: &[Point], times: u64) {
    let began = Instant::now();
    println!("| place | nth | runs ended | effects | missing, doubled | settled by a person | s |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for point in points {
        for nth in 1..=if is_passed_once(*point) { 1 } else { times } {
            let left = scene.go(*point, nth).await;
            let took = left.took.as_secs_f32();
            println!(
                "| {} | {nth} | {} | {} | 0 | {} | {took:.1} |",
                point.name(),
                left.runs,
                left.effects,
                left.doubts
            );
        }
    }
    println!("{} places, {:.0} s", points.len(), began.elapsed().as_secs_f32());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dying_at_each_place_over_sqlite_loses_and_doubles_nothing() {
    all(Scene::new(None).await, Point::ALL, times(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dying_at_places_over_postgresql_loses_and_doubles_nothing() {
    let some = [
        Point::SchemaInside,
        Point::StartAfter,
        Point::CommitInside,
        Point::ClaimAfter,
        Point::CallAfter,
        Point::ApprovalAfter,
        Point::MessageAfter,
        Point::RescueBefore,
    ];
    let server = Postgres::start().unwrap();
    let scene = Scene::new(Some(server)).await;
    // On PostgreSQL no value lies beside the database.
    let every: Vec<Point> = Point::ALL.iter().copied().filter(|point| *point != Point::ValueWritten).collect();
    match times(0) {
        0 => all(scene, &some, 1).await,
        times => all(scene, &every, times).await,
    }
}

#[test]
fn a_normal_build_has_no_places_and_says_so() {
    let run = |mut command: std::process::Command, at: &str| {
        command.arg("jsonl").env("METEL_CRASH_AT", at).stdin(std::process::Stdio::null()).output().unwrap()
    };
    let holds = |command: &std::process::Command, name: &str| {
        let bytes = std::fs::read(command.get_program()).unwrap();
        bytes.windows(name.len()).any(|window| window == name.as_bytes())
    };
    let done = run(binary(), "claim.before");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && said.contains("no crash points"), "{said}");
    for name in ["claim.before", "commit.durable", "crash point "] {
        assert!(!holds(&binary(), name), "{name}");
        assert!(holds(&binary_with_points(), name), "{name}");
    }
    let done = run(binary_with_points(), "claim.befor");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success() && said.contains("claim.before"), "{said}");
}
