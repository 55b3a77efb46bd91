//! `metel bench growth`: the same work over an empty store and over one that is full of finished runs, by turns.

use std::time::{Duration, Instant};

use clap::Args;
use metel_engine::NewRun;
use metel_model::Fault;
use metel_model::id::RunId;
use serde_json::json;

use super::steps::Load;
use super::{Common, Ground, Place, lost};

#[derive(Args)]
pub struct Growth {
    /// Finished runs of ten steps
    #[arg(long, default_value_t = 100_000)]
    long: u64,
    /// Finished runs of one step
    #[arg(long, default_value_t = 1_000_000)]
    short: u64,
    /// Callers side by side
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// Of each turn
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Turns over each store
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// PostgreSQL addresses of the empty and of the full database, instead of SQLite
    #[arg(long, num_args = 2, value_names = ["EMPTY", "FULL"])]
    db: Option<Vec<String>>,
}

/// Copies of one transaction.
const BATCH: u64 = 500;

impl Growth {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let folder = std::env::temp_dir().join(format!("metel-bench-{}", std::process::id()));
        let place = |i: usize, name: &str| Place {
            db: self.db.as_ref().and_then(|db| db.get(i).cloned()),
            folder: Some(folder.join(name)),
        };
        let (empty, full) = (place(0, "empty").open().await?, place(1, "full").open().await?);
        let loads = (Load::new(&empty).await?, Load::new(&full).await?);
        let time = Duration::from_secs_f64(self.seconds);
        // Both are warm, and there is something to copy.
        loads.0.measure(&empty, self.concurrency, time).await?;
        let ten = loads.1.measure(&full, self.concurrency, time).await?.first.ok_or_else(|| lost("no run"))?;
        let one = one_step(&full).await?;
        let began = Instant::now();
        for (run, count) in [(ten, self.long), (one, self.short)] {
            fill(&full, run, count).await?;
        }
        let filled = began.elapsed();
        let mut rates = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.max(1) {
            rates.0.push(loads.0.measure(&empty, self.concurrency, time).await?.steps_per_s());
            rates.1.push(loads.1.measure(&full, self.concurrency, time).await?.steps_per_s());
        }
        let (none, many) = (median(&mut rates.0), median(&mut rates.1));
        let slower = (1.0 - many / none) * 100.0;
        let gib = full.disk().map(|bytes| bytes as f64 / 1_073_741_824.0);
        if common.json {
            println!(
                "{}",
                json!({
                    "long": self.long, "short": self.short, "concurrency": self.concurrency, "empty_steps_per_s": none.round(),
                    "full_steps_per_s": many.round(), "slower_percent": slower, "gib": gib, "filled_s": filled.as_secs_f64(),
                    "rounds": [rates.0, rates.1],
                })
            );
        } else {
            println!(
                "{} runs of ten steps and {} of one in the store ({} on disk, filled in {:.0} s): {many:.0} steps/s beside {none:.0} in an empty one: {slower:.1} % slower",
                self.long,
                self.short,
                gib.map_or("–".to_owned(), |gib| format!("{gib:.1} GiB")),
                filled.as_secs_f64(),
            );
        }
        empty.close().await;
        full.close().await;
        let _ = std::fs::remove_dir_all(&folder);
        Ok(0)
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

async fn one_step(ground: &Ground) -> Result<RunId, Fault> {
    let definition = json!({
        "nodes": [{"id": "only", "type": "tool", "tool": "metel.echo", "args": {"text": "${input.text}"}}],
        "edges": [], "entry_point": "only"});
    let stored = ground.platform.add_workflow(ground.workspace, "one", &definition, "bench").await?;
    let new = NewRun {
        name: "one".into(),
        workflow: Some(stored.digest),
        input: json!({ "text": "x".repeat(180) }),
        by: "user:bench".into(),
        ..NewRun::default()
    };
    Ok(ground.engine().start_and_wait(ground.workspace, new, Duration::from_secs(60)).await?.run)
}

async fn fill(ground: &Ground, run: RunId, count: u64) -> Result<(), Fault> {
    let engine = ground.engine();
    let mut left = count;
    while left > 0 {
        let ids = (0..left.min(BATCH)).map(|_| RunId(engine.ids().next())).collect();
        engine.store().copy_run(ground.workspace, run, ids).await?;
        left -= left.min(BATCH);
    }
    Ok(())
}
