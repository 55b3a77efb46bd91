//! `metel bench workers`: the same ten-step runs with one, two and four worker processes over one PostgreSQL.
//! This process only starts runs; whoever ends them is a process of its own.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use metel_engine::{NewRun, Options};
use metel_model::hash::Digest;
use metel_model::status::RunStatus;
use metel_model::{Code, Fault};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use super::steps::{STEPS, definition};
use super::{Common, Ground, Place, lost};

#[derive(Args)]
pub struct Workers {
    /// Worker processes of each round
    #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
    workers: Vec<usize>,
    /// Runs of ten steps in each round
    #[arg(long, default_value_t = 2_000)]
    count: usize,
    /// PostgreSQL address
    #[arg(long)]
    db: String,
}

/// Callers that start runs.
const CALLERS: usize = 64;
/// A round waits no longer for its end.
const PATIENCE: Duration = Duration::from_secs(300);

impl Workers {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let place = Place { db: Some(self.db.clone()), folder: None };
        let options = Options { worker: false, ..Options::default() };
        let ground = place.open_with(options, None).await?;
        let stored = ground.platform.add_workflow(ground.workspace, "bench", &definition(), "bench").await?;
        for workers in self.workers {
            let mut hands = Vec::new();
            for _ in 0..workers {
                hands.push(worker(&ground, &self.db).await?);
            }
            // The first runs teach everybody the definition.
            round(&ground, stored.digest, CALLERS).await?;
            let spent = round(&ground, stored.digest, self.count).await?;
            for mut worker in hands {
                worker.start_kill().map_err(lost)?;
                worker.wait().await.map_err(lost)?;
            }
            let rate = (self.count * STEPS) as f64 / spent.as_secs_f64();
            if common.json {
                println!(
                    "{}",
                    json!({"workers": workers, "steps_per_s": rate.round(), "seconds": spent.as_secs_f64()})
                );
            } else {
                println!(
                    "{workers} workers {rate:>8.0} steps/s   ({} runs in {:.2} s)",
                    self.count,
                    spent.as_secs_f64()
                );
            }
        }
        ground.close().await;
        Ok(0)
    }
}

/// A worker process that says when it is ready.
async fn worker(ground: &Ground, db: &str) -> Result<Child, Fault> {
    let mut command = tokio::process::Command::new(std::env::current_exe().map_err(lost)?);
    command.args(["worker", "--db", db]).env("METEL_HOME", &ground.folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().map_err(lost)?;
    let stdout = child.stdout.take().ok_or_else(|| lost("no output"))?;
    match tokio::time::timeout(PATIENCE, BufReader::new(stdout).lines().next_line()).await {
        Ok(Ok(Some(_))) => Ok(child),
        _ => Err(Fault::new(Code::Overloaded).about("a worker did not start")),
    }
}

/// From the first start to the last end.
async fn round(ground: &Ground, workflow: Digest, count: usize) -> Result<Duration, Fault> {
    let done = completed(ground).await? + count as u64;
    let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        let (engine, next) = (ground.engine().clone(), next.clone());
        let (workspace, text) = (ground.workspace, "x".repeat(180));
        callers.push(tokio::spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < count {
                let new = NewRun {
                    name: "bench".into(),
                    workflow: Some(workflow),
                    input: json!({ "text": text }),
                    by: "user:bench".into(),
                    ..NewRun::default()
                };
                engine.start(workspace, new).await?;
            }
            Ok::<_, Fault>(())
        }));
    }
    for caller in callers {
        caller.await.map_err(lost)??;
    }
    while completed(ground).await? < done {
        if began.elapsed() > PATIENCE {
            return Err(Fault::new(Code::Overloaded).about("the runs did not end within five minutes"));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(began.elapsed())
}

async fn completed(ground: &Ground) -> Result<u64, Fault> {
    let counts = ground.engine().store().count_runs(ground.workspace).await?;
    Ok(counts.into_iter().find(|(status, _)| *status == RunStatus::Completed).map_or(0, |(_, count)| count))
}
