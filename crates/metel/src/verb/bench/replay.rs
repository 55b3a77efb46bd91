//! `metel bench replay`: one run with a long log, read and decided again from its first event.

use std::time::{Duration, Instant};

use clap::Args;
use metel_engine::NewRun;
use metel_model::{Code, Fault};
use serde_json::json;

use super::{Common, Place};

#[derive(Args)]
pub struct Replay {
    /// Events that the run has at least
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Replays
    #[arg(long, default_value_t = 3)]
    times: u32,
    #[command(flatten)]
    place: Place,
}

/// Events of one round of the loop: round begun, call intended, answered, step done, round ended.
const EVENTS_A_ROUND: u64 = 5;
/// Most rounds of one loop.
const ROUNDS_MAX: u64 = 10_000;

impl Replay {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let ground = self.place.open().await?;
        let (engine, workspace) = (ground.engine().clone(), ground.workspace);
        // Loops one after the other: one alone may not be long enough.
        let rounds = self.events.div_ceil(EVENTS_A_ROUND);
        let loops: Vec<u64> =
            (0..rounds.div_ceil(ROUNDS_MAX)).map(|i| (rounds - i * ROUNDS_MAX).min(ROUNDS_MAX)).collect();
        let nodes: Vec<_> = loops
            .iter()
            .enumerate()
            .map(|(i, rounds)| {
                json!({"id": format!("l{i}"), "type": "loop", "until": "false", "max": rounds, "on_limit": "continue", "body": {
                    "nodes": [{"id": format!("s{i}"), "type": "tool", "tool": "bench.noop", "args": {"n": "${index}"}}],
                    "entry_point": format!("s{i}")}})
            })
            .collect();
        let edges: Vec<_> =
            (1..loops.len()).map(|i| json!({"from": format!("l{}", i - 1), "to": format!("l{i}")})).collect();
        let definition = json!({"nodes": nodes, "edges": edges, "entry_point": "l0"});
        let stored = ground.platform.add_workflow(workspace, "long", &definition, "bench").await?;
        let new = NewRun {
            name: "long".into(),
            workflow: Some(stored.digest),
            input: json!({}),
            by: "user:bench".into(),
            ..NewRun::default()
        };
        let began = Instant::now();
        let started = engine.start_and_wait(workspace, new, Duration::from_secs(1_800)).await?;
        let made = began.elapsed();
        let header = started.header.filter(|header| header.status.is_final());
        let header = header.ok_or_else(|| Fault::new(Code::RunTimeout).about(started.run))?;
        if let Some(code) = header.error {
            return Err(Fault::new(code).about(started.run));
        }
        for _ in 0..self.times.max(1) {
            let began = Instant::now();
            let report = engine.replay(workspace, started.run).await?;
            let spent = began.elapsed().as_secs_f64();
            if report.report.diverged.is_some() || !report.same_head {
                return Err(Fault::new(Code::ReplayDiverged).about(format!("{:?}", report.report.diverged)));
            }
            let (events, rate) = (report.report.events, report.report.events as f64 / spent);
            if common.json {
                println!("{}", json!({"events": events, "seconds": spent, "events_per_s": rate.round()}));
            } else {
                println!(
                    "{events} events replayed in {spent:.2} s   {rate:.0} events/s   (made in {:.1} s)",
                    made.as_secs_f64()
                );
            }
        }
        ground.close().await;
        Ok(0)
    }
}
