//! `metel replay FILE`: a capsule is checked and re-derived here. No server, no network, no data folder.

use std::path::PathBuf;

use clap::Args;
use metel_engine::capsule::replay_capsule;
use metel_model::{Code, Fault};
use metel_store::Capsule;
use serde_json::json;

use super::Common;

#[derive(Args)]
pub struct Replay {
    /// What `metel run capsule` wrote
    file: PathBuf,
}

impl Replay {
    /// 0 when every run of the capsule is sound and the same, else 1.
    pub fn run(self, common: &Common) -> Result<u8, Fault> {
        let lang = common.lang();
        let began = std::time::Instant::now();
        if !self.file.is_file() {
            return Err(Fault::new(Code::Usage).about(format!("{}: no such file", self.file.display())));
        }
        let odd = |error| Fault::new(Code::AuditBroken).about(format!("{}: {error}", self.file.display()));
        let capsule = Capsule::read(&self.file).map_err(odd)?;
        let report = replay_capsule(&capsule)?;
        let same = report.runs.iter().all(|run| run.is_same()) && !report.runs.is_empty();
        if common.json {
            let runs: Vec<_> = report
                .runs
                .iter()
                .map(|run| {
                    let found = run.report.as_ref();
                    json!({
                        "run": run.run,
                        "name": run.name,
                        "same": run.is_same(),
                        "events": found.map(|r| r.events),
                        "sealed": run.sealed,
                        "state_hash": found.map(|r| r.state),
                        "broken": run.broken.map(|(seq, what)| json!({"seq": seq, "what": what})),
                        "first_difference": found
                            .and_then(|r| r.diverged.as_ref())
                            .map(|(seq, what)| json!({"seq": seq, "what": what})),
                    })
                })
                .collect();
            let ms = began.elapsed().as_millis() as u64;
            println!(
                "{:#}",
                json!({"same": same, "made_by": capsule.made_by, "made_at": capsule.made_at, "runs": runs, "ms": ms})
            );
            return Ok(u8::from(!same));
        }
        for run in &report.runs {
            let word = match run.is_same() {
                true => lang.pick("identical ✓", "일치해요 ✓"),
                false => lang.pick("different ✕", "달라요 ✕"),
            };
            let events = run.report.as_ref().map_or(0, |r| r.events);
            let state = run.report.as_ref().map(|r| r.state.hex()).unwrap_or_default();
            println!(
                "{}  {} {events} · {} {:.12}   {word}   {}",
                run.run,
                lang.pick("events", "이벤트"),
                lang.pick("state", "상태"),
                state,
                run.name
            );
            if run.sealed > 0 {
                println!(
                    "  {} {}",
                    run.sealed,
                    lang.pick(
                        "events are sealed: their chain holds, nothing was derived again",
                        "개 이벤트가 봉인되어 있어요. 사슬만 확인했고 다시 계산하지는 않았어요"
                    )
                );
            }
            if let Some((seq, what)) = run.broken {
                println!("  {} {seq}: {what}", lang.pick("the chain breaks at event", "체인이 끊긴 이벤트"));
            }
            if let Some((seq, what)) = run.report.as_ref().and_then(|r| r.diverged.as_ref()) {
                println!("  {} {seq}: {what}", lang.pick("first difference at event", "처음 달라진 이벤트"));
            }
        }
        println!("{} 0 · {} ms", lang.pick("outside calls", "바깥 호출"), began.elapsed().as_millis());
        Ok(u8::from(!same))
    }
}
