//! `metel bench steps`: durable ten-step runs through the whole engine, beside the disk's own commit rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use metel_engine::NewRun;
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::{Common, Place};

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
        }
        let stored = ground.platform.add_workflow(ground.workspace, "bench", &definition(), "bench").await?;
        let text = "x".repeat(180);
        for width in concurrency {
            let until = Instant::now() + Duration::from_secs_f64(seconds);
            let began = Instant::now();
            let done = Arc::new(AtomicU64::new(0));
            let mut tasks = Vec::new();
            for _ in 0..width.max(1) {
                let (engine, done, text) = (ground.engine().clone(), done.clone(), text.clone());
                let (workspace, digest) = (ground.workspace, stored.digest);
                tasks.push(tokio::spawn(async move {
                    let mut times = Vec::new();
                    while Instant::now() < until {
                        let at = Instant::now();
                        let new = NewRun {
                            name: "bench".into(),
                            workflow: Some(digest),
                            input: json!({ "text": text }),
                            by: "user:bench".into(),
                            ..NewRun::default()
                        };
                        let started = engine.start_and_wait(workspace, new, Duration::from_secs(60)).await?;
                        if started.header.is_none_or(|h| h.status != metel_model::status::RunStatus::Completed) {
                            return Err(Fault::new(Code::StepFailed).about(started.run));
                        }
                        times.push(at.elapsed());
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok::<_, Fault>(times)
                }));
            }
            let mut times = Vec::new();
            for task in tasks {
                times.extend(task.await.map_err(|e| Fault::new(Code::Internal).about(e))??);
            }
            let spent = began.elapsed().as_secs_f64();
            times.sort();
            let at = |q: f64| {
                times
                    .get(((times.len() as f64 * q) as usize).min(times.len().saturating_sub(1)))
                    .copied()
                    .unwrap_or_default()
            };
            let runs = done.load(Ordering::Relaxed);
            let line = json!({
                "concurrency": width, "runs": runs, "steps_per_s": (runs as f64 * STEPS as f64 / spent).round(),
                "run_p50_ms": at(0.5).as_secs_f64() * 1e3, "run_p99_ms": at(0.99).as_secs_f64() * 1e3,
            });
            if common.json {
                println!("{line}");
            } else {
                println!(
                    "C={width:<4} {:>8} steps/s   run p50 {:.2} ms  p99 {:.2} ms   ({runs} runs)",
                    line["steps_per_s"],
                    at(0.5).as_secs_f64() * 1e3,
                    at(0.99).as_secs_f64() * 1e3
                );
            }
        }
        ground.close().await;
        Ok(0)
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
