//! `metel doctor`: what is wrong here, and what mends it.

use clap::Args;
use metel_model::Fault;
use metel_model::lang::Lang;
use metel_model::time::{Clock, SystemClock};
use serde_json::json;

use super::Common;
use crate::doctor::{self, Finding, Plant, Repair, Report, Scene, Variables, Weight};
use crate::home;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  metel doctor\n  metel doctor --fix\n  metel doctor --fix --only database.corrupt\n\nExit code 3 where something is wrong."
)]
pub struct Doctor {
    /// Mend what can be mended without losing anything
    #[arg(long)]
    fix: bool,
    /// Only findings of this code; with --fix also what is not mended unasked
    #[arg(long, value_name = "CODE")]
    only: Vec<String>,
    /// Place a fault into this data folder, for trying the doctor; `list` names them all
    #[arg(long, hide = true, value_name = "CODE")]
    plant: Option<String>,
    /// Which of its variants
    #[arg(long, hide = true, default_value_t = 1)]
    seed: u64,
}

impl Doctor {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let home = home::folder();
        if let Some(code) = &self.plant {
            return Plant::act(code, self.seed, &home).await;
        }
        let scene = || Scene::of(home.clone(), Variables::of_process(), SystemClock.now());
        let first = scene();
        let mut report = self.chosen(doctor::look(&first).await);
        let (mut fixed, mut failed) = (Vec::new(), Vec::new());
        if self.fix {
            let named = |finding: &Finding| self.only.iter().any(|code| code == finding.code);
            for finding in &report.findings {
                let may = finding.repair.is_safe() || (named(finding) && finding.repair != Repair::None);
                if !may || matches!(finding.repair, Repair::ByHand(_)) {
                    continue;
                }
                match finding.repair.carry_out(&first).await {
                    Ok(()) => fixed.push(finding.code),
                    Err(fault) => failed.push((finding.code, fault)),
                }
            }
            report = self.chosen(doctor::look(&scene()).await);
        }
        let errors = report.findings.iter().filter(|f| f.weight == Weight::Error).count();
        let warnings = report.findings.iter().filter(|f| f.weight == Weight::Warning).count();
        if common.json {
            let failed: Vec<_> =
                failed.iter().map(|(code, fault)| json!({"code": code, "why": fault.to_string()})).collect();
            println!(
                "{}",
                json!({
                    "schema": "metel.doctor.v1", "ok": errors + warnings == 0, "errors": errors, "warnings": warnings,
                    "looked_at": report.looked_at, "ms": report.ms, "fixed": fixed, "failed": failed,
                    "findings": report.findings.iter().map(Finding::json).collect::<Vec<_>>(),
                })
            );
        } else {
            let lang = common.lang();
            for code in &fixed {
                println!("✓ {code}  {}", lang.pick("mended", "고쳤어요"));
            }
            for (code, fault) in &failed {
                println!("✕ {code}  {}", fault.sentence(lang));
            }
            say(&report, lang, common).await;
        }
        Ok(if errors + warnings + failed.len() == 0 { 0 } else { 3 })
    }

    fn chosen(&self, mut report: Report) -> Report {
        if !self.only.is_empty() {
            report.findings.retain(|finding| self.only.iter().any(|code| code == finding.code));
        }
        report
    }
}

async fn say(report: &Report, lang: Lang, common: &Common) {
    for finding in &report.findings {
        let mark = match finding.weight {
            Weight::Error => "✕",
            Weight::Warning => "!",
            Weight::Note => "·",
        };
        println!("{mark} {}  {}", finding.code, finding.what.get(lang));
        let line = |word: &str, text: &str| {
            if !text.is_empty() {
                println!("    {word}  {text}");
            }
        };
        line(lang.pick("where", "어디"), &finding.place);
        line(lang.pick("why  ", "왜  "), finding.why.get(lang));
        line(lang.pick("fix  ", "고치기"), finding.fix.as_deref().unwrap_or_default());
    }
    if let Ok(api) = common.api()
        && let Ok(status) = api.get("/v1/status").await
    {
        let of = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
        println!("✓ {} {} · {} · {}", lang.pick("running", "켜져 있어요"), of("version"), of("store"), api.base());
    }
    let troubles = report.troubles().count();
    let safe = report.troubles().filter(|finding| finding.repair.is_safe()).count();
    match troubles {
        0 => println!("✓ {} · {} ms", lang.pick("nothing is wrong", "문제가 없어요"), report.ms),
        _ => println!(
            "{} {troubles} · {} ms · {} metel doctor --fix ({safe})",
            lang.pick("found", "문제"),
            report.ms,
            lang.pick("at once:", "한 번에:"),
        ),
    }
}
