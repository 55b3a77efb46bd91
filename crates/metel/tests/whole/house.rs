//! Starts the binary over a fresh folder with the simulated services in the test's own process, speaks
//! HTTP with both, and stops what it started.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use metel_sandbox::{Effect, SandboxConfig, SandboxHandle};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The key that the scripted model server takes.
const MODEL_KEY: &str = "sandbox-openai-key";
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct House {
    pub base: String,
    pub sandbox: SandboxHandle,
    /// Kept so that the data folder goes when the house does.
    _home: TempDir,
    token: String,
    child: Child,
    client: reqwest::Client,
}

impl House {
    /// metel without a model: rules plan.
    pub async fn with_rules() -> Self {
        Self::start(false, &[]).await
    }

    /// metel with the scripted model.
    pub async fn with_model() -> Self {
        Self::start(true, &[]).await
    }

    /// With the scripted model, and settings beside it.
    pub async fn with_model_and(settings: &[(&str, &str)]) -> Self {
        Self::start(true, settings).await
    }

    pub fn home(&self) -> &std::path::Path {
        self._home.path()
    }

    /// An answer as it is, whoever asks.
    pub async fn raw(&self, path: &str) -> (u16, String) {
        let sent = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await.unwrap();
        (sent.status().as_u16(), sent.text().await.unwrap_or_default())
    }

    pub async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        let sent = self.client.put(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body);
        let sent = sent.send().await.unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap_or_default())
    }

    /// How the simulated authorisation servers behave.
    pub async fn knobs(&self, knobs: Value) {
        let url = format!("{}/_control/oauth", self.sandbox.url());
        let sent = self.client.put(url).json(&knobs).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200, "{}", sent.text().await.unwrap());
    }

    pub async fn oauth_counts(&self) -> Value {
        let url = format!("{}/_control/oauth", self.sandbox.url());
        let mut told: Value = self.client.get(url).send().await.unwrap().json().await.unwrap();
        told["counts"].take()
    }

    /// Dies as by a power cut and begins again over the same folder.
    pub async fn die_and_begin_again(&mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_metel"));
        command
            .args(["up", "--port", "0", "--sandbox", &self.sandbox.url()])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("METEL_HOME", self._home.path())
            .env("METEL_LANG", "en")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        self.child = command.spawn().unwrap();
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let ready = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("ready in time").unwrap().unwrap();
        self.base = ready.strip_prefix("metel ready ").unwrap().to_owned();
    }

    pub async fn with_settings(settings: &[(&str, &str)]) -> Self {
        Self::start(false, settings).await
    }

    /// A gateway that carries out nothing itself, and a worker beside it, over one PostgreSQL.
    pub async fn in_two(db: &str) -> (Self, Child) {
        let house = Self::start(false, &[("METEL_DB", db), ("METEL_NO_WORKER", "true")]).await;
        let mut worker = Command::new(env!("CARGO_BIN_EXE_metel"));
        worker
            .args(["worker", "--db", db])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("METEL_HOME", house._home.path())
            .env("METEL_LANG", "en")
            .stdout(Stdio::piped())
            .stderr(Stdio::from(std::fs::File::create(house._home.path().join("worker")).unwrap()))
            .kill_on_drop(true);
        let mut worker = worker.spawn().unwrap();
        let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines();
        let ready = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("ready in time").unwrap();
        assert_eq!(ready.as_deref(), Some("worker ready"));
        (house, worker)
    }

    async fn start(model: bool, settings: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut config = SandboxConfig::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        config.tokens.push(metel_sandbox::Token::new("notion", crate::canary::CANARY, &[]));
        let sandbox = metel_sandbox::serve(config).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_metel"));
        command
            .args(["up", "--port", "0", "--sandbox", &sandbox.url()])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("METEL_HOME", home.path())
            .env("METEL_LANG", "en")
            .stdout(Stdio::piped())
            .stderr(Stdio::from(std::fs::File::create(home.path().join("stderr")).unwrap()))
            .kill_on_drop(true)
            .envs(settings.iter().copied());
        if model {
            command
                .env("METEL_MODEL_URL", format!("{}/openai/v1", sandbox.url()))
                .env("METEL_MODEL_KEY", MODEL_KEY)
                .env("METEL_MODEL", "scripted");
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("ready in time").unwrap();
        let ready = ready.unwrap_or_else(|| panic!("{}", std::fs::read_to_string(home.path().join("stderr")).unwrap()));
        let base = ready.strip_prefix("metel ready ").unwrap().to_owned();
        let token = std::fs::read_to_string(home.path().join("token")).unwrap().trim().to_owned();
        Self { base, sandbox, _home: home, token, child, client: reqwest::Client::new() }
    }

    pub async fn stop(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
        self.sandbox.stop().await;
    }

    pub async fn get(&self, path: &str) -> Value {
        let sent = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await.unwrap();
        sent.json().await.unwrap()
    }

    /// Status and body.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let sent = self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let sent = sent.header("prefer", "wait=60").json(body).send().await.unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap_or_default())
    }

    /// A run from plain words, as far as it goes by itself.
    pub async fn ask(&self, request: &str) -> Value {
        let (_, run) = self.post("/v1/runs", &json!({ "request": request })).await;
        self.settle(run).await
    }

    /// Follows a run until it ended or waits for a person.
    pub async fn settle(&self, mut run: Value) -> Value {
        let began = tokio::time::Instant::now();
        while is_moving(&run) {
            assert!(began.elapsed() < PATIENCE * 2, "the run does not end: {run:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
            run = self.get(&format!("/v1/runs/{}", run["id"].as_str().unwrap())).await;
        }
        run
    }

    /// Sets the scripted model's replies, forgetting earlier ones.
    pub async fn script(&self, replies: Value) {
        let url = format!("{}/_control/model/script", self.sandbox.url());
        self.client.delete(&url).send().await.unwrap();
        let sent = self.client.post(&url).json(&json!({ "replies": replies })).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 201, "{}", sent.text().await.unwrap());
    }

    /// Sets the services' faults, forgetting earlier ones.
    pub async fn faults(&self, faults: Value) {
        let url = format!("{}/_control/faults", self.sandbox.url());
        self.client.delete(&url).send().await.unwrap();
        let sent = self.client.post(&url).json(&faults).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 201, "{}", sent.text().await.unwrap());
    }

    /// What the services count: effects, requests, calls inside a `Retry-After`.
    pub async fn counts(&self) -> Value {
        let sent = self.client.get(format!("{}/_control/state", self.sandbox.url())).send().await.unwrap();
        sent.json().await.unwrap()
    }

    /// Effects after the first `seen`.
    pub fn effects(&self, seen: usize) -> Vec<Effect> {
        self.sandbox.effects().into_iter().skip(seen).collect()
    }

    pub fn operations(&self, seen: usize) -> Vec<String> {
        self.effects(seen).into_iter().map(|effect| format!("{}.{}", effect.service, effect.op)).collect()
    }
}

fn is_moving(run: &Value) -> bool {
    match run["status"].as_str() {
        Some("completed" | "failed" | "cancelled") | None => false,
        Some(_) => run["waiting"].is_null() || matches!(run["waiting"].as_str(), Some("retry" | "timer" | "effect")),
    }
}
