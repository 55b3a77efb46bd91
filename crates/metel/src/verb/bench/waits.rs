//! `metel bench waits`: many runs come to wait for an approval, then a person approves them all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use metel_engine::NewRun;
use metel_model::Fault;
use metel_model::approval::{Channel, Decision};
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::id::ApprovalId;
use metel_model::status::{ApprovalStatus, RunStatus};
use metel_store::{ApprovalFilter, RunFilter};
use serde_json::json;

use super::{Common, Place, lost, resident};

#[derive(Args)]
pub struct Waits {
    /// Runs that wait
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// Callers that start side by side
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// Callers that approve side by side; as many as start when absent
    #[arg(long)]
    approvers: Option<usize>,
    /// Approved of them; all when absent
    #[arg(long)]
    approve: Option<usize>,
    #[command(flatten)]
    place: Place,
}

/// Approvals of one page.
const PAGE: u32 = 1_000;

/// So long a start that is refused for load is tried again.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// How long to wait before a start that was refused for load is tried again; nothing for any other refusal.
fn again(fault: &Fault, began: Instant) -> Option<Duration> {
    (fault.code == Code::Overloaded && began.elapsed() < PATIENCE)
        .then(|| Duration::from_millis(fault.retry_after_ms.unwrap_or(1_000)))
}

impl Waits {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let ground = self.place.open().await?;
        let (engine, workspace) = (ground.engine().clone(), ground.workspace);
        let definition = json!({
            "nodes": [
                {"id": "gate", "type": "human_gate", "title": "Go on?", "show": {"text": "${input.text}"},
                    "expires_ms": 2_592_000_000_u64},
                {"id": "end", "type": "tool", "tool": "metel.echo", "args": {"text": "${input.text}"}}],
            "edges": [{"from": "gate", "to": "end"}], "entry_point": "gate"});
        let stored = ground.platform.add_workflow(workspace, "waits", &definition, "bench").await?;
        let digest = stored.digest;
        let (memory, disk) = (resident(), ground.disk());
        let next = Arc::new(AtomicUsize::new(0));
        let refusals = Arc::new(AtomicU64::new(0));
        let text = "x".repeat(180);
        let total = self.count;
        let began = Instant::now();
        let mut callers = Vec::new();
        for _ in 0..self.concurrency.max(1) {
            let (engine, next, text, refusals) = (engine.clone(), next.clone(), text.clone(), refusals.clone());
            callers.push(tokio::spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < total {
                    let new = NewRun {
                        name: "waits".into(),
                        workflow: Some(digest),
                        input: json!({ "text": text }),
                        by: "user:bench".into(),
                        ..NewRun::default()
                    };
                    let mut refused = 0_u64;
                    while let Err(fault) = engine.start(workspace, new.clone()).await {
                        let Some(pause) = again(&fault, began) else { return Err(fault) };
                        refused += 1;
                        tokio::time::sleep(pause).await;
                    }
                    refusals.fetch_add(refused, Ordering::Relaxed);
                }
                Ok::<_, Fault>(())
            }));
        }
        for caller in callers {
            caller.await.map_err(lost)??;
        }
        let suspended = began.elapsed();
        let (own, mapped) = resident();
        let grown = own.saturating_sub(memory.0);
        let written = ground.disk().zip(disk).map(|(a, b)| a - b);
        // What a person would see: every open question.
        let mut open: Vec<(ApprovalId, metel_model::id::RunId, metel_model::Digest)> = Vec::new();
        let mut before = None;
        loop {
            let filter = ApprovalFilter {
                status: Some(ApprovalStatus::Pending),
                before,
                limit: PAGE,
                ..ApprovalFilter::default()
            };
            let page = engine.store().approvals(workspace, &filter).await?;
            before = page.last().map(|approval| approval.ask.id);
            let full = page.len() == PAGE as usize;
            open.extend(page.into_iter().map(|a| (a.ask.id, a.run, a.ask.digest)));
            if !full {
                break;
            }
        }
        open.truncate(self.approve.unwrap_or(usize::MAX));
        let approved = open.len();
        let open = Arc::new(open);
        next.store(0, Ordering::Relaxed);
        let began = Instant::now();
        let mut callers = Vec::new();
        for _ in 0..self.approvers.unwrap_or(self.concurrency).max(1) {
            let (engine, next, open) = (engine.clone(), next.clone(), open.clone());
            callers.push(tokio::spawn(async move {
                let mut took = Vec::new();
                while let Some((approval, run, digest)) = open.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                    let at = Instant::now();
                    let decide = Command::Decide {
                        approval,
                        digest,
                        decision: Decision::Approve { all_like_this: false },
                        by: "user:bench".into(),
                        channel: Channel::Api,
                    };
                    engine.command(workspace, run, decide, "user:bench").await?;
                    took.push(at.elapsed());
                }
                Ok::<_, Fault>(took)
            }));
        }
        let mut took = Vec::new();
        for caller in callers {
            took.extend(caller.await.map_err(lost)??);
        }
        took.sort_unstable();
        let ms = |share: f64| {
            let at = ((took.len() as f64 * share) as usize).min(took.len().saturating_sub(1));
            took.get(at).map_or(0.0, |d| d.as_secs_f64() * 1e3)
        };
        // The last step of each run still has to end.
        let done = RunFilter { status: Some(RunStatus::Running), limit: 1, ..RunFilter::default() };
        while !engine.store().list_runs(workspace, &done).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let resumed = began.elapsed();
        let line = json!({
            "count": total, "suspend_s": suspended.as_secs_f64(), "approved": approved, "approve_s": resumed.as_secs_f64(),
            "mib": own as f64 / 1_048_576.0, "mapped_mib": mapped as f64 / 1_048_576.0,
            "approval_p50_ms": ms(0.5), "approval_p99_ms": ms(0.99), "slowest_approval_ms": ms(1.0),
            "refused_for_a_while": refusals.load(Ordering::Relaxed),
            "memory_per_run": grown as f64 / total.max(1) as f64,
            "disk_per_run": written.map(|bytes| bytes as f64 / total.max(1) as f64),
        });
        if common.json {
            println!("{line}");
        } else {
            println!(
                "{total} runs wait after {:.2} s   {approved} resumed and ended in {:.2} s   (an approval p50 {:.1}, p99 {:.1}, slowest {:.1} ms)",
                suspended.as_secs_f64(),
                resumed.as_secs_f64(),
                ms(0.5),
                ms(0.99),
                ms(1.0)
            );
            println!(
                "memory {:.0} B a run ({:.0} MiB in all, and {:.0} MiB of the database mapped)   disk {} a run",
                line["memory_per_run"].as_f64().unwrap_or(0.0),
                own as f64 / 1_048_576.0,
                mapped as f64 / 1_048_576.0,
                line["disk_per_run"].as_f64().map_or("–".to_owned(), |bytes| format!("{bytes:.0} B"))
            );
        }
        ground.close().await;
        Ok(0)
    }
}
