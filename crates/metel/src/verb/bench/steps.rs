//! `metel bench steps`: durable ten-step runs through the whole engine, beside the disk's own commit rate.

use std::time::{Duration, Instant};

use clap::Args;
use metel_engine::NewRun;
use metel_model::hash::Digest;
use metel_model::id::RunId;
use metel_model::status::RunStatus;
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::{Common, Ground, Place, lost};

#[derive(Args)]
pub struct Steps {
    #[arg(long, value_delimiter = ',', default_value = "1,64")]
    concurrency: Vec<usize>,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[command(flatten)]
    place: Place,
}

pub(super) const STEPS: usize = 10;

pub(super) fn definition() -> Value {
    let nodes: Vec<Value> = (0..STEPS)
        .map(|i| {
            let text = if i == 0 { json!("${input.text}") } else { json!(format!("${{s{}.text}}", i - 1)) };
            json!({ "id": format!("s{i}"), "type": "tool", "tool": "metel.echo", "args": { "text": text } })
        })
        .collect();
    let edges: Vec<Value> =
        (1..STEPS).map(|i| json!({ "from": format!("s{}", i - 1), "to": format!("s{i}") })).collect();
    json!({ "name": "bench", "nodes": nodes, "edges": edges, "entry_point": "s0" })
}

impl Steps {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (concurrency, seconds) = (self.concurrency, self.seconds);
        let ground = self.place.open().await?;
        if ground.sqlite {
            let rate = commit_rate(&ground.folder, seconds.min(2.0))
                .map_err(|e| Fault::new(Code::StoreUnavailable).about(e))?;
            println!("disk: append 4 KiB + fdatasync  {rate:.0}/s");
            for width in &concurrency {
                let file = ground.folder.join(format!("limit-{width}"));
                let rate = metel_store::limit(&file, (*width).max(1), Duration::from_secs_f64(seconds.min(2.0)))?;
                println!("SQLite alone, {width} to a transaction  {rate:.0} steps/s");
                let _ = std::fs::remove_file(&file);
            }
        }
        let load = Load::new(&ground).await?;
        for width in concurrency {
            let found = load.measure(&ground, width, Duration::from_secs_f64(seconds)).await?;
            if common.json {
                println!(
                    "{}",
                    json!({
                        "concurrency": width, "runs": found.runs, "steps_per_s": found.steps_per_s().round(),
                        "run_p50_ms": found.run_ms(0.5), "run_p99_ms": found.run_ms(0.99),
                    })
                );
            } else {
                println!(
                    "C={width:<4} {:>8.0} steps/s   run p50 {:.2} ms  p99 {:.2} ms   ({} runs)",
                    found.steps_per_s(),
                    found.run_ms(0.5),
                    found.run_ms(0.99),
                    found.runs
                );
            }
        }
        ground.close().await;
        Ok(0)
    }
}

/// Ten-step runs, one after the other for each caller.
pub(super) struct Load {
    workflow: Digest,
}

/// What callers saw.
pub(super) struct Found {
    pub runs: u64,
    spent: Duration,
    /// Each run's, shortest first.
    times: Vec<Duration>,
    /// The first that was started.
    pub first: Option<RunId>,
}

impl Found {
    pub fn steps_per_s(&self) -> f64 {
        self.runs as f64 * STEPS as f64 / self.spent.as_secs_f64()
    }

    /// The time that a share of all runs did not exceed.
    pub fn run_ms(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let at = ((self.times.len() as f64 * share) as usize).min(last);
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

impl Load {
    pub async fn new(ground: &Ground) -> Result<Self, Fault> {
        let stored = ground.platform.add_workflow(ground.workspace, "bench", &definition(), "bench").await?;
        Ok(Self { workflow: stored.digest })
    }

    /// Lets `width` callers start runs and wait for their end until the time is over.
    pub async fn measure(&self, ground: &Ground, width: usize, time: Duration) -> Result<Found, Fault> {
        let (began, text) = (Instant::now(), "x".repeat(180));
        let until = began + time;
        let mut callers = Vec::new();
        for _ in 0..width.max(1) {
            let (engine, text) = (ground.engine().clone(), text.clone());
            let (workspace, workflow) = (ground.workspace, self.workflow);
            callers.push(tokio::spawn(async move {
                let (mut times, mut first) = (Vec::new(), None);
                while Instant::now() < until {
                    let at = Instant::now();
                    let new = NewRun {
                        name: "bench".into(),
                        workflow: Some(workflow),
                        input: json!({ "text": text }),
                        by: "user:bench".into(),
                        ..NewRun::default()
                    };
                    let started = engine.start_and_wait(workspace, new, Duration::from_secs(60)).await?;
                    if started.header.is_none_or(|header| header.status != RunStatus::Completed) {
                        return Err(Fault::new(Code::StepFailed).about(started.run));
                    }
                    first.get_or_insert(started.run);
                    times.push(at.elapsed());
                }
                Ok::<_, Fault>((times, first))
            }));
        }
        let mut found = Found { runs: 0, spent: Duration::ZERO, times: Vec::new(), first: None };
        for caller in callers {
            let (times, first) = caller.await.map_err(lost)??;
            found.times.extend(times);
            found.first = found.first.or(first);
        }
        found.spent = began.elapsed();
        found.runs = found.times.len() as u64;
        found.times.sort();
        Ok(found)
    }
}

/// Appends of 4 KiB, each synced: what the disk itself can do.
fn commit_rate(folder: &std::path::Path, seconds: f64) -> std::io::Result<f64> {
    use std::io::Write;
    let path = folder.join("probe");
    let mut file = std::fs::File::create(&path)?;
    let (began, mut count) = (Instant::now(), 0u64);
    while began.elapsed().as_secs_f64() < seconds {
        file.write_all(&[7u8; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(rate)
}
