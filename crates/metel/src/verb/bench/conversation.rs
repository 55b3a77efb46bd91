//! `metel bench conversation`: one agent that reads page after page, and what its conversation costs in the
//! store. A model in this process stands in for the provider's, so that every byte counted is metel's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use futures::future::BoxFuture;
use metel_engine::NewRun;
use metel_llm::{Call, Finish, Model, ModelFailure, Reply, Watch};
use metel_model::effect::Usage;
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::{Common, Place, lost};

#[derive(Args)]
pub struct Conversation {
    /// Calls of the model, the last of which answers
    #[arg(long, default_value_t = 100)]
    calls: u32,
    /// What each tool call gives back
    #[arg(long, default_value_t = 5_120)]
    result_bytes: u32,
    /// What the model says beside each call
    #[arg(long, default_value_t = 3_200)]
    reply_bytes: u32,
    #[command(flatten)]
    place: Place,
}

/// A token is about four bytes of English.
const BYTES_A_TOKEN: u64 = 4;

/// Names the next page until it has read them all.
struct Reader {
    calls: u64,
    result_bytes: u32,
    reply_bytes: usize,
    asked: AtomicU64,
    tokens_max: AtomicU64,
    tokens: AtomicU64,
}

impl Model for Reader {
    fn answer(&self, call: Call, _: Option<Watch>) -> BoxFuture<'_, Result<Reply, ModelFailure>> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes: usize = call.system.len() + call.messages.iter().map(|m| m.text().len()).sum::<usize>();
        let tokens = bytes as u64 / BYTES_A_TOKEN;
        self.tokens_max.fetch_max(tokens, Ordering::Relaxed);
        self.tokens.fetch_add(tokens, Ordering::Relaxed);
        // Each round is two messages: what was said, and what came of it.
        let read = (call.messages.len() as u64).saturating_sub(1) / 2;
        let said = words(asked ^ 0x5eed, self.reply_bytes);
        let value = if read + 1 < self.calls {
            let args = json!({"n": read, "bytes": self.result_bytes});
            json!({"thought": said, "calls": [{"tool": "bench.page", "args": args}], "answer": null})
        } else {
            json!({"thought": "", "calls": [], "answer": format!("{read} pages")})
        };
        let usage = Usage { model: "reader".into(), input_tokens: tokens, ..Usage::default() };
        let text = value.to_string();
        let reply = Reply { text, value: Some(value), calls: Vec::new(), refusal: None, usage, finish: Finish::Stop };
        Box::pin(async move { Ok(reply) })
    }

    fn name(&self) -> &str {
        "reader"
    }
}

/// The words of the page that [`metel_tools::builtin`] gives, so that neither compresses nor repeats.
fn words(n: u64, bytes: usize) -> String {
    let page =
        metel_tools::builtin::call("bench.page", &metel_tools::builtin::Desk::none(), &json!({"n": n, "bytes": bytes}));
    page.ok().and_then(|page| page["text"].as_str().map(str::to_owned)).unwrap_or_default()
}

impl Conversation {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let model = Arc::new(Reader {
            calls: u64::from(self.calls.max(1)),
            result_bytes: self.result_bytes,
            reply_bytes: self.reply_bytes as usize,
            asked: AtomicU64::default(),
            tokens_max: AtomicU64::default(),
            tokens: AtomicU64::default(),
        });
        let ground = self.place.open_with(metel_engine::Options::default(), Some(model.clone())).await?;
        let (engine, workspace) = (ground.engine().clone(), ground.workspace);
        let node = json!({"id": "read", "type": "agent_call", "agents": ["general"], "task": "Read page after page",
            "tools": ["bench.page"], "rounds": self.calls.max(1)});
        let definition = json!({"nodes": [node], "edges": [], "entry_point": "read"});
        let stored = ground.platform.add_workflow(workspace, "conversation", &definition, "bench").await?;
        let before = ground.disk();
        let new = NewRun {
            name: "conversation".into(),
            workflow: Some(stored.digest),
            input: json!({}),
            by: "user:bench".into(),
            ..NewRun::default()
        };
        let began = Instant::now();
        let started = engine.start_and_wait(workspace, new, Duration::from_secs(1_800)).await?;
        let spent = began.elapsed();
        let header = started.header.filter(|header| header.status.is_final());
        let header = header.ok_or_else(|| Fault::new(Code::RunTimeout).about(started.run))?;
        if let Some(code) = header.error {
            return Err(Fault::new(code).about(started.run));
        }
        let report = engine.replay(workspace, started.run).await?;
        if report.report.diverged.is_some() || !report.same_head {
            return Err(Fault::new(Code::ReplayDiverged).about(format!("{:?}", report.report.diverged)));
        }
        let (log, state, values) = engine.run_bytes(workspace, started.run).await?;
        let asked = model.asked.load(Ordering::Relaxed);
        if asked != u64::from(self.calls) {
            return Err(lost(format!("{asked} of {} calls", self.calls)));
        }
        let (last, all) = (model.tokens_max.load(Ordering::Relaxed), model.tokens.load(Ordering::Relaxed));
        let disk = ground.disk().zip(before).map(|(after, before)| after.saturating_sub(before));
        let told: Value = json!({
            "calls": asked, "tokens_of_last_call": last, "tokens_of_all_calls": all,
            "log_bytes": log, "state_bytes": state, "value_bytes": values, "bytes": log + state + values,
            "disk_bytes": disk, "seconds": spent.as_secs_f64(), "events": report.report.events,
        });
        if common.json {
            println!("{told}");
        } else {
            println!(
                "{asked} of {} calls of the model, the last with {last} tokens ({all} in all)   {:.2} s",
                self.calls,
                spent.as_secs_f64()
            );
            println!(
                "in the store {} bytes: log {log}, newest state {state}, values by hash {values}   ({} events, replayed to the same state)",
                log + state + values,
                report.report.events
            );
            if let Some(disk) = disk {
                println!("files of the database grew by {disk} bytes, write-ahead log included");
            }
        }
        ground.close().await;
        Ok(0)
    }
}
