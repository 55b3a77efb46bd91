//! A data folder, the services beside it as a process of their own, and processes of metel over them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::check::{self, Effects};
use crate::client::{Client, set_faults};
use crate::drain::{Person, drain};
use crate::load::Book;
use crate::process::{Process, binary};
use crate::work;

pub struct Scene {
    _folder: TempDir,
    pub home: PathBuf,
    pub ledger: PathBuf,
    pub log: PathBuf,
    pub sandbox: String,
    _services: Process,
    pub client: Client,
    pub person: Person,
    /// Distinguishes the ids of this scene's runs.
    pub seed: u64,
}

/// What stood in the end.
pub struct Ended {
    pub runs: BTreeMap<String, Value>,
    pub effects: Effects,
    pub events: u64,
}

impl Scene {
    /// With services that do as they are told.
    pub async fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (home, ledger, log) = (path("home"), path("ledger"), path("log"));
        let mut command = binary();
        command.args(["sandbox", "--port", "0", "--ledger"]).arg(&ledger);
        let mut services = Process::start(&mut command, &path("sandbox log"));
        let sandbox = services.says("listening ").await.unwrap();
        let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
        let client = Client::new(home.clone());
        let person = Person::default();
        Self { _folder: folder, home, ledger, log, sandbox, _services: services, client, person, seed }
    }

    pub async fn faults(&self, faults: &Value) {
        set_faults(&self.sandbox, faults).await;
    }

    pub async fn no_faults(&self) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let reply = http.delete(format!("{}/_control/faults", self.sandbox)).send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.status());
    }

    /// Starts a process with these arguments and settings; its address.
    pub async fn up(&self, arguments: &[&str], settings: &[(&str, &str)]) -> (Process, String) {
        let mut command = binary();
        command.args(["up", "--port", "0", "--sandbox", &self.sandbox]).args(arguments);
        self.ready(command, settings, "metel ready ").await
    }

    pub async fn worker(&self, arguments: &[&str]) -> Process {
        let mut command = binary();
        command.arg("worker").args(arguments);
        self.ready(command, &[], "worker ready").await.0
    }

    pub async fn ready(
        &self,
        mut command: std::process::Command,
        settings: &[(&str, &str)],
        word: &'static str,
    ) -> (Process, String) {
        command.env("METEL_HOME", &self.home).env("METEL_LOG", "info").envs(settings.iter().copied());
        let mut process = Process::start(&mut command, &self.log);
        let address = process.says(word).await;
        let address = address.unwrap_or_else(|| panic!("it did not start:\n{}", self.tail()));
        (process, address)
    }

    pub fn tail(&self) -> String {
        tail(&self.log)
    }

    /// The processes that are asked from now on.
    pub fn known(&self, addresses: &[&String]) {
        *self.client.alive.lock().unwrap() = addresses.iter().map(|address| (*address).clone()).collect();
    }

    pub async fn define(&self) {
        for (name, definition) in work::definitions() {
            let body = json!({"name": name, "definition": definition});
            let (status, answer) = self.client.post("/v1/workflows", &body).await.unwrap();
            assert_eq!(status, 201, "{name}: {answer}");
        }
    }

    /// Waits until all runs have ended, and looks at the record and at what the services hold.
    pub async fn end(&mut self, book: &Book) -> Ended {
        let runs = drain(&self.client, book, &self.ledger, &mut self.person).await;
        let mut events = 0;
        for run in runs.keys() {
            events += check::record(&self.client, run).await;
        }
        let asked = book.all();
        let effects = check::effects(&asked, &runs, &self.ledger, 0);
        for reference in effects.missing.iter().chain(&effects.doubled).chain(&effects.disordered) {
            check::tell(&self.client, &asked, reference, &self.ledger).await;
        }
        assert!(effects.are_right(), "{effects:?}\n{}", self.tail());
        Ended { runs, effects, events }
    }

    /// How many events of a type the runs have.
    pub async fn count(&self, ended: &Ended, kind: &str) -> usize {
        let mut count = 0;
        for run in ended.runs.keys() {
            let page = self.client.ask(&format!("/v1/runs/{run}/events?limit=1000")).await;
            count += page["items"].as_array().unwrap().iter().filter(|event| event["type"] == kind).count();
        }
        count
    }
}

/// The last lines of a log.
pub fn tail(log: &Path) -> String {
    let text = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// Told to end, a process does so in time and without complaint.
pub async fn ends(process: Process) -> Duration {
    let (status, took) = process.end().await;
    assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}");
    took
}

/// Tries until it holds.
pub async fn until(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < limit, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    since.elapsed()
}
