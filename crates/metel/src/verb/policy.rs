//! `metel policy`: show the policy, put another in force, test one before it is.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use metel_model::policy::PolicyEffect;
use metel_model::{Code, Fault, Lang};
use metel_rules::policy::cases;
use serde_json::{Value, json};

use super::{Common, shipped};

/// Largest file, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

#[derive(Args)]
pub struct Policy {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// The policy in force
    Show,
    /// Put a policy in force (YAML or JSON)
    Put { file: PathBuf },
    /// Judge cases with expected decisions, or past runs under a changed policy; nothing is called
    Test {
        /// Cases (`policy` and `cases`); with --against-history a policy
        file: PathBuf,
        /// Judge the calls of the last so many runs again
        #[arg(long)]
        against_history: Option<u32>,
    },
}

impl Policy {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        match self.act {
            Act::Show => {
                println!("{:#}", common.api()?.get("/v1/policy").await?);
                Ok(0)
            }
            Act::Put { file } => {
                let policy = yaml(&text(&file)?)?;
                println!("{:#}", common.api()?.put("/v1/policy", &policy).await?);
                Ok(0)
            }
            Act::Test { file, against_history: None } => test(common, &text(&file)?),
            Act::Test { file, against_history: Some(runs) } => history(common, &yaml(&text(&file)?)?, runs).await,
        }
    }
}

fn text(file: &Path) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| Fault::new(Code::NotFound).about(error).at(file.display());
    if std::fs::metadata(file).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).at(file.display()));
    }
    std::fs::read_to_string(file).map_err(unreadable)
}

fn yaml(text: &str) -> Result<Value, Fault> {
    metel_rules::policy::cases::read_policy(text).map_err(|e| Fault::new(Code::FieldInvalid).about(e))
}

fn word(effect: PolicyEffect) -> &'static str {
    match effect {
        PolicyEffect::Allow => "allow",
        PolicyEffect::Deny => "deny",
        PolicyEffect::Approval => "approval",
    }
}

fn test(common: &Common, text: &str) -> Result<u8, Fault> {
    let registry = shipped::registry()?;
    let snapshot = registry.snapshot();
    let known = |id: &str| snapshot.get(id).map(|compiled| compiled.as_ref());
    let outcomes = cases::run(text, known).map_err(|e| Fault::new(Code::FieldInvalid).about(e))?;
    let wrong = outcomes.iter().filter(|outcome| !outcome.right).count();
    if common.json {
        let cases: Vec<Value> = outcomes
            .iter()
            .map(|o| json!({"name": o.name, "expected": o.expected, "got": o.got, "rule": o.rule, "right": o.right}))
            .collect();
        println!("{}", json!({"cases": cases, "wrong": wrong}));
        return Ok(u8::from(wrong > 0));
    }
    for outcome in &outcomes {
        let mark = if outcome.right { "✓" } else { "✕" };
        println!("{mark} {}: {} ({})", outcome.name, word(outcome.got), outcome.rule);
        if !outcome.right {
            println!("    {} {}", common.lang().pick("expected", "기대한 것"), word(outcome.expected));
        }
    }
    println!("{} / {}", outcomes.len() - wrong, outcomes.len());
    Ok(u8::from(wrong > 0))
}

async fn history(common: &Common, policy: &Value, runs: u32) -> Result<u8, Fault> {
    let answer = common.api()?.post("/v1/policy/simulate", &json!({"policy": policy, "runs": runs})).await?;
    if common.json {
        println!("{answer}");
        return Ok(0);
    }
    let lang = common.lang();
    let count = |name: &str| answer[name].as_u64().unwrap_or_default();
    println!(
        "{}",
        lang.pick(
            format!("{} runs, {} calls judged again", count("runs"), count("calls")).as_str(),
            format!("실행 {}건의 호출 {}건을 다시 판단했어요", count("runs"), count("calls")).as_str()
        )
    );
    for (name, en, ko) in [
        ("denied", "newly blocked", "새로 막히는 것"),
        ("asked", "newly need approval", "새로 승인이 필요한 것"),
        ("freed", "no longer asked about", "더는 묻지 않는 것"),
    ] {
        let changes = answer[name].as_array().cloned().unwrap_or_default();
        println!("{}: {}", lang.pick(en, ko), changes.len());
        changes.iter().for_each(|change| line(change, lang));
    }
    Ok(0)
}

fn line(change: &Value, lang: Lang) {
    let part = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
    println!("  {} {} {} ({} → {})", part("run"), part("step"), part("tool"), part("before"), part("rule"));
    for reason in change["reasons"].as_array().into_iter().flatten() {
        println!("      {}", reason[lang.tag()].as_str().unwrap_or_default());
    }
}
